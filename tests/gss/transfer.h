/*
 * What the tests of exported contexts have in common.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <sys/wait.h>
#include <unistd.h>

#include "established.h"

/* gss_export_sec_context, which must succeed and take the handle away. */
static inline gss_buffer_desc
export_token(gss_ctx_id_t *context)
{
    gss_buffer_desc token;
    OM_uint32 minor, major = gss_export_sec_context(&minor, context, &token);

    ck_assert_msg(major == GSS_S_COMPLETE, "%s", sentence_of(minor, &sha_256));
    ck_assert_ptr_null(*context);
    ck_assert_uint_ne(token.length, 0);
    return token;
}

/* gss_import_sec_context, which must succeed; the token stays. */
static inline gss_ctx_id_t
import_token(gss_buffer_t token)
{
    gss_ctx_id_t context;
    OM_uint32 minor, major = gss_import_sec_context(&minor, token, &context);

    ck_assert_msg(major == GSS_S_COMPLETE, "%s", sentence_of(minor, &sha_256));
    ck_assert_ptr_nonnull(context);
    return context;
}

/* Export a context, and put the one that is imported in its place. */
static inline void
transfer(gss_ctx_id_t *context)
{
    gss_buffer_desc token = export_token(context);
    OM_uint32 minor;

    *context = import_token(&token);
    gss_release_buffer(&minor, &token);
}

/* A buffer through a pipe; false at its end. */
static inline void
send_buffer(int fd, gss_buffer_desc buffer)
{
    ck_assert_int_eq(write(fd, &buffer.length, sizeof(buffer.length)),
                     sizeof(buffer.length));
    ck_assert_int_eq(write(fd, buffer.value, buffer.length),
                     (ssize_t)buffer.length);
}

static inline bool
receive_buffer(int fd, gss_buffer_t buffer)
{
    size_t got = 0;

    if (read(fd, &buffer->length, sizeof(buffer->length)) !=
        sizeof(buffer->length))
        return false;
    buffer->value = malloc(buffer->length);
    ck_assert_ptr_nonnull(buffer->value);
    while (got < buffer->length) {
        ssize_t n = read(fd, (char *)buffer->value + got, buffer->length - got);

        ck_assert_int_gt(n, 0);
        got += (size_t)n;
    }
    return true;
}

/* Another process, and a pipe each way. */
struct worker {
    pid_t pid;
    int to, from;
};

/* Fork one that runs @p work and ends well unless an assertion of it fails. */
static inline struct worker
start(void (*work)(int from, int to))
{
    struct worker w;
    int down[2], up[2];

    ck_assert_int_eq(pipe(down), 0);
    ck_assert_int_eq(pipe(up), 0);
    w.pid = fork();
    ck_assert_int_ge(w.pid, 0);
    if (w.pid == 0) {
        close(down[1]);
        close(up[0]);
        work(down[0], up[1]);
        _exit(0);
    }
    close(down[0]);
    close(up[1]);
    w.to = down[1];
    w.from = up[0];
    return w;
}

static inline void
finish(struct worker *w)
{
    int status;

    close(w->to);
    ck_assert_int_eq(waitpid(w->pid, &status, 0), w->pid);
    ck_assert_int_eq(status, 0);
    close(w->from);
}

#endif
