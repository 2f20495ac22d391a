/*
 * An exported credential: its bytes, in one way of writing them, and the
 * credential that becomes of them, which is exported as the same bytes again.
 * The location "here" stands for a store that is there.
 */
#include "fuzz.h"

#include <gssapi/gssapi_ext.h>

#include "gss/cred_token.h"
#include "gss/status.h"
#include "store/store.h"

const size_t fuzz_input_max = 2 * CRED_TOKEN_NAME_MAX +
                              CRED_TOKEN_PASSWORD_MAX +
                              2 * CRED_TOKEN_PATH_MAX + FUZZ_OVER;

static const char *location;

void
fuzz_prepare(void)
{
    static char text[600];
    struct store *store;

    snprintf(text, sizeof(text), "file:%s", fuzz_path("users"));
    location = text;
    FUZZ_CHECK(store_open(STORE_KINDS(&store_file_writer), location,
                          STORE_CREATE, &store, NULL) == SCRAM_OK);
    store_close(store);
}

static void
import(struct slice bytes)
{
    gss_buffer_desc token = {bytes.len, (void *)(uintptr_t)bytes.data}, again;
    gss_cred_id_t cred;
    OM_uint32 minor, major = gss_import_cred(&minor, &token, &cred);

    FUZZ_CHECK((major == GSS_S_COMPLETE) == (cred != GSS_C_NO_CREDENTIAL));
    if (major != GSS_S_COMPLETE) {
        FUZZ_CHECK(major == GSS_S_DEFECTIVE_TOKEN || major == GSS_S_NO_CRED ||
                   major == GSS_S_FAILURE);
        FUZZ_CHECK(minor != 0 && status_text(minor) != NULL);
        return;
    }
    FUZZ_CHECK(gss_export_cred(&minor, cred, &again) == GSS_S_COMPLETE);
    FUZZ_CHECK(slice_equal((struct slice){again.value, again.length}, bytes));
    gss_release_buffer(&minor, &again);
    FUZZ_CHECK(gss_release_cred(&minor, &cred) == GSS_S_COMPLETE);
}

/* The same bytes, with the location of the store in them if they ask for it;
 * and no other file is opened. */
static void
import_here(struct cred_token token)
{
    struct slice bytes = {NULL, 0};
    struct buffer out = {NULL, 0, 0, false};

    if (token.accepts && slice_equal(token.location, SLICE("here")))
        token.location = slice_of(location);
    else if (token.accepts && slice_starts_with(token.location, SLICE("file:")))
        token.location = SLICE("file:/nowhere/users");
    out.capacity = cred_token_size(&token);
    out.data = malloc(out.capacity);
    cred_token_write(&token, &out);
    FUZZ_CHECK(!out.overflow && out.len == out.capacity);
    bytes = buffer_slice(&out);
    import(bytes);
    free(out.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = fuzz_copy((struct slice){data, size});
    struct cred_token token = {.max_half_open = 7};
    enum scram_status status = cred_token_read(bytes, &token);
    uint8_t *memory = malloc(size + 1);
    struct buffer again = {memory, 0, size, false};

    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_ENCODING);
    if (status == SCRAM_OK) {
        FUZZ_CHECK(cred_token_size(&token) == size);
        cred_token_write(&token, &again);
        FUZZ_CHECK(slice_equal(buffer_slice(&again), bytes));
        import_here(token);
    } else {
        FUZZ_CHECK(token.max_half_open == 7);
        import(bytes);
    }
    free(memory);
    fuzz_free(bytes);
    return 0;
}
