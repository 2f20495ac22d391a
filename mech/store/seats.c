#include "store/seats.h"

#include <pthread.h>
#include <stdatomic.h>

/* Each in a cache line of its own, so that threads on different processors do
 * not wait for each other's memory. */
static struct {
    _Alignas(64) pthread_mutex_t taken;
} seats[STORE_SEATS] = {
    [0 ... STORE_SEATS - 1] = {PTHREAD_MUTEX_INITIALIZER},
};

/* Who clears the seats shuts the gate first: threads that look up without a
 * pause would otherwise take a seat again before the waiter gets it. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool gate_shut;

static unsigned long generation;
static atomic_bool prepared;

/* Where this thread found a seat last. All begin with the first, and move on
 * when they meet: a process uses as many as it has threads at once. */
static _Thread_local unsigned habit;

/* The threads that held them are not in the child. */
static void
in_child(void)
{
    unsigned i;

    for (i = 0; i < STORE_SEATS; i++)
        seats[i].taken = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    gate = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    atomic_store(&gate_shut, false);
    generation++;
}

/* Two threads may do it at once: it does no harm twice. */
bool
store_seats_prepare(void)
{
    if (!atomic_load(&prepared) && pthread_atfork(NULL, NULL, in_child) == 0)
        atomic_store(&prepared, true);
    return atomic_load(&prepared);
}

unsigned
store_seat_take(void)
{
    unsigned tries;

    if (atomic_load_explicit(&gate_shut, memory_order_relaxed)) {
        pthread_mutex_lock(&gate);
        pthread_mutex_unlock(&gate);
    }
    for (tries = 0; tries < STORE_SEATS; tries++) {
        if (pthread_mutex_trylock(&seats[habit].taken) == 0)
            return habit;
        habit = (habit + 1) % STORE_SEATS;
    }
    pthread_mutex_lock(&seats[habit].taken);
    return habit;
}

void
store_seat_leave(unsigned seat)
{
    pthread_mutex_unlock(&seats[seat].taken);
}

void
store_seats_clear(void)
{
    unsigned i;

    pthread_mutex_lock(&gate);
    atomic_store(&gate_shut, true);
    for (i = 0; i < STORE_SEATS; i++)
        pthread_mutex_lock(&seats[i].taken);
}

void
store_seats_open(void)
{
    unsigned i;

    for (i = 0; i < STORE_SEATS; i++)
        pthread_mutex_unlock(&seats[i].taken);
    atomic_store(&gate_shut, false);
    pthread_mutex_unlock(&gate);
}

unsigned long
store_seats_generation(void)
{
    return generation;
}
