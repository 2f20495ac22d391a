/*
 * Calls that come after libcrypto has ended: in an atexit handler that the
 * program set before libcrypto set its own. They are refused and do no harm.
 */
#include "world.h"
#include "world_broker.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Contexts that are established: one that had no message yet, and one that
 * had; and credentials for logins that have not begun. */
static struct handshake fresh, used, unbegun, unserved;

static void
establish(struct handshake *h)
{
    handshake_begin(h, &sha_256, "alice", "wonderland");
    handshake_run(h);
    ck_assert(handshake_is_complete(h));
}

static gss_buffer_desc text = {5, (void *)"hello"};

static OM_uint32
wrap(gss_ctx_id_t context)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major, ignored;

    major = gss_wrap(&minor, context, 1, 0, &text, NULL, &token);
    gss_release_buffer(&ignored, &token);
    return major;
}

static OM_uint32
sign(gss_ctx_id_t context)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major, ignored;

    major = gss_get_mic(&minor, context, 0, &text, &token);
    gss_release_buffer(&ignored, &token);
    return major;
}

static OM_uint32
draw(gss_ctx_id_t context)
{
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major, ignored;

    major = gss_pseudo_random(&minor, context, GSS_C_PRF_KEY_FULL, &text, 16,
                              &output);
    gss_release_buffer(&ignored, &output);
    return major;
}

static const struct {
    const char *what;
    OM_uint32 (*call)(gss_ctx_id_t context);
} calls[] = {
    {"gss_wrap", wrap}, {"gss_get_mic", sign}, {"gss_pseudo_random", draw}};

static void
expect_failure(OM_uint32 major, const char *what)
{
    if (GSS_ROUTINE_ERROR(major) == GSS_S_FAILURE ||
        GSS_ROUTINE_ERROR(major) == GSS_S_NO_CRED)
        return;
    fprintf(stderr, "%s returned %#x\n", what, (unsigned)major);
    _exit(2);
}

static void
expect_begun(OM_uint32 major, const char *what)
{
    if (major == GSS_S_CONTINUE_NEEDED)
        return;
    fprintf(stderr, "%s returned %#x\n", what, (unsigned)major);
    _exit(2);
}

/* A server that has no credential yet, and opens its store now. */
static OM_uint32
serve(struct handshake *client)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, NULL, NULL);
    client_step(client);
    server_take(&h, client->to_server.value, client->to_server.length);
    handshake_end(&h);
    return h.server_major;
}

static OM_uint32
log_in(struct handshake *h)
{
    handshake_run(h);
    return GSS_ERROR(h->client_major) ? h->client_major : h->server_major;
}

/* The atexit handler; it ends the process, as the parent is to see how far it
 * came. */
static void
call_late(void)
{
    size_t i;

    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        expect_failure(calls[i].call(fresh.client), calls[i].what);
        expect_failure(calls[i].call(fresh.server), calls[i].what);
        expect_failure(calls[i].call(used.client), calls[i].what);
        expect_failure(calls[i].call(used.server), calls[i].what);
    }
    expect_failure(log_in(&unbegun), "a login");
    if (world_is_brokered()) /* which has a libcrypto of its own */
        expect_begun(serve(&unserved), "a server's first login");
    else
        expect_failure(serve(&unserved), "a server's first login");
    handshake_end(&fresh);
    handshake_end(&used);
    handshake_end(&unbegun);
    handshake_end(&unserved);
    _exit(EXIT_SUCCESS);
}

static _Noreturn void
live_and_end(void)
{
    size_t i;

    atexit(call_late);
    establish(&fresh);
    establish(&used);
    handshake_begin(&unbegun, &sha_256, "alice", "wonderland");
    handshake_begin(&unserved, &sha_256, "alice", "wonderland");
    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        ck_assert_uint_eq(calls[i].call(used.client), GSS_S_COMPLETE);
        ck_assert_uint_eq(calls[i].call(used.server), GSS_S_COMPLETE);
    }
    exit(EXIT_FAILURE);
}

START_TEST(calls_after_the_end_of_libcrypto_are_refused)
{
    pid_t pid = fork();
    int status;

    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        live_and_end();
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, calls_after_the_end_of_libcrypto_are_refused);
}

int
main(void)
{
    return world_run("late", add, 60);
}
