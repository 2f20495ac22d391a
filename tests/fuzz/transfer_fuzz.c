/*
 * Contexts as they are imported. The input is a byte of settings, and what
 * gss_import_sec_context gets.
 */
#include "server.h"

#include "gss/context.h"
#include "gss/oid.h"
#include "gss/status.h"

const size_t fuzz_input_max =
    2 * (NAME_SERVICE_MAX + NAME_STORE_MAX) + FUZZ_OVER;

/* libgssapi calls it; no header has it. */
OM_uint32 gssspi_import_sec_context_by_mech(OM_uint32 *minor, gss_OID mech,
                                            gss_buffer_t token,
                                            gss_ctx_id_t *handle);

enum { OTHER_MECH = 4 };

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

/* Contexts that stay where they are. */
static void
refuse_export(gss_ctx_id_t *handle, OM_uint32 why)
{
    gss_buffer_desc token;
    OM_uint32 minor;

    FUZZ_CHECK(gss_export_sec_context(&minor, handle, &token) == why);
    FUZZ_CHECK(token.length == 0 && status_text(minor) != NULL);
}

/* Nobody's, and either side's in each state but the one in which it may. */
static void
refuse_exports(void)
{
    gss_ctx_id_t handle = GSS_C_NO_CONTEXT;
    struct context *context;
    OM_uint32 minor;
    int initiates;

    refuse_export(&handle, GSS_S_NO_CONTEXT);
    for (initiates = 0; initiates < 2; initiates++) {
        context = context_new(initiates != 0, SCRAM_SHA_256);
        FUZZ_CHECK(context != NULL);
        handle = (gss_ctx_id_t)context;
        refuse_export(&handle, GSS_S_UNAVAILABLE);
        context_refuse(context);
        refuse_export(&handle, GSS_S_NO_CONTEXT);
        gss_delete_sec_context(&minor, &handle, GSS_C_NO_BUFFER);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size}, bytes;
    uint8_t settings = fuzz_byte(&rest);
    gss_buffer_desc input;
    gss_ctx_id_t context;
    OM_uint32 minor, major;

    bytes = fuzz_copy(rest);
    input = server_buffer(bytes);
    major = gssspi_import_sec_context_by_mech(
        &minor,
        settings & OTHER_MECH ? oid_of_mechanism(SCRAM_SHA_1) : GSS_C_NO_OID,
        &input, &context);
    FUZZ_CHECK((major == GSS_S_COMPLETE) == (context != GSS_C_NO_CONTEXT));
    if (major == GSS_S_COMPLETE) {
        check_again(&context);
        gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
    } else {
        FUZZ_CHECK(major == GSS_S_DEFECTIVE_TOKEN);
        FUZZ_CHECK(minor != 0 && status_text(minor) != NULL);
        refuse_exports();
    }
    fuzz_free(bytes);
    return 0;
}
