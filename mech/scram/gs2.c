#include "scram/gs2.h"

/* Take what stands before the next comma, and the comma. */
static bool
next_field(struct slice *rest, struct slice *field)
{
    const uint8_t *comma =
        rest->len == 0 ? NULL : memchr(rest->data, ',', rest->len);

    if (comma == NULL)
        return false;
    field->data = rest->data;
    field->len = (size_t)(comma - rest->data);
    rest->data = comma + 1;
    rest->len -= field->len + 1;
    return true;
}

/*
 * gs2-header      = gs2-cb-flag "," [ "a=" saslname ] ","
 * gs2-cb-flag     = ("p=" cb-name) / "n" / "y"
 *
 * The "F," that may precede it on the wire is not in the bindings. A header
 * with "p=" names a type of channel bindings whose data follows it (RFC 5801,
 * section 5.1). Without any data there is nothing that tells one channel from
 * another, so a header with "p=" alone binds no more than "n,,".
 */
enum scram_gs2
scram_gs2_kind(struct slice application_data)
{
    struct slice rest = application_data, flag, authzid;

    if (!next_field(&rest, &flag) || !next_field(&rest, &authzid) ||
        (authzid.len != 0 && !slice_starts_with(authzid, SLICE("a="))))
        return SCRAM_GS2_NONE;
    if (slice_starts_with(flag, SLICE("p=")))
        return rest.len == 0 ? SCRAM_GS2_UNBOUND : SCRAM_GS2_BOUND;
    if (rest.len == 0 &&
        (slice_equal(flag, SLICE("n")) || slice_equal(flag, SLICE("y"))))
        return SCRAM_GS2_UNBOUND;
    return SCRAM_GS2_NONE;
}
