/*
 * Contexts as they are imported. The input is a byte of settings, a block that
 * is what gss_import_sec_context gets, and what a client answers to a half-open
 * one, in which a byte 1 stands for the nonce and a byte 2 for the right proof.
 * A half-open context's ticket is made good, if the settings say so: nobody
 * guesses one.
 */
#include "server.h"

#include "gss/context.h"
#include "gss/exported.h"
#include "gss/oid.h"
#include "gss/status.h"
#include "peer.h"
#include "scram/message.h"

/* libgssapi calls it; no header has it. */
OM_uint32 gssspi_import_sec_context_by_mech(OM_uint32 *minor, gss_OID mech,
                                            gss_buffer_t token,
                                            gss_ctx_id_t *handle);

enum { GOOD_TICKET = 1, LATE = 2, OTHER_MECH = 4 };

static gss_cred_id_t cred;
static char folder[512];

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    cred = server_start();
    snprintf(folder, sizeof(folder), "%s", fuzz_path(""));
    folder[strlen(folder) - 1] = '\0';
    return 0;
}

/* The same bytes with a ticket that is good, or was. */
static struct slice
with_ticket(struct slice bytes, uint8_t settings, struct ticket *ticket)
{
    struct sentence why = {""};
    struct exported e;
    struct buffer out = {NULL, 0, 0, false};

    if ((settings & GOOD_TICKET) == 0 || !exported_read(bytes, &e) ||
        e.kind != EXPORTED_HALF_OPEN)
        return fuzz_copy(bytes);
    if (e.left < 10000) /* it is to be over by the settings alone */
        e.left = 10000;
    FUZZ_CHECK(ticket_issue(folder,
                            register_clock() + (settings & LATE ? 0 : e.left),
                            &e.ticket, &why));
    *ticket = e.ticket;
    out.capacity = exported_size(&e);
    out.data = malloc(out.capacity);
    FUZZ_CHECK(out.data != NULL);
    exported_write(&e, &out);
    return buffer_slice(&out);
}

/* A context goes on where it ended, and so does the one after it. */
static void
check_again(gss_ctx_id_t *context)
{
    gss_buffer_desc first, second, message = server_buffer(SLICE("x")), token;
    OM_uint32 minor;

    FUZZ_CHECK(gss_export_sec_context(&minor, context, &first) ==
               GSS_S_COMPLETE);
    FUZZ_CHECK(*context == GSS_C_NO_CONTEXT);
    FUZZ_CHECK(gss_import_sec_context(&minor, &first, context) ==
               GSS_S_COMPLETE);
    FUZZ_CHECK(gss_export_sec_context(&minor, context, &second) ==
               GSS_S_COMPLETE);
    FUZZ_CHECK(slice_equal(server_slice(first), server_slice(second)));
    FUZZ_CHECK(gss_import_sec_context(&minor, &second, context) ==
               GSS_S_COMPLETE);
    gss_release_buffer(&minor, &first);
    gss_release_buffer(&minor, &second);
    FUZZ_CHECK(gss_wrap(&minor, *context, 1, GSS_C_QOP_DEFAULT, &message, NULL,
                        &token) == GSS_S_COMPLETE);
    /* Its own message, sent back to it, is not the peer's. */
    FUZZ_CHECK(gss_unwrap(&minor, *context, &token, &second, NULL, NULL) ==
               GSS_S_BAD_SIG);
    gss_release_buffer(&minor, &token);
}

/* The client's answer, which is right where the input asks for it. */
static struct slice
answer(struct slice text, const struct scram_acceptor *acceptor,
       enum scram_mechanism mechanism)
{
    static uint8_t memory[4][3 * SCRAM_TOKEN_MAX];
    struct buffer firsts = BUFFER_ARRAY(memory[0]);
    struct buffer draft = BUFFER_ARRAY(memory[1]);
    struct buffer out = BUFFER_ARRAY(memory[2]);
    struct buffer proof = BUFFER_ARRAY(memory[3]);
    struct scram_server_first message;
    struct scram_client_final final;
    struct slice client_first, server_first, words[2] = {SLICE(""), SLICE("")};
    struct peer_signed made;

    scram_acceptor_firsts(acceptor, &client_first, &server_first);
    FUZZ_CHECK(scram_server_first_parse(server_first, &message) == SCRAM_OK);
    buffer_put(&firsts, client_first);
    buffer_put(&firsts, SLICE(","));
    buffer_put(&firsts, server_first);
    buffer_put(&firsts, SLICE(","));
    words[0] = message.nonce;
    words[1] = SLICE("x");
    fuzz_fill_in(text, words, 2, &draft);
    if (scram_client_final_parse(buffer_slice(&draft), &final) == SCRAM_OK) {
        made = peer_sign(mechanism, buffer_slice(&firsts), final.without_proof);
        peer_base64(mechanism, &made.proof, &proof);
    }
    words[1] = buffer_slice(&proof);
    fuzz_fill_in(text, words, 2, &out);
    return buffer_slice(&out);
}

