#include "latency.h"

#include <pthread.h>

#include "clock.h"
#include "fail.h"
#include "users.h"

#define LOGINS 10000
#define WARM_UP 10 /* logins of each thread, of which one has to connect */
#define THREADS_MAX 16

static const double ranks[LATENCY_RANKS] = {
    [LATENCY_P50] = 0.5, [LATENCY_P99] = 0.99, [LATENCY_P999] = 0.999};

/* One thread's part. */
struct part {
    const struct latency *latency;
    pthread_barrier_t *barrier;
    uint64_t state; /* user_random's */
    double *ns;     /* of each of its logins */
    int logins;
};

static double
log_in(struct part *p)
{
    const struct visit_server *server = p->latency->server;
    double began, ns;
    struct visit v;

    visit_begin(&v, user_random(&p->state) % p->latency->users, &p->state);
    began = clock_wall_ns();
    visit_accept(&v, server, true);
    ns = clock_wall_ns() - began;
    visit_answer(&v, server);
    began = clock_wall_ns();
    visit_accept(&v, server, false);
    ns += clock_wall_ns() - began;
    visit_leave(&v, server);
    visit_delete(&v, server);
    return ns;
}

static void *
serve(void *data)
{
    struct part *p = data;
    int i;

    for (i = 0; i < WARM_UP; i++)
        log_in(p);
    pthread_barrier_wait(p->barrier); /* all are warm, */
    pthread_barrier_wait(p->barrier); /* and begin */
    for (i = 0; i < p->logins; i++)
        p->ns[i] = log_in(p);
    return NULL;
}

static double
broker_ns(const struct latency *l)
{
    return l->broker == 0 ? 0 : clock_other_ns(l->broker);
}

/* Have all threads log in; the time of each login into @p ns. */
static void
run(struct latency *l, double *ns, int logins)
{
    pthread_t threads[THREADS_MAX];
    struct part parts[THREADS_MAX];
    pthread_barrier_t barrier;
    double asked;
    int i;

    pthread_barrier_init(&barrier, NULL, (unsigned)l->threads + 1);
    for (i = 0; i < l->threads; i++) {
        parts[i] = (struct part){l, &barrier, l->seed + (uint64_t)i,
                                 ns + i * logins, logins};
        if (pthread_create(&threads[i], NULL, serve, &parts[i]) != 0)
            fail("cannot start a thread");
    }
    pthread_barrier_wait(&barrier);
    asked = broker_ns(l);
    pthread_barrier_wait(&barrier);
    for (i = 0; i < l->threads; i++)
        pthread_join(threads[i], NULL);
    l->broker_ns = (broker_ns(l) - asked) / (l->threads * logins);
    pthread_barrier_destroy(&barrier);
}

void
latency_measure(struct latency *l)
{
    int logins = LOGINS / l->threads, count = logins * l->threads, i;
    double *ns = calloc((size_t)count, sizeof(*ns));

    if (ns == NULL || l->threads > THREADS_MAX)
        fail("out of memory");
    run(l, ns, logins);
    clock_median(ns, (size_t)count); /* which sorts them */
    for (i = 0; i < LATENCY_RANKS; i++)
        l->ns[i] = ns[(int)(ranks[i] * count)];
    free(ns);
}
