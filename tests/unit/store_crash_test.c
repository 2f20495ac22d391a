/*
 * A writer is killed over and over, wherever it happens to be. What it was
 * told to be done is there afterwards, and nobody is there by half.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "noise.h"
#include "stores.h"
#include "unit.h"

#define NAME "users"

enum { KILLS = 150, USERS = 200 };

/* One change, said when it begins and when it is done. */
struct step {
    unsigned user;
    unsigned version; /* 0: the user is removed */
    bool done;
};

/* What the parent knows of a user: which versions there may be, a bit each,
 * and which of them was begun last. What a writer had begun when it was killed
 * may be done. */
struct known {
    unsigned may;
    unsigned last;
};

static struct known known[USERS];

static bool
say(int fd, unsigned user, unsigned version, bool done)
{
    struct step step;

    memset(&step, 0, sizeof(step));
    step = (struct step){user, version, done};
    return write(fd, &step, sizeof(step)) == sizeof(step);
}

/* Make a user be there with a version, or not be there. */
static enum scram_status
change(struct store *store, const char *user, unsigned version)
{
    struct scram_verifier v = stores_verifier(user, version);
    enum scram_status status;

    if (version == 0) {
        status = store_remove(store, slice_of(user), NULL);
        return status == SCRAM_NO_USER ? SCRAM_OK : status;
    }
    status = store_put(store, slice_of(user), &v, STORE_ADD, NULL);
    if (status == SCRAM_USER_EXISTS)
        status = store_put(store, slice_of(user), &v, STORE_REPLACE, NULL);
    return status;
}

struct writer {
    int said[2];
    uint64_t seed;
};

static int
write_until_killed(void *data)
{
    const struct writer *w = data;
    struct noise noise = {w->seed};
    struct store *store;

    if (store_open(STORES_KINDS, stores_location(NAME), STORE_CREATE, &store,
                   NULL) != SCRAM_OK)
        return 1;
    for (;;) {
        unsigned user = (unsigned)noise_below(&noise, USERS);
        unsigned version = (unsigned)noise_below(&noise, 8);
        char name[64];

        snprintf(name, sizeof(name), "%040u", user);
        if (!say(w->said[1], user, version, false))
            return 2;
        if (change(store, name, version) != SCRAM_OK)
            return 3;
        if (!say(w->said[1], user, version, true))
            return 4;
    }
}

/* Take down what a writer said before it died. */
static void
hear(int fd)
{
    struct step step;

    while (read(fd, &step, sizeof(step)) == sizeof(step)) {
        struct known *k = &known[step.user];

        k->may = 1u << step.version | (step.done ? 0 : k->may);
        k->last = step.version;
    }
}

static void
know_nobody(void)
{
    unsigned i;

    for (i = 0; i < USERS; i++)
        known[i] = (struct known){1u << 0, 0};
}

/* Check what is there against what was said. Returns how many are there. */
static unsigned
check(struct store *store)
{
    unsigned i, there = 0;

    for (i = 0; i < USERS; i++) {
        struct known *k = &known[i];
        unsigned version = 0;
        enum scram_status status;
        char name[64];

        snprintf(name, sizeof(name), "%040u", i);
        status = stores_look_up(store, name, &version);
        ck_assert_msg(status == SCRAM_OK || status == SCRAM_NO_USER,
                      "status %d", status);
        if (status == SCRAM_NO_USER)
            version = 0;
        ck_assert_msg((k->may & 1u << version) != 0,
                      "user %u has version %u and may have %x", i, version,
                      k->may);
        if (version == k->last)
            k->may = 1u << version;
        there += version != 0;
    }
    return there;
}

static enum scram_status
count(void *data, struct slice user, const struct scram_verifier *v)
{
    (void)user;
    (void)v;
    ++*(unsigned *)data;
    return SCRAM_OK;
}

/* That iterating shows as many as looking up, and that a decoy has what all of
 * them have if there are any. */
static void
check_whole(struct store *store, unsigned expected)
{
    struct scram_verifier v;
    unsigned there = 0;

    ck_assert_int_eq(store_iterate(store, count, &there, NULL), SCRAM_OK);
    ck_assert_uint_eq(there, expected);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("nobody"), &v, NULL),
        SCRAM_NO_USER);
    ck_assert_uint_eq(v.iterations,
                      expected == 0 ? scram_default_iterations(SCRAM_SHA_256)
                                    : stores_verifier("x", 0).iterations);
}

static void
kill_one(struct noise *noise)
{
    struct writer w = {.seed = noise_next(noise)};
    pid_t writer;

    ck_assert_int_eq(pipe(w.said), 0);
    writer = stores_start(write_until_killed, &w);
    close(w.said[1]);
    usleep((useconds_t)noise_below(noise, 40000));
    kill(writer, SIGKILL);
    hear(w.said[0]);
    close(w.said[0]);
    ck_assert_int_eq(stores_wait(writer), 100 + SIGKILL);
}

/* That there is the store and its lock file, and what one killed writer left
 * at most. */
static void
check_folder(void)
{
    DIR *dir = opendir(stores_path(""));
    struct dirent *entry;
    int found = 0;

    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL)
        found += entry->d_name[0] != '.';
    closedir(dir);
    ck_assert_int_le(found, 3);
}

/* Whether somebody has the store open throughout, or opens it each time. */
START_TEST(a_killed_writer_loses_nothing_that_it_said_was_done)
{
    struct noise noise = {(uint64_t)getpid()};
    bool keep = _i == 1;
    struct store *store = stores_open(NAME, STORE_CREATE);
    unsigned there = 0;
    int i;

    know_nobody();
    store_close(store);
    store = stores_open(NAME, STORE_READ);
    for (i = 0; i < KILLS; i++) {
        if (!keep)
            store_close(store);
        kill_one(&noise);
        if (!keep)
            store = stores_open(NAME, STORE_READ);
        /* The writer may have died before it had waited for this. */
        stores_wait_seen();
        there = check(store);
        check_whole(store, there);
        check_folder();
    }
    ck_assert_uint_gt(there, 0); /* the killer was not always too quick */
    store_close(store);
}
END_TEST

START_TEST(two_writers_of_which_one_is_killed_lose_nothing)
{
    struct noise noise = {(uint64_t)getpid()};
    struct store *store = stores_open(NAME, STORE_CREATE);
    unsigned n;

    know_nobody();
    for (n = 0; n < KILLS; n++) {
        struct writer w = {.seed = noise_next(&noise)};
        char user[32];
        pid_t writer;
        double start;

        ck_assert_int_eq(pipe(w.said), 0);
        writer = stores_start(write_until_killed, &w);
        close(w.said[1]);
        snprintf(user, sizeof(user), "survivor%u", n);
        for (start = stores_now(); stores_now() - start < 0.005;)
            ;
        stores_add(store, user, n);
        kill(writer, SIGKILL);
        hear(w.said[0]);
        close(w.said[0]);
        ck_assert_int_eq(stores_wait(writer), 100 + SIGKILL);
        ck_assert(stores_has(store, user, n));
        check(store);
    }
    for (n = 0; n < KILLS; n++) {
        char user[32];

        snprintf(user, sizeof(user), "survivor%u", n);
        ck_assert(stores_has(store, user, n));
    }
    store_close(store);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_loop_test(
        tests, a_killed_writer_loses_nothing_that_it_said_was_done, 0, 2);
    tcase_add_test(tests, two_writers_of_which_one_is_killed_lose_nothing);
}

int
main(void)
{
    return unit_run("store_crash", add, 300);
}
