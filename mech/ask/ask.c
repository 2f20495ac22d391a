#include "ask/ask.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "ask/peer.h"
#include "ask/pool.h"
#include "base/daemon.h"

/* How long to wait before a lost connection is made again, milliseconds. */
static const uint8_t pauses[] = {0, 1, 4, 16, 100};

/* A call in the making. */
struct call {
    const struct ask_daemon *daemon;
    const struct ask_question *question; /* NULL: whether it welcomes us */
    const bool *more;                    /* NULL: there is one answer */
    uid_t uid;
    uint64_t deadline;
    struct sentence *why;
};

/* What an errno of a socket's call means: SCRAM_BROKER_GONE is tried again. */
static enum scram_status
failed(const struct call *call, int error)
{
    const struct ask_daemon *d = call->daemon;

    switch (error) {
    case EAGAIN:
        sentence_write(call->why,
                       "%s at %s did not answer within the %u ms that %s "
                       "allows; see what keeps it, or whether it hangs",
                       d->name, d->path, (unsigned)d->timeout, d->limit);
        return SCRAM_BROKER_SLOW;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        sentence_write(call->why,
                       "%s at %s cannot be asked, as this process has no "
                       "descriptor or no memory left for a connection: %s",
                       d->name, d->path, strerror(error));
        return SCRAM_NO_RESOURCES;
    case ASK_NOT_TRUSTED: /* which has said why */
        return SCRAM_STORE_FORBIDDEN;
    case EMSGSIZE:
        sentence_write(call->why,
                       "what listens at %s is not %s: its answer is too long, "
                       "or has a descriptor with it",
                       d->path, d->name);
        return SCRAM_STORE_FORBIDDEN;
    default:
        sentence_write(call->why,
                       "%s cannot be reached at %s: %s. Is %s started? In a "
                       "chroot the socket has to be inside",
                       d->name, d->path, strerror(error), d->unit);
        return SCRAM_BROKER_GONE;
    }
}

/* Send a message and take the answer. */
static enum scram_status
ask_exchange(const struct call *call, struct ask_connection *c,
             struct slice message, struct buffer *answer)
{
    int error = ask_connection_send(c, message, call->deadline);

    if (error == 0)
        error = ask_connection_receive(c, answer, call->deadline);
    return error == 0 ? SCRAM_OK : failed(call, error);
}

static enum scram_status
no_answer(const struct call *call)
{
    const struct ask_daemon *d = call->daemon;

    sentence_write(call->why,
                   "what %s at %s answers is not what this module knows; are "
                   "both of the same version?",
                   d->name, d->path);
    return SCRAM_STORE_FORBIDDEN;
}

/* Greet the listener, and hear whether it welcomes us. */
static enum scram_status
ask_greet(const struct call *call, struct ask_connection *c)
{
    uint8_t memory[2048];
    struct buffer answer = BUFFER_ARRAY(memory);
    enum scram_status status =
        ask_exchange(call, c, call->daemon->hello, &answer);

    if (status != SCRAM_OK)
        return status;
    status = call->daemon->welcome(buffer_slice(&answer), call->why);
    if (status == SCRAM_BAD_ENCODING)
        return no_answer(call);
    if (status == SCRAM_OK)
        ask_pool_welcomed(call->daemon->path, call->uid);
    return status;
}

/* A connection to a daemon that is trusted, and welcomes us. */
static enum scram_status
ask_begin(const struct call *call, struct ask_connection *c)
{
    const char *path = call->daemon->path;
    uid_t owner;
    int error = ask_peer_folders(path, call->uid, &owner, call->why);

    if (error == 0)
        error = ask_connection_open(c, path, call->uid, call->deadline);
    if (error == 0)
        error = ask_peer_listener(c->fd, path, call->uid, owner, call->why);
    return error == 0 ? ask_greet(call, c) : failed(call, error);
}

/* Whether a first answer has come, of more: what was asked is under way then,
 * or has gone with its daemon, and is not asked once more. */
static bool
has_begun(const struct call *call)
{
    return call->more != NULL && *call->more;
}

