/*
 * A writer is killed over and over, wherever it happens to be. What it was
 * told to be done is there afterwards, and nobody is there by half.
 */
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "noise.h"
#include "stores.h"
#include "unit.h"

#define NAME "users"

enum { KILLS = 150 };

/* What the parent knows of a user: which versions there may be, a bit each,
 * and which of them was begun last. What a writer had begun when it was killed
 * may be done. */
struct known {
    unsigned may;
    unsigned last;
};

static struct known known[STORES_USERS];

/* Take down what a writer said before it died. */
static void
hear(const struct stores_step *step)
{
    struct known *k = &known[step->user];

    k->may = 1u << step->version | (step->done ? 0 : k->may);
    k->last = step->version;
}

static void
know_nobody(void)
{
    unsigned i;

    for (i = 0; i < STORES_USERS; i++)
        known[i] = (struct known){1u << 0, 0};
}

/* Check what is there against what was said. Returns how many are there. */
static unsigned
check(struct store *store)
{
    unsigned i, there = 0;

    for (i = 0; i < STORES_USERS; i++) {
        struct known *k = &known[i];
        unsigned version = stores_version(store, i);

        ck_assert_msg((k->may & 1u << version) != 0,
                      "user %u has version %u and may have %x", i, version,
                      k->may);
        if (version == k->last)
            k->may = 1u << version;
        there += version != 0;
    }
    return there;
}

static void
kill_one(struct noise *noise)
{
    struct stores_writer writer = stores_writer_start(NAME, noise_next(noise));

    usleep((useconds_t)noise_below(noise, 40000));
    stores_writer_kill(&writer, hear);
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
        stores_check_whole(store, there);
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
        struct stores_writer writer =
            stores_writer_start(NAME, noise_next(&noise));
        char user[32];
        double start;

        snprintf(user, sizeof(user), "survivor%u", n);
        for (start = stores_now(); stores_now() - start < 0.005;)
            ;
        stores_add(store, user, n);
        stores_writer_kill(&writer, hear);
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
