#include "crowd.h"

#include <dlfcn.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_scram.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "fail.h"
#include "scram/acceptor.h"
#include "scram/initiator.h"
#include "users.h"

/*
 * Calls of one kind are made in a row, as a look at the clock takes long, and
 * all threads make theirs at the same time.
 */
#define ROW 512
#define ROUNDS 3 /* rows in a turn, after one that warms up */
#define WALK 256 /* users on the pages that are mapped at once, at most */
#define THREADS_MAX 64

/* libgssapi's functions or the module's own. */
static struct calls {
    typeof(gss_accept_sec_context) *accept;
    typeof(gss_delete_sec_context) *delete;
    typeof(gss_acquire_cred_from) *acquire;
    typeof(gss_release_cred) *release;
} library = {gss_accept_sec_context, gss_delete_sec_context,
             gss_acquire_cred_from, gss_release_cred},
  own;

struct visit {
    struct scram_initiator *client;
    uint8_t memory[512];
    gss_buffer_desc to_server;
    gss_buffer_desc to_client;
    gss_ctx_id_t server;
    uint8_t first[SCRAM_SERVER_FIRST_MAX]; /* the server's, without it */
    uint8_t client_first[512];
    size_t client_first_len, first_len;
    uint8_t last[64]; /* its last word */
};

