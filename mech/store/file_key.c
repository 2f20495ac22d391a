/*
 * The order of lines, by what stands before a verifier.
 */
#include "store/file_line.h"

/* Less than any byte of a name. */
static const uint8_t ranks[SCRAM_MECHANISMS] = {
    [SCRAM_SHA_1] = 1,
    [SCRAM_SHA_256] = 2,
};

void
file_key(struct slice name, enum scram_mechanism mechanism, struct buffer *key)
{
    buffer_put(key, name);
    buffer_put(key, (struct slice){&ranks[mechanism], 1});
}

bool
file_line_compare(struct slice text, struct slice key, int *order)
{
    struct slice name, rest = text;
    enum scram_mechanism mechanism;
    size_t common;

    if (!slice_take_until(&rest, ':', &name))
        return false;
    if (rest.len > 0 && rest.data[0] == '!')
        rest = (struct slice){rest.data + 1, rest.len - 1};
    if (slice_starts_with(rest, SLICE("SCRAM-SHA-256$")))
        mechanism = SCRAM_SHA_256;
    else if (slice_starts_with(rest, SLICE("SCRAM-SHA-1$")))
        mechanism = SCRAM_SHA_1;
    else
        return false;
    /* A key ends in the byte for its mechanism; the shorter name comes first
     * where it begins the longer one. */
    common = name.len < key.len - 1 ? name.len : key.len - 1;
    *order = common == 0 ? 0 : memcmp(name.data, key.data, common);
    if (*order == 0 && name.len != key.len - 1)
        *order = name.len < key.len - 1 ? -1 : 1;
    else if (*order == 0)
        *order = ranks[mechanism] - key.data[key.len - 1];
    return true;
}
