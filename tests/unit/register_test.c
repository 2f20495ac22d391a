#include "unit.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gss/register.h"

#define LONG 3600000 /* milliseconds */
#define SHORT 20

static time_t later; /* seconds that the clocks are ahead */

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = __real_clock_gettime(clock, now);

    now->tv_sec += later;
    return result;
}

static void
wait_until_late(struct register_entry *entry)
{
    while (register_left(entry) > 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

START_TEST(who_leaves_in_time_is_in_time_once)
{
    struct register_entry e = {0};

    ck_assert(!register_leave(&e));
    ck_assert(!register_enter(&e, LONG, 10));
    ck_assert_uint_gt(register_left(&e), LONG / 2);
    ck_assert_uint_le(register_left(&e), LONG);
    ck_assert(register_leave(&e));
    ck_assert(!register_leave(&e));
    ck_assert_uint_eq(register_left(&e), 0);
}
END_TEST

START_TEST(who_is_late_is_told_and_counted_once)
{
    struct register_entry e = {0};
    struct register_sum sum;

    register_enter(&e, SHORT, 10);
    wait_until_late(&e);
    ck_assert(!register_take_sum(&sum)); /* nobody has noticed */
    ck_assert(!register_leave(&e));
    ck_assert(!register_leave(&e));
    ck_assert(!e.gave_way);
    ck_assert(register_take_sum(&sum));
    ck_assert_uint_eq(sum.late, 1);
    ck_assert_uint_eq(sum.gave_way, 0);
    ck_assert(!register_take_sum(&sum));
}
END_TEST

START_TEST(there_is_a_sum_a_minute_at_most)
{
    struct register_entry e[3] = {{0}};
    struct register_sum sum;
    int i;

    for (i = 0; i < 3; i++) {
        register_enter(&e[i], SHORT, 10);
        wait_until_late(&e[i]);
        ck_assert(!register_leave(&e[i]));
        ck_assert_int_eq(register_take_sum(&sum), i == 0);
    }
    /* Then it has what came since the last. */
    later = 60;
    ck_assert(register_take_sum(&sum));
    ck_assert_uint_eq(sum.late, 2);
}
END_TEST

START_TEST(at_the_bound_the_oldest_gives_way)
{
    struct register_entry e[4] = {{0}};
    struct register_sum sum;

    ck_assert(!register_enter(&e[0], LONG, 2));
    ck_assert(!register_enter(&e[1], LONG, 2));
    ck_assert(register_enter(&e[2], LONG, 2));
    ck_assert(e[0].gave_way);
    ck_assert_uint_eq(register_left(&e[0]), 0);
    ck_assert_uint_gt(register_left(&e[1]), 0);
    ck_assert(!register_leave(&e[0]));
    ck_assert(register_leave(&e[1]));
    ck_assert(!register_enter(&e[3], LONG, 2)); /* who left has made room */
    ck_assert(register_take_sum(&sum));
    ck_assert_uint_eq(sum.late, 0);
    ck_assert_uint_eq(sum.gave_way, 1);
    ck_assert(register_leave(&e[2]));
    ck_assert(register_leave(&e[3]));
}
END_TEST

START_TEST(who_is_late_and_gives_way_was_late)
{
    struct register_entry e[2] = {{0}};
    struct register_sum sum;

    register_enter(&e[0], SHORT, 1);
    wait_until_late(&e[0]);
    ck_assert(register_enter(&e[1], LONG, 1));
    ck_assert(!e[0].gave_way);
    ck_assert(!register_leave(&e[0]));
    ck_assert(register_take_sum(&sum));
    ck_assert_uint_eq(sum.late, 1);
    ck_assert_uint_eq(sum.gave_way, 0);
    ck_assert(register_leave(&e[1]));
}
END_TEST

/* Credentials may have bounds of their own: a lower one is come to step by
 * step, so that no call pays for many. */
START_TEST(a_lower_bound_is_come_to_in_steps)
{
    struct register_entry e[20] = {{0}};
    int i, gone, before = 0;

    for (i = 0; i < 10; i++)
        ck_assert(!register_enter(&e[i], LONG, 10));
    for (; i < 20; i++) {
        ck_assert(register_enter(&e[i], LONG, 1));
        for (gone = 0; gone < 20 && e[gone].gave_way; gone++)
            ;
        ck_assert_int_ge(gone, before + 1);
        ck_assert_int_le(gone, before + 2);
        before = gone;
    }
    ck_assert_int_eq(gone, 19);
    ck_assert(register_leave(&e[19]));
}
END_TEST

/* Wherever in the queue one leaves, the others stay in order. */
START_TEST(any_may_leave)
{
    struct register_entry e[5] = {{0}}, more = {0};
    int i;

    for (i = 0; i < 5; i++)
        register_enter(&e[i], LONG, 5);
    ck_assert(register_leave(&e[_i]));
    ck_assert(!register_enter(&more, LONG, 5));
    ck_assert(register_enter(&e[_i], LONG, 5));
    ck_assert(e[_i == 0 ? 1 : 0].gave_way);
    for (i = 0; i < 5; i++)
        (void)register_leave(&e[i]);
    ck_assert(register_leave(&more));
}
END_TEST

/* It may go on with what it has inherited, which gives way first. */
START_TEST(a_child_s_register_begins_with_its_parent_s)
{
    struct register_entry e[3] = {{0}};
    int status;
    pid_t child;

    register_enter(&e[0], LONG, 2);
    register_enter(&e[1], LONG, 2);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(register_enter(&e[2], LONG, 2) && !register_leave(&e[0]) &&
                      register_leave(&e[1]) && register_leave(&e[2])
                  ? 0
                  : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert(register_leave(&e[0]));
    ck_assert(register_leave(&e[1]));
}
END_TEST

START_TEST(what_a_parent_has_counted_its_child_does_not_tell)
{
    struct register_entry e = {0};
    struct register_sum sum;
    int status;
    pid_t child;

    register_enter(&e, SHORT, 10);
    wait_until_late(&e);
    ck_assert(!register_leave(&e));
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(register_take_sum(&sum));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert(register_take_sum(&sum));
}
END_TEST

#define THREADS 4
#define ROUNDS 20000
#define BOUND 8

static void *
come_and_go(void *data)
{
    struct register_entry held[4] = {{0}};
    int i;

    (void)data;
    for (i = 0; i < ROUNDS; i++) {
        struct register_entry *e = &held[i % 4];

        (void)register_leave(e);
        *e = (struct register_entry){0};
        register_enter(e, i % 3 == 0 ? 1 : LONG, BOUND);
        (void)register_left(&held[(i + 1) % 4]);
    }
    for (i = 0; i < 4; i++)
        (void)register_leave(&held[i]);
    return NULL;
}

START_TEST(threads_share_it)
{
    struct register_entry e[BOUND + 1] = {{0}};
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, NULL),
                         0);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    /* It is empty. */
    for (i = 0; i < BOUND; i++)
        ck_assert(!register_enter(&e[i], LONG, BOUND));
    ck_assert(register_enter(&e[i], LONG, BOUND));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, who_leaves_in_time_is_in_time_once);
    tcase_add_test(tests, who_is_late_is_told_and_counted_once);
    tcase_add_test(tests, there_is_a_sum_a_minute_at_most);
    tcase_add_test(tests, at_the_bound_the_oldest_gives_way);
    tcase_add_test(tests, who_is_late_and_gives_way_was_late);
    tcase_add_test(tests, a_lower_bound_is_come_to_in_steps);
    tcase_add_loop_test(tests, any_may_leave, 0, 5);
    tcase_add_test(tests, a_child_s_register_begins_with_its_parent_s);
    tcase_add_test(tests, what_a_parent_has_counted_its_child_does_not_tell);
    tcase_add_test(tests, threads_share_it);
}

int
main(void)
{
    return unit_run("register", add, 30);
}
