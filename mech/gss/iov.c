/*
 * Protecting messages that lie in several buffers (gssapi_ext.h), with RFC
 * 4121's tokens.
 *
 * GSS_C_DCE_STYLE is never among a context's flags: SCRAM has no word for it,
 * so the two sides could not agree. What DCE RPC wants of messages needs no
 * agreement. A HEADER without a TRAILER has the trailer's bytes too, and the
 * RRC tells so; the reader of a token takes it in either form, with any EC.
 */
#include <gssapi/gssapi_ext.h>
#include <stdlib.h>

#include "gss/message.h"
#include "gss/status.h"
#include "rfc4121/iov.h"

#define FEW 8 /* buffers, as nearly every message has: they need no memory */

/* Sets of enum rfc4121_iov_type. */
#define SET(type) (1U << RFC4121_IOV_##type)

/* The caller's buffers, and the same ones as rfc4121/ knows them. */
struct buffers {
    gss_iov_buffer_desc *theirs;
    struct rfc4121_iov *iov;
    size_t count;
    unsigned allocated; /* the types that the caller may have allocated */
    bool given;         /* what was allocated is the caller's */
    struct rfc4121_iov few[FEW];
};

/* Whether the call allocates a buffer. */
static bool
allocates(const struct buffers *b, size_t i)
{
    return (b->theirs[i].type & GSS_IOV_BUFFER_FLAG_ALLOCATE) != 0 &&
           (b->allocated & 1U << b->iov[i].type) != 0;
}

static void
buffers_clear(struct buffers *b)
{
    size_t i;

    for (i = 0; i < b->count && !b->given; i++) {
        if (allocates(b, i))
            free(b->iov[i].data);
    }
    if (b->iov != b->few)
        free(b->iov);
}

#define CLEANUP_BUFFERS __attribute__((cleanup(buffers_clear)))

static bool
type_of(OM_uint32 theirs, enum rfc4121_iov_type *type)
{
    static const struct {
        OM_uint32 theirs;
        enum rfc4121_iov_type ours;
    } types[] = {
        {GSS_IOV_BUFFER_TYPE_EMPTY, RFC4121_IOV_EMPTY},
        {GSS_IOV_BUFFER_TYPE_DATA, RFC4121_IOV_DATA},
        {GSS_IOV_BUFFER_TYPE_HEADER, RFC4121_IOV_HEADER},
        {GSS_IOV_BUFFER_TYPE_TRAILER, RFC4121_IOV_TRAILER},
        {GSS_IOV_BUFFER_TYPE_PADDING, RFC4121_IOV_PADDING},
        {GSS_IOV_BUFFER_TYPE_STREAM, RFC4121_IOV_STREAM},
        {GSS_IOV_BUFFER_TYPE_SIGN_ONLY, RFC4121_IOV_SIGN_ONLY},
        {GSS_IOV_BUFFER_TYPE_MIC_TOKEN, RFC4121_IOV_MIC_TOKEN},
    };
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].theirs == GSS_IOV_BUFFER_TYPE(theirs)) {
            *type = types[i].ours;
            return true;
        }
    }
    return false;
}

/*
 * Take the caller's buffers. Of those that the call is to make (the types in
 * @p made, and those in @p allocated where the caller asks for that) nothing is
 * read: they may never have been set.
 */
static enum scram_status
iov_take(struct buffers *b, gss_iov_buffer_desc *theirs, int count,
         unsigned made, unsigned allocated)
{
    size_t i;

    *b = (struct buffers){.theirs = theirs, .allocated = allocated};
    b->iov = b->few;
    if (count < 0)
        return SCRAM_BAD_ARGUMENT;
    if (count > FEW)
        b->iov = calloc((size_t)count, sizeof(*b->iov));
    if (b->iov == NULL)
        return SCRAM_NO_MEMORY;
    for (i = 0; i < (size_t)count; i++) {
        struct rfc4121_iov *iov = &b->iov[i];

        *iov = (struct rfc4121_iov){0};
        if (!type_of(theirs[i].type, &iov->type))
            return SCRAM_BAD_ARGUMENT;
        b->count = i + 1;
        if ((made & 1U << iov->type) != 0 || allocates(b, i))
            continue;
        if (theirs[i].buffer.value == NULL && theirs[i].buffer.length != 0)
            return SCRAM_BAD_ARGUMENT;
        iov->data = theirs[i].buffer.value;
        iov->len = theirs[i].buffer.length;
    }
    return SCRAM_OK;
}

