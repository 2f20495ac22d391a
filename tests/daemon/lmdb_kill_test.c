/*
 * gss-scramd is killed over and over, wherever it happens to be in a change.
 * What it said was done is there afterwards, and nobody is there by half.
 *
 * GSS_SCRAM_KILLS is how often.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "noise.h"
#include "stores.h"
#include "unit.h"

#define NAME "users"

enum { KILLS = 60 };

/* What the parent knows of a user: the versions that there may be, a bit
 * each. */
static unsigned known[STORES_USERS];

static unsigned done;

/* Take down what a writer said before it died. */
static void
hear(const struct stores_step *step)
{
    known[step->user] =
        1u << step->version | (step->done ? 0 : known[step->user]);
    done += step->done;
}

static void
kill_one(struct noise *noise)
{
    struct stores_writer writer = stores_writer_start(NAME, noise_next(noise));

    usleep((useconds_t)noise_below(noise, 30000));
    stores_writer_kill(&writer, hear);
}

/* Check what is there against what was said. */
static void
check(void)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    unsigned i, there = 0;

    for (i = 0; i < STORES_USERS; i++) {
        unsigned version = stores_version(store, i);

        ck_assert_msg((known[i] & 1u << version) != 0,
                      "user %u has version %u and may have %x", i, version,
                      known[i]);
        known[i] = 1u << version;
        there += version != 0;
    }
    stores_check_whole(store, there);
    store_close(store);
}

START_TEST(who_is_killed_loses_nothing_that_was_said_to_be_done)
{
    const char *wanted = getenv("GSS_SCRAM_KILLS");
    unsigned i, kills = wanted != NULL ? (unsigned)atoi(wanted) : KILLS;
    struct noise noise = {(uint64_t)getpid()};

    for (i = 0; i < STORES_USERS; i++)
        known[i] = 1u << 0;
    for (i = 0; i < kills; i++) {
        kill_one(&noise);
        check();
    }
    printf("%u times killed, %u changes done\n", kills, done);
    ck_assert_uint_gt(done, 0); /* the killer was not always too quick */
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests, who_is_killed_loses_nothing_that_was_said_to_be_done);
}

int
main(void)
{
    return unit_run("lmdb_kill", add, 600);
}
