#include "daemon/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/secret.h"
#include "daemon/admin_store.h"
#include "daemon/connection.h"
#include "daemon/lmdb/store.h"
#include "wire/admin.h"

struct writer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopped;             /* guarded by the lock */
    struct job *first, *last; /* likewise */
    struct loop *loop;
    const struct writer_ops *ops;
    void *data;
    struct admin_store store; /* the thread's own */
    bool replaced;            /* it was said */
};

/* One request, and then its answer. */
struct job {
    struct loop_task task; /* first */
    struct job *next;
    struct writer *writer;
    struct connection *connection;
    size_t len;
    uint8_t message[WIRE_MESSAGE_MAX];
    struct buffer answer;
    uint8_t answer_space[WIRE_MESSAGE_MAX];
};

static void
job_free(struct job *job)
{
    OPENSSL_cleanse(job, sizeof(*job));
    free(job);
}

/* loop_task, in the serving thread */
static void
give_answer(struct loop_task *task)
{
    struct job *job = (struct job *)task;

    job->writer->ops->done(job->writer->data);
    connection_answer(job->connection, buffer_slice(&job->answer));
    job_free(job);
}

/* A file that was replaced, on its way to the serving thread. */
struct replaced {
    struct loop_task task; /* first */
    struct writer *writer;
    struct sentence why;
};

/* loop_task */
static void
tell_replaced(struct loop_task *task)
{
    struct replaced *r = (struct replaced *)task;

    r->writer->ops->replaced(r->writer->data, r->why.text);
    free(r);
}

/* Look whether a file that this process has open was replaced; say so once. */
static void
look_at_files(struct writer *w)
{
    struct sentence why = {""};
    struct replaced *r;

    if (w->replaced || !lmdb_replaced(&why))
        return;
    r = malloc(sizeof(*r));
    if (r == NULL)
        return; /* another time */
    *r = (struct replaced){{.run = tell_replaced}, w, why};
    w->replaced = true;
    loop_post(w->loop, &r->task);
}

/* Take the next job, or NULL after a second without one. */
static struct job *
next_job(struct writer *w)
{
    struct timespec until;
    struct job *job;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    pthread_mutex_lock(&w->lock);
    while (!w->stopped && w->first == NULL &&
           pthread_cond_timedwait(&w->changed, &w->lock, &until) != ETIMEDOUT)
        ;
    job = w->stopped ? NULL : w->first;
    if (job != NULL) {
        w->first = job->next;
        if (w->first == NULL)
            w->last = NULL;
    }
    pthread_mutex_unlock(&w->lock);
    return job;
}

static bool
is_stopped(struct writer *w)
{
    bool stopped;

    pthread_mutex_lock(&w->lock);
    stopped = w->stopped;
    pthread_mutex_unlock(&w->lock);
    return stopped;
}

static void *
writer_run(void *data)
{
    struct writer *w = data;

    while (!is_stopped(w)) {
        struct job *job = next_job(w);

        look_at_files(w);
        if (job == NULL)
            continue;
        job->answer = (struct buffer)BUFFER_ARRAY(job->answer_space);
        admin_store_answer(&w->store, (struct slice){job->message, job->len},
                           &job->answer);
        job->task.run = give_answer;
        loop_post(w->loop, &job->task);
    }
    admin_store_close(&w->store);
    return NULL;
}

struct writer *
writer_start(struct loop *loop, const struct writer_ops *ops, void *data)
{
    struct writer *w = calloc(1, sizeof(*w));
    pthread_condattr_t attributes;

    if (w == NULL)
        return NULL;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&w->lock, NULL);
    w->loop = loop;
    w->ops = ops;
    w->data = data;
    errno = pthread_create(&w->thread, NULL, writer_run, w);
    if (errno == 0)
        return w;
    free(w);
    return NULL;
}

enum request_end
writer_take(struct writer *w, struct request *request)
{
    struct job *job = malloc(sizeof(*job));

    if (job == NULL)
        return REQUEST_MALFORMED;
    job->next = NULL;
    job->writer = w;
    job->connection = request->connection;
    job->len = request->message.len;
    memcpy(job->message, request->message.data, job->len);
    pthread_mutex_lock(&w->lock);
    if (w->last != NULL)
        w->last->next = job;
    else
        w->first = job;
    w->last = job;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    return REQUEST_LATER;
}

void
writer_stop(struct writer *w)
{
    struct job *job;

    pthread_mutex_lock(&w->lock);
    w->stopped = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    while ((job = w->first) != NULL) {
        w->first = job->next;
        connection_answer(job->connection, SLICE(""));
        job_free(job);
    }
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