/* Allocate what is to be, with the lengths that were set in our buffers; what
 * the caller brings keeps the length that it has. */
static enum scram_status
allocate(struct buffers *b)
{
    size_t i;

    for (i = 0; i < b->count; i++) {
        struct rfc4121_iov *iov = &b->iov[i];

        if (!allocates(b, i)) {
            iov->len = b->theirs[i].buffer.length;
            continue;
        }
        iov->data = malloc(iov->len == 0 ? 1 : iov->len);
        if (iov->data == NULL)
            return SCRAM_NO_MEMORY;
    }
    return SCRAM_OK;
}

/* Say how long the buffers of a type are to be. */
static void
set_length(struct buffers *b, enum rfc4121_iov_type type, size_t len)
{
    size_t i;

    for (i = 0; i < b->count; i++) {
        if (b->iov[i].type == type)
            b->iov[i].len = len;
    }
}

/* Give the caller what the call has made of the buffers. */
static void
give(struct buffers *b)
{
    size_t i;

    for (i = 0; i < b->count; i++) {
        struct rfc4121_iov *iov = &b->iov[i];

        if (allocates(b, i)) {
            b->theirs[i].type |= GSS_IOV_BUFFER_FLAG_ALLOCATED;
            if (iov->len == 0) { /* gss_release_buffer would not free it */
                free(iov->data);
                iov->data = NULL;
            }
        }
        b->theirs[i].buffer.value = iov->data;
        b->theirs[i].buffer.length = iov->len;
    }
    b->given = true;
}

/* Return an outcome; the buffers are the caller's if it is SCRAM_OK, and as
 * they were if not. */
static OM_uint32
iov_finish(OM_uint32 *minor, enum scram_status status, struct buffers *b)
{
    if (status != SCRAM_OK)
        return message_fail(minor, status);
    give(b);
    return GSS_S_COMPLETE;
}

OM_uint32
gss_wrap_iov_length(OM_uint32 *minor, gss_ctx_id_t handle, int conf_req,
                    gss_qop_t qop, int *conf_state, gss_iov_buffer_desc *iov,
                    int count)
{
    struct buffers b CLEANUP_BUFFERS = {0};
    bool confidential = conf_req != 0;
    enum scram_status status;
    OM_uint32 major;

    if (message_context(minor, handle, qop, &major) == NULL)
        return major;
    status =
        iov_take(&b, iov, count, SET(HEADER) | SET(PADDING) | SET(TRAILER), 0);
    if (status == SCRAM_OK)
        status = rfc4121_wrap_iov_length(&confidential, b.iov, b.count);
    if (status == SCRAM_OK && conf_state != NULL)
        *conf_state = confidential;
    return iov_finish(minor, status, &b);
}

OM_uint32
gss_wrap_iov(OM_uint32 *minor, gss_ctx_id_t handle, int conf_req, gss_qop_t qop,
             int *conf_state, gss_iov_buffer_desc *iov, int count)
{
    struct buffers b CLEANUP_BUFFERS = {0};
    bool confidential = conf_req != 0;
    struct rfc4121_context *messages;
    enum scram_status status;
    OM_uint32 major;

    messages = message_context(minor, handle, qop, &major);
    if (messages == NULL)
        return major;
    status = iov_take(&b, iov, count, SET(PADDING), SET(HEADER) | SET(TRAILER));
    if (status == SCRAM_OK)
        status = rfc4121_wrap_iov_length(&confidential, b.iov, b.count);
    if (status == SCRAM_OK)
        status = allocate(&b);
    if (status == SCRAM_OK)
        status = rfc4121_wrap_iov(messages, &confidential, b.iov, b.count);
    if (status == SCRAM_OK && conf_state != NULL)
        *conf_state = confidential;
    return iov_finish(minor, status, &b);
}

