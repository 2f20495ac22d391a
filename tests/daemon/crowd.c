#include "crowd.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 100 /* seconds that a member may take for a login */
#define LATE_BY 5000 /* milliseconds that a call may wait for a processor */

static const struct {
    const char *name;
    OM_uint32 major, minor;
    const char *token;
} outcomes[] = {
    [CROWD_IN] = {"in", GSS_S_COMPLETE, 0, NULL},
    [CROWD_GONE] = {"BROKER_GONE", GSS_S_FAILURE, GSS_SCRAM_BROKER_GONE,
                    "e=other-error"},
    [CROWD_SLOW] = {"BROKER_SLOW", GSS_S_FAILURE, GSS_SCRAM_BROKER_SLOW,
                    "e=other-error"},
    [CROWD_NO_RESOURCES] = {"NO_RESOURCES", GSS_S_FAILURE,
                            GSS_SCRAM_NO_RESOURCES, "e=no-resources"},
    [CROWD_ANEW] = {"BROKER_ANEW", GSS_S_FAILURE, GSS_SCRAM_BROKER_ANEW,
                    "e=other-error"},
    [CROWD_OTHER] = {"otherwise", 0, 0, NULL},
};

/* What the processes inherit. */
static struct crowd *crowd;
static gss_cred_id_t client_cred, server_cred_of_all;
static gss_name_t target;

/* One of them's own. */
static unsigned process;
static pthread_rwlock_t calls; /* held for reading during each call */
static unsigned obeyed;        /* guarded by it */

struct login {
    gss_ctx_id_t client, server;
    gss_buffer_desc to_server, to_client;
    OM_uint32 client_major, major, minor;
};

static uint64_t
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void
nap(unsigned milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)milliseconds * 1000000},
              NULL);
}

/* Do what the test has ordered, if that has not been done. */
static void
obey(void)
{
    unsigned order = atomic_load(&crowd->order);
    crowd_act *act = crowd->act;
    const char *wrong;

    if (order == obeyed)
        return;
    pthread_rwlock_wrlock(&calls);
    if (act != NULL) {
        wrong = act();
        if (wrong != NULL)
            snprintf(crowd->wrong[process], sizeof(crowd->wrong[0]), "%s",
                     wrong);
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* another account forgets it */
    }
    obeyed = order;
    atomic_store(&crowd->done[process], order);
    pthread_rwlock_unlock(&calls);
}

static void
enter(bool leads)
{
    if (leads)
        obey();
    pthread_rwlock_rdlock(&calls);
}

static void
leave(void)
{
    pthread_rwlock_unlock(&calls);
}

static void
call_client(struct login *l, bool leads)
{
    OM_uint32 minor;

    enter(leads);
    gss_release_buffer(&minor, &l->to_server);
    l->client_major =
        gss_init_sec_context(&minor, client_cred, &l->client, target, &sha_256,
                             0, 0, GSS_C_NO_CHANNEL_BINDINGS, &l->to_client,
                             NULL, &l->to_server, NULL, NULL);
    leave();
}

static void
call_server(struct login *l, struct crowd_member *m, bool leads)
{
    OM_uint32 minor;
    uint64_t began, took;

    enter(leads);
    gss_release_buffer(&minor, &l->to_client);
    began = now();
    l->major = gss_accept_sec_context(
        &l->minor, &l->server, server_cred_of_all, &l->to_server,
        GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &l->to_client, NULL, NULL, NULL);
    took = now() - began;
    leave();
    if (took > atomic_load(&m->slowest))
        atomic_store(&m->slowest, (unsigned)took);
}

static enum crowd_outcome
outcome_of(struct login *l)
{
    enum crowd_outcome o = CROWD_GONE;

    if (l->client_major == GSS_S_COMPLETE && l->major == GSS_S_COMPLETE)
        return CROWD_IN;
    while (o < CROWD_OTHER &&
           (l->major != outcomes[o].major || l->minor != outcomes[o].minor ||
            !buffer_is(&l->to_client, outcomes[o].token)))
        o++;
    return o;
}

