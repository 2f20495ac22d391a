/*
 * Logins that wait for a directory: each with a copy of its request, with a
 * worker that asks, and at most for as long as the server that asked will.
 */
#include <stdlib.h>

#include "base/secret.h"
#include "daemon/connection.h"
#include "daemon/login.h"
#include "daemon/nonce.h"

/* Let those go on that wait for a token, as far as there are some. */
static void
retry_waiting(struct exchange *e)
{
    struct login **at = &e->waiting, *l;

    while ((l = *at) != NULL) {
        l->status = login_take_token(l);
        if (l->status == SCRAM_NO_RESOURCES) {
            at = &l->next;
            continue;
        }
        *at = l->next;
        workers_queue(&l->job);
    }
}

/* workers_ops: one that was refused a token in the end is only passed on. */
static void
login_wait_work(struct workers_job *job)
{
    struct login *l = (struct login *)job;

    if (l->status == SCRAM_OK)
        login_ask(l);
}

/* workers_ops */
static void
login_wait_done(struct workers_job *job)
{
    struct login *l = (struct login *)job;
    uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer answer = BUFFER_ARRAY(memory);

    login_end(l, &answer);
    connection_answer(l->connection, buffer_slice(&answer));
    OPENSSL_cleanse(memory, answer.len);
}

/* Let go of a login that waits for a token. */
static void
wait_no_more(struct login *l)
{
    struct login **at = &l->exchange->waiting;

    while (*at != NULL && *at != l)
        at = &(*at)->next;
    if (*at == l)
        *at = l->next;
}

/* workers_ops */
static void
login_wait_late(struct workers_job *job, bool stopped)
{
    static const char why[] =
        "the directory has not answered for as long as a login may wait";
    struct login *l = (struct login *)job;
    uint8_t user_bytes[SCRAM_USER_MAX], id[WIRE_ID_LEN] = {0}, memory[256];
    struct buffer user = BUFFER_ARRAY(user_bytes),
                  answer = BUFFER_ARRAY(memory);

    wait_no_more(l);
    if (stopped) {
        connection_answer(l->connection, SLICE(""));
        return;
    }
    if (l->is_final) {
        (void)scram_acceptor_user(l->final.client_first, &user);
        nonce_id(l->final.server_first, id);
        login_refuse_final(SCRAM_STORE_FAILED, why, &answer);
    } else {
        (void)scram_acceptor_user(l->first.client_first, &user);
        login_refuse_first(SCRAM_STORE_FAILED, why, &answer);
    }
    login_decide(l, id, buffer_slice(&user), why, METRICS_FAILED);
    connection_answer(l->connection, buffer_slice(&answer));
}

static void
login_free(struct login *l)
{
    verify_release(l->service);
    OPENSSL_cleanse(l, sizeof(*l) + l->len);
    free(l);
}

/* workers_ops: also of one whose answer came too late, and was a guess. */
static void
login_wait_release(struct workers_job *job)
{
    struct login *l = (struct login *)job;
    struct exchange *e = l->exchange;

    login_settle_token(l);
    login_free(l);
    retry_waiting(e);
}

static const struct workers_ops workers_ops = {
    login_wait_work, login_wait_done, login_wait_late, login_wait_release};

/* A copy of a login that has begun, with a copy of its message. */
static struct login *
login_wait_copy(const struct login *begun, const struct request *request)
{
    size_t len = request->message.len;
    struct login *l = malloc(sizeof(*l) + len);

    if (l == NULL)
        return NULL;
    *l = *begun;
    login_prepare(l);
    memcpy(l + 1, request->message.data, len);
    (void)login_parse(l, (struct slice){(const uint8_t *)(l + 1), len});
    l->connection = request->connection;
    l->len = len;
    (void)verify_again(l->service);
    return l;
}

/* Answer now: there is no memory, no token or no room. */
static enum request_end
login_wait_refuse(struct login *l, enum scram_status status, const char *why,
                  struct request *request)
{
    l->status = status;
    if (why != NULL)
        sentence_write(&l->why, "%s", why);
    login_end(l, request->answer);
    return REQUEST_ANSWERED;
}

enum request_end
login_hand_over(struct login *begun, struct request *request, uint32_t wait)
{
    static const char full[] =
        "too many logins wait for the directories that gss-scramd asks";
    struct exchange *e = begun->exchange;
    struct login *l = login_wait_copy(begun, request), **at = &e->waiting;
    enum request_end end;

    if (l == NULL)
        return login_wait_refuse(begun, SCRAM_NO_MEMORY, NULL, request);
    if (l->is_final)
        l->status = login_take_token(l);
    if (l->status != SCRAM_OK && l->status != SCRAM_NO_RESOURCES) {
        end = login_wait_refuse(l, l->status, NULL, request);
        login_free(l);
        return end;
    }
    if (!workers_add(e->workers, &l->job, &workers_ops, wait)) {
        end = login_wait_refuse(l, SCRAM_NO_RESOURCES, full, request);
        login_free(l);
        return end;
    }
    if (l->status == SCRAM_OK) {
        workers_queue(&l->job);
        return REQUEST_LATER;
    }
    while (*at != NULL)
        at = &(*at)->next;
    *at = l;
    return REQUEST_LATER;
}