/* The STREAM among the buffers; NULL if there is none. */
static const gss_iov_buffer_desc *
stream_in(const gss_iov_buffer_desc *iov, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (GSS_IOV_BUFFER_TYPE(iov[i].type) == GSS_IOV_BUFFER_TYPE_STREAM)
            return &iov[i];
    }
    return NULL;
}

OM_uint32
gss_unwrap_iov(OM_uint32 *minor, gss_ctx_id_t handle, int *conf_state,
               gss_qop_t *qop, gss_iov_buffer_desc *iov, int count)
{
    const gss_iov_buffer_desc *stream = stream_in(iov, count);
    unsigned made = stream != NULL ? SET(DATA) : 0;
    struct buffers b CLEANUP_BUFFERS = {0};
    enum rfc4121_order order = RFC4121_IN_ORDER;
    struct rfc4121_context *messages;
    enum scram_status status;
    bool confidential = false;
    OM_uint32 major;

    messages = message_context(minor, handle, GSS_C_QOP_DEFAULT, &major);
    if (messages == NULL)
        return major;
    status = iov_take(&b, iov, count, made, made);
    if (status == SCRAM_OK && stream != NULL) {
        /* A token is never shorter than the message in it. */
        set_length(&b, RFC4121_IOV_DATA, stream->buffer.length);
        status = allocate(&b);
    }
    if (status == SCRAM_OK)
        status =
            rfc4121_unwrap_iov(messages, b.iov, b.count, &confidential, &order);
    if (status == SCRAM_OK && conf_state != NULL)
        *conf_state = confidential;
    if (status == SCRAM_OK && qop != NULL)
        *qop = GSS_C_QOP_DEFAULT;
    return iov_finish(minor, status, &b) | message_order(order);
}

OM_uint32
gss_get_mic_iov_length(OM_uint32 *minor, gss_ctx_id_t handle, gss_qop_t qop,
                       gss_iov_buffer_desc *iov, int count)
{
    struct buffers b CLEANUP_BUFFERS = {0};
    enum scram_status status;
    OM_uint32 major;

    if (message_context(minor, handle, qop, &major) == NULL)
        return major;
    status = iov_take(&b, iov, count, SET(MIC_TOKEN), 0);
    if (status == SCRAM_OK)
        status = rfc4121_get_mic_iov_length(b.iov, b.count);
    return iov_finish(minor, status, &b);
}

OM_uint32
gss_get_mic_iov(OM_uint32 *minor, gss_ctx_id_t handle, gss_qop_t qop,
                gss_iov_buffer_desc *iov, int count)
{
    struct buffers b CLEANUP_BUFFERS = {0};
    struct rfc4121_context *messages;
    enum scram_status status;
    OM_uint32 major;

    messages = message_context(minor, handle, qop, &major);
    if (messages == NULL)
        return major;
    status = iov_take(&b, iov, count, 0, SET(MIC_TOKEN));
    if (status == SCRAM_OK)
        status = rfc4121_get_mic_iov_length(b.iov, b.count);
    if (status == SCRAM_OK)
        status = allocate(&b);
    if (status == SCRAM_OK)
        status = rfc4121_get_mic_iov(messages, b.iov, b.count);
    return iov_finish(minor, status, &b);
}

OM_uint32
gss_verify_mic_iov(OM_uint32 *minor, gss_ctx_id_t handle, gss_qop_t *qop,
                   gss_iov_buffer_desc *iov, int count)
{
    struct buffers b CLEANUP_BUFFERS = {0};
    enum rfc4121_order order = RFC4121_IN_ORDER;
    struct rfc4121_context *messages;
    enum scram_status status;
    OM_uint32 major;

    messages = message_context(minor, handle, GSS_C_QOP_DEFAULT, &major);
    if (messages == NULL)
        return major;
    status = iov_take(&b, iov, count, 0, 0);
    if (status == SCRAM_OK)
        status = rfc4121_verify_mic_iov(messages, b.iov, b.count, &order);
    if (status == SCRAM_OK && qop != NULL)
        *qop = GSS_C_QOP_DEFAULT;
    return iov_finish(minor, status, &b) | message_order(order);
}