static enum scram_status
put_question(const struct call *call, struct ask_connection *c)
{
    const struct ask_question *q = call->question;
    enum scram_status status;
    int i, error;

    q->answer->len = 0; /* of another attempt */
    status = ask_exchange(call, c, q->bytes, q->answer);
    if (status == SCRAM_OK && !q->take(q->data, buffer_slice(q->answer)))
        return no_answer(call);
    for (i = 1; status == SCRAM_OK && has_begun(call); i++) {
        q->answer->len = 0;
        error = i == ASK_ANSWERS_MAX
                    ? EAGAIN
                    : ask_connection_receive(
                          c, q->answer, ask_clock() + call->daemon->timeout);
        if (error != 0)
            return failed(call, error);
        if (!q->take(q->data, buffer_slice(q->answer)))
            return no_answer(call);
    }
    return status;
}

/* Ask over a connection that is new. */
static enum scram_status
ask_anew(const struct call *call, struct ask_connection *c)
{
    enum scram_status status;

    ask_connection_close(c);
    status = ask_begin(call, c);
    return status == SCRAM_OK && call->question != NULL ? put_question(call, c)
                                                        : status;
}

/*
 * Ask once: over a connection that is kept, and over a new one where there is
 * none, where it turns out to be lost, or where it is the welcome that is asked
 * for. Each attempt takes what is kept: a process that cannot connect any more
 * goes on with the connections that it has, and loses none of them because all
 * were taken for a moment.
 */
static enum scram_status
attempt(const struct call *call)
{
    struct ask_connection own = {.uid = call->uid};
    struct ask_connection *kept = ask_pool_take(call->daemon->path, call->uid);
    struct ask_connection *c = kept != NULL ? kept : &own;
    enum scram_status status = SCRAM_BROKER_GONE;

    if (call->question != NULL && c->fd > 2)
        status = put_question(call, c);
    if (status == SCRAM_BROKER_GONE && !has_begun(call))
        status = ask_anew(call, c);
    if (status != SCRAM_OK || kept == NULL)
        ask_connection_close(c);
    if (kept != NULL)
        ask_pool_leave(kept);
    return status;
}

/* Wait for so many milliseconds; false where there is not so much time left. */
static bool
pause_for(uint8_t pause, uint64_t deadline)
{
    struct timespec time = {0, pause * 1000000L};

    if (ask_clock_left(deadline) <= pause)
        return false;
    if (pause != 0)
        nanosleep(&time, NULL);
    return true;
}

/* A thread that is cancelled goes after the call, which would leave its place
 * in the pool taken. */
static enum scram_status
ask_uncancelled(const struct ask_daemon *daemon,
                const struct ask_question *question, const bool *more,
                struct sentence *why)
{
    const struct call call = {
        daemon, question, more, geteuid(), ask_clock() + daemon->timeout, why};
    enum scram_status status;
    int cancel;
    size_t i;

    if (gss_scram_daemon != NULL) {
        sentence_write(why, "this process is %s itself, and does not ask",
                       gss_scram_daemon);
        return SCRAM_STORE_FORBIDDEN;
    }
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    status = attempt(&call);
    for (i = 0; status == SCRAM_BROKER_GONE && i < sizeof(pauses); i++) {
        if (daemon->once || has_begun(&call) ||
            !pause_for(pauses[i], call.deadline))
            break;
        status = attempt(&call);
    }
    pthread_setcancelstate(cancel, NULL);
    /* What an attempt failed for is not what the answer is about. */
    if (status == SCRAM_OK)
        sentence_write(why, "%s", "");
    return status;
}

enum scram_status
ask_call(const struct ask_daemon *daemon, const struct ask_question *question,
         struct sentence *why)
{
    return ask_uncancelled(daemon, question, NULL, why);
}

enum scram_status
ask_call_until(const struct ask_daemon *daemon,
               const struct ask_question *question, const bool *more,
               struct sentence *why)
{
    return ask_uncancelled(daemon, question, more, why);
}

enum scram_status
ask_check(const struct ask_daemon *daemon, struct sentence *why)
{
    return ask_pool_is_welcome(daemon->path, geteuid())
               ? SCRAM_OK
               : ask_uncancelled(daemon, NULL, NULL, why);
}
