/*
 * Users who are not there, and what a server's first message says of them: no
 * iteration count, salt or length tells them from those who are. What a store
 * has several of, strangers have in about the same proportions.
 */
#include "world.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64.h"

/* What a server's first message has of a user. */
struct seen {
    unsigned iterations;
    size_t nonce_len, salt_len;
    char salt[128]; /* base64 */
};

static gss_cred_id_t server;

/* The three attributes of a server's first message, and nothing else. */
static struct seen
see_message(const char *text)
{
    struct seen seen = {0};
    uint8_t space[SCRAM_SALT_MAX];
    struct buffer salt = BUFFER_ARRAY(space);
    char nonce[256];
    int end = 0;

    ck_assert_int_eq(sscanf(text, "r=%255[^,],s=%127[^,],i=%u%n", nonce,
                            seen.salt, &seen.iterations, &end),
                     3);
    ck_assert_int_eq(text[end], '\0');
    ck_assert(base64_decode(slice_of(seen.salt), &salt));
    seen.nonce_len = strlen(nonce);
    seen.salt_len = salt.len;
    return seen;
}

/* Begin as anybody, and read what comes back. */
static struct seen
see(gss_OID mech, const char *user)
{
    struct handshake h;
    struct seen seen;
    char text[512];

    handshake_begin(&h, mech, NULL, NULL);
    h.client_cred = user_cred(user, "any", mech);
    h.server_cred = server;
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_CONTINUE_NEEDED);
    snprintf(text, sizeof(text), "%.*s", (int)h.to_client.length,
             (char *)h.to_client.value);
    seen = see_message(text);
    h.server_cred = GSS_C_NO_CREDENTIAL;
    handshake_end(&h);
    return seen;
}

static const char *
stranger(int i)
{
    static char name[32];

    snprintf(name, sizeof(name), "stranger%d", i);
    return name;
}

/* One kind of users: so many of them have this. */
struct kind {
    unsigned users, iterations;
    uint8_t salt_len;
    enum scram_mechanism mechanism;
};

static struct store *
open_store(enum store_mode mode)
{
    struct sentence why = {""};
    struct store *store;

    ck_assert_msg(store_open(WORLD_KINDS, world_store_at("drawn"), mode, &store,
                             &why) == SCRAM_OK,
                  "%s", why.text);
    return store;
}

static void
put(struct store *store, const struct kind *kind, unsigned number,
    uint8_t version)
{
    struct scram_verifier v = {.mechanism = kind->mechanism,
                               .iterations = kind->iterations,
                               .salt_len = kind->salt_len,
                               .enabled = number % 2 == 0};
    struct sentence why = {""};
    char name[32];

    memset(v.salt, (int)number + 1 + version, v.salt_len);
    memset(v.stored_key.data, (int)number + 2, scram_hash_len(kind->mechanism));
    memset(v.server_key.data, (int)number + 3, scram_hash_len(kind->mechanism));
    snprintf(name, sizeof(name), "user%u", number);
    ck_assert_msg(store_put(store, slice_of(name), &v, STORE_EITHER, &why) ==
                      SCRAM_OK,
                  "%s", why.text);
}

/* A server's credential for both mechanisms. */
static gss_cred_id_t
cred_of_both(void)
{
    gss_OID_desc both[] = {sha_256, sha_1};
    gss_OID_set_desc mechs = {2, both};
    gss_cred_id_t cred;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechs,
                                       GSS_C_ACCEPT, &cred, NULL, NULL),
                      GSS_S_COMPLETE);
    return cred;
}

/* Have a store of these users, and a server that uses it. */
static void
fill(const struct kind *kinds, size_t count)
{
    struct store *store = open_store(STORE_CREATE);
    unsigned number = 0, i;
    OM_uint32 minor;
    size_t k;

    for (k = 0; k < count; k++)
        for (i = 0; i < kinds[k].users; i++)
            put(store, &kinds[k], number++, 0);
    store_close(store);
    world_write("scram.conf", "[scram]\n store = %s\n max_half_open = 65536\n",
                world_store_at("drawn"));
    gss_release_cred(&minor, &server);
    server = cred_of_both();
}