/* Note what became of a login; what was said stays in a member's own thread. */
static void
note(struct crowd_member *m, struct login *l, enum crowd_outcome outcome)
{
    gss_buffer_desc sentence = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, more = 0;

    if (outcome != CROWD_IN &&
        gss_display_status(&minor, l->minor, GSS_C_MECH_CODE, &sha_256, &more,
                           &sentence) == GSS_S_COMPLETE) {
        snprintf(m->said[outcome], sizeof(m->said[0]),
                 "%x, client %x, %.*s: %.*s", l->major, l->client_major,
                 (int)l->to_client.length, (char *)l->to_client.value,
                 (int)sentence.length, (char *)sentence.value);
        gss_release_buffer(&minor, &sentence);
    }
    atomic_fetch_add(&m->ended[outcome], 1);
}

static void
log_in(struct crowd_member *m, bool leads)
{
    struct login l = {.client_major = GSS_S_CONTINUE_NEEDED};
    enum crowd_outcome outcome;
    OM_uint32 minor;

    do {
        call_client(&l, leads);
        if (l.to_server.length != 0)
            call_server(&l, m, leads);
    } while (l.client_major == GSS_S_CONTINUE_NEEDED && !GSS_ERROR(l.major));
    enter(false);
    outcome = outcome_of(&l);
    note(m, &l, outcome);
    gss_delete_sec_context(&minor, &l.client, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &l.server, GSS_C_NO_BUFFER);
    gss_release_buffer(&minor, &l.to_server);
    gss_release_buffer(&minor, &l.to_client);
    leave();
    nap(atomic_load(&crowd->pause));
}

/* An order without an act is the last. */
static bool
is_over(void)
{
    return atomic_load(&crowd->order) != 0 && crowd->act == NULL;
}

/* A member's thread. */
static void *
run_member(void *data)
{
    struct crowd_member *m = data;
    bool leads = process != 0 || m == crowd->members;

    while (!is_over())
        log_in(m, leads);
    return NULL;
}

/* A process, of the crowd or the first. */
static void
become(unsigned number, pid_t parent)
{
    pthread_rwlockattr_t attributes;

    signal(SIGALRM, SIG_DFL); /* Check's own would kill its parent */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    process = number;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes,
                                  PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&calls, &attributes);
}

static void
run_first(pid_t parent)
{
    pthread_t threads[CROWD_THREADS];
    pid_t self = getpid();
    unsigned i;

    become(0, parent);
    for (i = 1; i < CROWD_PROCESSES; i++) {
        pid_t child = fork();

        if (child < 0)
            _exit(EXIT_FAILURE);
        if (child == 0) {
            become(i, self);
            run_member(&crowd->members[CROWD_THREADS + i - 1]);
            _exit(EXIT_SUCCESS);
        }
    }
    for (i = 0; i < CROWD_THREADS; i++) {
        if (pthread_create(&threads[i], NULL, run_member, &crowd->members[i]) !=
            0)
            _exit(EXIT_FAILURE);
    }
    for (i = 0; i < CROWD_THREADS; i++)
        pthread_join(threads[i], NULL);
    while (wait(NULL) > 0)
        ;
    _exit(EXIT_SUCCESS);
}

