#include "store/seats.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

START_TEST(one_thread_gets_the_same_seat_each_time)
{
    unsigned first = store_seat_take(), i;

    store_seat_leave(first);
    for (i = 0; i < 100; i++) {
        unsigned seat = store_seat_take();

        ck_assert_uint_eq(seat, first);
        store_seat_leave(seat);
    }
}
END_TEST

START_TEST(seats_that_are_taken_at_once_differ)
{
    bool taken[STORE_SEATS] = {false};
    unsigned i;

    for (i = 0; i < STORE_SEATS; i++) {
        unsigned seat = store_seat_take();

        ck_assert_uint_lt(seat, STORE_SEATS);
        ck_assert(!taken[seat]);
        taken[seat] = true;
    }
}
END_TEST

enum { THREADS = 8, ROUNDS = 20000, CLEARINGS = 200 };

static atomic_int seated, clearing;
static atomic_bool together;
static int guarded; /* by seats, for whoever cleared them */

static void *
sit(void *data)
{
    int i;

    (void)data;
    for (i = 0; i < ROUNDS; i++) {
        unsigned seat = store_seat_take();

        atomic_fetch_add(&seated, 1);
        if (atomic_load(&clearing) != 0)
            atomic_store(&together, true);
        atomic_fetch_sub(&seated, 1);
        store_seat_leave(seat);
    }
    return NULL;
}

static void *
clear(void *data)
{
    int i;

    (void)data;
    for (i = 0; i < CLEARINGS; i++) {
        store_seats_clear();
        atomic_store(&clearing, 1);
        if (atomic_load(&seated) != 0)
            atomic_store(&together, true);
        guarded++;
        atomic_store(&clearing, 0);
        store_seats_open();
    }
    return NULL;
}

START_TEST(nobody_is_seated_while_they_are_clear)
{
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, i < 2 ? clear : sit, NULL), 0);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert(!atomic_load(&together));
    ck_assert_int_eq(guarded, 2 * CLEARINGS);
}
END_TEST

/* What a child does that its parent's threads are of no use to. */
static int
child(unsigned long generation)
{
    unsigned seat;

    if (store_seats_generation() != generation)
        return 1;
    store_seats_clear();
    store_seats_open();
    seat = store_seat_take();
    store_seat_leave(seat);
    return 0;
}

static int
fork_child(void)
{
    unsigned long next = store_seats_generation() + 1;
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        signal(SIGALRM, SIG_DFL); /* Check's own would kill its parent */
        alarm(10);
        _exit(child(next));
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

START_TEST(a_child_s_seats_are_free)
{
    ck_assert(store_seats_prepare());
    store_seat_take();
    ck_assert_int_eq(fork_child(), 0);
}
END_TEST

START_TEST(a_child_s_seats_are_open)
{
    ck_assert(store_seats_prepare());
    store_seats_clear();
    ck_assert_int_eq(fork_child(), 0);
    store_seats_open();
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, one_thread_gets_the_same_seat_each_time);
    tcase_add_test(tests, seats_that_are_taken_at_once_differ);
    tcase_add_test(tests, nobody_is_seated_while_they_are_clear);
    tcase_add_test(tests, a_child_s_seats_are_free);
    tcase_add_test(tests, a_child_s_seats_are_open);
}

int
main(void)
{
    return unit_run("seats", add, 60);
}
