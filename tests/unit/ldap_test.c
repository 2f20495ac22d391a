#include "directory/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "fake_directory.h"
#include "scratch.h"
#include "unit.h"

static struct store *
open_store(const char *lines)
{
    struct sentence why = {""};
    struct store *store;

    fake_configure(lines);
    ck_assert_msg(store_open(STORE_KINDS(&store_ldap), "ldap://127.0.0.1",
                             STORE_READ, &store, &why) == SCRAM_OK,
                  "%s", why.text);
    return store;
}

static void
add_entry(size_t i, const char *uid, const char *value)
{
    fake.entries[i] = (struct fake_entry){.uid = uid, .has_class = true};
    strcpy(fake.entries[i].values[0], value);
}

static enum scram_status
look_up(struct store *store, const char *user, struct scram_verifier *v)
{
    struct sentence why = {""};

    return store_look_up(store, SCRAM_SHA_256, slice_of(user), v, &why);
}

START_TEST(a_user_has_what_the_entry_has)
{
    struct store *store = open_store("");
    struct scram_verifier v;

    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 4097));
    strcpy(fake.entries[0].values[1], "MD5$c2FsdA==$aGFzaA==");
    add_entry(1, "bob", fake_verifier("X-DISABLED-SCRAM-SHA-256", 4098));
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    ck_assert_uint_eq(v.iterations, 4097);
    ck_assert(v.enabled);
    ck_assert_int_eq(look_up(store, "bob", &v), SCRAM_OK);
    ck_assert_uint_eq(v.iterations, 4098);
    ck_assert(!v.enabled);
    store_close(store);
}
END_TEST

START_TEST(who_has_none_or_another_name_is_not_there)
{
    struct store *store = open_store("");
    struct scram_verifier v;

    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 4097));
    add_entry(1, "bob", fake_verifier("OTHER", 4097));
    ck_assert_int_eq(look_up(store, "Alice", &v), SCRAM_NO_USER);
    ck_assert(!v.enabled);
    ck_assert_int_eq(look_up(store, "bob", &v), SCRAM_NO_USER);
    ck_assert_int_eq(look_up(store, "nobody", &v), SCRAM_NO_USER);
    ck_assert_int_eq(look_up(store, "", &v), SCRAM_BAD_ARGUMENT);
    store_close(store);
}
END_TEST

START_TEST(decoys_are_the_same_wherever_the_secret_is)
{
    struct scram_verifier one, other, different;
    char lines[512];
    const char *path = scratch_file("secret", "0123456789abcdef");
    struct store *store;

    ck_assert_int_eq(chmod(path, 0600), 0);
    snprintf(lines, sizeof(lines),
             "ldap_decoy_key_file = %s\nldap_decoy_iterations = 5000\n", path);
    store = open_store(lines);
    ck_assert_int_eq(look_up(store, "nobody", &one), SCRAM_NO_USER);
    ck_assert_int_eq(look_up(store, "noone", &different), SCRAM_NO_USER);
    store_close(store);
    strcat(lines, "ldap_cache_size = 7\n"); /* another directory, then */
    store = open_store(lines);
    ck_assert_int_eq(look_up(store, "nobody", &other), SCRAM_NO_USER);
    store_close(store);
    ck_assert_uint_eq(one.iterations, 5000);
    ck_assert_uint_eq(one.salt_len, SCRAM_SALT_LEN);
    ck_assert_mem_eq(one.salt, other.salt, SCRAM_SALT_LEN);
    ck_assert_mem_ne(one.salt, different.salt, SCRAM_SALT_LEN);
    store = open_store("ldap_decoy_iterations = 5000");
    ck_assert_int_eq(look_up(store, "nobody", &other), SCRAM_NO_USER);
    ck_assert_mem_ne(one.salt, other.salt, SCRAM_SALT_LEN);
    store_close(store);
}
END_TEST