struct crowd *
crowd_start(void)
{
    pid_t self = getpid(), pid;

    crowd = mmap(NULL, sizeof(*crowd), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(crowd != MAP_FAILED);
    atomic_store(&crowd->pause, 1);
    target = name_of("host@server", GSS_C_NT_HOSTBASED_SERVICE);
    client_cred = user_cred("alice", "wonderland", &sha_256);
    server_cred_of_all = server_cred(&sha_256);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        run_first(self);
    crowd->pid = pid;
    crowd_wait(crowd, CROWD_IN, 1);
    return crowd;
}

/* Go on waiting, for as long as there is a crowd. */
static void
wait_on(const struct crowd *c, uint64_t since, const char *what, unsigned who,
        const char *said)
{
    int status;

    nap(1);
    ck_assert_msg(waitpid(c->pid, &status, WNOHANG) == 0, "the crowd ended: %x",
                  (unsigned)status);
    ck_assert_msg(now() - since < PATIENCE * 1000,
                  "%u does not come to this: %s; at last %s", who, what, said);
}

static void
give_order(struct crowd *c, crowd_act *act)
{
    c->act = act;
    atomic_fetch_add(&c->order, 1);
}

void
crowd_do(struct crowd *c, crowd_act *act)
{
    uint64_t since = now();
    unsigned i;

    give_order(c, act);
    for (i = 0; i < CROWD_PROCESSES; i++) {
        while (atomic_load(&c->done[i]) != atomic_load(&c->order))
            wait_on(c, since, "an order", i, "");
    }
    for (i = 0; i < CROWD_PROCESSES; i++)
        ck_assert_msg(c->wrong[i][0] == '\0', "process %u: %s", i, c->wrong[i]);
}

/* What a member's logins said that did not succeed. */
static const char *
last_said(const struct crowd_member *m)
{
    int o;

    for (o = CROWD_OUTCOMES - 1; o > CROWD_IN; o--) {
        if (m->said[o][0] != '\0')
            return m->said[o];
    }
    return "nothing";
}

void
crowd_wait(const struct crowd *c, enum crowd_outcome outcome, unsigned count)
{
    unsigned before[CROWD_MEMBERS], i;
    uint64_t since = now();

    for (i = 0; i < CROWD_MEMBERS; i++)
        before[i] = atomic_load(&c->members[i].ended[outcome]);
    for (i = 0; i < CROWD_MEMBERS; i++) {
        while (atomic_load(&c->members[i].ended[outcome]) - before[i] < count)
            wait_on(c, since, outcomes[outcome].name, i,
                    last_said(&c->members[i]));
    }
}

unsigned
crowd_count(const struct crowd *c, enum crowd_outcome outcome)
{
    unsigned count = 0, i;

    for (i = 0; i < CROWD_MEMBERS; i++)
        count += atomic_load(&c->members[i].ended[outcome]);
    return count;
}

static unsigned
slowest(const struct crowd *c)
{
    unsigned most = 0, i;

    for (i = 0; i < CROWD_MEMBERS; i++) {
        if (atomic_load(&c->members[i].slowest) > most)
            most = atomic_load(&c->members[i].slowest);
    }
    return most;
}

void
crowd_check(const struct crowd *c, unsigned allowed, unsigned milliseconds)
{
    unsigned i;
    int o;

    for (i = 0; i < CROWD_MEMBERS; i++) {
        for (o = CROWD_IN + 1; o < CROWD_OUTCOMES; o++)
            ck_assert_msg((allowed & CROWD_BIT(o)) != 0 ||
                              atomic_load(&c->members[i].ended[o]) == 0,
                          "%u logins of member %u ended by %s: %s",
                          c->members[i].ended[o], i, outcomes[o].name,
                          c->members[i].said[o]);
    }
    ck_assert_uint_lt(slowest(c), milliseconds + LATE_BY);
}

const char *
crowd_says_not(const struct crowd *c, enum crowd_outcome outcome,
               const char *text)
{
    unsigned i;

    for (i = 0; i < CROWD_MEMBERS; i++) {
        if (strstr(c->members[i].said[outcome], text) == NULL)
            return c->members[i].said[outcome];
    }
    return NULL;
}

void
crowd_stop(struct crowd *c, const char *during)
{
    uint64_t since = now();
    int o, status = 0;

    give_order(c, NULL);
    while (waitpid(c->pid, &status, WNOHANG) == 0) {
        ck_assert_uint_lt(now() - since, PATIENCE * 1000);
        nap(1);
    }
    ck_assert_int_eq(status, 0);
    printf("%s: %u logins", during, crowd_count(c, CROWD_IN));
    for (o = CROWD_IN + 1; o < CROWD_OUTCOMES; o++) {
        if (crowd_count(c, (enum crowd_outcome)o) != 0)
            printf(", %u %s", crowd_count(c, (enum crowd_outcome)o),
                   outcomes[o].name);
    }
    printf(", the slowest call %u ms\n", slowest(c));
    fflush(stdout);
}