static void
remove_store(void)
{
    remove(strchr(world_store_at("drawn"), ':') + 1);
}

#define STRANGERS 8000

/* The share of strangers who have that. Between 4,000 draws and what they are
 * drawn by there are less than a thirty-second, but for one run in a million.
 */
#define NEARLY (1.0 / 32)

static double
share_of(gss_OID mech, unsigned iterations, size_t salt_len)
{
    unsigned with = 0;
    int i;

    for (i = 0; i < STRANGERS; i++) {
        struct seen seen = see(mech, stranger(i));

        with += seen.iterations == iterations && seen.salt_len == salt_len;
    }
    return (double)with / STRANGERS;
}

static void
assert_share(gss_OID mech, unsigned iterations, size_t salt_len,
             double sixteenths)
{
    double share = share_of(mech, iterations, salt_len);

    ck_assert_msg(share > sixteenths / 16 - NEARLY &&
                      share < sixteenths / 16 + NEARLY,
                  "%.3f of the strangers, and not %.3f, have %u and %zu", share,
                  sixteenths / 16, iterations, salt_len);
}

/* One of six is 2.67 sixteenths, so three. */
START_TEST(strangers_have_the_counts_that_users_have)
{
    static const struct kind kinds[] = {{5, 600000, 16, SCRAM_SHA_256},
                                        {1, 4096, 16, SCRAM_SHA_256}};

    fill(kinds, COUNT(kinds));
    assert_share(&sha_256, 4096, 16, 3);
    assert_share(&sha_256, 600000, 16, 13);
}
END_TEST

/* What no user has together, no stranger has. */
START_TEST(strangers_have_the_lengths_that_go_with_the_counts)
{
    static const struct kind kinds[] = {{2, 600000, 16, SCRAM_SHA_256},
                                        {1, 600000, 24, SCRAM_SHA_256},
                                        {1, 4096, 12, SCRAM_SHA_256}};

    fill(kinds, COUNT(kinds));
    assert_share(&sha_256, 600000, 16, 8);
    assert_share(&sha_256, 600000, 24, 4);
    assert_share(&sha_256, 4096, 12, 4);
}
END_TEST

START_TEST(a_mechanism_s_strangers_are_as_its_own_users)
{
    static const struct kind kinds[] = {{3, 600000, 16, SCRAM_SHA_256},
                                        {1, 10000, 20, SCRAM_SHA_1}};
    int i;

    fill(kinds, COUNT(kinds));
    for (i = 0; i < 200; i++) {
        struct seen seen = see(&sha_256, stranger(i));

        ck_assert_uint_eq(seen.iterations, 600000);
        ck_assert_uint_eq(seen.salt_len, 16);
        seen = see(&sha_1, stranger(i));
        ck_assert_uint_eq(seen.iterations, 10000);
        ck_assert_uint_eq(seen.salt_len, 20);
    }
}
END_TEST

START_TEST(strangers_of_an_empty_store_have_what_new_users_get)
{
    int i;

    fill(NULL, 0);
    for (i = 0; i < 50; i++) {
        struct seen seen = see(&sha_256, stranger(i));

        ck_assert_uint_eq(seen.iterations, 600000);
        ck_assert_uint_eq(seen.salt_len, 16);
    }
}
END_TEST

static const struct kind mixed[] = {{2, 600000, 16, SCRAM_SHA_256},
                                    {1, 20000, 12, SCRAM_SHA_256},
                                    {1, 4096, 16, SCRAM_SHA_256}};

