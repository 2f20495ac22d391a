/*
 * gss-scramd is killed over and over, wherever it happens to be in a change.
 * What it said was done is there afterwards, and nobody is there by half.
 *
 * GSS_SCRAM_KILLS is how often.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "noise.h"
#include "stores.h"
#include "unit.h"

#define NAME "users"

enum { KILLS = 60, USERS = 200 };

/* One change, said when it begins and when it is done. */
struct step {
    unsigned user;
    unsigned version; /* 0: the user is removed */
    bool done;
};

/* What the parent knows of a user: the versions that there may be, a bit
 * each. What a writer had begun when it was killed may be done. */
static unsigned known[USERS];

static const char *
user_name(unsigned n)
{
    static char name[64];

    snprintf(name, sizeof(name), "%040u", n);
    return name;
}

static bool
say(int fd, unsigned user, unsigned version, bool done)
{
    struct step step;

    memset(&step, 0, sizeof(step));
    step = (struct step){user, version, done};
    return write(fd, &step, sizeof(step)) == sizeof(step);
}

static enum scram_status
change(struct store *store, const char *user, unsigned version)
{
    struct scram_verifier v = stores_verifier(user, version);
    enum scram_status status;

    if (version != 0)
        return store_put(store, slice_of(user), &v, STORE_EITHER, NULL);
    status = store_remove(store, slice_of(user), NULL);
    return status == SCRAM_NO_USER ? SCRAM_OK : status;
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

        if (!say(w->said[1], user, version, false))
            return 2;
        if (change(store, user_name(user), version) != SCRAM_OK)
            return 3;
        if (!say(w->said[1], user, version, true))
            return 4;
    }
}

/* Take down what a writer said before it died. Returns how much was done. */
static unsigned
hear(int fd)
{
    struct step step;
    unsigned done = 0;

    while (read(fd, &step, sizeof(step)) == sizeof(step)) {
        known[step.user] =
            1u << step.version | (step.done ? 0 : known[step.user]);
        done += step.done;
    }
    return done;
}

static unsigned
kill_one(struct noise *noise)
{
    struct writer w = {.seed = noise_next(noise)};
    unsigned done;
    pid_t writer;

    ck_assert_int_eq(pipe(w.said), 0);
    writer = stores_start(write_until_killed, &w);
    close(w.said[1]);
    usleep((useconds_t)noise_below(noise, 30000));
    kill(writer, SIGKILL);
    done = hear(w.said[0]);
    close(w.said[0]);
    ck_assert_int_eq(stores_wait(writer), 100 + SIGKILL);
    return done;
}

static enum scram_status
count(void *data, struct slice user, const struct scram_verifier *v)
{
    (void)user;
    (void)v;
    ++*(unsigned *)data;
    return SCRAM_OK;
}

/* Check what is there against what was said, and that iterating shows as many
 * and that a decoy has what all of them have if there are any. */
static void
check(void)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct scram_verifier v;
    unsigned i, there = 0, visited = 0;

    for (i = 0; i < USERS; i++) {
        unsigned version = 0;
        enum scram_status status =
            stores_look_up(store, user_name(i), &version);

        if (status == SCRAM_NO_USER)
            version = 0;
        else
            ck_assert_int_eq(status, SCRAM_OK);
        ck_assert_msg((known[i] & 1u << version) != 0,
                      "user %u has version %u and may have %x", i, version,
                      known[i]);
        known[i] = 1u << version;
        there += version != 0;
    }
    ck_assert_int_eq(store_iterate(store, count, &visited, NULL), SCRAM_OK);
    ck_assert_uint_eq(visited, there);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("nobody"), &v, NULL),
        SCRAM_NO_USER);
    ck_assert_uint_eq(v.iterations,
                      there == 0 ? scram_default_iterations(SCRAM_SHA_256)
                                 : stores_verifier("x", 0).iterations);
    store_close(store);
}

START_TEST(who_is_killed_loses_nothing_that_was_said_to_be_done)
{
    const char *wanted = getenv("GSS_SCRAM_KILLS");
    unsigned i, kills = wanted != NULL ? (unsigned)atoi(wanted) : KILLS;
    struct noise noise = {(uint64_t)getpid()};
    unsigned done = 0;

    for (i = 0; i < USERS; i++)
        known[i] = 1u << 0;
    for (i = 0; i < kills; i++) {
        done += kill_one(&noise);
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
