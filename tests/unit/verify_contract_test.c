/*
 * What every kind of verify_service keeps to, whoever it asks: the tests know
 * messages, a policy and the store that the answers come from in the end.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "fake_broker.h"
#include "stores.h"
#include "verify/verify.h"

static enum scram_status
open_local(struct accept_policy *policy, struct verify_service **service)
{
    struct sentence why = {""};

    return verify_local_open(STORES_KINDS, policy, fake_nonce, service, &why);
}

static struct fake_broker broker;
static char socket_path[512];

/* gss-scramd's place is taken by one that answers from the policy's store. */
static enum scram_status
open_broker(struct accept_policy *policy, bool require,
            struct verify_service **service)
{
    struct sentence why = {""};

    snprintf(socket_path, sizeof(socket_path), "%s", stores_path("broker"));
    policy->broker = strdup(socket_path);
    policy->broker_timeout = 60000;
    fake_broker_start(&broker, socket_path, policy->store, require, NULL);
    free(policy->store);
    policy->store = NULL;
    return verify_broker_open(policy, service, &why);
}

static enum scram_status
open_lax_broker(struct accept_policy *policy, struct verify_service **service)
{
    return open_broker(policy, false, service);
}

/* Here the broker is who requires bindings, if somebody does. */
static enum scram_status
open_strict_broker(struct accept_policy *policy,
                   struct verify_service **service)
{
    bool require = policy->require_channel_bindings;

    policy->require_channel_bindings = false;
    return open_broker(policy, require, service);
}

static void
stop_broker(void)
{
    fake_broker_stop(&broker);
}

static void
nothing(void)
{
}

/* The kinds that there are. */
static const struct kind {
    enum scram_status (*open)(struct accept_policy *policy,
                              struct verify_service **service);
    void (*after)(void);
    bool here; /* the store is this process' own */
    enum scram_status absent;
} kinds[] = {
    {open_local, nothing, true, SCRAM_STORE_ABSENT},
    {open_lax_broker, stop_broker, false, SCRAM_BROKER_GONE},
    {open_strict_broker, stop_broker, false, SCRAM_BROKER_GONE},
};
static const struct kind *kind;

static struct store *store;
static struct verify_service *service;

static void
put_until(const char *user, const char *password, const char *salt,
          bool enabled, uint64_t expires)
{
    struct scram_verifier v;

    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, slice_of(password),
                                           slice_of(salt), 4096, &v),
                     SCRAM_OK);
    v.enabled = enabled;
    v.expires = expires;
    ck_assert_int_eq(store_put(store, slice_of(user), &v, STORE_EITHER, NULL),
                     SCRAM_OK);
}

static void
put(const char *user, const char *password, const char *salt, bool enabled)
{
    put_until(user, password, salt, enabled, 0);
}

/* The beginning of today, when yesterday was a user's last day, and that of
 * tomorrow. */
static uint64_t
today(void)
{
    return (uint64_t)time(NULL) / 86400 * 86400;
}

static uint64_t
tomorrow(void)
{
    return today() + 2 * UINT64_C(86400); /* be it midnight meanwhile */
}

#define SALT "a grain of salt!"

static void
begin_with(int which, bool require)
{
    struct accept_policy policy = {.store = strdup(stores_location("users")),
                                   .handshake_timeout = 20000,
                                   .max_half_open = 10,
                                   .require_channel_bindings = require};

    kind = &kinds[which];
    store = stores_open("users", STORE_CREATE);
    put("alice", "wonderland", SALT, true);
    put("bob", "builder", SALT, false);
    ck_assert_int_eq(kind->open(&policy, &service), SCRAM_OK);
    ck_assert_ptr_null(policy.store);
    ck_assert_ptr_null(policy.broker);
}

static void
begin(int which)
{
    begin_with(which, false);
}

static void
end(void)
{
    verify_release(service);
    store_close(store);
    kind->after();
}

