/*
 * One context and two threads: while one is in the middle of a step, or of a
 * message, the other is told so, and what the first does is none the worse. The
 * first is held where the module calls libcrypto, or a socket, which are looked
 * up in this program first, until the second has asked.
 */
#include "world.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sys/socket.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread; /* that is held */
    bool is_armed, is_held, may_pass, has_ended;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .changed = PTHREAD_COND_INITIALIZER};

static void
hold(void)
{
    pthread_mutex_lock(&gate.lock);
    if (gate.is_armed && pthread_equal(gate.thread, pthread_self())) {
        gate.is_held = true;
        pthread_cond_broadcast(&gate.changed);
        while (!gate.may_pass)
            pthread_cond_wait(&gate.changed, &gate.lock);
        gate.is_held = gate.may_pass = false;
    }
    pthread_mutex_unlock(&gate.lock);
}

static bool holds_messages; /* where they are encrypted, and nowhere else */

int
OPENSSL_init_crypto(uint64_t options, const OPENSSL_INIT_SETTINGS *settings)
{
    int (*call)(uint64_t, const OPENSSL_INIT_SETTINGS *);

    *(void **)&call = dlsym(RTLD_NEXT, "OPENSSL_init_crypto");
    if (options == 0 && settings == NULL && !holds_messages)
        hold();
    return call(options, settings);
}

/* Of gss-scramd, where that is asked. */
ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t (*call)(int, struct msghdr *, int);

    *(void **)&call = dlsym(RTLD_NEXT, "recvmsg");
    if (!holds_messages)
        hold();
    return call(fd, message, flags);
}

int
EVP_CipherUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *out_len,
                 const unsigned char *in, int in_len)
{
    int (*call)(EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *,
                int);

    *(void **)&call = dlsym(RTLD_NEXT, "EVP_CipherUpdate");
    if (holds_messages)
        hold();
    return call(ctx, out, out_len, in, in_len);
}

/* Wait until the thread is held, or has ended. */
static bool
is_held(void)
{
    bool held;

    pthread_mutex_lock(&gate.lock);
    while (!gate.is_held && !gate.has_ended)
        pthread_cond_wait(&gate.changed, &gate.lock);
    held = gate.is_held;
    pthread_mutex_unlock(&gate.lock);
    return held;
}

/* Let the thread go on: to where it is held next, or for good. */
static void
let_pass(bool for_good)
{
    pthread_mutex_lock(&gate.lock);
    gate.is_armed = !for_good;
    gate.may_pass = true;
    pthread_cond_broadcast(&gate.changed);
    while (gate.may_pass && gate.is_held)
        pthread_cond_wait(&gate.changed, &gate.lock);
    gate.may_pass = false;
    pthread_mutex_unlock(&gate.lock);
}

struct work {
    struct handshake *h;
    OM_uint32 (*call)(struct handshake *h);
    OM_uint32 major;
};

/* Have this thread be held from now on. */
static void
arm(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.thread = pthread_self();
    gate.is_armed = true;
    pthread_mutex_unlock(&gate.lock);
}

static void *
be_first(void *data)
{
    struct work *work = data;

    work->major = work->call(work->h);
    pthread_mutex_lock(&gate.lock);
    gate.is_armed = false;
    gate.has_ended = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    return NULL;
}

/*
 * Have a thread do its work, and be held in the middle of it.
 *
 * @param context  which is in use then: an export of it says so, and harms
 *                 none that is not
 */
static pthread_t
hold_in(struct work *work, gss_ctx_id_t *context)
{
    gss_buffer_desc token;
    OM_uint32 minor, major;
    pthread_t thread;

    gate.has_ended = false;
    ck_assert_int_eq(pthread_create(&thread, NULL, be_first, work), 0);
    for (;;) {
        ck_assert(is_held());
        major = gss_export_sec_context(&minor, context, &token);
        ck_assert_ptr_nonnull(*context);
        ck_assert_uint_eq(token.length, 0);
        if (major == GSS_S_FAILURE)
            return thread;
        ck_assert_uint_eq(major, GSS_S_UNAVAILABLE);
        let_pass(false);
    }
}

