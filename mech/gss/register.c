#include "gss/register.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* The entries that were given the same time, in the order in which they came,
 * or the others, put in order: the first is the first to be due. */
struct register_queue {
    struct register_queue *next;
    uint32_t timeout; /* 0: of those that came with a deadline */
    struct register_entry *first, *last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct register_queue *queues; /* one for each timeout there ever was */
static uint32_t count;                /* entries that this process made */
static unsigned generation;           /* how many forks led to this process */

/*
 * A child has copies of the contexts that were half-open in its parent. They
 * keep their deadlines, so that their secrets do not outlive them here either,
 * but it is the parent whose clients they are: the child does not count them.
 */
static void
before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void
after_fork_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

static void
after_fork_in_child(void)
{
    count = 0;
    generation++;
    pthread_mutex_unlock(&lock);
}

/* While the module is loaded, so before there is anything to be consistent. */
__attribute__((constructor)) static void
watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

uint64_t
register_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct register_queue *
queue_for(uint32_t timeout)
{
    struct register_queue *queue = queues;

    while (queue != NULL && queue->timeout != timeout)
        queue = queue->next;
    if (queue != NULL)
        return queue;
    queue = calloc(1, sizeof(*queue));
    if (queue == NULL)
        return NULL;
    queue->timeout = timeout;
    queue->next = queues;
    queues = queue;
    return queue;
}

static void
unlink_entry(struct register_entry *entry)
{
    struct register_queue *queue = entry->queue;

    if (entry->earlier != NULL)
        entry->earlier->later = entry->later;
    else
        queue->first = entry->later;
    if (entry->later != NULL)
        entry->later->earlier = entry->earlier;
    else
        queue->last = entry->earlier;
    entry->queue = NULL;
    if (entry->generation == generation)
        count--;
}

static void
sweep(uint64_t now, register_expire *expire)
{
    struct register_queue *queue;

    for (queue = queues; queue != NULL; queue = queue->next) {
        struct register_entry *entry = queue->first;

        while (entry != NULL && entry->deadline <= now) {
            struct register_entry *later = entry->later;

            unlink_entry(entry);
            expire(entry);
            entry = later;
        }
    }
}

/* Where a queue's entries were given the same time, there is nothing to pass;
 * contexts that are handed on come in about the order of their deadlines. */
static void
link_entry(struct register_queue *queue, struct register_entry *entry)
{
    struct register_entry *earlier = queue->last, *later = NULL;

    while (earlier != NULL && earlier->deadline > entry->deadline) {
        later = earlier;
        earlier = earlier->earlier;
    }
    entry->queue = queue;
    entry->earlier = earlier;
    entry->later = later;
    if (earlier != NULL)
        earlier->later = entry;
    else
        queue->first = entry;
    if (later != NULL)
        later->earlier = entry;
    else
        queue->last = entry;
    entry->generation = generation;
    count++;
}

/* The register is locked, and was swept. */
static enum scram_status
enter(struct register_entry *entry, uint32_t timeout, uint64_t deadline,
      uint32_t max)
{
    struct register_queue *queue;

    if (count >= max)
        return SCRAM_NO_RESOURCES;
    queue = queue_for(timeout);
    if (queue == NULL)
        return SCRAM_NO_MEMORY;
    entry->deadline = deadline;
    link_entry(queue, entry);
    return SCRAM_OK;
}

enum scram_status
register_enter(struct register_entry *entry, uint32_t timeout, uint32_t max,
               register_expire *expire)
{
    enum scram_status status;
    uint64_t now;

    pthread_mutex_lock(&lock);
    now = register_clock(); /* with the lock, so that a queue stays in order */
    sweep(now, expire);
    status = enter(entry, timeout, now + timeout, max);
    pthread_mutex_unlock(&lock);
    return status;
}

enum scram_status
register_enter_until(struct register_entry *entry, uint64_t deadline,
                     uint32_t max, register_expire *expire)
{
    enum scram_status status = SCRAM_TOO_LATE;
    uint64_t now;

    pthread_mutex_lock(&lock);
    now = register_clock();
    sweep(now, expire);
    if (deadline > now)
        status = enter(entry, 0, deadline, max);
    pthread_mutex_unlock(&lock);
    return status;
}

enum scram_status
register_leave(struct register_entry *entry, register_expire *expire)
{
    enum scram_status status = SCRAM_TOO_LATE;

    pthread_mutex_lock(&lock);
    sweep(register_clock(), expire);
    if (entry->queue != NULL) {
        unlink_entry(entry);
        status = SCRAM_OK;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

uint32_t
register_left(struct register_entry *entry, register_expire *expire)
{
    uint32_t left = 0;
    uint64_t now;

    pthread_mutex_lock(&lock);
    now = register_clock();
    sweep(now, expire);
    if (entry->queue != NULL)
        left = (uint32_t)(entry->deadline - now);
    pthread_mutex_unlock(&lock);
    return left;
}