/* One login: the client, and what goes to and fro. */
struct login {
    struct scram_initiator *client;
    struct scram_keys keys;
    struct scram_exchange exchange;
    uint8_t memory[3][2048], kept[VERIFY_SEAL_MAX];
    struct buffer server_first, client_final, server_final, seal;
    char user[SCRAM_USER_MAX + 1];
    uint8_t session_key[SCRAM_SESSION_KEY_LEN];
    bool bound, expired;
    char groups[GROUPS_TEXT_MAX + 1];
    struct sentence why;
};

static enum scram_status
first_leg(struct login *l, const char *user)
{
    uint8_t name[SCRAM_USER_MAX];
    struct verify_challenge challenge = {.user = BUFFER_ARRAY(name),
                                         .seal = BUFFER_ARRAY(l->kept)};
    enum scram_status status;

    l->server_first = (struct buffer)BUFFER_ARRAY(l->memory[0]);
    challenge.server_first = l->server_first;
    challenge.server_first.capacity = SCRAM_SERVER_FIRST_MAX;
    l->exchange.mechanism = SCRAM_SHA_256;
    ck_assert_int_eq(scram_initiator_first(SCRAM_SHA_256, slice_of(user),
                                           SLICE("clientnonce"), &l->client,
                                           &l->exchange.client_first),
                     SCRAM_OK);
    status = verify_challenge(service, SCRAM_SHA_256, l->exchange.client_first,
                              &challenge, &l->why);
    l->exchange.server_first = buffer_slice(&challenge.server_first);
    ck_assert(!challenge.server_first.overflow);
    l->seal = challenge.seal;
    ck_assert_int_eq(challenge.logged, !kind->here);
    if (status == SCRAM_OK) {
        ck_assert_uint_gt(challenge.left, 0);
        ck_assert_uint_le(challenge.left, 20000);
    }
    snprintf(l->user, sizeof(l->user), "%.*s", (int)challenge.user.len,
             (const char *)name);
    return status;
}

static void
answer(struct login *l, const char *password, struct slice bindings)
{
    struct slice error;

    l->client_final = (struct buffer)BUFFER_ARRAY(l->memory[1]);
    ck_assert_int_eq(client_answer(l->client, l->exchange.server_first,
                                   bindings, (struct scram_limits){4096, 4096},
                                   slice_of(password), &l->keys,
                                   &l->client_final, &error),
                     SCRAM_OK);
    l->exchange.client_final = buffer_slice(&l->client_final);
}

static enum scram_status
second_leg(struct login *l, const struct scram_bindings *ours)
{
    uint8_t name[SCRAM_USER_MAX];
    uint8_t location[VERIFY_LOCATION_MAX], groups[GROUPS_TEXT_MAX];
    struct verify_answer a = {.user = BUFFER_ARRAY(name),
                              .location = BUFFER_ARRAY(location),
                              .groups = BUFFER_ARRAY(groups)};
    struct verify_begun begun = {slice_of(l->user), buffer_slice(&l->seal)};
    enum scram_status status;

    a.server_final =
        (struct buffer){l->memory[2], 0, SCRAM_SERVER_FINAL_MAX, false};
    status = verify_answer(service, &l->exchange, &begun, ours, &a, &l->why);
    l->server_final = a.server_final;
    if (status == SCRAM_OK)
        ck_assert(slice_equal(buffer_slice(&a.user), slice_of(l->user)) &&
                  slice_equal(buffer_slice(&a.location),
                              slice_of(stores_location("users"))) &&
                  a.logged == !kind->here);
    else
        ck_assert_uint_eq(a.server_final.len, 0);
    memcpy(l->session_key, a.session_key, sizeof(a.session_key));
    l->bound = a.bound;
    l->expired = a.expired;
    snprintf(l->groups, sizeof(l->groups), "%.*s", (int)a.groups.len,
             (const char *)groups);
    return status;
}

