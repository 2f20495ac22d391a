/*
 * Messages through the GSS-API's functions: what a peer sent, opened and
 * checked in every form that there is. The input's first byte says which form;
 * a token and its changes follow (tokens.h), and then, for the forms with
 * several buffers, their types and lengths as a program might give them.
 */
#include "server.h"

#include "gss/exported.h"
#include "gss/status.h"
#include "tokens.h"

/* A token with a message, EC and RRC as long as there may be. */
const size_t fuzz_input_max = 2 * UINT16_MAX + FUZZ_OVER;

static struct slice exported;

void
fuzz_prepare(void)
{
    static uint8_t memory[512];
    struct buffer out = BUFFER_ARRAY(memory);
    struct exported e = {
        .initiates = false,
        .flags = GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG |
                 GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG | GSS_C_PROT_READY_FLAG |
                 GSS_C_TRANS_FLAG,
        .source = {.text = SLICE("alice"),
                   .kind = NAME_USER,
                   .mechanism = SCRAM_SHA_256},
    };

    e.messages.expected = 200;
    e.messages.received = 1;
    memcpy(e.messages.key, TOKENS_KEY, sizeof(e.messages.key));
    exported_write(&e, &out);
    FUZZ_CHECK(!out.overflow);
    exported = buffer_slice(&out);
}

static void
check_outcome(OM_uint32 major, OM_uint32 minor)
{
    if (!GSS_ERROR(major)) {
        FUZZ_CHECK(
            (major & ~(OM_uint32)(GSS_S_DUPLICATE_TOKEN | GSS_S_OLD_TOKEN |
                                  GSS_S_UNSEQ_TOKEN | GSS_S_GAP_TOKEN)) == 0);
        return;
    }
    FUZZ_CHECK(major == GSS_S_DEFECTIVE_TOKEN || major == GSS_S_BAD_SIG ||
               major == GSS_S_FAILURE);
    FUZZ_CHECK(minor != 0 && status_text(minor) != NULL);
}

/* A plain form's outcome; the message is the one that was sent. */
static void
plain(gss_ctx_id_t context, const struct made *made, bool aead, bool edited)
{
    gss_buffer_desc token = server_buffer(made->token), message;
    OM_uint32 minor, major;
    gss_qop_t qop = 7;
    int conf = -1;

    if (aead)
        major = gss_unwrap_aead(&minor, context, &token, GSS_C_NO_BUFFER,
                                &message, &conf, &qop);
    else
        major = gss_unwrap(&minor, context, &token, &message, &conf, &qop);
    check_outcome(major, minor);
    if (GSS_ERROR(major)) {
        FUZZ_CHECK(message.length == 0 && message.value == NULL);
        return;
    }
    FUZZ_CHECK(!edited && !made->mic && conf == made->how.sealed);
    FUZZ_CHECK(qop == GSS_C_QOP_DEFAULT);
    FUZZ_CHECK(slice_equal(server_slice(message), made->message));
    gss_release_buffer(&minor, &message);
}

static void
mic(gss_ctx_id_t context, const struct made *made, bool edited)
{
    gss_buffer_desc token = server_buffer(made->token);
    gss_buffer_desc message = server_buffer(made->message);
    OM_uint32 minor, major;
    gss_qop_t qop = 7;

    major = gss_verify_mic(&minor, context, &message, &token, &qop);
    check_outcome(major, minor);
    FUZZ_CHECK(GSS_ERROR(major) || (made->mic && !edited));
    FUZZ_CHECK((GSS_ERROR(major) != 0) == (qop == 7));
}

#define BUFFERS_MAX 12

/* Buffers as a program gives them, with the token, or what follows it in the
 * input, in those that may have bytes. */
struct buffers {
    gss_iov_buffer_desc iov[BUFFERS_MAX];
    void *memory[BUFFERS_MAX];
    int count;
};

static struct buffers
take_buffers(struct slice *rest, const struct made *made)
{
    struct buffers b = {.count = fuzz_byte(rest) % (BUFFERS_MAX + 1)};
    struct slice from = made->token;
    int i;

    for (i = 0; i < b.count; i++) {
        gss_iov_buffer_desc *iov = &b.iov[i];
        uint8_t type = fuzz_byte(rest);
        struct slice part = from;

        iov->type = type % 16u;
        if (type & 0x40)
            iov->type |= GSS_IOV_BUFFER_FLAG_ALLOCATE;
        if (type & 0x80) { /* the token, from its front */
            part.len = (size_t)fuzz_number(rest, 2);
            part.len = part.len < from.len ? part.len : from.len;
            from.data += part.len;
            from.len -= part.len;
        } else if (type & 0x20) {
            part = fuzz_block(rest);
        } else if (type & 0x10) {
            part = made->message;
        }
        iov->buffer = server_buffer(fuzz_copy(part));
        b.memory[i] = iov->buffer.value;
        if (part.len == 0)
            iov->buffer.value = NULL;
    }
    return b;
}

static void
free_buffers(struct buffers *b)
{
    int i;

    for (i = 0; i < b->count; i++) {
        if (b->iov[i].type & GSS_IOV_BUFFER_FLAG_ALLOCATED)
            free(b->iov[i].buffer.value);
        free(b->memory[i]);
    }
}

