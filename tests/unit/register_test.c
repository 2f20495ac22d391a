#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gss/register.h"

#define LONG 3600000 /* milliseconds: as good as never */

struct guarded {
    struct register_entry entry;
    atomic_int expired;
};

static void
expire(struct register_entry *entry)
{
    atomic_fetch_add(&((struct guarded *)entry)->expired, 1);
}

static void
enter(struct guarded *g, uint32_t timeout)
{
    ck_assert_int_eq(register_enter(&g->entry, timeout, UINT32_MAX, expire),
                     SCRAM_OK);
}

/* Until the register says that an entry's time is up: its own clock tells. */
static void
wait_for(struct guarded *g)
{
    while (register_left(&g->entry, expire) != 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

START_TEST(one_that_leaves_in_time_is_not_expired)
{
    struct guarded g = {0};

    enter(&g, LONG);
    ck_assert_uint_gt(register_left(&g.entry, expire), LONG - 60000);
    ck_assert_uint_le(register_left(&g.entry, expire), LONG);
    ck_assert_int_eq(register_leave(&g.entry, expire), SCRAM_OK);
    ck_assert_int_eq(g.expired, 0);
    ck_assert_int_eq(register_leave(&g.entry, expire), SCRAM_TOO_LATE);
}
END_TEST

START_TEST(one_that_stays_is_expired_once_by_whichever_call_comes_next)
{
    struct guarded silent = {0}, clock = {0}, other = {0};

    enter(&silent, 20);
    enter(&clock, 20);
    wait_for(&clock);
    ck_assert_int_eq(silent.expired, 1);
    enter(&other, LONG);
    ck_assert_int_eq(register_leave(&silent.entry, expire), SCRAM_TOO_LATE);
    ck_assert_int_eq(silent.expired, 1);
    ck_assert_uint_eq(register_left(&silent.entry, expire), 0);
    ck_assert_int_eq(register_leave(&other.entry, expire), SCRAM_OK);
}
END_TEST

START_TEST(times_of_different_length_are_kept_side_by_side)
{
    struct guarded longer = {0}, shorter = {0};

    enter(&longer, LONG);
    enter(&shorter, 20);
    wait_for(&shorter);
    ck_assert_int_eq(shorter.expired, 1);
    ck_assert_int_eq(longer.expired, 0);
    ck_assert_int_eq(register_leave(&longer.entry, expire), SCRAM_OK);
}
END_TEST

START_TEST(leaving_works_from_the_front_the_middle_and_the_back)
{
    static const int orders[][4] = {
        {0, 1, 2, 3}, {3, 2, 1, 0}, {1, 2, 0, 3}, {2, 0, 3, 1}};
    struct guarded g[4] = {0};
    int i;

    for (i = 0; i < 4; i++)
        enter(&g[i], LONG);
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(register_leave(&g[orders[_i][i]].entry, expire),
                         SCRAM_OK);
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(g[i].expired, 0);
}
END_TEST

START_TEST(no_more_than_max_are_half_open_and_expired_ones_make_room)
{
    struct guarded g[4] = {0};

    ck_assert_int_eq(register_enter(&g[0].entry, LONG, 2, expire), SCRAM_OK);
    ck_assert_int_eq(register_enter(&g[1].entry, 20, 2, expire), SCRAM_OK);
    ck_assert_int_eq(register_enter(&g[2].entry, LONG, 2, expire),
                     SCRAM_NO_RESOURCES);
    wait_for(&g[1]);
    ck_assert_int_eq(register_enter(&g[2].entry, LONG, 2, expire), SCRAM_OK);
    ck_assert_int_eq(register_enter(&g[3].entry, LONG, 2, expire),
                     SCRAM_NO_RESOURCES);
    ck_assert_int_eq(register_leave(&g[0].entry, expire), SCRAM_OK);
    ck_assert_int_eq(register_enter(&g[3].entry, LONG, 2, expire), SCRAM_OK);
}
END_TEST

/* Neither its parent's count nor its parent's silence is a child's; what it
 * inherited is wiped in it all the same. */
START_TEST(a_child_counts_its_own)
{
    struct guarded inherited[2] = {0}, own[3] = {0};
    int status;
    pid_t child;

    ck_assert_int_eq(register_enter(&inherited[0].entry, LONG, 2, expire),
                     SCRAM_OK);
    ck_assert_int_eq(register_enter(&inherited[1].entry, 20, 2, expire),
                     SCRAM_OK);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        bool good =
            register_enter(&own[0].entry, LONG, 2, expire) == SCRAM_OK &&
            register_enter(&own[1].entry, LONG, 2, expire) == SCRAM_OK &&
            register_enter(&own[2].entry, LONG, 2, expire) ==
                SCRAM_NO_RESOURCES;

        wait_for(&inherited[1]);
        good = good && inherited[1].expired == 1 &&
               register_leave(&inherited[0].entry, expire) == SCRAM_OK &&
               register_enter(&own[2].entry, LONG, 2, expire) ==
                   SCRAM_NO_RESOURCES &&
               register_leave(&own[0].entry, expire) == SCRAM_OK &&
               register_enter(&own[2].entry, LONG, 2, expire) == SCRAM_OK;
        _exit(good ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    wait_for(&inherited[1]);
    ck_assert_int_eq(inherited[1].expired, 1);
    ck_assert_int_eq(register_leave(&inherited[0].entry, expire), SCRAM_OK);
}
END_TEST

START_TEST(one_that_brings_its_deadline_keeps_it)
{
    struct guarded g = {0};
    uint64_t now = register_clock();

    ck_assert_int_eq(
        register_enter_until(&g.entry, now + LONG, UINT32_MAX, expire),
        SCRAM_OK);
    ck_assert_uint_le(register_left(&g.entry, expire), LONG);
    ck_assert_uint_gt(register_left(&g.entry, expire), LONG - 60000);
    ck_assert_uint_eq(g.entry.deadline, now + LONG);
    ck_assert_int_eq(register_leave(&g.entry, expire), SCRAM_OK);
    ck_assert_int_eq(register_enter_until(&g.entry, now, UINT32_MAX, expire),
                     SCRAM_TOO_LATE);
    ck_assert_int_eq(register_leave(&g.entry, expire), SCRAM_TOO_LATE);
    ck_assert_int_eq(g.expired, 0);
}
END_TEST

/* In whatever order they come, among those that were given their time. */
START_TEST(deadlines_that_were_brought_are_put_in_order)
{
    static const unsigned orders[][4] = {
        {0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};
    struct guarded g[4] = {0}, given = {0};
    uint64_t now = register_clock();
    int i;

    enter(&given, LONG);
    for (i = 0; i < 4; i++) {
        unsigned which = orders[_i][i];

        ck_assert_int_eq(register_enter_until(&g[which].entry,
                                              now + LONG + 20 * which,
                                              UINT32_MAX, expire),
                         SCRAM_OK);
    }
    for (i = 0; i < 4; i++) {
        ck_assert_ptr_eq(g[i].entry.later, i < 3 ? &g[i + 1].entry : NULL);
        ck_assert_ptr_eq(g[i].entry.earlier, i > 0 ? &g[i - 1].entry : NULL);
    }
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(register_leave(&g[i].entry, expire), SCRAM_OK);
    ck_assert_int_eq(register_leave(&given.entry, expire), SCRAM_OK);
}
END_TEST

START_TEST(one_that_brings_its_deadline_counts_and_expires)
{
    struct guarded a = {0}, b = {0};

    ck_assert_int_eq(
        register_enter_until(&a.entry, register_clock() + 20, 1, expire),
        SCRAM_OK);
    ck_assert_int_eq(
        register_enter_until(&b.entry, register_clock() + LONG, 1, expire),
        SCRAM_NO_RESOURCES);
    wait_for(&a);
    ck_assert_int_eq(a.expired, 1);
    ck_assert_int_eq(
        register_enter_until(&b.entry, register_clock() + LONG, 1, expire),
        SCRAM_OK);
    ck_assert_int_eq(register_leave(&b.entry, expire), SCRAM_OK);
}
END_TEST

#define ROUNDS 20000

static void *
come_and_go(void *data)
{
    struct guarded g[8] = {0};
    int *wrong = data;
    size_t i;

    for (i = 0; i < ROUNDS; i++) {
        struct guarded *one = &g[i % 8];

        if (one->entry.queue != NULL &&
            register_leave(&one->entry, expire) != SCRAM_OK)
            (*wrong)++;
        if (register_enter(&one->entry, LONG, UINT32_MAX, expire) != SCRAM_OK)
            (*wrong)++;
    }
    for (i = 0; i < 8; i++)
        register_leave(&g[i].entry, expire);
    return NULL;
}

START_TEST(threads_come_and_go_while_children_are_forked)
{
    pthread_t threads[4];
    int wrong[4] = {0}, i, status;
    struct guarded g = {0};

    for (i = 0; i < 4; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, come_and_go, &wrong[i]), 0);
    for (i = 0; i < 20; i++) {
        pid_t child = fork();

        ck_assert_int_ge(child, 0);
        if (child == 0) /* the lock is free in it */
            _exit(register_enter(&g.entry, LONG, 1, expire) == SCRAM_OK ? 0
                                                                        : 1);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);
    }
    for (i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(wrong[i], 0);
    }
    /* All of them were counted back. */
    ck_assert_int_eq(register_enter(&g.entry, LONG, 1, expire), SCRAM_OK);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, one_that_leaves_in_time_is_not_expired);
    tcase_add_test(tests,
                   one_that_stays_is_expired_once_by_whichever_call_comes_next);
    tcase_add_test(tests, times_of_different_length_are_kept_side_by_side);
    tcase_add_loop_test(
        tests, leaving_works_from_the_front_the_middle_and_the_back, 0, 4);
    tcase_add_test(tests,
                   no_more_than_max_are_half_open_and_expired_ones_make_room);
    tcase_add_test(tests, one_that_brings_its_deadline_keeps_it);
    tcase_add_loop_test(tests, deadlines_that_were_brought_are_put_in_order, 0,
                        4);
    tcase_add_test(tests, one_that_brings_its_deadline_counts_and_expires);
    tcase_add_test(tests, a_child_counts_its_own);
    tcase_add_test(tests, threads_come_and_go_while_children_are_forked);
}

int
main(void)
{
    return unit_run("register", add, 60);
}