static const struct scram_bindings unbound = {.given = false};

/* Both legs. */
static enum scram_status
log_in(const char *user, const char *password)
{
    struct login l = {.why = {""}};
    enum scram_status status = first_leg(&l, user);

    if (status == SCRAM_OK) {
        answer(&l, password, SLICE(""));
        status = second_leg(&l, &unbound);
    }
    scram_initiator_free(l.client);
    return status;
}

START_TEST(both_sides_have_proved_themselves_and_have_one_key)
{
    struct login l = {.why = {""}};
    uint8_t key[SCRAM_SESSION_KEY_LEN];
    struct slice error;

    begin(_i);
    ck_assert_int_eq(first_leg(&l, "alice"), SCRAM_OK);
    ck_assert_str_eq(l.user, "alice");
    answer(&l, "wonderland", SLICE(""));
    ck_assert_int_eq(second_leg(&l, &unbound), SCRAM_OK);
    ck_assert(!l.bound);
    ck_assert_int_eq(scram_accept_server(scram_initiator_unproved(l.client),
                                         &l.keys, buffer_slice(&l.server_final),
                                         key, &error),
                     SCRAM_OK);
    ck_assert_mem_eq(key, l.session_key, SCRAM_SESSION_KEY_LEN);
    scram_initiator_free(l.client);
    end();
}
END_TEST

