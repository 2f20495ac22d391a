/*
 * A virtual machine that was copied, or that goes on from a snapshot again: two
 * servers with the same memory that take themselves for the same process. What
 * was recorded of a login to one is no login to the other, nor is a server's
 * answer to one client an answer to the other.
 */
#include "world.h"

#include <sys/wait.h>

#include "../unit/copied.h"

/* libcrypto's generator looks for a fork by this, and there was none. */
pid_t
getpid(void)
{
    return 4242;
}

/* Both messages of a server and of a client, as somebody on the wire has them;
 * NUL-terminated, but client_first, which is framed. */
struct recording {
    size_t len;
    char client_first[256], server_first[256];
    char client_final[256], server_final[256];
};

static void
record(char *to, gss_buffer_t token)
{
    if (token->length >= sizeof(((struct recording *)NULL)->client_first))
        _exit(EXIT_FAILURE);
    memcpy(to, token->value, token->length);
}

/* A login in a copy: its messages go to @p fd, for its twin. */
static _Noreturn void
log_in_and_tell(struct handshake *h, int fd)
{
    struct recording r = {0};

    client_step(h);
    r.len = h->to_server.length;
    record(r.client_first, &h->to_server);
    server_step(h);
    record(r.server_first, &h->to_client);
    client_step(h);
    record(r.client_final, &h->to_server);
    server_step(h);
    record(r.server_final, &h->to_client);
    client_step(h);
    if (!handshake_is_complete(h) || write(fd, &r, sizeof(r)) != sizeof(r))
        _exit(EXIT_FAILURE);
    _exit(EXIT_SUCCESS);
}

/* The copies are made in the middle of serving: what is done once in a process
 * was done, and batches are used in part. */
static void
make_copy(struct handshake *h, struct recording *r)
{
    int fds[2], status;
    pid_t pid;

    handshake_begin(h, &sha_256, "alice", "wonderland");
    handshake_run(h);
    ck_assert(handshake_is_complete(h));
    handshake_end(h);
    handshake_begin(h, &sha_256, "alice", "wonderland");
    copied_keep_on_fork();
    ck_assert_int_eq(pipe(fds), 0);
    pid = copied_clone();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        log_in_and_tell(h, fds[1]);
    close(fds[1]);
    ck_assert_int_eq(read(fds[0], r, sizeof(*r)), sizeof(*r));
    close(fds[0]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

START_TEST(a_recorded_login_is_none_to_a_copied_server)
{
    struct handshake h;
    struct recording r;

    make_copy(&h, &r);
    client_step(&h); /* the twin did so too before its server's turn */
    ck_assert_uint_eq(server_take(&h, r.client_first, r.len),
                      GSS_S_CONTINUE_NEEDED);
    ck_assert(!buffer_is(&h.to_client, r.server_first));
    ck_assert_uint_eq(server_take(&h, r.client_final, strlen(r.client_final)),
                      GSS_S_DEFECTIVE_TOKEN);
    handshake_end(&h);
}
END_TEST

START_TEST(a_recorded_server_is_none_to_a_copied_client)
{
    struct handshake h;
    struct recording r;

    make_copy(&h, &r);
    ck_assert_uint_eq(client_step(&h), GSS_S_CONTINUE_NEEDED);
    ck_assert_uint_eq(client_take(&h, r.server_first), GSS_S_DEFECTIVE_TOKEN);
    handshake_end(&h);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_recorded_login_is_none_to_a_copied_server);
    tcase_add_test(tests, a_recorded_server_is_none_to_a_copied_client);
}

int
main(void)
{
    return world_run("copied", add, 60);
}
