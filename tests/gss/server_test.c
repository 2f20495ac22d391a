/*
 * A server's credential: whose it is, and that it outlives forks, threads and
 * what is done to the store.
 */
#include "world.h"

#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Whether a user gets in with a credential of the server's, which stays. */
static bool
gets_in(gss_cred_id_t server, const char *user, const char *password)
{
    struct handshake h;
    bool in;

    handshake_begin(&h, &sha_256, NULL, NULL);
    h.client_cred = user_cred(user, password, &sha_256);
    h.server_cred = server;
    handshake_run(&h);
    in = handshake_is_complete(&h);
    h.server_cred = GSS_C_NO_CREDENTIAL;
    handshake_end(&h);
    return in;
}

/* Two accounts that every Debian has, each with a store of its own. */
static const struct account {
    const char *name;
    uid_t id; /* and its group's */
    const char *store, *user;
} accounts[] = {
    {"daemon", 1, "daemon", "dora"},
    {"nobody", 65534, "nobody", "norbert"},
};

static void
make_account_store(const struct account *a)
{
    const char *path = world_path(a->store);

    world_set_password(world_store_at(a->store), a->user, "password");
    ck_assert_int_eq(chown(path, 0, a->id), 0);
    ck_assert_int_eq(chmod(path, 0640), 0);
}

static void
become(const struct account *a)
{
    ck_assert_int_eq(setgroups(0, NULL), 0);
    ck_assert_int_eq(setgid(a->id), 0);
    ck_assert_int_eq(setuid(a->id), 0);
}

/* What a server says that cannot read a store. */
static const char *
refusal(const char *location)
{
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_STORE, location};
    gss_key_value_set_desc set = {1, &element};
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_cred_id_t cred;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_acquire_cred_from(&minor, GSS_C_NO_NAME, 0, &mechs,
                                            GSS_C_ACCEPT, &set, &cred, NULL,
                                            NULL),
                      GSS_S_NO_CRED);
    return sentence_of(minor, &sha_256);
}

START_TEST(an_account_reads_its_own_store_alone)
{
    const struct account *self = &accounts[_i], *other = &accounts[1 - _i];
    gss_cred_id_t cred;
    char location[600];
    const char *why;
    OM_uint32 minor;

    if (geteuid() != 0) /* only root can be two accounts */
        return;
    make_account_store(self);
    make_account_store(other);
    ck_assert_int_eq(chmod(world_path("."), 0755), 0);
    world_write("scram.conf",
                "[accounts]\n"
                " daemon = {\n  store = file:%s\n }\n"
                " nobody = {\n  store = file:%s\n }\n",
                world_path("daemon"), world_path("nobody"));
    become(self);

    cred = server_cred(&sha_256);
    ck_assert(gets_in(cred, self->user, "password"));
    ck_assert(!gets_in(cred, other->user, "password"));
    gss_release_cred(&minor, &cred);
    /* Without acquiring first it is no different. */
    ck_assert(gets_in(GSS_C_NO_CREDENTIAL, self->user, "password"));
    ck_assert(!gets_in(GSS_C_NO_CREDENTIAL, other->user, "password"));

    snprintf(location, sizeof(location), "file:%s", world_path(other->store));
    why = refusal(location);
    ck_assert_msg(strstr(why, location + 5) != NULL, "%s", why);
    ck_assert_msg(strstr(why, self->name) != NULL, "%s", why);
    ck_assert_msg(strstr(why, "Permission denied") != NULL, "%s", why);
}
END_TEST

START_TEST(a_credential_acquired_before_forking_serves_every_child)
{
    gss_cred_id_t cred = server_cred(&sha_256);
    pid_t children[8];
    OM_uint32 minor;
    int i, k, status;

    ck_assert(gets_in(cred, "alice", "wonderland"));
    for (i = 0; i < 8; i++) {
        children[i] = fork();
        ck_assert_int_ge(children[i], 0);
        if (children[i] == 0) {
            for (k = 0; k < 5; k++) {
                if (!gets_in(cred, "alice", "wonderland") ||
                    gets_in(cred, "alice", "wrong"))
                    _exit(1);
            }
            gss_release_cred(&minor, &cred);
            _exit(0);
        }
    }
    ck_assert(gets_in(cred, "alice", "wonderland"));
    for (i = 0; i < 8; i++) {
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert_int_eq(status, 0);
    }
    ck_assert(gets_in(cred, "alice", "wonderland"));
    gss_release_cred(&minor, &cred);
}
END_TEST

struct worker {
    pthread_t thread;
    gss_cred_id_t server, client;
    int failed;
};

static void *
log_in_often(void *data)
{
    struct worker *w = data;
    struct handshake h;
    int i;

    for (i = 0; i < 100; i++) {
        handshake_begin(&h, &sha_256, NULL, NULL);
        h.client_cred = w->client;
        h.server_cred = w->server;
        handshake_run(&h);
        w->failed += !handshake_is_complete(&h);
        h.client_cred = h.server_cred = GSS_C_NO_CREDENTIAL;
        handshake_end(&h);
    }
    return NULL;
}