static void
let_end(pthread_t thread)
{
    let_pass(true);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void
ck_assert_busy(OM_uint32 major, OM_uint32 minor)
{
    ck_assert_uint_eq(major, GSS_S_FAILURE);
    ck_assert_str_eq(sentence_of(minor, &sha_256),
                     "Another thread is using this context at the same time");
}

/* What a second thread does with the token that the first has. */
static void
step_again_as_server(const struct handshake *h)
{
    struct handshake again = *h;

    again.to_client = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
    again.user = GSS_C_NO_NAME;
    (void)server_take(&again, h->to_server.value, h->to_server.length);
    ck_assert_busy(again.server_major, again.server_minor);
    ck_assert_uint_eq(again.to_client.length, 0);
    ck_assert_ptr_null(again.user);
    ck_assert_ptr_eq(again.server, h->server);
}

static void
step_again_as_client(const struct handshake *h)
{
    gss_name_t target = name_of(h->target, GSS_C_NT_HOSTBASED_SERVICE);
    gss_buffer_desc token, input = h->to_client;
    gss_ctx_id_t context = h->client;
    OM_uint32 major, minor, ignored;

    major = gss_init_sec_context(
        &minor, h->client_cred, &context, target, &sha_256, GSS_C_MUTUAL_FLAG,
        0, GSS_C_NO_CHANNEL_BINDINGS, &input, NULL, &token, NULL, NULL);
    ck_assert_busy(major, minor);
    ck_assert_uint_eq(token.length, 0);
    ck_assert_ptr_eq(context, h->client);
    gss_release_name(&ignored, &target);
}

/* And the first thread's is whole. */
static void
check_messages(struct handshake *h)
{
    gss_buffer_desc text = {5, (void *)"hello"}, token, opened;
    OM_uint32 minor;

    ck_assert(handshake_is_complete(h));
    ck_assert_uint_eq(gss_wrap(&minor, h->server, 1, 0, &text, NULL, &token),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(
        gss_unwrap(&minor, h->client, &token, &opened, NULL, NULL),
        GSS_S_COMPLETE);
    ck_assert(buffer_is(&opened, "hello"));
    gss_release_buffer(&minor, &token);
    gss_release_buffer(&minor, &opened);
}

static OM_uint32
held_server_step(struct handshake *h)
{
    arm();
    return server_step(h);
}

static OM_uint32
held_client_step(struct handshake *h)
{
    arm();
    return client_step(h);
}

START_TEST(a_server_s_step_is_one_thread_s)
{
    struct handshake h;
    struct work work = {&h, held_server_step, 0};
    pthread_t thread;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    client_step(&h);
    thread = hold_in(&work, &h.server);
    step_again_as_server(&h);
    let_end(thread);
    ck_assert_uint_eq(work.major, GSS_S_COMPLETE);
    client_step(&h);
    check_messages(&h);
    handshake_end(&h);
}
END_TEST

START_TEST(a_client_s_step_is_one_thread_s)
{
    struct handshake h;
    struct work work = {&h, held_client_step, 0};
    pthread_t thread;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    thread = hold_in(&work, &h.client);
    step_again_as_client(&h);
    let_end(thread);
    ck_assert_uint_eq(work.major, GSS_S_CONTINUE_NEEDED);
    server_step(&h);
    client_step(&h);
    check_messages(&h);
    handshake_end(&h);
}
END_TEST

static gss_buffer_desc wrapped;

static OM_uint32
held_wrap(struct handshake *h)
{
    gss_buffer_desc text = {5, (void *)"first"};
    OM_uint32 minor;

    arm();
    return gss_wrap(&minor, h->client, 1, 0, &text, NULL, &wrapped);
}

START_TEST(a_context_with_which_a_message_is_made_is_not_exported)
{
    struct handshake h;
    struct work work = {&h, held_wrap, 0};
    gss_buffer_desc token, opened;
    OM_uint32 minor;
    pthread_t thread;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    handshake_run(&h);
    holds_messages = true;
    thread = hold_in(&work, &h.client);
    let_end(thread);
    ck_assert_uint_eq(work.major, GSS_S_COMPLETE);
    ck_assert_uint_eq(
        gss_unwrap(&minor, h.server, &wrapped, &opened, NULL, NULL),
        GSS_S_COMPLETE);
    ck_assert(buffer_is(&opened, "first"));
    gss_release_buffer(&minor, &wrapped);
    gss_release_buffer(&minor, &opened);
    ck_assert_uint_eq(gss_export_sec_context(&minor, &h.client, &token),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_import_sec_context(&minor, &token, &h.client),
                      GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
    check_messages(&h);
    handshake_end(&h);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_server_s_step_is_one_thread_s);
    tcase_add_test(tests, a_client_s_step_is_one_thread_s);
    tcase_add_test(tests,
                   a_context_with_which_a_message_is_made_is_not_exported);
}

int
main(void)
{
    return world_run("busy", add, 60);
}