START_TEST(a_secret_that_is_short_is_none)
{
    const char *path = scratch_file("short", "0123456789abcde");
    struct sentence why = {""};
    struct store *store;
    char lines[512];

    ck_assert_int_eq(chmod(path, 0600), 0);
    snprintf(lines, sizeof(lines), "ldap_decoy_key_file = %s\n", path);
    fake_configure(lines);
    ck_assert_int_eq(store_open(STORE_KINDS(&store_ldap), "ldap://127.0.0.1",
                                STORE_READ, &store, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "/short has fewer than 16 bytes"));
}
END_TEST

START_TEST(what_is_known_is_not_asked_again_for_a_while)
{
    struct store *store = open_store(""), *again;
    struct scram_verifier v;
    int i;

    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 4097));
    for (i = 0; i < 5; i++) {
        ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
        ck_assert_int_eq(look_up(store, "nobody", &v), SCRAM_NO_USER);
        ck_assert_int_eq(
            store_look_up(store, SCRAM_SHA_1, SLICE("alice"), &v, NULL),
            SCRAM_NO_USER);
        ck_assert_int_eq(v.mechanism, SCRAM_SHA_1);
    }
    ck_assert_uint_eq(fake.searches, 2);
    /* nor by a store that is opened again, as the configuration is the same */
    again = open_store("");
    store_close(store);
    ck_assert_int_eq(look_up(again, "alice", &v), SCRAM_OK);
    ck_assert_uint_eq(fake.searches, 2);
    ck_assert_uint_eq(fake.clients, 1);
    store_close(again);
    store = open_store("ldap_cache_ttl = 0");
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    ck_assert_uint_eq(fake.searches, 4);
    store_close(store);
}
END_TEST

/* Wait until a look-up asks again. */
static void
outlive(struct store *store, const char *user, struct scram_verifier *v)
{
    unsigned before = fake.searches;

    while (fake.searches == before)
        look_up(store, user, v);
}

/* Mark a user stale, until it counts: a second after the user was found. */
static void
mark_stale(struct store *store, const char *user)
{
    unsigned before = fake.searches;
    struct scram_verifier v;

    while (fake.searches == before) {
        store_mark_stale(store, slice_of(user));
        look_up(store, user, &v);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

START_TEST(who_has_a_new_password_is_found_after_the_old_one_failed)
{
    struct store *store = open_store("");
    struct scram_verifier v;

    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 4097));
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 5000));
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    ck_assert_uint_eq(v.iterations, 4097);
    mark_stale(store, "alice");
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    ck_assert_uint_eq(v.iterations, 5000);
    /* whoever tries passwords while nobody answers keeps her from nothing */
    fake.fails = SCRAM_STORE_ABSENT;
    mark_stale(store, "alice");
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    store_close(store);
}
END_TEST

START_TEST(what_is_stale_is_good_when_nobody_answers)
{
    struct store *store =
        open_store("ldap_cache_ttl = 20ms\nldap_cache_stale = 1h");
    struct sentence why = {""};
    struct scram_verifier v;

    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 4097));
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    fake.fails = SCRAM_STORE_ABSENT;
    outlive(store, "alice", &v);
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    ck_assert_uint_eq(v.iterations, 4097);
    ck_assert_int_eq(
        store_look_up_keys(store, SCRAM_SHA_256, SLICE("alice"), &v, &why),
        SCRAM_OK);
    ck_assert_str_eq(why.text, ""); /* it is no reason for a refusal */
    ck_assert_int_eq(look_up(store, "bob", &v), SCRAM_STORE_FAILED);
    /* but not when somebody does, and has other things to say */
    fake.fails = SCRAM_STORE_FAILED;
    outlive(store, "alice", &v);
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_STORE_FAILED);
    store_close(store);
}
END_TEST

START_TEST(nothing_is_good_for_longer_than_it_is_to_be)
{
    struct store *store = open_store("ldap_cache_ttl = 20ms");
    struct scram_verifier v;

    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 4097));
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    fake.fails = SCRAM_STORE_ABSENT;
    outlive(store, "alice", &v);
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_STORE_FAILED);
    store_close(store);
}
END_TEST

static const struct {
    const char *values[2];
    const char *says;
} damaged[] = {
    {{"SCRAM-SHA-256$x", ""}, "damaged"},
    {{"", "scram-sha-1$x"}, "damaged"},
    {{"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
      "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
      "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
      "X-DISABLED-SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
      "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
      "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="},
     "two verifiers"},
};

