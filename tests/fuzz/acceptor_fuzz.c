/*
 * The acceptor with both messages of a client's. The input is lines: settings,
 * channel bindings, client-first-message-bare, client-final-message and, where
 * it is not to be the acceptor's own, server-first-message. In the last two a
 * byte 1 stands for the nonce that the messages have together, a byte 2
 * for the right proof, and a byte 3 for the salt.
 */
#include "fuzz.h"

#include "base/base64.h"
#include "peer.h"
#include "scram/acceptor.h"

#define INPUT_MAX                                                              \
    (SCRAM_BINDINGS_MAX + SCRAM_CLIENT_FIRST_MAX + SCRAM_TOKEN_MAX +           \
     SCRAM_SERVER_FIRST_MAX + FUZZ_OVER)

const size_t fuzz_input_max = INPUT_MAX;

#define NONCE SLICE("and-the-server-s")

/* Bits of the settings' first byte; letters make good ones. */
enum {
    SHA_1 = 1,
    DISABLED = 2,
    GIVEN = 4,
    REQUIRED = 8,
    OTHER_SERVER_FIRST = 16,
    NOT_FOUND = 32,
    CHANGED = 128 /* the right proof is of the password before this one */
};

struct play {
    uint8_t settings;
    enum scram_mechanism mechanism;
    struct slice bindings, client_first, client_final, server_first;
    uint8_t memory[2 * SCRAM_TOKEN_MAX];
};

/* scram_find_verifier */
static enum scram_status
find(void *data, enum scram_mechanism mechanism, struct slice user,
     struct scram_verifier *verifier)
{
    const struct play *play = data;

    FUZZ_CHECK(user.len != 0 && user.len <= SCRAM_USER_MAX);
    if (play->settings & NOT_FOUND)
        return SCRAM_STORE_FAILED;
    *verifier = peer_verifier(mechanism);
    verifier->enabled = (play->settings & DISABLED) == 0;
    if (play->settings & CHANGED) {
        verifier->has_earlier = true;
        verifier->earlier_key = verifier->stored_key;
        verifier->stored_key.data[0] ^= 1;
    }
    return SCRAM_OK;
}

/* The answer to the first message, or what the input has in its place. */
static enum scram_status
begin(struct play *play, struct buffer *server_first)
{
    uint8_t salt_memory[BASE64_LEN(SCRAM_SALT_MAX)];
    struct buffer salt = BUFFER_ARRAY(salt_memory);
    struct scram_client_first message = {.nonce = SLICE("")};
    struct slice words[3] = {SLICE(""), SLICE(""), SLICE("")};
    uint8_t nonce_memory[SCRAM_TOKEN_MAX];
    struct buffer nonce = BUFFER_ARRAY(nonce_memory);
    enum scram_status status;

    if ((play->settings & OTHER_SERVER_FIRST) == 0) {
        struct slice owned = fuzz_copy(play->client_first);
        uint8_t memory[SCRAM_USER_MAX];
        struct buffer user = BUFFER_ARRAY(memory);
        enum scram_status named = scram_acceptor_user(owned, &user);

        server_first->capacity = SCRAM_SERVER_FIRST_MAX;
        status = scram_acceptor_first(play->mechanism, owned, NONCE, find, play,
                                      server_first);
        FUZZ_CHECK(named == status ||
                   (named == SCRAM_OK && status == SCRAM_STORE_FAILED));
        FUZZ_CHECK((user.len != 0) == (named == SCRAM_OK));
        fuzz_free(owned);
        return status;
    }
    (void)scram_client_first_parse(play->client_first, &message);
    buffer_put(&nonce, message.nonce);
    buffer_put(&nonce, NONCE);
    base64_encode(PEER_SALT, &salt);
    words[0] = buffer_slice(&nonce);
    words[2] = buffer_slice(&salt);
    fuzz_fill_in(play->server_first, words, 3, server_first);
    return SCRAM_OK;
}

/* client-final-message with the nonce and the proof that it asks for. */
static struct slice
fill_in(struct play *play, struct slice nonce, struct slice firsts,
        struct peer_signed *made)
{
    uint8_t proof_memory[64], draft_memory[SCRAM_TOKEN_MAX];
    struct buffer proof = BUFFER_ARRAY(proof_memory);
    struct buffer draft = BUFFER_ARRAY(draft_memory);
    struct buffer out = BUFFER_ARRAY(play->memory);
    struct slice words[] = {nonce, SLICE("x")}, without_proof;
    struct scram_client_final message;

    fuzz_fill_in(play->client_final, words, 2, &draft);
    without_proof =
        scram_client_final_parse(buffer_slice(&draft), &message) == SCRAM_OK
            ? message.without_proof
            : buffer_slice(&draft);
    *made = peer_sign(play->mechanism, firsts, without_proof);
    peer_base64(play->mechanism, &made->proof, &proof);
    words[1] = buffer_slice(&proof);
    fuzz_fill_in(play->client_final, words, 2, &out);
    return buffer_slice(&out);
}

