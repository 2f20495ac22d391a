/*
 * The threads that ask directories: order, bound and deadlines, whatever the
 * work does. The test's own thread is the serving one.
 */
#include "daemon/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "../unit/unit.h"

#define LONG 60000 /* ms that no test takes */

struct job {
    struct workers_job base; /* first */
    bool done, late, stopped, released;
    unsigned order; /* in which it was worked at */
};

static struct loop *loop;
static struct workers *workers;
static atomic_uint worked;
static atomic_bool hold; /* while set no work comes to its end */

static void
work(struct workers_job *base)
{
    struct job *job = (struct job *)base;

    job->order = ++worked;
    while (hold)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void
done(struct workers_job *base)
{
    ((struct job *)base)->done = true;
}

static void
late(struct workers_job *base, bool stopped)
{
    ((struct job *)base)->late = true;
    ((struct job *)base)->stopped = stopped;
}

static void
release(struct workers_job *base)
{
    ck_assert(!((struct job *)base)->released);
    ((struct job *)base)->released = true;
}

static const struct workers_ops ops = {work, done, late, release};

static void
begin(void)
{
    loop = loop_new();
    workers = workers_start(loop, WORKERS_THREADS);
    ck_assert_ptr_nonnull(workers);
}

static void
end(void)
{
    hold = false;
    ck_assert(workers_stop(workers));
    loop_free(loop);
}

/* Take a job on and queue it, with that many ms. */
static void
queue(struct job *job, uint32_t wait)
{
    ck_assert(workers_add(workers, &job->base, &ops, wait));
    workers_queue(&job->base);
}

static void
rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    loop_run_tasks(loop);
    (void)workers_tick(workers);
}

static void
wait_released(const struct job *job)
{
    while (!job->released)
        rest();
}

START_TEST(what_is_worked_at_is_handed_over)
{
    struct job job = {.done = false};

    queue(&job, LONG);
    wait_released(&job);
    ck_assert(job.done);
    ck_assert(!job.late);
    ck_assert_int_eq(workers_tick(workers) > 0, 1); /* it may look once more */
}
END_TEST

/* Of one thread, as several overtake each other between taking and working. */
START_TEST(who_comes_first_is_worked_at_first)
{
    static struct job held, jobs[50];
    unsigned i;

    ck_assert(workers_stop(workers));
    workers = workers_start(loop, 1);
    ck_assert_ptr_nonnull(workers);
    hold = true;
    queue(&held, LONG);
    while (worked == 0)
        rest();
    for (i = 0; i < 50; i++)
        queue(&jobs[i], LONG);
    ck_assert_uint_eq(worked, 1);
    hold = false;
    for (i = 0; i < 50; i++) {
        wait_released(&jobs[i]);
        ck_assert_uint_eq(jobs[i].order, i + 2);
    }
}
END_TEST

START_TEST(there_are_no_more_than_there_may_be)
{
    static struct job jobs[WORKERS_JOBS + 1];
    unsigned i;

    hold = true;
    for (i = 0; i < WORKERS_JOBS; i++)
        queue(&jobs[i], LONG);
    ck_assert(!workers_add(workers, &jobs[i].base, &ops, LONG));
    hold = false;
    for (i = 0; i < WORKERS_JOBS; i++)
        wait_released(&jobs[i]);
    queue(&jobs[i], LONG);
    wait_released(&jobs[i]);
    ck_assert(jobs[i].done);
}
END_TEST

/* One that a thread works at, one in the queue and one that waits for its turn
 * to be queued; and then those that still have time. */
START_TEST(each_is_told_by_its_deadline_wherever_it_is)
{
    static struct job held[WORKERS_THREADS], queued, waiting, last;
    unsigned i;

    hold = true;
    for (i = 0; i < WORKERS_THREADS; i++)
        queue(&held[i], i == 0 ? 50 : LONG);
    while (worked < WORKERS_THREADS)
        rest();
    queue(&queued, 50);
    queue(&last, LONG);
    ck_assert(workers_add(workers, &waiting.base, &ops, 50));
    while (!held[0].late || !queued.late || !waiting.late)
        rest();
    ck_assert(queued.released);
    ck_assert(waiting.released);
    ck_assert(!held[0].released); /* the thread still has it */
    ck_assert(!last.late);
    hold = false;
    wait_released(&held[0]);
    wait_released(&last);
    ck_assert(!held[0].done);
    ck_assert(last.done);
    ck_assert(held[1].done || !held[1].released);
    ck_assert_uint_eq(queued.order, 0); /* nobody worked at it */
}
END_TEST

START_TEST(a_deadline_is_not_past_before_its_time)
{
    static struct job held[WORKERS_THREADS];
    unsigned i;
    int left;

    hold = true;
    for (i = 0; i < WORKERS_THREADS; i++)
        queue(&held[i], LONG);
    left = workers_tick(workers);
    ck_assert_int_gt(left, 0);
    ck_assert_int_le(left, LONG);
    for (i = 0; i < WORKERS_THREADS; i++)
        ck_assert(!held[i].late);
}
END_TEST

START_TEST(what_waits_when_they_stop_is_told_so)
{
    static struct job waiting;
    struct loop *of_its_own = loop_new();
    struct workers *stopped = workers_start(of_its_own, WORKERS_THREADS);

    ck_assert(workers_add(stopped, &waiting.base, &ops, LONG));
    ck_assert(workers_stop(stopped));
    ck_assert(waiting.late);
    ck_assert(waiting.stopped);
    ck_assert(waiting.released);
    loop_free(of_its_own);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, what_is_worked_at_is_handed_over);
    tcase_add_test(tests, who_comes_first_is_worked_at_first);
    tcase_add_test(tests, there_are_no_more_than_there_may_be);
    tcase_add_test(tests, each_is_told_by_its_deadline_wherever_it_is);
    tcase_add_test(tests, a_deadline_is_not_past_before_its_time);
    tcase_add_test(tests, what_waits_when_they_stop_is_told_so);
}

int
main(void)
{
    return unit_run("workers", add, 60);
}
