/*
 * Base64: what is read is canonical, so writing it again makes the same text.
 */
#include "fuzz.h"

#include "base/base64.h"
#include "scram/message.h"

const size_t fuzz_input_max = BASE64_LEN(SCRAM_BINDINGS_MAX) + FUZZ_OVER;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = fuzz_copy((struct slice){data, size});
    uint8_t *memory = malloc(size + 1);
    uint8_t *again = malloc(BASE64_LEN(size) + 1);
    struct buffer bytes = {memory, 0, size, false};
    struct buffer small = {memory, 0, size / 2, false};
    struct buffer out = {again, 0, BASE64_LEN(size), false};

    if (base64_decode(text, &bytes)) {
        FUZZ_CHECK(bytes.len == 0 || base64_faults(text, bytes.len) == 0);
        base64_encode(buffer_slice(&bytes), &out);
        FUZZ_CHECK(slice_equal(buffer_slice(&out), text));
    } else {
        /* Nothing else is of this length, more or less. */
        size_t most = size / 4 * 3 + 3, n;

        FUZZ_CHECK(bytes.len == 0);
        for (n = most < 8 ? 0 : most - 8; n <= most; n++)
            FUZZ_CHECK(base64_faults(text, n) != 0);
    }
    FUZZ_CHECK(base64_decode(text, &small) ? small.len <= size / 2
                                           : small.len == 0);

    /* And the other way round, of any bytes. */
    out = (struct buffer){again, 0, BASE64_LEN(size), false};
    base64_encode(text, &out);
    FUZZ_CHECK(!out.overflow && out.len == BASE64_LEN(size));
    bytes = (struct buffer){memory, 0, size, false};
    FUZZ_CHECK(base64_decode(buffer_slice(&out), &bytes));
    FUZZ_CHECK(slice_equal(buffer_slice(&bytes), text));
    if (size != 0) {
        out = (struct buffer){again, 0, BASE64_LEN(size) - 1, false};
        base64_encode(text, &out);
        FUZZ_CHECK(out.overflow && out.len == 0);
    }
    free(memory);
    free(again);
    fuzz_free(text);
    return 0;
}
