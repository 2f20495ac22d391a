#include "rfc4121/iov.h"

#include "rfc4121/token.h"
#include "rfc4121/unwrap.h"
#include "rfc4121/wrap.h"

/* The buffers of each type; NULL where there is none. */
struct buffers {
    struct rfc4121_iov *header, *padding, *trailer, *stream, *mic;
    struct rfc4121_iov *data; /* the last one */
    size_t data_count;
    size_t data_len; /* of all DATA */
};

/* Note the only buffer of its type; false if there is another. */
static bool
only(struct rfc4121_iov **place, struct rfc4121_iov *iov)
{
    bool first = *place == NULL;

    *place = iov;
    return first;
}

static bool
sort_one(struct buffers *b, struct rfc4121_iov *iov)
{
    switch (iov->type) {
    case RFC4121_IOV_HEADER:
        return only(&b->header, iov);
    case RFC4121_IOV_PADDING:
        return only(&b->padding, iov);
    case RFC4121_IOV_TRAILER:
        return only(&b->trailer, iov);
    case RFC4121_IOV_STREAM:
        return only(&b->stream, iov);
    case RFC4121_IOV_MIC_TOKEN:
        return only(&b->mic, iov);
    case RFC4121_IOV_DATA:
        b->data = iov;
        b->data_count++;
        b->data_len += iov->len;
        return true;
    case RFC4121_IOV_SIGN_ONLY:
    case RFC4121_IOV_EMPTY:
        return true;
    }
    return false;
}

static enum scram_status
sort(struct buffers *b, struct rfc4121_iov *iov, size_t count)
{
    size_t i;

    *b = (struct buffers){0};
    for (i = 0; i < count; i++) {
        if (!sort_one(b, &iov[i]))
            return SCRAM_BAD_ARGUMENT;
    }
    return SCRAM_OK;
}

/* What a Wrap token puts into its buffers. */
struct lengths {
    uint16_t ec;
    size_t header, trailer;
    uint16_t rrc;
};

static struct lengths
lengths_of(bool confidential, uint16_t ec, bool with_trailer)
{
    struct lengths l = {
        .ec = ec,
        .header = RFC4121_HEADER_LEN +
                  (confidential ? (size_t)RFC4121_CONFOUNDER_LEN : 0),
        .trailer = rfc4121_trailer_len(confidential, ec),
    };

    if (!with_trailer) {
        /* Peers of this style rotate by EC and RRC, so EC is left out. */
        l.rrc = (uint16_t)(l.trailer - ec);
        l.header += l.trailer;
        l.trailer = 0;
    }
    return l;
}

/* Sort the buffers, and compute what a Wrap token puts into them. */
static enum scram_status
measure(bool *confidential, struct rfc4121_iov *iov, size_t count,
        struct buffers *b, struct lengths *lengths)
{
    enum scram_status status = sort(b, iov, count);

    if (status != SCRAM_OK)
        return status;
    if (b->header == NULL)
        return SCRAM_BAD_ARGUMENT;
    *confidential = *confidential && b->data_count > 0;
    *lengths = lengths_of(*confidential, 0, b->trailer != NULL);
    return SCRAM_OK;
}

static void
set_lengths(const struct buffers *b, const struct lengths *lengths)
{
    b->header->len = lengths->header;
    if (b->trailer != NULL)
        b->trailer->len = lengths->trailer;
    if (b->padding != NULL)
        b->padding->len = 0;
}

enum scram_status
rfc4121_wrap_iov_length(bool *confidential, struct rfc4121_iov *iov,
                        size_t count)
{
    struct lengths lengths;
    struct buffers b;
    enum scram_status status = measure(confidential, iov, count, &b, &lengths);

    if (status == SCRAM_OK)
        set_lengths(&b, &lengths);
    return status;
}

enum scram_status
rfc4121_wrap_iov(struct rfc4121_context *context, bool *confidential,
                 struct rfc4121_iov *iov, size_t count)
{
    struct rfc4121_parts parts = {.from = iov, .to = iov, .count = count};
    struct lengths lengths;
    struct buffers b;
    enum scram_status status = measure(confidential, iov, count, &b, &lengths);

    if (status != SCRAM_OK)
        return status;
    if (b.header->len < lengths.header ||
        (b.trailer != NULL && b.trailer->len < lengths.trailer))
        return SCRAM_TOO_SMALL;
    set_lengths(&b, &lengths);

