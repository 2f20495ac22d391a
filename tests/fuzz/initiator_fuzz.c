/*
 * The initiator with both messages of a server's. The input is lines: settings,
 * channel bindings, server-first-message and server-final-message, in which a
 * byte 1 stands for the initiator's nonce and a byte 2 for the right signature.
 */
#include "fuzz.h"

#include "peer.h"
#include "scram/initiator.h"
#include "scram/message.h"

const size_t fuzz_input_max =
    SCRAM_BINDINGS_MAX + 2 * SCRAM_TOKEN_MAX + FUZZ_OVER;

#define NONCE SLICE("the-client-s-nonce")
#define ITERATIONS_MAX 10000000

/* Bits of the settings' first byte. */
enum { SHA_1 = 1, SHORT = 4, DEMANDING = 8 };

struct play {
    uint8_t settings;
    enum scram_mechanism mechanism;
    struct slice bindings, server_first, server_final;
};

static struct scram_limits
limits_of(const struct play *play)
{
    return (struct scram_limits){play->settings & DEMANDING ? 100000 : 0,
                                 ITERATIONS_MAX};
}

static bool
is_refusal(enum scram_status status)
{
    return status == SCRAM_BAD_ENCODING || status == SCRAM_SERVER_ERROR ||
           status == SCRAM_UNSUPPORTED_EXTENSION;
}

static void
check_final_status(const struct play *play, enum scram_status status)
{
    switch (status) {
    case SCRAM_TOO_SMALL:
        FUZZ_CHECK(play->settings & SHORT);
        break;
    case SCRAM_OK:
    case SCRAM_BAD_NONCE:
    case SCRAM_TOO_FEW_ITERATIONS:
    case SCRAM_TOO_MANY_ITERATIONS:
        break;
    default:
        FUZZ_CHECK(is_refusal(status));
    }
}

/* The answer is the one that the server's message asks for. */
static struct peer_signed
check_answer(const struct play *play, const struct scram_unproved *unproved,
             struct slice firsts, struct slice answer)
{
    uint8_t memory[64];
    struct buffer proof = BUFFER_ARRAY(memory);
    struct scram_client_final message;
    struct peer_signed made;

    FUZZ_CHECK(scram_client_final_parse(answer, &message) == SCRAM_OK);
    FUZZ_CHECK(slice_starts_with(message.nonce, NONCE));
    made = peer_sign(play->mechanism, firsts, message.without_proof);
    peer_base64(play->mechanism, &made.proof, &proof);
    FUZZ_CHECK(slice_equal(message.proof, buffer_slice(&proof)));
    FUZZ_CHECK(unproved->salt.len != 0 &&
               unproved->iterations >= SCRAM_ITERATIONS_MIN &&
               unproved->iterations >= limits_of(play).min &&
               unproved->iterations <= ITERATIONS_MAX);
    return made;
}

static void
finish(const struct play *play, const struct scram_unproved *unproved,
       const struct peer_signed *made)
{
    uint8_t signature_memory[64], token_memory[SCRAM_TOKEN_MAX + 1024];
    struct buffer signature = BUFFER_ARRAY(signature_memory);
    struct buffer text = BUFFER_ARRAY(token_memory);
    struct slice words[2] = {NONCE}, token, error = {NULL, 0};
    uint8_t session_key[SCRAM_SESSION_KEY_LEN];
    struct scram_server_final message;
    enum scram_status status;

    peer_base64(play->mechanism, &made->server_signature, &signature);
    words[1] = buffer_slice(&signature);
    fuzz_fill_in(play->server_final, words, 2, &text);
    token = fuzz_copy(buffer_slice(&text));
    status = scram_accept_server(unproved, peer_keys(play->mechanism), token,
                                 session_key, &error);
    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_SERVER_SIGNATURE ||
               is_refusal(status));
    if (status == SCRAM_OK) {
        FUZZ_CHECK(scram_server_final_parse(token, &message) == SCRAM_OK);
        FUZZ_CHECK(slice_equal(message.verifier, words[1]));
        FUZZ_CHECK(
            !memcmp(session_key, made->session_key, SCRAM_SESSION_KEY_LEN));
    }
    FUZZ_CHECK((status == SCRAM_SERVER_ERROR) == (error.data != NULL));
    FUZZ_CHECK(error.data == NULL || fuzz_is_within(error, token));
    fuzz_free(token);
}

/* Answer with alice's keys, whatever the salt; deriving them takes too long for
 * what is tried here. */
static enum scram_status
answer(const struct play *play, struct scram_initiator *initiator,
       struct slice token, struct buffer *reply, struct slice *error)
{
    const struct scram_unproved *u;
    struct secret_key proof;
    enum scram_status status = scram_initiator_final(
        initiator, token, play->bindings, limits_of(play), &u, error);

    if (status == SCRAM_OK)
        status = scram_prove(u, peer_keys(play->mechanism), &proof);
    return status == SCRAM_OK
               ? scram_put_final(u, scram_key_slice(play->mechanism, &proof),
                                 reply)
               : status;
}

static void
run(struct play *play, struct scram_initiator *initiator,
    struct slice client_first)
{
    uint8_t memory[SCRAM_TOKEN_MAX + 1024], firsts_memory[2 * SCRAM_TOKEN_MAX];
    uint8_t reply_memory[SCRAM_TOKEN_MAX];
    struct buffer text = BUFFER_ARRAY(memory);
    struct buffer firsts = BUFFER_ARRAY(firsts_memory);
    struct buffer reply = BUFFER_ARRAY(reply_memory);
    struct slice words[] = {NONCE}, token, error = {NULL, 0};
    const struct scram_unproved *unproved;
    struct peer_signed made;
    enum scram_status status;

    if (play->settings & SHORT)
        reply.capacity = 40;
    fuzz_fill_in(play->server_first, words, 1, &text);
    buffer_put(&firsts, client_first);
    buffer_put(&firsts, SLICE(","));
    buffer_put(&firsts, buffer_slice(&text));
    buffer_put(&firsts, SLICE(","));
    token = fuzz_copy(buffer_slice(&text));
    status = answer(play, initiator, token, &reply, &error);
    check_final_status(play, status);
    FUZZ_CHECK((status == SCRAM_SERVER_ERROR) == (error.data != NULL));
    unproved = scram_initiator_unproved(initiator);
    if (status == SCRAM_OK) {
        made = check_answer(play, unproved, buffer_slice(&firsts),
                            buffer_slice(&reply));
        finish(play, unproved, &made);
    } else {
        FUZZ_CHECK(reply.len == 0);
        FUZZ_CHECK(unproved == NULL || status == SCRAM_TOO_SMALL);
    }
    FUZZ_CHECK(answer(play, initiator, token, &reply, &error) ==
               SCRAM_BAD_ARGUMENT);
    fuzz_free(token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size}, settings, client_first;
    struct scram_initiator *initiator;
    struct play play;

    settings = fuzz_line(&rest);
    play.settings = fuzz_byte(&settings);
    play.mechanism = play.settings & SHA_1 ? SCRAM_SHA_1 : SCRAM_SHA_256;
    /* gss_init_sec_context refuses longer ones, which are its program's. */
    play.bindings = fuzz_first(fuzz_line(&rest), SCRAM_BINDINGS_MAX);
    play.server_first = fuzz_line(&rest);
    play.server_final = rest;
    FUZZ_CHECK(scram_initiator_first(play.mechanism, PEER_USER, NONCE,
                                     &initiator, &client_first) == SCRAM_OK);
    run(&play, initiator, client_first);
    scram_initiator_free(initiator);
    scram_initiator_free(NULL);
    return 0;
}
