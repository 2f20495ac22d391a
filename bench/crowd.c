#include "crowd.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "fail.h"
#include "users.h"
#include "visit.h"

/*
 * Calls of one kind are made in a row, as a look at the clock takes long, and
 * all threads make theirs at the same time.
 */
#define ROW 512
#define ROUNDS 3 /* rows in a turn, after one that warms up */
#define WALK 256 /* users on the pages that are mapped at once, at most */
#define THREADS_MAX 64

/* The turn that is being taken. */
static struct {
    const struct crowd *crowd;
    const struct visit_server *server;
    pthread_barrier_t barrier;
    int number;              /* of the turn */
    double *ns[CROWD_CALLS]; /* of each round of each thread */
} turn;

static double
thread_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double
broker_ns(void)
{
    return turn.crowd->broker == 0 ? 0 : clock_other_ns(turn.crowd->broker);
}

static void
make_call(struct visit *visit, enum crowd_call call)
{
    if (call == CROWD_DELETE)
        visit_delete(visit, turn.server);
    else
        visit_accept(visit, turn.server, call == CROWD_FIRST);
}

/* Make one call for each of a row, when all threads are there to make it.
 * What gss-scramd takes for it is added, and to @p broker too. */
static double
timed(struct visit *row, enum crowd_call call, double *broker)
{
    double began, asked;
    int i;

    pthread_barrier_wait(&turn.barrier);
    asked = broker_ns();
    began = thread_ns();
    for (i = 0; i < ROW; i++)
        make_call(&row[i], call);
    began = (thread_ns() - began) / ROW;
    asked = (broker_ns() - asked) / ROW;
    *broker += asked;
    return began + asked;
}

static void
one_row(struct visit *row, uint64_t *state, double ns[CROWD_CALLS])
{
    int i;

    for (i = 0; i < ROW; i++)
        visit_begin(&row[i], user_random(state) % turn.crowd->users, state);
    ns[CROWD_BROKER] = 0;
    ns[CROWD_FIRST] = timed(row, CROWD_FIRST, &ns[CROWD_BROKER]);
    for (i = 0; i < ROW; i++)
        visit_answer(&row[i], turn.server);
    ns[CROWD_LAST] = timed(row, CROWD_LAST, &ns[CROWD_BROKER]);
    for (i = 0; i < ROW; i++)
        visit_leave(&row[i], turn.server);
    ns[CROWD_DELETE] = timed(row, CROWD_DELETE, &(double){0});
    ns[CROWD_BOTH] = ns[CROWD_FIRST] + ns[CROWD_LAST];
}

/* A thread's part of a turn. */
static void *
serve(void *data)
{
    int number = *(int *)data, round, call;
    int at = (turn.number * turn.crowd->threads + number) * ROUNDS;
    uint64_t state = turn.crowd->seed + (uint64_t)at + 1;
    struct visit *row = calloc(ROW, sizeof(*row));
    double ns[CROWD_CALLS];

    if (row == NULL)
        fail("out of memory");
    for (round = -1; round < ROUNDS; round++) {
        one_row(row, &state, ns);
        for (call = 0; call < CROWD_CALLS && round >= 0; call++)
            turn.ns[call][at + round] = ns[call];
    }
    free(row);
    return NULL;
}

static void
run_threads(int count)
{
    pthread_t threads[THREADS_MAX];
    int numbers[THREADS_MAX], i;

    pthread_barrier_init(&turn.barrier, NULL, (unsigned)count);
    for (i = 0; i < count; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, serve, &numbers[i]) != 0)
            fail("cannot start a thread");
    }
    for (i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&turn.barrier);
}

/* Everything that a crowd needs from turn to turn. */
struct standing {
    struct visit_server server;
    double *ns[CROWD_CALLS];
};

static void
begin_turn(const struct crowd *crowd, const struct standing *standing,
           int number)
{
    turn.crowd = crowd;
    turn.server = &standing->server;
    turn.number = number;
    memcpy(turn.ns, standing->ns, sizeof(turn.ns));
}

/* Look up a user of each of a file's pages, or of the sixteen that the kernel
 * maps with one, as those of a server that has run for a while have been. */
static void
walk(const struct crowd *crowd)
{
    uint64_t state = 0;
    unsigned user;

    for (user = 0; user < crowd->users; user += WALK) {
        struct visit v;

        visit_begin(&v, user, &state);
        visit_accept(&v, turn.server, true);
        visit_answer(&v, turn.server);
        visit_delete(&v, turn.server);
        scram_initiator_free(v.client);
    }
}

static void
begin(const struct crowd *crowd, struct standing *standing, int turns)
{
    size_t samples = (size_t)(turns * crowd->threads * ROUNDS), call;

    for (call = 0; call < CROWD_CALLS; call++) {
        standing->ns[call] = calloc(samples, sizeof(double));
        if (standing->ns[call] == NULL || crowd->threads > THREADS_MAX)
            fail("out of memory");
    }
    visit_server_open(crowd->way, crowd->location, crowd->config,
                      &standing->server);
    begin_turn(crowd, standing, 0);
    walk(crowd);
}

static void
end(struct crowd *crowd, struct standing *standing, int turns)
{
    size_t samples = (size_t)(turns * crowd->threads * ROUNDS), call;

    for (call = 0; call < CROWD_CALLS; call++) {
        crowd->ns[call] = figure_of(standing->ns[call], samples);
        free(standing->ns[call]);
    }
    visit_server_close(&standing->server);
}

void
crowd_measure(struct crowd *crowds, size_t count, int turns, void *module)
{
    struct standing *standing = calloc(count, sizeof(*standing));
    size_t c;
    int i;

    if (standing == NULL)
        fail("out of memory");
    visit_find_module(module);
    for (c = 0; c < count; c++)
        begin(&crowds[c], &standing[c], turns);
    for (i = 0; i < turns; i++) {
        for (c = 0; c < count; c++) {
            begin_turn(&crowds[c], &standing[c], i);
            run_threads(crowds[c].threads);
        }
    }
    for (c = 0; c < count; c++)
        end(&crowds[c], &standing[c], turns);
    free(standing);
}

double
crowd_per_second(const struct crowd *crowd)
{
    return 1e9 /
           (crowd->ns[CROWD_BOTH].median + crowd->ns[CROWD_DELETE].median);
}