    parts.rrc = lengths.rrc;
    parts.header = b.header->data;
    /* The confounder is next to the data; a trailer without a buffer of its
     * own is between the two (section 4.2.5). */
    parts.confounder = b.header->data + lengths.header - RFC4121_CONFOUNDER_LEN;
    parts.trailer = b.trailer != NULL ? b.trailer->data
                                      : b.header->data + RFC4121_HEADER_LEN;
    return rfc4121_wrap_parts(context, *confidential, &parts);
}

/* Where the parts of a token are that is opened in place. */
static void
set_parts(struct rfc4121_opening *opening, uint8_t *confounder,
          uint8_t *trailer)
{
    size_t ec = opening->header.ec;

    opening->in_place = true;
    if (opening->header.sealed) {
        opening->plain.head.data = confounder;
        opening->plain.head.len = RFC4121_CONFOUNDER_LEN;
        opening->plain.tail[0].data = trailer;
        opening->plain.tail[0].len = ec;
        opening->plain.tail[1].data = trailer + ec;
        opening->plain.tail[1].len = RFC4121_HEADER_LEN;
        trailer += ec + RFC4121_HEADER_LEN;
    }
    memcpy(opening->sum, trailer, RFC4121_SUM_LEN);
}

/* Read the header, and what of it has to do with the token's layout. */
static enum scram_status
parse_header(const struct rfc4121_context *context,
             const struct rfc4121_iov *iov, bool with_trailer,
             struct rfc4121_opening *opening, struct lengths *lengths)
{
    struct rfc4121_header *header = &opening->header;
    enum scram_status status;

    if (iov->len < RFC4121_HEADER_LEN)
        return SCRAM_BAD_ENCODING;
    opening->header_bytes = iov->data;
    status = rfc4121_header_parse(iov->data, RFC4121_WRAP,
                                  rfc4121_peer(context), header);
    if (status != SCRAM_OK)
        return status;
    /* Without confidentiality EC is the checksum's length. */
    if (!header->sealed && header->ec != RFC4121_SUM_LEN)
        return SCRAM_BAD_ENCODING;
    *lengths = lengths_of(header->sealed, header->sealed ? header->ec : 0,
                          with_trailer);
    return SCRAM_OK;
}

static enum scram_status
find_parts(const struct rfc4121_context *context, const struct buffers *b,
           struct rfc4121_opening *opening)
{
    struct lengths lengths;
    enum scram_status status;
    uint16_t rrc;

    if (b->header == NULL)
        return SCRAM_BAD_ARGUMENT;
    status =
        parse_header(context, b->header, b->trailer != NULL, opening, &lengths);
    if (status != SCRAM_OK)
        return status;
    rrc = opening->header.rrc;
    if (b->header->len != lengths.header ||
        (b->trailer != NULL && b->trailer->len != lengths.trailer) ||
        (b->padding != NULL && b->padding->len != 0))
        return SCRAM_BAD_ENCODING;
    /* Of the rotations that put a trailer into the header, one is what the
     * RFC says and one is what Windows does. */
    if (rrc != lengths.rrc &&
        (b->trailer != NULL || rrc != lengths.rrc + lengths.ec))
        return SCRAM_BAD_ENCODING;
    opening->data_len = b->data_len;
    set_parts(opening,
              b->header->data + lengths.header - RFC4121_CONFOUNDER_LEN,
              b->trailer != NULL ? b->trailer->data
                                 : b->header->data + RFC4121_HEADER_LEN);
    return SCRAM_OK;
}

static void
reverse(uint8_t *bytes, size_t len)
{
    uint8_t *last = bytes + len;

    while (bytes < last) {
        uint8_t byte = *bytes;

        *bytes++ = *--last;
        *last = byte;
    }
}

static void
rotate_left(uint8_t *bytes, size_t len, size_t count)
{
    if (count == 0)
        return;
    reverse(bytes, count);
    reverse(bytes + count, len - count);
    reverse(bytes, len);
}

/* A stream that is opened where it is: rotate it back, and find its parts. */
static void
stream_in_place(const struct buffers *b, size_t rotation,
                const struct lengths *lengths, struct rfc4121_opening *opening)
{
    uint8_t *body = b->stream->data + RFC4121_HEADER_LEN;

    rotate_left(body, b->stream->len - RFC4121_HEADER_LEN, rotation);
    rfc4121_header_set_counts(b->stream->data, opening->header.ec, 0);
    b->data->data = b->stream->data + lengths->header;
    b->data->len = opening->data_len;
    set_parts(opening, body,
              b->stream->data + b->stream->len - lengths->trailer);
}