START_TEST(credentials_serve_many_threads)
{
    gss_cred_id_t server = server_cred(&sha_256);
    gss_cred_id_t client = user_cred("alice", "wonderland", &sha_256);
    struct worker workers[8];
    OM_uint32 minor;
    int i;

    for (i = 0; i < 8; i++) {
        workers[i] = (struct worker){.server = server, .client = client};
        ck_assert_int_eq(
            pthread_create(&workers[i].thread, NULL, log_in_often, &workers[i]),
            0);
    }
    for (i = 0; i < 8; i++) {
        pthread_join(workers[i].thread, NULL);
        ck_assert_int_eq(workers[i].failed, 0);
    }
    gss_release_cred(&minor, &client);
    gss_release_cred(&minor, &server);
}
END_TEST

/* An administrator restores another store over the one in use. */
START_TEST(a_store_that_is_replaced_is_noticed)
{
    gss_cred_id_t cred;
    OM_uint32 minor;

    world_write("scram.conf", "[scram]\n store = %s\n",
                world_store_at("replaced"));
    world_set_password(world_store_at("replaced"), "before", "password");
    cred = server_cred(&sha_256);
    ck_assert(gets_in(cred, "before", "password"));

    world_set_password(world_store_at("new"), "after", "password");
    ck_assert_int_eq(rename(world_path("new"), world_path("replaced")), 0);
    while (!gets_in(cred, "after", "password")) /* or Check's time is up */
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    ck_assert(!gets_in(cred, "before", "password"));
    gss_release_cred(&minor, &cred);
}
END_TEST

#define MANY 6000 /* users: more than the map of a new store holds */

START_TEST(a_store_that_grows_is_followed)
{
    gss_cred_id_t cred = server_cred(&sha_256);
    struct stat before, after;
    OM_uint32 minor;
    pid_t child;
    int status, i;

    stat(world_path("users"), &before);
    child = fork();
    if (child == 0) {
        struct scram_verifier verifier = {.mechanism = SCRAM_SHA_256,
                                          .iterations = 4096,
                                          .salt_len = 16,
                                          .enabled = true};
        struct store *store;
        char user[32];

        if (store_open(WORLD_KINDS, world_store(), STORE_WRITE, &store, NULL) !=
            SCRAM_OK)
            _exit(1);
        store_begin(store);
        for (i = 0; i < MANY; i++) {
            snprintf(user, sizeof(user), "user-%d-of-many", i);
            if (store_put(store, slice_of(user), &verifier, STORE_ADD, NULL) !=
                SCRAM_OK)
                _exit(2);
            /* Every so many become a file of their own. */
            if (i % 500 == 499) {
                if (store_commit(store, NULL) != SCRAM_OK)
                    _exit(3);
                store_begin(store);
            }
        }
        store_close(store);
        _exit(0);
    }
    while (waitpid(child, &status, WNOHANG) == 0)
        ck_assert(gets_in(cred, "alice", "wonderland"));
    ck_assert_int_eq(status, 0);
    ck_assert(gets_in(cred, "alice", "wonderland"));
    stat(world_path("users"), &after);
    ck_assert_int_gt(after.st_size, before.st_size);
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_store_that_is_gone_fails_the_login_and_nothing_else)
{
    char location[600];
    struct handshake h;
    struct store *store;

    world_write("scram.conf", "[scram]\n store = file:%s\n",
                world_path("broken"));
    snprintf(location, sizeof(location), "file:%s", world_path("broken"));
    ck_assert_int_eq(
        store_open(WORLD_KINDS, location, STORE_CREATE, &store, NULL),
        SCRAM_OK);
    store_close(store);
    handshake_begin(&h, &sha_256, "alice", "wonderland");
    ck_assert_int_eq(remove(world_path("broken")), 0);
    client_step(&h);
    do { /* until it is noticed */
        OM_uint32 minor;

        gss_delete_sec_context(&minor, &h.server, NULL);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    } while (server_step(&h) == GSS_S_CONTINUE_NEEDED);
    ck_assert_uint_eq(h.server_major, GSS_S_FAILURE);
    ck_assert(buffer_is(&h.to_client, "e=other-error"));
    ck_assert_ptr_nonnull(
        strstr(sentence_of(h.server_minor, &sha_256), world_path("broken")));
    ck_assert_ptr_null(h.server);
    handshake_end(&h);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, an_account_reads_its_own_store_alone, 0, 2);
    tcase_add_test(tests,
                   a_credential_acquired_before_forking_serves_every_child);
    tcase_add_test(tests, credentials_serve_many_threads);
    tcase_add_test(tests, a_store_that_is_replaced_is_noticed);
    tcase_add_test(tests, a_store_that_grows_is_followed);
    tcase_add_test(tests,
                   a_store_that_is_gone_fails_the_login_and_nothing_else);
}

int
main(void)
{
    return world_run("server", add, 120);
}
