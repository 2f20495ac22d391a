/*
 * The frame of a first token is DER: the one that is taken off is the one that
 * is put on again.
 */
#include "fuzz.h"

#include "gss/frame.h"

/* As many as have a length in three bytes. */
const size_t fuzz_input_max = UINT16_MAX + FRAME_MAX + FUZZ_OVER;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice framed = fuzz_copy((struct slice){data, size}), token;
    enum scram_mechanism mechanism;
    uint8_t *memory = malloc(size + FRAME_MAX);
    struct buffer again = {memory, 0, size + FRAME_MAX, false};

    if (frame_take(framed, &mechanism, &token)) {
        FUZZ_CHECK(fuzz_is_within(token, framed));
        frame_put(mechanism, token, &again);
        FUZZ_CHECK(slice_equal(buffer_slice(&again), framed));
    }
    /* Any bytes are a token, framed. */
    again = (struct buffer){memory, 0, size + FRAME_MAX, false};
    frame_put(SCRAM_SHA_256, framed, &again);
    FUZZ_CHECK(!again.overflow);
    FUZZ_CHECK(frame_take(buffer_slice(&again), &mechanism, &token) ||
               size > 0xffff00);
    FUZZ_CHECK(slice_equal(token, framed));
    free(memory);
    fuzz_free(framed);
    return 0;
}