START_TEST(what_makes_no_sense_is_a_failure_with_the_entry_s_name)
{
    struct store *store = open_store("");
    struct sentence why = {""};
    struct scram_verifier v;

    add_entry(0, "alice", damaged[_i].values[0]);
    strcpy(fake.entries[0].values[1], damaged[_i].values[1]);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("alice"), &v, &why),
        SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, damaged[_i].says));
    ck_assert_ptr_nonnull(strstr(why.text, "uid=alice,dc=example"));
    store_close(store);
}
END_TEST

static const struct {
    const char *values[2];
    uint64_t expires;
    bool odd;
} expiries[] = {
    {{NULL}, 0, false},
    {{"-1"}, 0, false},
    {{"20849"}, UINT64_C(1801353600), false},
    {{"20270131120000Z"}, UINT64_C(1801396800), false},
    {{"tomorrow"}, 1, true},
    {{""}, 1, true},
    {{"20849", "20849"}, 1, true},
    {{"-1", "tomorrow"}, 1, true},
    {{"tomorrow", "-1"}, 1, true},
};

/* It is the same when the directory was asked and when it is remembered. */
START_TEST(a_user_expires_when_the_entry_says)
{
    struct store *store = open_store("ldap_expires = shadowExpire");
    struct scram_verifier v;
    int i;

    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 4097));
    strcpy(fake.entries[0].values[1], fake_verifier("SCRAM-SHA-1", 4097));
    strcpy(strrchr(fake.entries[0].values[1], '$'),
           "$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=");
    memcpy(fake.entries[0].expires, expiries[_i].values,
           sizeof(expiries[_i].values));
    for (i = 0; i < 2; i++) {
        struct sentence why = {""};
        enum scram_mechanism mechanism = i == 0 ? SCRAM_SHA_256 : SCRAM_SHA_1;

        ck_assert_int_eq(
            store_look_up(store, mechanism, SLICE("alice"), &v, &why),
            SCRAM_OK);
        ck_assert_str_eq(why.text, ""); /* it would go to the client's server */
        ck_assert_int_eq(
            store_look_up_keys(store, mechanism, SLICE("alice"), &v, &why),
            SCRAM_OK);
        ck_assert(v.enabled);
        ck_assert_uint_eq(v.expires, expiries[_i].expires);
        ck_assert(expiries[_i].odd == (strstr(why.text, "shadowExpire of the "
                                                        "user's entry is not "
                                                        "one time") != NULL));
    }
    ck_assert_uint_eq(fake.searches, 1);
    store_close(store);
}
END_TEST

static const struct {
    const char *lines;
    const char *values[3], *expires;
    const char *groups;
    uint64_t is; /* when the user expires */
} memberships[] = {
    {"ldap_groups = memberOf", {NULL}, NULL, "", 0},
    {"ldap_groups = memberOf", {"web"}, NULL, "web", 0},
    {"ldap_groups = memberOf\nldap_expires = shadowExpire",
     {"web", "staff"},
     "7",
     "web,staff",
     UINT64_C(604800)},
    {"ldap_expires = shadowExpire", {"web"}, "7", "", UINT64_C(604800)},
    {"ldap_groups = memberOf\nldap_groups_base = ou=groups,dc=example",
     {"cn=web,ou=groups,dc=example", "cn=x,dc=example",
      "cn=staff,ou=Groups,dc=Example"},
     NULL,
     "web,staff",
     0},
    /* what is none: all are gone, and the user counts as expired */
    {"ldap_groups = memberOf", {"web", "a,b"}, NULL, "", 1},
    {"ldap_groups = memberOf", {"a,b", "web"}, NULL, "", 1},
    {"ldap_groups = memberOf", {"web", "web"}, NULL, "", 1},
    {"ldap_groups = memberOf\nldap_groups_base = ou=groups,dc=example",
     {"cn=web,ou=groups,dc=example", "staff"},
     NULL,
     "",
     1},
    {"ldap_groups = memberOf\nldap_expires = shadowExpire",
     {"a,b"},
     "7",
     "",
     1},
};

