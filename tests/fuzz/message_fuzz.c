/*
 * The four messages: what a parser took apart makes the message again, and a
 * message that is refused sets nothing. The input's first byte says which.
 */
#include "fuzz.h"

#include "scram/message.h"

const size_t fuzz_input_max = SCRAM_TOKEN_MAX + FUZZ_OVER;

/* Whether the message begins with the name, "=" and the value; takes them and
 * the comma that may follow. */
static bool
begins_with(struct slice *message, const char *name, struct slice value)
{
    struct slice rest = *message;

    if (!slice_starts_with(rest, slice_of(name)) ||
        value.data != rest.data + strlen(name) || !fuzz_is_within(value, rest))
        return false;
    rest.data += strlen(name) + value.len;
    rest.len -= strlen(name) + value.len;
    *message = rest;
    return rest.len == 0 || rest.data[0] == ',';
}

static void
check_status(enum scram_status status)
{
    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_ENCODING ||
               status == SCRAM_UNSUPPORTED_EXTENSION);
}

static void
client_first(struct slice bytes)
{
    struct scram_client_first m = {SLICE("user"), SLICE("nonce")};
    enum scram_status status = scram_client_first_parse(bytes, &m);

    check_status(status);
    if (status == SCRAM_OK) {
        FUZZ_CHECK(bytes.len <= SCRAM_CLIENT_FIRST_MAX);
        FUZZ_CHECK(begins_with(&bytes, "n=", m.user));
        FUZZ_CHECK(begins_with(&bytes, ",r=", m.nonce));
        FUZZ_CHECK(m.user.len != 0 && m.nonce.len != 0);
    } else {
        FUZZ_CHECK(slice_equal(m.user, SLICE("user")));
        FUZZ_CHECK(slice_equal(m.nonce, SLICE("nonce")));
    }
}

static void
server_first(struct slice bytes)
{
    struct scram_server_first m = {SLICE("nonce"), SLICE("salt"), 7};
    enum scram_status status = scram_server_first_parse(bytes, &m);

    check_status(status);
    if (status == SCRAM_OK) {
        FUZZ_CHECK(begins_with(&bytes, "r=", m.nonce));
        FUZZ_CHECK(begins_with(&bytes, ",s=", m.salt));
        FUZZ_CHECK(slice_starts_with(bytes, SLICE(",i=")));
        FUZZ_CHECK(m.nonce.len != 0 && m.salt.len != 0 && m.iterations != 0);
    } else {
        FUZZ_CHECK(slice_equal(m.nonce, SLICE("nonce")) && m.iterations == 7);
    }
}

static void
client_final(struct slice bytes)
{
    struct scram_client_final m = {.proof = SLICE("proof")};
    enum scram_status status = scram_client_final_parse(bytes, &m);
    struct slice rest = bytes;

    check_status(status);
    if (status == SCRAM_OK) {
        FUZZ_CHECK(begins_with(&rest, "c=", m.channel_binding));
        FUZZ_CHECK(begins_with(&rest, ",r=", m.nonce));
        FUZZ_CHECK(slice_starts_with(bytes, m.without_proof));
        rest.data = bytes.data + m.without_proof.len;
        rest.len = bytes.len - m.without_proof.len;
        FUZZ_CHECK(begins_with(&rest, ",p=", m.proof) && rest.len == 0);
    } else {
        FUZZ_CHECK(slice_equal(m.proof, SLICE("proof")));
    }
}

static void
server_final(struct slice bytes)
{
    struct scram_server_final m = {SLICE("error"), SLICE("verifier")};
    enum scram_status status = scram_server_final_parse(bytes, &m);

    check_status(status);
    if (status == SCRAM_OK) {
        FUZZ_CHECK((m.error.data == NULL) != (m.verifier.data == NULL));
        FUZZ_CHECK(m.error.data == NULL ? begins_with(&bytes, "v=", m.verifier)
                                        : begins_with(&bytes, "e=", m.error));
    } else {
        FUZZ_CHECK(slice_equal(m.error, SLICE("error")));
    }
}

/* What we tell a client is a message that it can read. */
static void
server_error(void)
{
    enum scram_status status;

    for (status = SCRAM_BAD_ENCODING; status <= SCRAM_STATUS_LAST; status++) {
        uint8_t memory[64];
        struct buffer token = BUFFER_ARRAY(memory);
        struct scram_server_final m;

        scram_server_error_format(status, &token);
        FUZZ_CHECK(!token.overflow);
        FUZZ_CHECK(scram_server_final_parse(buffer_slice(&token), &m) ==
                   SCRAM_OK);
        FUZZ_CHECK(m.error.data != NULL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size}, token;
    uint8_t which = fuzz_byte(&rest);

    token = fuzz_copy(rest);
    switch (which % 5) {
    case 0:
        client_first(token);
        break;
    case 1:
        server_first(token);
        break;
    case 2:
        client_final(token);
        break;
    case 3:
        server_final(token);
        break;
    default:
        server_error();
    }
    fuzz_free(token);
    return 0;
}
