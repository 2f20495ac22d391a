/*
 * A store that is made, changed and read, while each call under it fails in
 * turn: it is never harmed, and a change is there whole or not at all.
 */
#include <stdio.h>

#include "ends.h"
#include "trial.h"

/* A file of users, or where it is built so, gss-scramd's own store. */
#ifdef STORES_LMDB
#include "daemon/lmdb/store.h"
#define KINDS STORE_KINDS(&store_lmdb)
#define SCHEME "lmdb:"
#define SUITE "lmdb_faults"
#else
#define KINDS WORLD_KINDS
#define SCHEME "file:"
#define SUITE "store_faults"
#endif

enum { EMMA, NOAH, OLIVIA, USERS };

static const char *const users[USERS] = {"emma", "noah", "olivia"};
static struct scram_verifier verifier;
static struct store *store;
static const char *location;

/* The store with Emma in it. */
static void
begin(void)
{
    static char path[512];
    struct sentence why = {""};

    snprintf(path, sizeof(path), SCHEME "%s", world_path("changed"));
    location = path;
    remove(world_path("changed"));
    if (!verifier.enabled)
        ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, SLICE("password"),
                                               SLICE("0123456789abcdef"), 4096,
                                               &verifier),
                         SCRAM_OK);
    ck_assert_msg(store_open(KINDS, location, STORE_CREATE, &store, &why) ==
                      SCRAM_OK,
                  "%s", why.text);
    ck_assert_int_eq(
        store_put(store, slice_of(users[EMMA]), &verifier, STORE_ADD, &why),
        SCRAM_OK);
}

static void
finish(void)
{
    store_close(store);
    store = NULL;
}

/* Whether that worked; where not, there is a sentence. */
static bool
worked(enum scram_status status, const struct sentence *why)
{
    if (status == SCRAM_OK)
        return true;
    ck_assert_int_ne(why->text[0], '\0');
    return false;
}

static bool
has(int user)
{
    struct scram_verifier found;
    enum scram_status status = store_look_up(
        store, SCRAM_SHA_256, slice_of(users[user]), &found, NULL);

    ck_assert(status == SCRAM_OK || status == SCRAM_NO_USER);
    if (status == SCRAM_OK)
        ck_assert_mem_eq(&found.stored_key, &verifier.stored_key,
                         sizeof(found.stored_key));
    return status == SCRAM_OK;
}

/* What an attempt says was done is so, whatever failed under it. */
static bool
done(int user, bool there)
{
    bool paused = fault_pause();

    ck_assert_int_eq(has(user), there);
    fault_resume(paused);
    return true;
}

/* Read by another handle, and changed again: it is as good as ever. */
static void
it_is_good(void)
{
    struct sentence why = {""};

    finish();
    ck_assert_msg(store_open(KINDS, location, STORE_WRITE, &store, &why) ==
                      SCRAM_OK,
                  "%s", why.text);
    ck_assert_msg(store_put(store, SLICE("zoe"), &verifier, STORE_EITHER,
                            &why) == SCRAM_OK,
                  "%s", why.text);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("zoe"), &verifier, &why),
        SCRAM_OK);
}

static bool
make(void)
{
    struct sentence why = {""};

    finish();
    remove(strchr(location, ':') + 1);
    return worked(store_open(KINDS, location, STORE_CREATE, &store, &why),
                  &why);
}

/* It was made, or it was not; either way it can be. */
static void
it_can_be_made(void)
{
    struct sentence why = {""};

    ck_assert_msg(store_open(KINDS, location, STORE_CREATE, &store, &why) ==
                      SCRAM_OK,
                  "%s", why.text);
    ck_assert(!has(EMMA));
}

static bool
open_and_read(void)
{
    struct sentence why = {""};
    struct scram_verifier found;
    enum scram_status status;

    finish();
    if (!worked(store_open(KINDS, location, STORE_READ, &store, &why), &why))
        return false;
    status = store_look_up(store, SCRAM_SHA_256, slice_of(users[EMMA]), &found,
                           &why);
    return status == SCRAM_OK;
}

static bool
put(void)
{
    struct sentence why = {""};

    return worked(
        store_put(store, slice_of(users[NOAH]), &verifier, STORE_EITHER, &why),
        &why);
}

static bool
put_many(void)
{
    struct store_entry entries[] = {
        {slice_of(users[NOAH]), &verifier, SCRAM_OK},
        {slice_of(users[OLIVIA]), &verifier, SCRAM_OK},
    };
    struct sentence why = {""};

    return worked(store_put_many(store, entries, 2, STORE_EITHER, &why),
                  &why) &&
           done(NOAH, true) && done(OLIVIA, true);
}

static bool
put_together(void)
{
    struct sentence why = {""};
    bool good;

    store_begin(store);
    good = put() && worked(store_put(store, slice_of(users[OLIVIA]), &verifier,
                                     STORE_EITHER, &why),
                           &why);
    return good && worked(store_commit(store, &why), &why) &&
           done(NOAH, true) && done(OLIVIA, true);
}

/* Both, or neither. */
static void
nothing_is_half_done(void)
{
    it_is_good();
    ck_assert(has(EMMA));
    ck_assert_int_eq(has(NOAH), has(OLIVIA));
}

static bool
set(void)
{
    struct sentence why = {""};

    return worked(store_set(store, slice_of(users[EMMA]), &verifier, 1,
                            STORE_REPLACE, &why),
                  &why);
}

static void
she_is_there(void)
{
    it_is_good();
    ck_assert(has(EMMA));
}

static bool
take_away(void)
{
    struct sentence why = {""};

    return worked(store_remove(store, slice_of(users[EMMA]), &why), &why) &&
           done(EMMA, false);
}

static enum scram_status
count(void *data, struct slice user, const struct scram_verifier *found)
{
    (void)user;
    (void)found;
    ++*(int *)data;
    return SCRAM_OK;
}

static bool
list(void)
{
    struct sentence why = {""};
    int found = 0;

    if (!worked(store_iterate(store, count, &found, &why), &why))
        return false;
    ck_assert_int_eq(found, 1);
    return true;
}

static bool
put_alone(void)
{
    return put() && done(NOAH, true);
}

static const struct trial trials[] = {
    {begin, make, it_can_be_made, finish},
    {begin, open_and_read, she_is_there, finish},
    {begin, put_alone, she_is_there, finish},
    {begin, put_many, nothing_is_half_done, finish},
    {begin, put_together, nothing_is_half_done, finish},
    {begin, set, she_is_there, finish},
    {begin, take_away, it_is_good, finish},
    {begin, list, she_is_there, finish},
};

START_TEST(a_store_is_never_harmed)
{
    trial_run(&trials[_i]);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, ends_configure, NULL);
    tcase_add_loop_test(tests, a_store_is_never_harmed, 0, COUNT(trials));
}

int
main(void)
{
    return world_run(SUITE, add, 300);
}
