/*
 * Acquiring a server's credential again, as mod_auth_gssapi does four times a
 * login: where nothing changed, nothing is opened, read or mapped anew, and
 * what did change is noticed all the same.
 */
#include "apart.h"

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

#define TIMES 100

static char named[512]; /* the store that a credential store names */

/* Acquire and release; with a named store, or what the configuration says. */
static bool
acquire(const char *store, gss_cred_id_t *cred)
{
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_STORE, store};
    gss_key_value_set_desc from = {1, &element};
    gss_OID_set_desc mechs = {1, &sha_256};
    OM_uint32 minor;

    *cred = GSS_C_NO_CREDENTIAL;
    return gss_acquire_cred_from(&minor, GSS_C_NO_NAME, 0, &mechs, GSS_C_ACCEPT,
                                 store == NULL ? NULL : &from, cred, NULL,
                                 NULL) == GSS_S_COMPLETE;
}

static bool
can_acquire(const char *store)
{
    gss_cred_id_t cred;
    OM_uint32 minor;
    bool can = acquire(store, &cred);

    gss_release_cred(&minor, &cred);
    return can;
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* How the credentials are asked for. */
static const struct ask {
    const char *what;
    bool names_store, other_store, keeps_one;
} asks[] = {
    {"what the configuration says", false, false, false},
    {"the same, with another in use", false, false, true},
    {"a named store, the configuration's", true, false, false},
    {"another named store", true, true, false},
    {"another named store that is in use", true, true, true},
};
static const struct ask *ask;
static gss_cred_id_t in_use;

static const char *
store_of_ask(void)
{
    return ask->names_store ? named : NULL;
}

static const char *
prepare(void)
{
    if (ask->keeps_one && !acquire(store_of_ask(), &in_use))
        return "there is no credential";
    return can_acquire(store_of_ask()) && can_acquire(store_of_ask())
               ? NULL
               : "there is no credential";
}

static const char *
acquire_again(void)
{
    int i;

    for (i = 0; i < TIMES; i++)
        if (!can_acquire(store_of_ask()))
            return "there is no credential the next time";
    return NULL;
}

/* Wait until the files are as they have been for a while. */
static void
settle(void)
{
    world_let_settle(world_path("scram.conf"));
    world_let_settle(strchr(world_store(), ':') + 1);
    world_let_settle(strchr(world_store_at("other"), ':') + 1);
}

START_TEST(nothing_is_opened_where_nothing_changed)
{
    struct calls calls;
    double start;
    unsigned quarters;

    ask = &asks[_i];
    snprintf(named, sizeof(named), "%s",
             ask->other_store ? world_store_at("other") : world_store());
    settle();
    start = now();
    if (!calls_count(prepare, acquire_again, &calls))
        return; /* no process can be traced here */
    /* Once in a quarter of a second there may be a look at each file. */
    quarters = (unsigned)((now() - start) * 4) + 1;
    printf("%s, %d times: %u calls, %u looks, %u opens, %u maps\n", ask->what,
           TIMES, calls.all, calls.looks, calls.opens, calls.maps);
    ck_assert_msg(calls.opens == 0, "%u opens: %.200s", calls.opens,
                  calls.opened);
    ck_assert_uint_eq(calls.maps, 0);
    ck_assert_uint_le(calls.looks, 8 * quarters);
}
END_TEST

/* Wait for a credential to be what it should be, however often that takes. */
static void
until_acquired(const char *store, bool wanted)
{
    while (can_acquire(store) != wanted)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

/* Whether alice gets in by that password, with a credential acquired anew. */
static bool
gets_in(const char *store, const char *password)
{
    gss_cred_id_t alice = user_cred("alice", password, &sha_256), server;
    OM_uint32 minor;
    bool in = acquire(store, &server) && apart_login(alice, server);

    gss_release_cred(&minor, &alice);
    gss_release_cred(&minor, &server);
    return in;
}

static void
until_in(const char *store, const char *password)
{
    while (!gets_in(store, password))
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

START_TEST(a_store_that_changed_is_noticed)
{
    const char *store = NULL;

    if (_i == 1) {
        snprintf(named, sizeof(named), "%s", world_store_at("other"));
        store = named;
    }
    settle();
    until_in(store, "wonderland");
    world_set_password(store == NULL ? world_store() : store, "alice",
                       "different");
    until_in(store, "different");
    ck_assert(!gets_in(store, "wonderland"));
    world_set_password(store == NULL ? world_store() : store, "alice",
                       "wonderland");
    until_in(store, "wonderland");
    ck_assert(!gets_in(store, "different"));
}
END_TEST

START_TEST(a_store_that_is_gone_and_comes_back_is_noticed)
{
    const char *path;

    snprintf(named, sizeof(named), "%s", world_store_at("other"));
    path = strchr(named, ':') + 1;
    ck_assert(can_acquire(named));
    ck_assert_int_eq(rename(path, world_path("aside")), 0);
    until_acquired(named, false);
    ck_assert_int_eq(rename(world_path("aside"), path), 0);
    until_acquired(named, true);
    until_in(named, "wonderland");
}
END_TEST

START_TEST(a_configuration_that_changed_is_noticed)
{
    world_set_password(world_store_at("third"), "alice", "different");
    settle();
    ck_assert(gets_in(NULL, "wonderland"));
    ck_assert(can_acquire(NULL));
    world_write("scram.conf", "[scram]\n store = %s\n",
                world_store_at("third"));
    until_in(NULL, "different");
    ck_assert(!gets_in(NULL, "wonderland"));
    world_write("scram.conf", "[scram]\n stoer = nowhere\n");
    until_acquired(NULL, false);
    world_write("scram.conf", "[scram]\n store = %s\n", world_store());
    until_acquired(NULL, true);
    until_in(NULL, "wonderland");
}
END_TEST

/* A store is shared by those who may read it: what root has open is not for an
 * account that the process takes on. */
START_TEST(another_account_does_not_get_what_is_open)
{
    const char *store = _i == 0 ? NULL : named;
    gss_cred_id_t in_root_s_use;
    OM_uint32 minor;

    if (geteuid() != 0) /* only root can be several accounts */
        return;
    snprintf(named, sizeof(named), "%s", world_store_at("other"));
    ck_assert_int_eq(chmod(world_path("."), 0755), 0);
    ck_assert_int_eq(chmod(strchr(world_store(), ':') + 1, 0600), 0);
    ck_assert_int_eq(chmod(strchr(named, ':') + 1, 0600), 0);
    settle();
    ck_assert(acquire(store, &in_root_s_use));
    ck_assert(can_acquire(store));
    ck_assert_int_eq(seteuid(65534), 0);
    ck_assert(!can_acquire(store));
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert(can_acquire(store));
    gss_release_cred(&minor, &in_root_s_use);
}
END_TEST

/* Each names a store, and each gets the one that it names. */
START_TEST(stores_are_told_apart_by_their_names)
{
    int i;

    world_set_password(world_store_at("third"), "alice", "different");
    for (i = 0; i < 5; i++) {
        snprintf(named, sizeof(named), "%s", world_store_at("other"));
        ck_assert(gets_in(named, "wonderland"));
        ck_assert(!gets_in(named, "different"));
        snprintf(named, sizeof(named), "%s", world_store_at("third"));
        ck_assert(gets_in(named, "different"));
        ck_assert(!gets_in(named, "wonderland"));
    }
}
END_TEST

static void
make_other(void)
{
    world_set_password(world_store_at("other"), "alice", "wonderland");
}

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_other, NULL);
    tcase_add_loop_test(tests, nothing_is_opened_where_nothing_changed, 0,
                        COUNT(asks));
    tcase_add_loop_test(tests, a_store_that_changed_is_noticed, 0, 2);
    tcase_add_test(tests, a_store_that_is_gone_and_comes_back_is_noticed);
    tcase_add_test(tests, a_configuration_that_changed_is_noticed);
    tcase_add_loop_test(tests, another_account_does_not_get_what_is_open, 0, 2);
    tcase_add_test(tests, stores_are_told_apart_by_their_names);
}

int
main(void)
{
    return world_run("acquire_again", add, 120);
}