/* The turn that is being taken. */
static struct {
    const struct crowd *crowd;
    const struct calls *calls;
    pthread_barrier_t barrier;
    gss_cred_id_t cred;
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

static enum scram_status
find_keys(void *data, enum scram_mechanism mechanism, struct slice salt,
          uint32_t iterations, struct scram_keys *keys)
{
    (void)data;
    (void)mechanism;
    (void)salt;
    (void)iterations;
    *keys = *users_keys();
    return SCRAM_OK;
}

/* What RFC 2743, section 3.1, puts before the first token. */
static const char frame[] = "\x60\x00\x06\x06\x2b\x06\x01\x05\x05\x12";
#define FRAME (sizeof(frame) - 1)

static void
arrive(struct visit *v, unsigned user, uint64_t *state)
{
    struct user_name name = user_name(user);
    struct slice token;
    char nonce[25];

    snprintf(nonce, sizeof(nonce), "%08x%08x%08x", user_random(state),
             user_random(state), user_random(state));
    memset(v, 0, sizeof(*v));
    if (scram_initiator_first(SCRAM_SHA_256, slice_of(name.text),
                              slice_of(nonce), &v->client, &token) != SCRAM_OK)
        fail("a client cannot begin");
    memcpy(v->memory, frame, FRAME);
    v->memory[1] = (uint8_t)(FRAME - 2 + token.len);
    memcpy(v->memory + FRAME, token.data, token.len);
    v->to_server = (gss_buffer_desc){FRAME + token.len, v->memory};
}

static void
answer(struct visit *v)
{
    struct buffer reply = BUFFER_ARRAY(v->memory);
    struct slice server_first = {v->to_client.value, v->to_client.length};
    struct slice error;
    OM_uint32 minor;

    if (scram_initiator_final(v->client, server_first, SLICE(""),
                              (struct scram_limits){0, 10000000}, find_keys,
                              NULL, &reply, &error) != SCRAM_OK)
        fail("a client cannot answer");
    v->to_server = (gss_buffer_desc){reply.len, reply.data};
    if (turn.crowd->way != CROWD_ARITHMETIC)
        gss_release_buffer(&minor, &v->to_client);
}

static void
leave(struct visit *v)
{
    struct slice server_final = {v->to_client.value, v->to_client.length};
    struct slice error;
    OM_uint32 minor;

    if (scram_initiator_done(v->client, server_final, &error) != SCRAM_OK)
        fail("a client was not let in");
    scram_initiator_free(v->client);
    if (turn.crowd->way != CROWD_ARITHMETIC)
        gss_release_buffer(&minor, &v->to_client);
}

static void
accept_by_library(struct visit *v, OM_uint32 expected)
{
    OM_uint32 minor;

    if (turn.calls->accept(&minor, &v->server, turn.cred, &v->to_server,
                           GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &v->to_client,
                           NULL, NULL, NULL) != expected)
        fail("a server refused a client");
}

static enum scram_status
find_verifier(void *data, enum scram_mechanism mechanism, struct slice user,
              struct scram_verifier *verifier)
{
    (void)data;
    (void)mechanism;
    (void)user;
    *verifier = users_verifier();
    return SCRAM_OK;
}

static void
accept_alone(struct visit *v, bool first)
{
    struct buffer server_first = BUFFER_ARRAY(v->first);
    struct buffer server_final = BUFFER_ARRAY(v->last);
    struct slice token = {v->to_server.value, v->to_server.length}, reply;
    struct scram_exchange e = {.mechanism = SCRAM_SHA_256,
                               .client_final = token};
    const struct scram_bindings none = {0};
    uint8_t key[SCRAM_SESSION_KEY_LEN];
    enum scram_status status;
    bool bound;

    if (first) {
        token = (struct slice){token.data + FRAME, token.len - FRAME};
        memcpy(v->client_first, token.data, token.len);
        v->client_first_len = token.len;
        status = scram_acceptor_first(SCRAM_SHA_256, token,
                                      SLICE("012345678901234567890123"),
                                      find_verifier, NULL, &server_first);
        v->first_len = server_first.len;
        reply = buffer_slice(&server_first);
    } else {
        e.client_first = (struct slice){v->client_first, v->client_first_len};
        e.server_first = (struct slice){v->first, v->first_len};
        status = scram_acceptor_final(&e, &none, find_verifier, NULL,
                                      &server_final, key, &bound);
        reply = buffer_slice(&server_final);
    }
    if (status != SCRAM_OK)
        fail("an acceptor refused a client");
    v->to_client = (gss_buffer_desc){reply.len, (void *)reply.data};
}

static void
make_call(struct visit *v, enum crowd_call call)
{
    bool alone = turn.crowd->way == CROWD_ARITHMETIC;
    OM_uint32 minor;

    if (call == CROWD_DELETE && alone)
        return;
    if (call == CROWD_DELETE)
        turn.calls->delete (&minor, &v->server, GSS_C_NO_BUFFER);
    else if (alone)
        accept_alone(v, call == CROWD_FIRST);
    else
        accept_by_library(v, call == CROWD_FIRST ? GSS_S_CONTINUE_NEEDED
                                                 : GSS_S_COMPLETE);
}

/* Make one call for each of a row, when all threads are there to make it. */
static double
timed(struct visit *row, enum crowd_call call)
{
    double began;
    int i;

    pthread_barrier_wait(&turn.barrier);
    began = thread_ns();
    for (i = 0; i < ROW; i++)
        make_call(&row[i], call);
    return (thread_ns() - began) / ROW;
}

static void
one_row(struct visit *row, uint64_t *state, double ns[CROWD_CALLS])
{
    int i;

    for (i = 0; i < ROW; i++)
        arrive(&row[i], user_random(state) % turn.crowd->users, state);
    ns[CROWD_FIRST] = timed(row, CROWD_FIRST);
    for (i = 0; i < ROW; i++)
        answer(&row[i]);
    ns[CROWD_LAST] = timed(row, CROWD_LAST);
    for (i = 0; i < ROW; i++)
        leave(&row[i]);
    ns[CROWD_DELETE] = timed(row, CROWD_DELETE);
    ns[CROWD_BOTH] = ns[CROWD_FIRST] + ns[CROWD_LAST];
}

/* A thread's part of a turn. */
static void *
serve(void *data)
{
    int number = *(int *)data, round, call;
    int at = (turn.number * turn.crowd->threads + number) * ROUNDS;
    uint64_t state = (uint64_t)at + 1;
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
find_own_calls(void *module)
{
    *(void **)&own.accept = dlsym(module, "gss_accept_sec_context");
    *(void **)&own.delete = dlsym(module, "gss_delete_sec_context");
    *(void **)&own.acquire = dlsym(module, "gss_acquire_cred_from");
    *(void **)&own.release = dlsym(module, "gss_release_cred");
    if (own.accept == NULL || own.delete == NULL || own.acquire == NULL ||
        own.release == NULL)
        fail(dlerror());
}

static gss_cred_id_t
acquire(const struct calls *calls, const char *location)
{
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_STORE, location};
    gss_key_value_set_desc set = {1, &element};
    gss_OID_desc oid = {GSS_SCRAM_SHA_256_OID_LENGTH,
                        (void *)GSS_SCRAM_SHA_256_OID};
    gss_OID_set_desc mechs = {1, &oid};
    gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
    OM_uint32 minor;

    if (location != NULL &&
        calls->acquire(&minor, GSS_C_NO_NAME, 0, &mechs, GSS_C_ACCEPT, &set,
                       &cred, NULL, NULL) != GSS_S_COMPLETE)
        fail("there is no credential for a store");
    return cred;
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
    gss_cred_id_t cred;
    double *ns[CROWD_CALLS];
};

static void
begin_turn(const struct crowd *crowd, const struct standing *standing,
           int number)
{
    turn.crowd = crowd;
    turn.calls = crowd->way == CROWD_MODULE ? &own : &library;
    turn.cred = standing->cred;
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

        arrive(&v, user, &state);
        make_call(&v, CROWD_FIRST);
        answer(&v);
        make_call(&v, CROWD_DELETE);
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
    standing->cred =
        acquire(crowd->way == CROWD_MODULE ? &own : &library, crowd->location);
    begin_turn(crowd, standing, 0);
    walk(crowd);
}

static void
end(struct crowd *crowd, struct standing *standing, int turns)
{
    size_t samples = (size_t)(turns * crowd->threads * ROUNDS), call;
    OM_uint32 minor;

    begin_turn(crowd, standing, 0);
    for (call = 0; call < CROWD_CALLS; call++) {
        crowd->ns[call] = figure_of(standing->ns[call], samples);
        free(standing->ns[call]);
    }
    if (standing->cred != GSS_C_NO_CREDENTIAL)
        turn.calls->release(&minor, &standing->cred);
}

void
crowd_measure(struct crowd *crowds, size_t count, int turns, void *module)
{
    struct standing *standing = calloc(count, sizeof(*standing));
    size_t c;
    int i;

    if (standing == NULL)
        fail("out of memory");
    users_keys();
    find_own_calls(module);
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
