/*
 * An exported context's bytes, in one way of writing them.
 */
#include "fuzz.h"

#include "gss/exported.h"

const size_t fuzz_input_max =
    2 * (NAME_SERVICE_MAX + NAME_STORE_MAX) + FUZZ_OVER;

static void
check_name(const struct exported_name *name, struct slice bytes)
{
    if (name->text.len == 0)
        return;
    FUZZ_CHECK(fuzz_is_within(name->text, bytes));
    FUZZ_CHECK(fuzz_is_within(name->store, bytes));
    FUZZ_CHECK(groups_check(name->groups));
    FUZZ_CHECK(name->mechanism < SCRAM_MECHANISMS);
    FUZZ_CHECK(memchr(name->text.data, 0, name->text.len) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = fuzz_copy((struct slice){data, size});
    struct exported e = {.flags = 7};
    uint8_t *memory;
    struct buffer again;

    if (exported_read(bytes, &e)) {
        FUZZ_CHECK(e.mechanism < SCRAM_MECHANISMS);
        check_name(&e.target, bytes);
        check_name(&e.source, bytes);
        FUZZ_CHECK(exported_size(&e) == size);
        memory = malloc(size);
        again = (struct buffer){memory, 0, size, false};
        exported_write(&e, &again);
        FUZZ_CHECK(slice_equal(buffer_slice(&again), bytes));
        free(memory);
    } else {
        FUZZ_CHECK(e.flags == 7);
    }
    fuzz_free(bytes);
    return 0;
}
