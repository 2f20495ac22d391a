#include "daemon/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

#define STOP_SECONDS 2 /* that a thread may take until it notices */

struct workers {
    struct loop *loop;
    pthread_t threads[WORKERS_THREADS];
    unsigned started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct workers_job *first, *last; /* the queue; guarded by the lock */
    bool stopped;                     /* likewise, as every job's state is */
    /* The serving thread's own. */
    struct workers_job *oldest, *newest; /* of all that are not done */
    unsigned count;
    uint64_t tick_at; /* no deadline is before that */
};

uint64_t
workers_now(void)
{
    return clock_milliseconds(CLOCK_MONOTONIC);
}

/* Take a job out of those that are not done. */
static void
forget(struct workers_job *job)
{
    struct workers *w = job->workers;

    *(job->older == NULL ? &w->oldest : &job->older->newer) = job->newer;
    *(job->newer == NULL ? &w->newest : &job->newer->older) = job->older;
    w->count--;
}

/* loop_task, in the serving thread */
static void
workers_finish(struct loop_task *task)
{
    struct workers_job *job = (struct workers_job *)task;

    if (!job->given_up) {
        forget(job);
        job->ops->done(job);
    }
    job->ops->release(job);
}

/* Take the next job; NULL where there is none any more. */
static struct workers_job *
workers_take(struct workers *w)
{
    struct workers_job *job;

    pthread_mutex_lock(&w->lock);
    while (!w->stopped && w->first == NULL)
        pthread_cond_wait(&w->changed, &w->lock);
    job = w->stopped ? NULL : w->first;
    if (job != NULL) {
        w->first = job->next;
        if (w->first == NULL)
            w->last = NULL;
        job->state = WORKERS_TAKEN;
    }
    pthread_mutex_unlock(&w->lock);
    return job;
}

static void *
workers_run(void *data)
{
    struct workers *w = data;
    struct workers_job *job;

    while ((job = workers_take(w)) != NULL) {
        job->ops->work(job);
        loop_post(w->loop, &job->task);
    }
    return NULL;
}

struct workers *
workers_start(struct loop *loop, unsigned threads)
{
    struct workers *w = calloc(1, sizeof(*w));

    if (w == NULL)
        return NULL;
    w->loop = loop;
    w->tick_at = UINT64_MAX;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    while (w->started < threads && w->started < WORKERS_THREADS) {
        int error =
            pthread_create(&w->threads[w->started], NULL, workers_run, w);

        if (error != 0) {
            (void)workers_stop(w);
            errno = error;
            return NULL;
        }
        w->started++;
    }
    return w;
}

bool
workers_add(struct workers *w, struct workers_job *job,
            const struct workers_ops *ops, uint32_t wait)
{
    if (w->count == WORKERS_JOBS)
        return false;
    *job = (struct workers_job){.task = {.run = workers_finish},
                                .workers = w,
                                .ops = ops,
                                .deadline = workers_now() + wait,
                                .older = w->newest,
                                .state = WORKERS_HELD};
    *(w->newest == NULL ? &w->oldest : &w->newest->newer) = job;
    w->newest = job;
    w->count++;
    if (job->deadline < w->tick_at)
        w->tick_at = job->deadline;
    return true;
}

void
workers_queue(struct workers_job *job)
{
    struct workers *w = job->workers;

    pthread_mutex_lock(&w->lock);
    job->state = WORKERS_QUEUED;
    *(w->last == NULL ? &w->first : &w->last->next) = job;
    w->last = job;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

/* Take a job out of the queue, if it is there; whether a thread has it. */
static bool
is_taken(struct workers *w, struct workers_job *job)
{
    struct workers_job **at = &w->first, *before = NULL;
    bool taken;

    pthread_mutex_lock(&w->lock);
    taken = job->state == WORKERS_TAKEN;
    if (job->state == WORKERS_QUEUED) {
        for (; *at != job; at = &before->next)
            before = *at;
        *at = job->next;
        if (w->last == job)
            w->last = before;
    }
    pthread_mutex_unlock(&w->lock);
    return taken;
}

/* One that a thread works at is released when the thread hands it over. */
static void
workers_give_up(struct workers *w, struct workers_job *job, bool stopped)
{
    bool taken = is_taken(w, job);

    forget(job);
    job->given_up = true;
    job->ops->late(job, stopped);
    if (!taken)
        job->ops->release(job);
}

int
workers_tick(struct workers *w)
{
    uint64_t now = workers_now();
    struct workers_job *job, *newer;

    if (now >= w->tick_at) {
        w->tick_at = UINT64_MAX;
        for (job = w->oldest; job != NULL; job = newer) {
            newer = job->newer;
            if (job->deadline <= now)
                workers_give_up(w, job, false);
            else if (job->deadline < w->tick_at)
                w->tick_at = job->deadline;
        }
    }
    return w->tick_at == UINT64_MAX ? -1 : (int)(w->tick_at - now);
}

/* Wait until the threads have ended. */
static bool
workers_join(struct workers *w)
{
    struct timespec until;
    unsigned i;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_SECONDS;
    for (i = 0; i < w->started; i++) {
        if (pthread_timedjoin_np(w->threads[i], NULL, &until) != 0)
            return false;
    }
    return true;
}

bool
workers_stop(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopped = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    if (!workers_join(w))
        return false;
    loop_run_tasks(w->loop);
    while (w->oldest != NULL)
        workers_give_up(w, w->oldest, true);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
    return true;
}