/* Somebody asks this server today and another one tomorrow. */
START_TEST(a_stranger_is_the_same_in_every_process)
{
    struct seen seen[64], other;
    int ends[2], i, status;

    fill(mixed, COUNT(mixed));
    ck_assert_int_eq(pipe(ends), 0);
    for (i = 0; i < COUNT(seen); i++)
        seen[i] = see(&sha_256, stranger(i));
    if (fork() == 0) {
        struct store *store = open_store(STORE_WRITE);

        /* Whose password changes, changes nothing for others. */
        other = see(&sha_256, "user0");
        put(store, &mixed[0], 0, 100);
        store_close(store);
        while (!strcmp(see(&sha_256, "user0").salt, other.salt))
            ;
        for (i = 0; i < COUNT(seen); i++) {
            other = see(&sha_256, stranger(i));
            if (write(ends[1], &other, sizeof(other)) != sizeof(other))
                _exit(EXIT_FAILURE);
        }
        _exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    for (i = 0; i < COUNT(seen); i++) {
        ck_assert_int_eq(read(ends[0], &other, sizeof(other)), sizeof(other));
        ck_assert_str_eq(other.salt, seen[i].salt);
        ck_assert_uint_eq(other.iterations, seen[i].iterations);
        ck_assert_str_eq(see(&sha_256, stranger(i)).salt, seen[i].salt);
    }
    ck_assert_int_gt(wait(&status), 0);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* A user whose count changes has a new password, or at least a new verifier,
 * and so a new salt. */
START_TEST(a_stranger_with_another_count_has_another_salt)
{
    struct kind kind = {4, 600000, 16, SCRAM_SHA_256};
    struct seen before[20], after;
    int i;

    fill(&kind, 1);
    for (i = 0; i < COUNT(before); i++)
        before[i] = see(&sha_256, stranger(i));
    kind.iterations = 20000;
    fill(&kind, 1);
    while (see(&sha_256, "user0").iterations != kind.iterations)
        ;
    for (i = 0; i < COUNT(before); i++) {
        after = see(&sha_256, stranger(i));
        ck_assert_uint_eq(before[i].iterations, 600000);
        ck_assert_uint_eq(after.iterations, 20000);
        ck_assert_str_ne(after.salt, before[i].salt);
    }
}
END_TEST

/* What is seen of a login that fails: the same length of nonce, a salt of one's
 * own, the same refusal. Half of the users are disabled. */
START_TEST(a_stranger_is_refused_as_a_user_with_a_wrong_password_is)
{
    struct seen seen, others[40];
    struct handshake h;
    int i, k;

    fill(mixed, COUNT(mixed));
    for (i = 0; i < COUNT(others); i++) {
        char user[32];

        snprintf(user, sizeof(user), "user%d", i);
        seen = others[i] = see(&sha_256, i < 4 ? user : stranger(i));
        ck_assert_uint_eq(seen.nonce_len, others[0].nonce_len);
        for (k = 0; k < i; k++)
            ck_assert_str_ne(seen.salt, others[k].salt);
        if (seen.iterations > 20000)
            continue; /* a second of PBKDF2 each */
        handshake_begin(&h, &sha_256, i < 4 ? user : stranger(i), "any");
        handshake_run(&h);
        ck_assert_uint_eq(h.server_major, GSS_S_BAD_SIG);
        ck_assert(buffer_is(&h.to_client, "e=invalid-proof"));
        ck_assert_str_eq(sentence_of(h.server_minor, &sha_256),
                         "The user is unknown or disabled, or the password is "
                         "wrong");
        handshake_end(&h);
    }
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, remove_store, NULL);
    tcase_add_test(tests, strangers_have_the_counts_that_users_have);
    tcase_add_test(tests, strangers_have_the_lengths_that_go_with_the_counts);
    tcase_add_test(tests, a_mechanism_s_strangers_are_as_its_own_users);
    tcase_add_test(tests, strangers_of_an_empty_store_have_what_new_users_get);
    tcase_add_test(tests, a_stranger_is_the_same_in_every_process);
    tcase_add_test(tests, a_stranger_with_another_count_has_another_salt);
    tcase_add_test(tests,
                   a_stranger_is_refused_as_a_user_with_a_wrong_password_is);
}

int
main(void)
{
    return world_run("decoys", add, 120);
}
