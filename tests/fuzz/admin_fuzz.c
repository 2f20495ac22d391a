/*
 * Root's messages to gss-scramd, and its answers: what is read is within the
 * message, and is written as it was.
 */
#include "fuzz.h"

#include "wire/admin.h"

const size_t fuzz_input_max = WIRE_MESSAGE_MAX + FUZZ_OVER;

static void
check_within(struct slice part, struct slice message)
{
    FUZZ_CHECK(part.len == 0 || fuzz_is_within(part, message));
}

/* Groups one by one are the same. */
static void
check_groups(struct slice text)
{
    struct groups groups = {.len = 0};
    struct slice rest = text, name;

    FUZZ_CHECK(groups_check(text));
    while (groups_next(&rest, &name)) {
        FUZZ_CHECK(name.len > 0 && name.len <= GROUPS_NAME_MAX);
        FUZZ_CHECK(groups_add(&groups, name) && !groups_add(&groups, name));
    }
    FUZZ_CHECK(slice_equal(groups_slice(&groups), text));
}

/* Take all entries, and write them again. */
static struct wire_entries
again(struct wire_entries entries, struct slice message, struct buffer *out)
{
    struct wire_entries written = {.count = 0};
    struct wire_entry e;
    struct scram_verifier v;
    unsigned left = entries.count;

    FUZZ_CHECK(entries.count <= WIRE_ENTRIES_MAX);
    for (; left > 0; left--) {
        FUZZ_CHECK(wire_next_entry(&entries, &e));
        check_within(e.user, message);
        check_within(e.groups, message);
        check_groups(e.groups);
        check_within(e.salt, message);
        check_within(e.stored_key, message);
        check_within(e.server_key, message);
        if (wire_entry_verifier(&e, &v)) {
            struct wire_entry same = wire_entry_of(e.user, &v, true);

            FUZZ_CHECK(same.expires == e.expires &&
                       slice_equal(same.groups, e.groups) &&
                       slice_equal(same.salt, e.salt) &&
                       slice_equal(same.stored_key, e.stored_key) &&
                       slice_equal(same.server_key, e.server_key));
        }
        FUZZ_CHECK(wire_add_entry(&written, out, &e));
    }
    FUZZ_CHECK(!wire_next_entry(&entries, &e));
    return written;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[WIRE_MESSAGE_MAX], entries[WIRE_MESSAGE_MAX];
    struct slice message = fuzz_copy((struct slice){data, size});
    struct buffer out = BUFFER_ARRAY(memory), packed = BUFFER_ARRAY(entries);
    struct wire_admin_request r;
    struct wire_admin_answer a;

    if (wire_parse_admin_request(message, &r)) {
        check_within(r.location, message);
        check_within(r.user, message);
        r.entries = again(r.entries, message, &packed);
        wire_put_admin_request(&r, &out);
        FUZZ_CHECK(!out.overflow && slice_equal(buffer_slice(&out), message));
    }
    out.len = packed.len = 0;
    if (wire_parse_admin_answer(message, &a)) {
        check_within(a.text, message);
        check_within(a.sentence, message);
        a.entries = again(a.entries, message, &packed);
        wire_put_admin_answer(&a, &out);
        FUZZ_CHECK(!out.overflow && slice_equal(buffer_slice(&out), message));
    }
    fuzz_free(message);
    return 0;
}