static void
iov(gss_ctx_id_t context, struct buffers *b, uint8_t form)
{
    OM_uint32 minor, major;
    gss_qop_t qop;
    int i, conf = (form & 8) == 0;

    switch (form % 8) {
    case 0:
        major = gss_unwrap_iov(&minor, context, &conf, &qop, b->iov, b->count);
        break;
    case 1:
        major = gss_verify_mic_iov(&minor, context, &qop, b->iov, b->count);
        break;
    case 2:
        major = gss_wrap_iov_length(&minor, context, 1, GSS_C_QOP_DEFAULT,
                                    &conf, b->iov, b->count);
        break;
    case 3:
        major = gss_wrap_iov(&minor, context, conf, GSS_C_QOP_DEFAULT, &conf,
                             b->iov, b->count);
        break;
    case 4:
        major = gss_get_mic_iov_length(&minor, context, GSS_C_QOP_DEFAULT,
                                       b->iov, b->count);
        break;
    case 5:
        major = gss_get_mic_iov(&minor, context, GSS_C_QOP_DEFAULT, b->iov,
                                b->count);
        break;
    default:
        major = gss_unwrap_iov(&minor, context, NULL, NULL, b->iov,
                               form & 8 ? -1 : b->count);
    }
    check_outcome(major, minor);
    for (i = 0; i < b->count && GSS_ERROR(major); i++)
        FUZZ_CHECK((b->iov[i].type & GSS_IOV_BUFFER_FLAG_ALLOCATED) == 0);
}

/* What has no context, or asks for a quality that there is not, is refused. */
static void
refuse(gss_ctx_id_t context, struct slice text)
{
    gss_buffer_desc message = server_buffer(text), token;
    gss_iov_buffer_desc none;
    OM_uint32 minor, limit;
    int i;

    for (i = 0; i < 2; i++) {
        gss_ctx_id_t with = i == 0 ? GSS_C_NO_CONTEXT : context;
        OM_uint32 why = i == 0 ? GSS_S_NO_CONTEXT : GSS_S_BAD_QOP;

        FUZZ_CHECK(gss_wrap(&minor, with, 1, 7, &message, NULL, &token) == why);
        FUZZ_CHECK(gss_get_mic(&minor, with, 7, &message, &token) == why);
        FUZZ_CHECK(gss_wrap_size_limit(&minor, with, 1, 7, 99, &limit) == why);
        FUZZ_CHECK(gss_wrap_aead(&minor, with, 1, 7, &message, &message, NULL,
                                 &token) == why);
        FUZZ_CHECK(gss_wrap_iov(&minor, with, 1, 7, NULL, &none, 0) == why);
        FUZZ_CHECK(gss_wrap_iov_length(&minor, with, 1, 7, NULL, &none, 0) ==
                   why);
        FUZZ_CHECK(gss_get_mic_iov(&minor, with, 7, &none, 0) == why);
        FUZZ_CHECK(gss_get_mic_iov_length(&minor, with, 7, &none, 0) == why);
    }
    context = GSS_C_NO_CONTEXT;
    FUZZ_CHECK(gss_unwrap(&minor, context, &message, &token, NULL, NULL) ==
               GSS_S_NO_CONTEXT);
    FUZZ_CHECK(gss_unwrap_aead(&minor, context, &message, &message, &token,
                               NULL, NULL) == GSS_S_NO_CONTEXT);
    FUZZ_CHECK(gss_verify_mic(&minor, context, &message, &message, NULL) ==
               GSS_S_NO_CONTEXT);
    FUZZ_CHECK(gss_unwrap_iov(&minor, context, NULL, NULL, &none, 0) ==
               GSS_S_NO_CONTEXT);
    FUZZ_CHECK(gss_verify_mic_iov(&minor, context, NULL, &none, 0) ==
               GSS_S_NO_CONTEXT);
}

/* What this side sends is there, whatever came. */
static void
send_some(gss_ctx_id_t context, struct slice text)
{
    gss_buffer_desc message = server_buffer(text), token;
    gss_buffer_desc beside = server_buffer(SLICE("beside"));
    OM_uint32 minor, limit;
    int conf;

    FUZZ_CHECK(gss_wrap(&minor, context, (int)text.len & 1, GSS_C_QOP_DEFAULT,
                        &message, &conf, &token) == GSS_S_COMPLETE);
    FUZZ_CHECK(gss_wrap_size_limit(&minor, context, (int)text.len & 1,
                                   GSS_C_QOP_DEFAULT, (OM_uint32)token.length,
                                   &limit) == GSS_S_COMPLETE);
    FUZZ_CHECK(limit == text.len);
    gss_release_buffer(&minor, &token);
    FUZZ_CHECK(gss_wrap_aead(&minor, context, 1, GSS_C_QOP_DEFAULT, &beside,
                             &message, &conf, &token) == GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
    FUZZ_CHECK(gss_get_mic(&minor, context, GSS_C_QOP_DEFAULT, &message,
                           &token) == GSS_S_COMPLETE);
    FUZZ_CHECK(token.length == RFC4121_MIC_LEN);
    gss_release_buffer(&minor, &token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size};
    gss_buffer_desc input = server_buffer(exported);
    uint8_t form = fuzz_byte(&rest);
    gss_ctx_id_t context;
    struct buffers b;
    struct made made;
    OM_uint32 minor;
    bool edited;

    FUZZ_CHECK(gss_import_sec_context(&minor, &input, &context) ==
               GSS_S_COMPLETE);
    made = tokens_make(&rest, RFC4121_INITIATOR);
    edited = tokens_edit(&rest, &made);
    if (form < 8) {
        plain(context, &made, (form & 1) != 0, edited);
    } else if (form < 16) {
        mic(context, &made, edited);
    } else if (form < 24) {
        send_some(context, made.message);
        refuse(context, made.message);
    } else {
        b = take_buffers(&rest, &made);
        iov(context, &b, form);
        free_buffers(&b);
    }
    fuzz_free(made.token);
    gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
    return 0;
}
