#include "buffers.h"

#define LEN_MAX 4096

static uint8_t *
memory(size_t len)
{
    uint8_t *bytes = calloc(1, len == 0 ? 1 : len);

    FUZZ_CHECK(bytes != NULL);
    return bytes;
}

struct buffers
buffers_make(struct slice *rest, struct slice content)
{
    struct buffers b = {.count = fuzz_byte(rest) % (BUFFERS_MAX + 1u)};
    size_t i, k, at = 0;

    for (i = 0; i < b.count; i++) {
        struct rfc4121_iov *iov = &b.iov[i];

        /* One more than there are. */
        iov->type = (enum rfc4121_iov_type)(fuzz_byte(rest) %
                                            (RFC4121_IOV_MIC_TOKEN + 2u));
        iov->len = (size_t)fuzz_number(rest, 2) % LEN_MAX;
        iov->data = memory(iov->len);
        for (k = 0; k < iov->len && content.len != 0; k++)
            iov->data[k] = content.data[at++ % content.len];
    }
    return b;
}

void
buffers_resize(struct buffers *b, const size_t *before)
{
    size_t i;

    for (i = 0; i < b->count; i++) {
        if (b->iov[i].len == before[i])
            continue;
        free(b->iov[i].data);
        b->iov[i].data = memory(b->iov[i].len);
    }
}

struct buffers
buffers_copy(const struct buffers *b)
{
    struct buffers copy = *b;
    size_t i;

    for (i = 0; i < b->count; i++) {
        copy.iov[i].data = memory(b->iov[i].len);
        if (b->iov[i].len != 0)
            memcpy(copy.iov[i].data, b->iov[i].data, b->iov[i].len);
    }
    return copy;
}

void
buffers_free(struct buffers *b)
{
    size_t i;

    for (i = 0; i < b->count; i++)
        free(b->iov[i].data);
}

size_t
buffers_have(const struct buffers *b, enum rfc4121_iov_type type)
{
    size_t i, n = 0;

    for (i = 0; i < b->count; i++)
        n += b->iov[i].type == type;
    return n;
}

bool
buffers_equal(const struct buffers *a, const struct buffers *b,
              enum rfc4121_iov_type type)
{
    size_t i;

    for (i = 0; i < a->count; i++) {
        const struct rfc4121_iov *x = &a->iov[i], *y = &b->iov[i];

        if (x->type == type &&
            (x->len != y->len ||
             (x->len != 0 && memcmp(x->data, y->data, x->len) != 0)))
            return false;
    }
    return true;
}