/* Contexts that stay where they are. */
static void
refuse_export(gss_ctx_id_t *handle, OM_uint32 why)
{
    gss_buffer_desc token;
    OM_uint32 minor;

    FUZZ_CHECK(gss_export_sec_context(&minor, handle, &token) == why);
    FUZZ_CHECK(token.length == 0 && status_text(minor) != NULL);
}

/* Nobody's, and a client's before it is established. */
static void
refuse_exports(void)
{
    gss_ctx_id_t handle = GSS_C_NO_CONTEXT;
    OM_uint32 minor;

    refuse_export(&handle, GSS_S_NO_CONTEXT);
    handle = (gss_ctx_id_t)context_new(true, SCRAM_SHA_256);
    FUZZ_CHECK(handle != GSS_C_NO_CONTEXT);
    refuse_export(&handle, GSS_S_UNAVAILABLE);
    gss_delete_sec_context(&minor, &handle, GSS_C_NO_BUFFER);
}

/* A half-open one: its ticket is used up, it is exported again with another,
 * and completes if the answer is right. */
static void
go_on(gss_ctx_id_t *handle, struct slice bytes, struct slice text)
{
    struct context *context = (struct context *)*handle;
    gss_buffer_desc input = server_buffer(bytes), token;
    gss_ctx_id_t other;
    OM_uint32 minor, major;
    struct slice reply;

    if (context->state == CONTEXT_HALF_OPEN) {
        FUZZ_CHECK(gss_import_sec_context(&minor, &input, &other) ==
                   GSS_S_NO_CONTEXT);
        FUZZ_CHECK(gss_export_sec_context(&minor, handle, &token) ==
                   GSS_S_COMPLETE);
        FUZZ_CHECK(gss_import_sec_context(&minor, &token, handle) ==
                   GSS_S_COMPLETE);
        gss_release_buffer(&minor, &token);
        context = (struct context *)*handle;
    } else {
        refuse_export(handle, GSS_S_CONTEXT_EXPIRED);
    }
    reply = SLICE("c=,r=x,p=eA==");
    if (context->acceptor != NULL)
        reply = answer(text, context->acceptor, context->mechanism);
    reply = fuzz_copy(reply);
    input = server_buffer(reply);
    major = gss_accept_sec_context(&minor, handle, cred, &input,
                                   GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL,
                                   &token, NULL, NULL, NULL);
    FUZZ_CHECK(major != GSS_S_CONTINUE_NEEDED);
    server_check_outcome(major, minor, token);
    gss_release_buffer(&minor, &token);
    fuzz_free(reply);
    if (major == GSS_S_COMPLETE)
        check_again(handle);
    else
        refuse_export(handle, GSS_S_NO_CONTEXT);
}

static bool
is_half_open(gss_ctx_id_t handle)
{
    const struct context *context = (const struct context *)handle;

    return context->state == CONTEXT_HALF_OPEN ||
           context->state == CONTEXT_EXPIRED;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size}, bytes;
    uint8_t settings = fuzz_byte(&rest);
    struct ticket ticket = {0};
    struct sentence why;
    gss_buffer_desc input;
    gss_ctx_id_t context;
    OM_uint32 minor, major;

    bytes = with_ticket(fuzz_block(&rest), settings, &ticket);
    input = server_buffer(bytes);
    major = gssspi_import_sec_context_by_mech(
        &minor,
        settings & OTHER_MECH ? oid_of_mechanism(SCRAM_SHA_1) : GSS_C_NO_OID,
        &input, &context);
    FUZZ_CHECK((major == GSS_S_COMPLETE) == (context != GSS_C_NO_CONTEXT));
    if (major == GSS_S_COMPLETE) {
        if (is_half_open(context))
            go_on(&context, bytes, rest);
        else
            check_again(&context);
        gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
    } else {
        FUZZ_CHECK(major == GSS_S_DEFECTIVE_TOKEN || major == GSS_S_NO_CONTEXT);
        FUZZ_CHECK(minor != 0 && status_text(minor) != NULL);
        refuse_exports();
    }
    fuzz_free(bytes);
    /* Its place in the table is needed again before its time is over. */
    (void)ticket_redeem(folder, ticket, &why);
    return 0;
}