static void
check_final_status(const struct play *play, enum scram_status status)
{
    switch (status) {
    case SCRAM_OK:
        FUZZ_CHECK((play->settings & (DISABLED | CHANGED)) == 0);
        break;
    case SCRAM_EARLIER_PROOF:
        FUZZ_CHECK((play->settings & (DISABLED | CHANGED)) == CHANGED);
        break;
    case SCRAM_BAD_ENCODING:
    case SCRAM_UNSUPPORTED_EXTENSION:
    case SCRAM_BAD_NONCE:
    case SCRAM_BAD_BINDINGS:
    case SCRAM_BAD_PROOF:
        break;
    case SCRAM_BAD_USERNAME:
        FUZZ_CHECK(play->settings & OTHER_SERVER_FIRST);
        break;
    case SCRAM_STORE_FAILED:
        FUZZ_CHECK(play->settings & NOT_FOUND);
        break;
    default:
        fuzz_failed(__FILE__, __LINE__, "an outcome that there is");
    }
}

/* What a token that was accepted is: it has the right proof, and nothing else
 * was accepted. */
static void
check_accepted(const struct play *play, const uint8_t *session_key,
               struct slice token, const struct peer_signed *made,
               const struct buffer *reply)
{
    uint8_t memory[2][64];
    struct buffer proof = BUFFER_ARRAY(memory[0]);
    struct buffer signature = BUFFER_ARRAY(memory[1]);
    struct scram_client_final message;
    struct scram_server_final answer;

    FUZZ_CHECK(scram_client_final_parse(token, &message) == SCRAM_OK);
    peer_base64(play->mechanism, &made->proof, &proof);
    FUZZ_CHECK(slice_equal(message.proof, buffer_slice(&proof)));
    peer_base64(play->mechanism, &made->server_signature, &signature);
    FUZZ_CHECK(scram_server_final_parse(buffer_slice(reply), &answer) ==
               SCRAM_OK);
    FUZZ_CHECK(slice_equal(answer.verifier, buffer_slice(&signature)));
    FUZZ_CHECK(!memcmp(session_key, made->session_key, SCRAM_SESSION_KEY_LEN));
}

static void
finish(struct play *play, struct slice server_first)
{
    struct scram_bindings bindings = {(play->settings & GIVEN) != 0,
                                      (play->settings & REQUIRED) != 0,
                                      play->bindings};
    struct scram_exchange e = {.mechanism = play->mechanism};
    static uint8_t firsts_memory[2 * INPUT_MAX];
    uint8_t reply_memory[SCRAM_SERVER_FINAL_MAX], key[SCRAM_SESSION_KEY_LEN];
    struct buffer firsts = BUFFER_ARRAY(firsts_memory);
    struct buffer reply = BUFFER_ARRAY(reply_memory);
    struct scram_server_first message = {.nonce = SLICE("")};
    struct peer_signed made;
    enum scram_status status;
    bool bound = false;

    (void)scram_server_first_parse(server_first, &message);
    buffer_put(&firsts, play->client_first);
    buffer_put(&firsts, SLICE(","));
    buffer_put(&firsts, server_first);
    buffer_put(&firsts, SLICE(","));
    FUZZ_CHECK(!firsts.overflow);
    e.client_first = fuzz_copy(play->client_first);
    e.server_first = fuzz_copy(server_first);
    e.client_final =
        fuzz_copy(fill_in(play, message.nonce, buffer_slice(&firsts), &made));
    status =
        scram_acceptor_final(&e, &bindings, find, play, &reply, key, &bound);
    check_final_status(play, status);
    if (status == SCRAM_OK)
        check_accepted(play, key, e.client_final, &made, &reply);
    else
        FUZZ_CHECK(reply.len == 0 && !bound);
    FUZZ_CHECK(!bound || bindings.given);
    fuzz_free(e.client_first);
    fuzz_free(e.server_first);
    fuzz_free(e.client_final);
}

static void
check_first_status(const struct play *play, enum scram_status status)
{
    switch (status) {
    case SCRAM_OK:
    case SCRAM_BAD_ENCODING:
    case SCRAM_UNSUPPORTED_EXTENSION:
    case SCRAM_BAD_USERNAME:
        break;
    case SCRAM_STORE_FAILED:
        FUZZ_CHECK(play->settings & NOT_FOUND);
        break;
    default:
        fuzz_failed(__FILE__, __LINE__, "an outcome that there is");
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size}, settings;
    static uint8_t memory[SCRAM_TOKEN_MAX];
    struct buffer server_first = BUFFER_ARRAY(memory);
    static struct play play;
    enum scram_status status;

    settings = fuzz_line(&rest);
    play.settings = fuzz_byte(&settings);
    play.mechanism = play.settings & SHA_1 ? SCRAM_SHA_1 : SCRAM_SHA_256;
    play.bindings = fuzz_line(&rest);
    play.client_first = fuzz_line(&rest);
    play.client_final = fuzz_line(&rest);
    play.server_first = fuzz_line(&rest);
    status = begin(&play, &server_first);
    check_first_status(&play, status);
    FUZZ_CHECK(status == SCRAM_OK || server_first.len == 0);
    /* Another one may be longer than a token. */
    FUZZ_CHECK((play.settings & OTHER_SERVER_FIRST) != 0 ||
               !server_first.overflow);
    if (status == SCRAM_OK)
        finish(&play, buffer_slice(&server_first));
    return 0;
}