/* What is wrong with an entry is said of a verifier, and not of the decoy that
 * stands in for one. */
START_TEST(a_decoy_has_no_reason_to_be_refused)
{
    struct store *store = open_store("ldap_expires = shadowExpire");
    struct sentence why = {""};
    struct scram_verifier v;

    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 4097));
    fake.entries[0].expires[0] = "tomorrow";
    ck_assert_int_eq(
        store_look_up_keys(store, SCRAM_SHA_1, SLICE("alice"), &v, &why),
        SCRAM_NO_USER);
    ck_assert_str_eq(why.text, "");
    store_close(store);
}
END_TEST

/* It is the same for each mechanism, and when it is remembered. */
START_TEST(a_user_is_in_the_groups_that_the_entry_says)
{
    struct store *store = open_store(memberships[_i].lines);
    const char *is = memberships[_i].groups;
    struct scram_verifier v;
    int i;

    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 4097));
    strcpy(fake.entries[0].values[1], fake_verifier("SCRAM-SHA-1", 4097));
    strcpy(strrchr(fake.entries[0].values[1], '$'),
           "$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=");
    memcpy(fake.entries[0].groups, memberships[_i].values,
           sizeof(memberships[_i].values));
    fake.entries[0].expires[0] = memberships[_i].expires;
    for (i = 0; i < 2; i++) {
        struct sentence why = {""};

        ck_assert_int_eq(
            store_look_up_keys(store, i == 0 ? SCRAM_SHA_256 : SCRAM_SHA_1,
                               SLICE("alice"), &v, &why),
            SCRAM_OK);
        ck_assert_uint_eq(v.expires, memberships[_i].is);
        ck_assert(slice_equal(groups_slice(&v.groups), slice_of(is)));
        ck_assert((v.expires == 1) ==
                  (strstr(why.text, "memberOf of the user's entry names "
                                    "something that is no group") != NULL));
    }
    ck_assert_uint_eq(fake.searches, 1);
    store_close(store);
}
END_TEST

START_TEST(a_user_whose_time_has_changed_is_asked_for_anew)
{
    struct store *store = open_store("ldap_expires = shadowExpire");
    struct scram_verifier v;

    add_entry(0, "alice", fake_verifier("SCRAM-SHA-256", 4097));
    fake.entries[0].expires[0] = "1";
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    ck_assert_uint_eq(v.expires, 86400);
    fake.entries[0].expires[0] = "20849";
    mark_stale(store, "alice");
    ck_assert_int_eq(look_up(store, "alice", &v), SCRAM_OK);
    ck_assert_uint_eq(v.expires, UINT64_C(1801353600));
    store_close(store);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_test(tests, a_user_has_what_the_entry_has);
    tcase_add_test(tests, who_has_none_or_another_name_is_not_there);
    tcase_add_test(tests, a_decoy_has_no_reason_to_be_refused);
    tcase_add_loop_test(tests, a_user_expires_when_the_entry_says, 0,
                        COUNT(expiries));
    tcase_add_loop_test(tests, a_user_is_in_the_groups_that_the_entry_says, 0,
                        COUNT(memberships));
    tcase_add_test(tests, a_user_whose_time_has_changed_is_asked_for_anew);
    tcase_add_test(tests, decoys_are_the_same_wherever_the_secret_is);
    tcase_add_test(tests, a_secret_that_is_short_is_none);
    tcase_add_test(tests, what_is_known_is_not_asked_again_for_a_while);
    tcase_add_test(tests,
                   who_has_a_new_password_is_found_after_the_old_one_failed);
    tcase_add_test(tests, what_is_stale_is_good_when_nobody_answers);
    tcase_add_test(tests, nothing_is_good_for_longer_than_it_is_to_be);
    tcase_add_loop_test(tests,
                        what_makes_no_sense_is_a_failure_with_the_entry_s_name,
                        0, COUNT(damaged));
}

int
main(void)
{
    return unit_run("ldap", add, 30);
}