START_TEST(whoever_does_not_prove_a_password_is_refused_at_the_proof)
{
    begin(_i);
    ck_assert_int_eq(log_in("alice", "wrong"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(log_in("bob", "builder"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(log_in("nobody", "wonderland"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(log_in("alice", "wonderland"), SCRAM_OK);
    end();
}
END_TEST

/* As one who is disabled: with the sentence of a wrong password, and only where
 * the store is in this process is it known why, for its log. */
/* How often the store was told that what it knows of a user may be old. */
static unsigned stale;

void __real_store_mark_stale(struct store *of, struct slice user);
void __wrap_store_mark_stale(struct store *of, struct slice user);
void
__wrap_store_mark_stale(struct store *of, struct slice user)
{
    stale++;
    __real_store_mark_stale(of, user);
}

START_TEST(a_wrong_password_may_be_a_newer_one)
{
    begin(0);
    ck_assert_int_eq(log_in("alice", "wonderland"), SCRAM_OK);
    ck_assert_uint_eq(stale, 0);
    ck_assert_int_eq(log_in("alice", "looking-glass"), SCRAM_BAD_PROOF);
    ck_assert_uint_eq(stale, 1);
    end();
}
END_TEST

START_TEST(a_user_who_has_expired_is_refused_at_the_proof)
{
    struct login l = {.why = {""}};

    begin(_i);
    put_until("carol", "christmas", SALT, true, today());
    put_until("dora", "daisies", SALT, true, tomorrow());
    put_until("erin", "eggs", SALT, true, 1);
    put_until("bob", "builder", SALT, false, tomorrow());
    stores_wait_seen();
    ck_assert_int_eq(first_leg(&l, "carol"), SCRAM_OK);
    answer(&l, "christmas", SLICE(""));
    ck_assert_int_eq(second_leg(&l, &unbound), SCRAM_BAD_PROOF);
    ck_assert_str_eq(l.why.text, "");
    ck_assert_int_eq(l.expired, kind->here);
    scram_initiator_free(l.client);
    ck_assert_int_eq(log_in("carol", "wrong"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(log_in("erin", "eggs"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(log_in("bob", "builder"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(log_in("dora", "daisies"), SCRAM_OK);
    end();
}
END_TEST

static const char *const memberships[] = {"", "web",
                                          "web,Domain Users,gr\303\274n"};

/* And nobody's are known without a proof. */
START_TEST(groups_are_known_of_who_has_proved_who_they_are)
{
    const char *groups = memberships[_i % COUNT(memberships)];
    struct login l = {.why = {""}}, wrong = {.why = {""}};
    struct scram_verifier v;

    begin(_i / COUNT(memberships));
    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, SLICE("wonderland"),
                                           SLICE(SALT), 4096, &v),
                     SCRAM_OK);
    ck_assert(groups_set(&v.groups, slice_of(groups)));
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_EITHER, NULL),
                     SCRAM_OK);
    stores_wait_seen();
    ck_assert_int_eq(first_leg(&l, "alice"), SCRAM_OK);
    answer(&l, "wonderland", SLICE(""));
    ck_assert_int_eq(second_leg(&l, &unbound), SCRAM_OK);
    ck_assert_str_eq(l.groups, groups);
    ck_assert_int_eq(first_leg(&wrong, "alice"), SCRAM_OK);
    answer(&wrong, "wrong", SLICE(""));
    ck_assert_int_eq(second_leg(&wrong, &unbound), SCRAM_BAD_PROOF);
    ck_assert_str_eq(wrong.groups, "");
    scram_initiator_free(l.client);
    scram_initiator_free(wrong.client);
    end();
}
END_TEST

/* What becomes of alice between the two legs, and whether she then gets in. */
static void
new_password(void)
{
    put("alice", "different", "another grain...", true);
}

static void
new_password_same_salt(void)
{
    put("alice", "different", SALT, true);
}

static void
same_password_new_salt(void)
{
    put("alice", "wonderland", "another grain...", true);
}

static void
disable(void)
{
    put("alice", "wonderland", SALT, false);
}

static void
expire(void)
{
    put_until("alice", "wonderland", SALT, true, today());
}

static void
remove_alice(void)
{
    ck_assert_int_eq(store_remove(store, SLICE("alice"), NULL), SCRAM_OK);
}

static void
change_another(void)
{
    put("bob", "other", SALT, true);
}

static const struct {
    void (*change)(void);
    enum scram_status status;
} meanwhile[] = {
    {new_password, SCRAM_BAD_PROOF},
    {new_password_same_salt, SCRAM_BAD_PROOF},
    {same_password_new_salt, SCRAM_BAD_PROOF},
    {disable, SCRAM_BAD_PROOF},
    {expire, SCRAM_BAD_PROOF},
    {remove_alice, SCRAM_BAD_PROOF},
    {change_another, SCRAM_OK},
};

START_TEST(the_verifier_of_the_second_leg_counts)
{
    const int change = _i % COUNT(meanwhile);
    struct login l = {.why = {""}};

    begin(_i / COUNT(meanwhile));
    ck_assert_int_eq(first_leg(&l, "alice"), SCRAM_OK);
    answer(&l, "wonderland", SLICE(""));
    meanwhile[change].change();
    stores_wait_seen();
    ck_assert_int_eq(second_leg(&l, &unbound), meanwhile[change].status);
    scram_initiator_free(l.client);
    end();
}
END_TEST

/* Nor does one who is added meanwhile: the client was told a decoy's salt. */
START_TEST(whoever_is_added_between_the_legs_begins_again)
{
    struct login l = {.why = {""}};

    begin(_i);
    ck_assert_int_eq(first_leg(&l, "carol"), SCRAM_OK);
    ck_assert_str_eq(l.user, "carol");
    answer(&l, "christmas", SLICE(""));
    put("carol", "christmas", SALT, true);
    stores_wait_seen();
    ck_assert_int_eq(second_leg(&l, &unbound), SCRAM_BAD_PROOF);
    ck_assert_int_eq(log_in("carol", "christmas"), SCRAM_OK);
    scram_initiator_free(l.client);
    end();
}
END_TEST

START_TEST(each_login_has_a_nonce_of_its_own)
{
    struct login a = {.why = {""}}, b = {.why = {""}};

    begin(_i);
    ck_assert_int_eq(first_leg(&a, "alice"), SCRAM_OK);
    ck_assert_int_eq(first_leg(&b, "alice"), SCRAM_OK);
    ck_assert(!slice_equal(a.exchange.server_first, b.exchange.server_first));
    /* One login's answer is not the other's. */
    answer(&a, "wonderland", SLICE(""));
    b.exchange.client_final = a.exchange.client_final;
    ck_assert_int_eq(second_leg(&b, &unbound), SCRAM_BAD_NONCE);
    ck_assert_int_eq(second_leg(&a, &unbound), SCRAM_OK);
    scram_initiator_free(a.client);
    scram_initiator_free(b.client);
    end();
}
END_TEST

/* verify_nonce: there is none to be had. */
static enum scram_status
no_nonce(struct buffer *nonce, struct sentence *why)
{
    (void)nonce;
    sentence_write(why, "no random bytes");
    return SCRAM_CRYPTO_FAILED;
}

START_TEST(without_a_nonce_there_is_no_challenge)
{
    struct accept_policy policy = {.store = strdup(stores_location("users")),
                                   .handshake_timeout = 20000,
                                   .max_half_open = 10};
    struct login l = {.why = {""}};

    begin(0);
    end();
    kind = &kinds[0];
    ck_assert_int_eq(
        verify_local_open(STORES_KINDS, &policy, no_nonce, &service, &l.why),
        SCRAM_OK);
    ck_assert_int_eq(first_leg(&l, "alice"), SCRAM_CRYPTO_FAILED);
    ck_assert_str_eq(l.why.text, "no random bytes");
    ck_assert_uint_eq(l.exchange.server_first.len, 0);
    scram_initiator_free(l.client);
    verify_release(service);
}
END_TEST

static const struct {
    const char *theirs, *ours; /* NULL: none were supplied */
    bool required;
    enum scram_status status;
    bool bound;
} bindings[] = {
    {"", NULL, false, SCRAM_OK, false},
    {"tls", "tls", false, SCRAM_OK, true},
    {"tls", "tls", true, SCRAM_OK, true},
    {"tls", "other", false, SCRAM_BAD_BINDINGS, false},
    {"tls", "", false, SCRAM_BAD_BINDINGS, false},
    {"", "tls", true, SCRAM_BAD_BINDINGS, false},
    {"", NULL, true, SCRAM_BAD_BINDINGS, false},
};

START_TEST(bindings_are_held_to_what_the_policy_says)
{
    const int n = _i % COUNT(bindings);
    struct login l = {.why = {""}};
    struct scram_bindings ours = {.given = bindings[n].ours != NULL};

    if (ours.given)
        ours.data = slice_of(bindings[n].ours);
    begin_with(_i / COUNT(bindings), bindings[n].required);
    ck_assert_int_eq(first_leg(&l, "alice"), SCRAM_OK);
    answer(&l, "wonderland", slice_of(bindings[n].theirs));
    ck_assert_int_eq(second_leg(&l, &ours), bindings[n].status);
    ck_assert_int_eq(l.bound, bindings[n].bound);
    scram_initiator_free(l.client);
    end();
}
END_TEST

static const struct {
    const char *token;
    enum scram_status status;
} firsts[] = {
    {"", SCRAM_BAD_ENCODING},
    {"n=alice", SCRAM_BAD_ENCODING},
    {"n=al=ice,r=abc", SCRAM_BAD_ENCODING},
    {"m=x,n=alice,r=abc", SCRAM_UNSUPPORTED_EXTENSION},
    {"n=\x07,r=abc", SCRAM_BAD_USERNAME},
};

START_TEST(a_malformed_first_message_has_no_answer)
{
    const int n = _i % COUNT(firsts);
    uint8_t name[SCRAM_USER_MAX], memory[SCRAM_SERVER_FIRST_MAX];
    struct verify_challenge c = {.user = BUFFER_ARRAY(name),
                                 .server_first = BUFFER_ARRAY(memory)};
    struct sentence why = {""};

    begin(_i / COUNT(firsts));
    ck_assert_int_eq(verify_challenge(service, SCRAM_SHA_256,
                                      slice_of(firsts[n].token), &c, &why),
                     firsts[n].status);
    ck_assert_uint_eq(c.server_first.len, 0);
    ck_assert_uint_eq(c.user.len, 0);
    end();
}
END_TEST

#ifndef STORES_LMDB /* which is not gone on with once it was replaced */

/* A store that is gone is said to be, in each leg and when it is asked. */
START_TEST(what_cannot_be_asked_says_why)
{
    struct login l = {.why = {""}}, other = {.why = {""}};
    struct sentence why = {""};
    char path[512], aside[512];

    begin(_i);
    snprintf(path, sizeof(path), "%s", stores_path("users"));
    snprintf(aside, sizeof(aside), "%s", stores_path("aside"));
    ck_assert_int_eq(verify_check(service, &why), SCRAM_OK);
    ck_assert_int_eq(first_leg(&l, "alice"), SCRAM_OK);
    answer(&l, "wonderland", SLICE(""));
    ck_assert_int_eq(rename(path, aside), 0);
    stores_wait_seen();
    if (kind->here)
        ck_assert_int_ne(verify_check(service, &why), SCRAM_OK);
    ck_assert_int_eq(second_leg(&l, &unbound), SCRAM_STORE_ABSENT);
    ck_assert_ptr_nonnull(strstr(l.why.text, path));
    ck_assert_int_eq(first_leg(&other, "alice"), SCRAM_STORE_ABSENT);
    ck_assert_str_eq(other.user, "alice"); /* for the log */
    ck_assert_int_eq(rename(aside, path), 0);
    stores_wait_seen();
    ck_assert_int_eq(second_leg(&l, &unbound), SCRAM_OK);
    scram_initiator_free(l.client);
    scram_initiator_free(other.client);
    end();
}
END_TEST

#endif

static void *
log_in_often(void *data)
{
    bool *good = data;
    int i;

    for (i = 0; i < 20 && *good; i++)
        *good = log_in("alice", "wonderland") == SCRAM_OK &&
                log_in("alice", "wrong") == SCRAM_BAD_PROOF;
    return NULL;
}

START_TEST(threads_ask_at_once)
{
    pthread_t threads[4];
    bool good[COUNT(threads)];
    size_t i;

    begin(_i);
    for (i = 0; i < COUNT(threads); i++) {
        good[i] = true;
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, log_in_often, &good[i]), 0);
    }
    for (i = 0; i < COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
        ck_assert(good[i]);
    }
    end();
}
END_TEST

#ifndef STORES_LMDB /* which its own process alone uses */

/* In a child, the second leg of its parent's login too. */
static int
finish_in_child(void *data)
{
    struct login *l = data;

    return second_leg(l, &unbound) == SCRAM_OK &&
                   log_in("alice", "wonderland") == SCRAM_OK
               ? 0
               : 1;
}

START_TEST(children_ask_as_their_parent_does)
{
    struct login l = {.why = {""}};
    int i;

    begin(_i);
    ck_assert_int_eq(first_leg(&l, "alice"), SCRAM_OK);
    answer(&l, "wonderland", SLICE(""));
    for (i = 0; i < 3; i++)
        ck_assert_int_eq(stores_run(finish_in_child, &l), 0);
    ck_assert_int_eq(second_leg(&l, &unbound), SCRAM_OK);
    scram_initiator_free(l.client);
    end();
}
END_TEST

/* A program that closes whatever it does not know. */
static int
finish_without_descriptors(void *data)
{
    int fd;

    for (fd = 3; fd < 256; fd++)
        close(fd);
    return finish_in_child(data);
}

START_TEST(closed_descriptors_do_no_harm)
{
    struct login l = {.why = {""}};

    begin(_i);
    ck_assert_int_eq(first_leg(&l, "alice"), SCRAM_OK);
    answer(&l, "wonderland", SLICE(""));
    ck_assert_int_eq(stores_run(finish_without_descriptors, &l), 0);
    scram_initiator_free(l.client);
    end();
}
END_TEST

#endif

/* How many descriptors are of the store's file, or of one that it was. */
static int
count_descriptors_of_store(void)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    char path[512];
    ssize_t len;
    int n = 0;

    ck_assert_ptr_nonnull(folder);
    while ((entry = readdir(folder)) != NULL) {
        len = readlinkat(dirfd(folder), entry->d_name, path, sizeof(path));
        n += len > 0 &&
             slice_starts_with((struct slice){(uint8_t *)path, (size_t)len},
                               slice_of(stores_path("users")));
    }
    closedir(folder);
    return n;
}

/* A few files are kept for whoever may name them again: have them be others. */
static void
use_other_stores(void)
{
    char name[16];
    int i;

    for (i = 0; i < 8; i++) {
        snprintf(name, sizeof(name), "other%d", i);
        store_close(stores_open(name, STORE_CREATE));
        store_close(stores_open(name, STORE_READ));
    }
}

START_TEST(the_last_reference_closes_it)
{
    begin(_i);
    ck_assert_ptr_eq(verify_again(service), service);
    verify_release(service);
    ck_assert_int_eq(log_in("alice", "wonderland"), SCRAM_OK);
    if (kind->here)
        ck_assert_int_gt(count_descriptors_of_store(), 0);
    end();
    verify_release(NULL);
    use_other_stores();
    ck_assert_int_eq(count_descriptors_of_store(), 0);
}
END_TEST

START_TEST(a_policy_whose_store_is_not_there_opens_nothing)
{
    struct accept_policy policy = {.store = strdup(stores_location("none"))};
    struct verify_service *none = NULL;

    ck_assert_int_eq(kinds[_i].open(&policy, &none), kinds[_i].absent);
    ck_assert_ptr_null(none);
    ck_assert_ptr_null(policy.store);
    ck_assert_ptr_null(policy.broker);
}
END_TEST

static void
add(TCase *tests)
{
#ifdef STORES_LMDB /* a broker of the tests is another process */
    const int n = 1;
#else
    const int n = COUNT(kinds);
#endif

    stores_add_fixtures(tests);
#define EACH(test, cases) tcase_add_loop_test(tests, test, 0, n *(int)(cases))
    EACH(both_sides_have_proved_themselves_and_have_one_key, 1);
    EACH(whoever_does_not_prove_a_password_is_refused_at_the_proof, 1);
    tcase_add_test(tests, a_wrong_password_may_be_a_newer_one);
    EACH(a_user_who_has_expired_is_refused_at_the_proof, 1);
    EACH(groups_are_known_of_who_has_proved_who_they_are, COUNT(memberships));
    EACH(the_verifier_of_the_second_leg_counts, COUNT(meanwhile));
    EACH(whoever_is_added_between_the_legs_begins_again, 1);
    EACH(each_login_has_a_nonce_of_its_own, 1);
    tcase_add_test(tests, without_a_nonce_there_is_no_challenge);
    EACH(bindings_are_held_to_what_the_policy_says, COUNT(bindings));
    EACH(a_malformed_first_message_has_no_answer, COUNT(firsts));
    EACH(threads_ask_at_once, 1);
#ifndef STORES_LMDB
    EACH(what_cannot_be_asked_says_why, 1);
    EACH(children_ask_as_their_parent_does, 1);
    EACH(closed_descriptors_do_no_harm, 1);
#endif
    EACH(the_last_reference_closes_it, 1);
    EACH(a_policy_whose_store_is_not_there_opens_nothing, 1);
}

int
main(void)
{
    return unit_run("verify_contract", add, 60);
}