/* A stream that is opened into other memory: it is read as it is rotated. */
static void
stream_apart(const struct buffers *b, size_t rotation,
             struct rfc4121_opening *opening)
{
    uint8_t *body = b->stream->data + RFC4121_HEADER_LEN;
    size_t len = b->stream->len - RFC4121_HEADER_LEN, i;
    struct rfc4121_view *plain = &opening->plain;

    b->data->len = opening->data_len;
    opening->arrived = (struct rfc4121_view){
        .head = {body + rotation, len - rotation, false},
        .tail = {{body, rotation, false}},
    };
    if (opening->header.sealed) {
        plain->head.data = opening->confounder;
        plain->head.len = RFC4121_CONFOUNDER_LEN;
        plain->tail[0].data = b->data->data + opening->data_len;
        plain->tail[0].len = opening->header.ec;
        plain->tail[1].data = opening->copy;
        plain->tail[1].len = RFC4121_HEADER_LEN;
    }
    for (i = 0; i < RFC4121_SUM_LEN; i++)
        opening->sum[i] = body[(len - RFC4121_SUM_LEN + i + rotation) % len];
}

static enum scram_status
split_stream(const struct rfc4121_context *context, const struct buffers *b,
             struct rfc4121_opening *opening)
{
    struct lengths lengths;
    enum scram_status status;
    size_t rotation;

    if (b->data_count != 1)
        return SCRAM_BAD_ARGUMENT;
    status = parse_header(context, b->stream, true, opening, &lengths);
    if (status != SCRAM_OK)
        return status;
    if (b->stream->len < lengths.header + lengths.trailer)
        return SCRAM_BAD_ENCODING;
    if (b->data->data != NULL && b->data->len < b->stream->len)
        return SCRAM_TOO_SMALL;
    opening->data_len = b->stream->len - lengths.header - lengths.trailer;
    rotation = opening->header.rrc % (b->stream->len - RFC4121_HEADER_LEN);
    if (b->data->data == NULL)
        stream_in_place(b, rotation, &lengths, opening);
    else
        stream_apart(b, rotation, opening);
    return SCRAM_OK;
}

enum scram_status
rfc4121_unwrap_iov(struct rfc4121_context *context, struct rfc4121_iov *iov,
                   size_t count, bool *confidential, enum rfc4121_order *order)
{
    struct rfc4121_opening opening = {.plain = {.iov = iov, .count = count}};
    struct rfc4121_iov data = {0};
    struct buffers b;
    enum scram_status status = sort(&b, iov, count);

    if (status != SCRAM_OK)
        return status;
    if (b.data != NULL)
        data = *b.data;
    status = b.stream != NULL ? split_stream(context, &b, &opening)
                              : find_parts(context, &b, &opening);
    if (status == SCRAM_OK)
        status = rfc4121_open(context, &opening, order);
    if (status == SCRAM_OK)
        *confidential = opening.header.sealed;
    else if (b.data != NULL)
        *b.data = data; /* it points nowhere new */
    return status;
}

enum scram_status
rfc4121_get_mic_iov_length(struct rfc4121_iov *iov, size_t count)
{
    struct buffers b;
    enum scram_status status = sort(&b, iov, count);

    if (status != SCRAM_OK)
        return status;
    if (b.mic == NULL)
        return SCRAM_BAD_ARGUMENT;
    b.mic->len = RFC4121_MIC_LEN;
    return SCRAM_OK;
}

enum scram_status
rfc4121_get_mic_iov(struct rfc4121_context *context, struct rfc4121_iov *iov,
                    size_t count)
{
    struct buffers b;
    enum scram_status status = sort(&b, iov, count);

    if (status != SCRAM_OK)
        return status;
    if (b.mic == NULL)
        return SCRAM_BAD_ARGUMENT;
    if (b.mic->len < RFC4121_MIC_LEN)
        return SCRAM_TOO_SMALL;
    b.mic->len = RFC4121_MIC_LEN;
    return rfc4121_sign_parts(context, iov, count, b.mic->data);
}

enum scram_status
rfc4121_verify_mic_iov(struct rfc4121_context *context, struct rfc4121_iov *iov,
                       size_t count, enum rfc4121_order *order)
{
    struct buffers b;
    enum scram_status status = sort(&b, iov, count);

    if (status != SCRAM_OK)
        return status;
    if (b.mic == NULL)
        return SCRAM_BAD_ARGUMENT;
    return rfc4121_verify_parts(context, iov, count, b.mic->data, b.mic->len,
                                order);
}
