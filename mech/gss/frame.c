#include "gss/frame.h"

#include "gss/oid.h"

#define TAG_FRAME 0x60
#define TAG_OID 0x06

/* X.690, section 10.1: the length in its shortest form. */
static void
put_length(size_t length, struct buffer *out)
{
    uint8_t bytes[1 + sizeof(length)];
    size_t n = 0, i;

    if (length < 0x80) {
        bytes[0] = (uint8_t)length;
        buffer_put(out, (struct slice){bytes, 1});
        return;
    }
    for (i = length; i != 0; i >>= 8)
        n++;
    bytes[0] = (uint8_t)(0x80 | n);
    for (i = 0; i < n; i++)
        bytes[1 + i] = (uint8_t)(length >> (8 * (n - 1 - i)));
    buffer_put(out, (struct slice){bytes, 1 + n});
}

static void
put_byte(uint8_t byte, struct buffer *out)
{
    buffer_put(out, (struct slice){&byte, 1});
}

void
frame_put(enum scram_mechanism mechanism, struct slice token,
          struct buffer *framed)
{
    gss_OID oid = oid_of_mechanism(mechanism);

    put_byte(TAG_FRAME, framed);
    put_length(2 + oid->length + token.len, framed);
    put_byte(TAG_OID, framed);
    put_byte((uint8_t)oid->length, framed);
    buffer_put(framed, (struct slice){oid->elements, oid->length});
    buffer_put(framed, token);
}

/* Take a tag and a length of at most three bytes, in its shortest form: more
 * is more than any token of ours may have. */
static bool
frame_take_header(struct slice *rest, uint8_t tag, size_t *length)
{
    size_t n, i, value = 0;

    if (rest->len < 2 || rest->data[0] != tag)
        return false;
    n = rest->data[1];
    rest->data += 2;
    rest->len -= 2;
    if (n < 0x80) {
        *length = n;
        return true;
    }
    n &= 0x7f;
    if (n == 0 || n > 3 || rest->len < n || rest->data[0] == 0)
        return false;
    for (i = 0; i < n; i++)
        value = value << 8 | rest->data[i];
    rest->data += n;
    rest->len -= n;
    *length = value;
    return value >= 0x80;
}

bool
frame_take(struct slice framed, enum scram_mechanism *mechanism,
           struct slice *token)
{
    struct slice rest = framed;
    size_t length;
    gss_OID_desc oid;

    if (!frame_take_header(&rest, TAG_FRAME, &length) || length != rest.len ||
        !frame_take_header(&rest, TAG_OID, &length) || length > rest.len)
        return false;
    oid = (gss_OID_desc){(OM_uint32)length, (void *)rest.data};
    if (!oid_to_mechanism(&oid, mechanism))
        return false;
    *token = (struct slice){rest.data + length, rest.len - length};
    return true;
}
