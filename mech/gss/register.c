#include "gss/register.h"

#include <pthread.h>
#include <stddef.h>

#include "base/clock.h"

#define SUM_INTERVAL 60000 /* milliseconds */

/* How many one call puts out at most, where another credential's bound is
 * lower than what there is. */
#define GIVE_WAY_MAX 2

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct register_entry *oldest, *newest;
static uint32_t count;
static struct register_sum counted;
static uint64_t sum_due; /* not before this time */

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

/* What the parent has counted it tells by itself. */
static void
after_fork_in_child(void)
{
    counted = (struct register_sum){0};
    pthread_mutex_unlock(&lock);
}

/* While the module is loaded, so before there is anything to be consistent. */
__attribute__((constructor)) static void
watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static void
register_link_newest(struct register_entry *entry)
{
    entry->later = NULL;
    entry->earlier = newest;
    if (newest != NULL)
        newest->later = entry;
    else
        oldest = entry;
    newest = entry;
    entry->is_in = true;
    count++;
}

static void
unlink_entry(struct register_entry *entry)
{
    if (entry->earlier != NULL)
        entry->earlier->later = entry->later;
    else
        oldest = entry->later;
    if (entry->later != NULL)
        entry->later->earlier = entry->earlier;
    else
        newest = entry->earlier;
    entry->is_in = false;
    count--;
}

static void
give_way(struct register_entry *entry, uint64_t now)
{
    unlink_entry(entry);
    if (entry->deadline <= now) {
        counted.late++;
    } else {
        entry->gave_way = true;
        counted.gave_way++;
    }
}

bool
register_enter(struct register_entry *entry, uint32_t timeout, uint32_t max)
{
    uint64_t now;
    int gone;

    pthread_mutex_lock(&lock);
    now = clock_milliseconds(CLOCK_MONOTONIC);
    for (gone = 0; gone < GIVE_WAY_MAX && count >= max; gone++)
        give_way(oldest, now);
    entry->deadline = now + timeout;
    register_link_newest(entry);
    pthread_mutex_unlock(&lock);
    return gone != 0;
}

bool
register_leave(struct register_entry *entry)
{
    bool in_time = false;

    pthread_mutex_lock(&lock);
    if (entry->is_in) {
        unlink_entry(entry);
        in_time = entry->deadline > clock_milliseconds(CLOCK_MONOTONIC);
        if (in_time)
            entry->deadline = 0;
        else
            counted.late++;
    }
    pthread_mutex_unlock(&lock);
    return in_time;
}

uint32_t
register_left(struct register_entry *entry)
{
    uint32_t left = 0;
    uint64_t now;

    pthread_mutex_lock(&lock);
    now = clock_milliseconds(CLOCK_MONOTONIC);
    if (entry->is_in && entry->deadline > now)
        left = (uint32_t)(entry->deadline - now);
    pthread_mutex_unlock(&lock);
    return left;
}

bool
register_take_sum(struct register_sum *sum)
{
    uint64_t now;
    bool taken = false;

    pthread_mutex_lock(&lock);
    if (counted.late != 0 || counted.gave_way != 0) {
        now = clock_milliseconds(CLOCK_MONOTONIC);
        taken = now >= sum_due;
        if (taken) {
            *sum = counted;
            counted = (struct register_sum){0};
            sum_due = now + SUM_INTERVAL;
        }
    }
    pthread_mutex_unlock(&lock);
    return taken;
}
