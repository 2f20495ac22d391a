/*
 * Per-message tokens in one piece. The input's first byte says which way they
 * go and whether they are any bytes, or tokens that a peer makes with any
 * numbers in them, some of them changed on the way: what was changed is
 * refused and leaves no plaintext, and what was not is opened.
 */
#include "tokens.h"

/* A token with a message, EC and RRC as long as there may be. */
const size_t fuzz_input_max = 2 * UINT16_MAX + FUZZ_OVER;

enum { FROM_ACCEPTOR = 1, RAW = 2 };

static void
check_status(enum scram_status status)
{
    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_ENCODING ||
               status == SCRAM_BAD_SIGNATURE);
}

/* Any bytes at all. */
static void
raw(struct rfc4121_context *receiver, struct slice rest)
{
    struct slice message = fuzz_block(&rest), token = fuzz_copy(rest);
    uint8_t *memory = malloc(token.len + 1);
    enum rfc4121_order order;
    bool confidential;
    size_t len;

    check_status(
        rfc4121_unwrap(receiver, token, memory, &len, &confidential, &order));
    check_status(rfc4121_verify_mic(receiver, message, token, &order));
    check_status(rfc4121_unwrap(receiver, token,
                                (uint8_t *)(uintptr_t)token.data, &len,
                                &confidential, &order));
    free(memory);
    fuzz_free(token);
}

/* Open it: into memory of its own, or where it is. */
static enum scram_status
open_wrap(struct rfc4121_context *receiver, struct made *made, bool in_place)
{
    uint8_t *memory = in_place ? (uint8_t *)(uintptr_t)made->token.data
                               : calloc(1, made->token.len + 1);
    size_t size = made->token.len, len = 0;
    enum rfc4121_order order;
    bool confidential = !made->how.sealed;
    enum scram_status status = rfc4121_unwrap(receiver, made->token, memory,
                                              &len, &confidential, &order);

    if (status == SCRAM_OK) {
        FUZZ_CHECK(confidential == made->how.sealed);
        FUZZ_CHECK(slice_equal((struct slice){memory, len}, made->message));
    } else {
        FUZZ_CHECK(!tokens_leak(made, memory, size));
    }
    if (!in_place)
        free(memory);
    return status;
}

static enum scram_status
open_one(struct rfc4121_context *receiver, struct made *made, bool in_place)
{
    enum rfc4121_order order;

    if (!made->mic)
        return open_wrap(receiver, made, in_place);
    return rfc4121_verify_mic(receiver, made->message, made->token, &order);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size};
    uint8_t what = fuzz_byte(&rest);
    enum rfc4121_role sender =
        what & FROM_ACCEPTOR ? RFC4121_ACCEPTOR : RFC4121_INITIATOR;
    struct rfc4121_context *receiver = tokens_context(
        sender == RFC4121_ACCEPTOR ? RFC4121_INITIATOR : RFC4121_ACCEPTOR);

    if (what & RAW) {
        raw(receiver, rest);
        rest.len = 0;
    }
    while (rest.len != 0) {
        struct made made = tokens_make(&rest, sender);
        uint16_t rrc = made.how.rrc;
        bool in_place = (fuzz_byte(&rest) & 1) != 0;
        bool edited = tokens_edit(&rest, &made);
        enum scram_status status;

        if (made.token.len >= 8 && !made.mic)
            rrc = (uint16_t)(made.token.data[6] << 8 | made.token.data[7]);
        status = open_one(receiver, &made, in_place);
        check_status(status);
        if (edited)
            FUZZ_CHECK(status != SCRAM_OK);
        else if (rrc == made.how.rrc)
            FUZZ_CHECK(status == SCRAM_OK);
        fuzz_free(made.token);
    }
    rfc4121_free(receiver);
    return 0;
}
