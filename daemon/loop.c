#include "daemon/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCH                                                                  \
    64 /* descriptors that are looked at between two calls of epoll            \
        */

struct loop {
    int epoll;
    struct loop_source wake; /* an eventfd, for tasks */
    bool stopped;
    struct epoll_event events[BATCH];
    int ready; /* how many of them there are */
    pthread_mutex_t lock;
    struct loop_task *first, *last; /* guarded by the lock */
};

/* Run what other threads have handed over. */
void
loop_run_tasks(struct loop *loop)
{
    struct loop_task *task, *next;

    pthread_mutex_lock(&loop->lock);
    task = loop->first;
    loop->first = loop->last = NULL;
    pthread_mutex_unlock(&loop->lock);
    for (; task != NULL; task = next) {
        next = task->next;
        task->run(task);
    }
}

static struct loop *
loop_of_wake(struct loop_source *wake)
{
    return (struct loop *)((char *)wake - offsetof(struct loop, wake));
}

static void
wake_ready(struct loop_source *wake)
{
    uint64_t count;

    (void)!read(wake->fd, &count, sizeof(count));
    loop_run_tasks(loop_of_wake(wake));
}

struct loop *
loop_new(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    int error;

    if (loop == NULL)
        return NULL;
    pthread_mutex_init(&loop->lock, NULL);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = (struct loop_source){eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                                      wake_ready};
    if (loop->epoll >= 0 && loop->wake.fd >= 0 && loop_add(loop, &loop->wake))
        return loop;
    error = errno;
    loop_free(loop);
    errno = error;
    return NULL;
}

void
loop_free(struct loop *loop)
{
    loop_run_tasks(loop);
    if (loop->epoll >= 0)
        close(loop->epoll);
    if (loop->wake.fd >= 0)
        close(loop->wake.fd);
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

bool
loop_add(struct loop *loop, struct loop_source *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};

    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, source->fd, &event) == 0;
}

void
loop_remove(struct loop *loop, struct loop_source *source)
{
    int i;

    (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
    for (i = 0; i < loop->ready; i++) {
        if (loop->events[i].data.ptr == source)
            loop->events[i].data.ptr = NULL;
    }
}

void
loop_post(struct loop *loop, struct loop_task *task)
{
    const uint64_t one = 1;

    task->next = NULL;
    pthread_mutex_lock(&loop->lock);
    if (loop->last == NULL)
        loop->first = task;
    else
        loop->last->next = task;
    loop->last = task;
    pthread_mutex_unlock(&loop->lock);
    (void)!write(loop->wake.fd, &one, sizeof(one));
}

void
loop_run(struct loop *loop, loop_tick *tick, void *data)
{
    struct loop_source *source;
    int i;

    while (!loop->stopped) {
        loop->ready = epoll_wait(loop->epoll, loop->events, BATCH, tick(data));
        for (i = 0; i < loop->ready; i++) {
            source = loop->events[i].data.ptr;
            if (source != NULL)
                source->ready(source);
        }
        loop->ready = 0;
    }
}

void
loop_stop(struct loop *loop)
{
    loop->stopped = true;
}
