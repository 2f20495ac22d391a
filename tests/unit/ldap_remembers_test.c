/*
 * What a server remembers of names that it asked a directory for: it is the
 * same for those who are there as for those who are not, or who asks again, and
 * sees how long the answer takes, can tell them apart.
 */
#include "directory/store.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fake_directory.h"
#include "scratch.h"
#include "unit.h"

/* The module's clock is later than the system's by as much. */
static time_t later; /* seconds */

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = __real_clock_gettime(clock, now);

    now->tv_sec += later;
    return result;
}

/* A directory of which nothing is remembered yet: each has another
 * configuration, as those that have the same share what they know. */
static struct store *
open_store(unsigned cache_size)
{
    static unsigned opened;
    struct sentence why = {""};
    struct store *store;
    char lines[200];

    snprintf(lines, sizeof(lines),
             "ldap_cache_size = %u\nldap_cache_stale = %us\n", cache_size,
             3600 + opened++);
    fake_configure(lines);
    ck_assert_msg(store_open(STORE_KINDS(&store_ldap), "ldap://127.0.0.1",
                             STORE_READ, &store, &why) == SCRAM_OK,
                  "%s", why.text);
    return store;
}

static void
add_users(void)
{
    static const char *const names[] = {"alice", "bob", "carol", "dave"};
    int i;

    for (i = 0; i < COUNT(names); i++) {
        fake.entries[i] =
            (struct fake_entry){.uid = names[i], .has_class = true};
        strcpy(fake.entries[i].values[0], fake_verifier("SCRAM-SHA-256", 4097));
    }
}

static enum scram_status
look_up(struct store *store, const char *user)
{
    struct sentence why = {""};
    struct scram_verifier v;

    return store_look_up(store, SCRAM_SHA_256, slice_of(user), &v, &why);
}

/* Those who are told apart, or not. */
static const char *const names[] = {"alice", "nobody"};
enum { KNOWN, UNKNOWN };

/* How often the directory is asked when a name is looked up. */
static unsigned
asks(struct store *store, const char *name)
{
    unsigned before = fake.searches;

    ck_assert_int_eq(look_up(store, name),
                     name == names[KNOWN] ? SCRAM_OK : SCRAM_NO_USER);
    return fake.searches - before;
}

static const unsigned waits[] = {0,  1,  4,  8,  11,  15,  29,
                                 31, 45, 58, 61, 100, 250, 600};

START_TEST(one_is_remembered_for_as_long_as_the_other)
{
    struct store *store = open_store(100);
    unsigned known, unknown;

    ck_assert_uint_eq(asks(store, names[KNOWN]), 1);
    ck_assert_uint_eq(asks(store, names[UNKNOWN]), 1);
    later = (time_t)waits[_i];
    known = asks(store, names[KNOWN]);
    unknown = asks(store, names[UNKNOWN]);
    ck_assert_msg(known == unknown,
                  "after %u seconds the directory is asked %u times for who is "
                  "there, and %u times for who is not",
                  waits[_i], known, unknown);
    if (waits[_i] <= 1)
        ck_assert_uint_eq(known, 0);
    if (waits[_i] >= 600)
        ck_assert_uint_eq(known, 1);
    store_close(store);
}
END_TEST

START_TEST(who_asks_every_few_seconds_learns_nothing)
{
    struct store *store = open_store(100);
    unsigned known, unknown;

    for (later = 0; later < 600; later += 7) {
        known = asks(store, names[KNOWN]);
        unknown = asks(store, names[UNKNOWN]);
        ck_assert_msg(known == unknown, "%ld seconds after the first look-up",
                      (long)later);
    }
    store_close(store);
}
END_TEST

/* Whether a name is still remembered after others were looked up. */
static bool
outlives(const char *name, unsigned cache_size, unsigned strangers,
         unsigned users)
{
    struct store *store = open_store(cache_size);
    char other[32];
    bool remembered;
    unsigned i;

    asks(store, name);
    for (i = 0; i < strangers; i++) {
        snprintf(other, sizeof(other), "stranger%u", i);
        look_up(store, other);
    }
    for (i = 1; i <= users; i++)
        look_up(store, fake.entries[i].uid);
    remembered = asks(store, name) == 0;
    store_close(store);
    return remembered;
}

/* Names are made up until the cache is full. */
START_TEST(a_flood_of_strangers_drives_out_one_as_it_does_the_other)
{
    unsigned strangers;

    for (strangers = 0; strangers <= 20; strangers++)
        ck_assert_msg(outlives(names[KNOWN], 8, strangers, 0) ==
                          outlives(names[UNKNOWN], 8, strangers, 0),
                      "after %u strangers", strangers);
    ck_assert(outlives(names[KNOWN], 8, 1, 0));
    ck_assert(!outlives(names[KNOWN], 8, 20, 0));
}
END_TEST

START_TEST(a_few_users_drive_out_one_as_they_do_the_other)
{
    unsigned users, size;

    for (size = 1; size <= 5; size++)
        for (users = 0; users <= 3; users++)
            ck_assert_msg(outlives(names[KNOWN], size, 0, users) ==
                              outlives(names[UNKNOWN], size, 0, users),
                          "after %u users, of %u that there is room for", users,
                          size);
}
END_TEST

/* Somebody's proof was wrong, as it always is for who is not there. */
START_TEST(a_wrong_proof_has_one_asked_for_anew_as_the_other)
{
    unsigned known, unknown, wait;

    for (wait = 0; wait <= 12; wait += 2) {
        struct store *store = open_store(100);

        later = 0;
        asks(store, names[KNOWN]);
        asks(store, names[UNKNOWN]);
        later = (time_t)wait;
        store_mark_stale(store, slice_of(names[KNOWN]));
        store_mark_stale(store, slice_of(names[UNKNOWN]));
        known = asks(store, names[KNOWN]);
        unknown = asks(store, names[UNKNOWN]);
        ck_assert_msg(known == unknown, "%u seconds after the look-up", wait);
        store_close(store);
    }
}
END_TEST

/* Nobody answers any more: what was known of either is good a while longer. */
START_TEST(one_is_as_good_as_the_other_when_nobody_answers)
{
    struct store *store = open_store(100);
    enum scram_status known, unknown;

    asks(store, names[KNOWN]);
    asks(store, names[UNKNOWN]);
    fake.fails = SCRAM_STORE_ABSENT;
    later = (time_t)waits[_i];
    known = look_up(store, names[KNOWN]);
    unknown = look_up(store, names[UNKNOWN]);
    ck_assert_msg((known == SCRAM_OK) == (unknown == SCRAM_NO_USER),
                  "after %u seconds: %d and %d", waits[_i], known, unknown);
    store_close(store);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_checked_fixture(tests, add_users, NULL);
    tcase_add_loop_test(tests, one_is_remembered_for_as_long_as_the_other, 0,
                        COUNT(waits));
    tcase_add_test(tests, who_asks_every_few_seconds_learns_nothing);
    tcase_add_test(tests,
                   a_flood_of_strangers_drives_out_one_as_it_does_the_other);
    tcase_add_test(tests, a_few_users_drive_out_one_as_they_do_the_other);
    tcase_add_test(tests, a_wrong_proof_has_one_asked_for_anew_as_the_other);
    tcase_add_loop_test(tests, one_is_as_good_as_the_other_when_nobody_answers,
                        0, COUNT(waits));
}

int
main(void)
{
    return unit_run("ldap_remembers", add, 30);
}
