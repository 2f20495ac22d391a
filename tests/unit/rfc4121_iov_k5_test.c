#include "unit.h"

#include "rfc4121_buffers.h"
#include "rfc4121_pair.h"

#define HEADER 16
#define CONFOUNDER 16
#define SUM 12

/* Any order of DATA and SIGN_ONLY, of any length, with one DATA at least. */
static struct buffers
any_buffers(struct noise *noise, bool with_trailer)
{
    static const enum rfc4121_iov_type types[] = {
        RFC4121_IOV_DATA, RFC4121_IOV_DATA, RFC4121_IOV_SIGN_ONLY,
        RFC4121_IOV_SIGN_ONLY, RFC4121_IOV_EMPTY};
    struct buffers b = {0};
    size_t i, others = noise_below(noise, 5), header = noise_below(noise, 5);

    for (i = 0; i <= others || i <= header; i++) {
        if (i == header)
            add_buffer(&b, RFC4121_IOV_HEADER, SPACE);
        if (i == others)
            add_buffer(&b, RFC4121_IOV_DATA, 0);
        if (i < others) {
            struct rfc4121_iov *iov =
                add_buffer(&b, types[noise_below(noise, 5)], any_len(noise));

            noise_fill(noise, iov->data, iov->len);
        }
    }
    if (with_trailer)
        add_buffer(&b, RFC4121_IOV_TRAILER, SPACE);
    return b;
}

static bool
is_content(const struct rfc4121_iov *iov)
{
    return iov->type == RFC4121_IOV_DATA || iov->type == RFC4121_IOV_SIGN_ONLY;
}

static void
assert_same_content(struct buffers *a, struct buffers *b)
{
    size_t i;

    for (i = 0; i < a->count; i++) {
        if (!is_content(&a->iov[i]))
            continue;
        ck_assert_uint_eq(a->iov[i].len, b->iov[i].len);
        if (a->iov[i].len != 0)
            ck_assert_mem_eq(a->iov[i].data, b->iov[i].data, a->iov[i].len);
    }
}

static uint8_t *
trailer_of(struct buffers *b)
{
    return trailer_in(b) != NULL ? trailer_in(b)->data
                                 : header_in(b)->data + HEADER;
}

/* DATA and SIGN_ONLY, as k5crypto takes them; returns where the next goes. */
static krb5_crypto_iov *
their_content(struct buffers *b, krb5_crypto_iov *next)
{
    size_t i;

    for (i = 0; i < b->count; i++) {
        if (is_content(&b->iov[i]))
            *next++ = k5_piece(b->iov[i].type == RFC4121_IOV_DATA
                                   ? KRB5_CRYPTO_TYPE_DATA
                                   : KRB5_CRYPTO_TYPE_SIGN_ONLY,
                               b->iov[i].data, b->iov[i].len);
    }
    return next;
}

typedef krb5_error_code crypto_call(krb5_context, krb5_key, krb5_keyusage,
                                    const krb5_data *, krb5_crypto_iov *,
                                    size_t);

/* Have k5crypto encrypt or decrypt the buffers of a sealed token. */
static void
they_crypt(crypto_call *call, const struct k5_peer *peer, struct buffers *b,
           size_t ec)
{
    krb5_crypto_iov pieces[BUFFERS + 3], *end;
    uint8_t *confounder = header_in(b)->data + header_in(b)->len - CONFOUNDER;
    uint8_t *trailer = trailer_of(b);

    pieces[0] = k5_piece(KRB5_CRYPTO_TYPE_HEADER, confounder, CONFOUNDER);
    end = their_content(b, pieces + 1);
    *end++ = k5_piece(KRB5_CRYPTO_TYPE_DATA, trailer, ec + HEADER);
    *end++ = k5_piece(KRB5_CRYPTO_TYPE_TRAILER, trailer + ec + HEADER, SUM);
    ck_assert_int_eq(call(NULL, peer->key, k5_usage(peer, 5), NULL, pieces,
                          (size_t)(end - pieces)),
                     0);
}

/* Have k5crypto compute the checksum of a token that is not sealed. */
static void
they_sum(const struct k5_peer *peer, struct buffers *b, uint64_t seq,
         uint8_t *sum)
{
    krb5_crypto_iov pieces[BUFFERS + 2], *end = their_content(b, pieces);
    struct k5_token signed_as = {.seq = seq};
    uint8_t header[HEADER];

    k5_header(peer, 5, &signed_as, header);
    *end++ = k5_piece(KRB5_CRYPTO_TYPE_SIGN_ONLY, header, HEADER);
    *end++ = k5_piece(KRB5_CRYPTO_TYPE_CHECKSUM, sum, SUM);
    ck_assert_int_eq(krb5_k_make_checksum_iov(
                         NULL, CKSUMTYPE_HMAC_SHA1_96_AES128, peer->key,
                         k5_usage(peer, 5), pieces, (size_t)(end - pieces)),
                     0);
}

/* How a token of ours looks. */
static struct k5_token
expected(bool sealed, bool with_trailer, uint64_t seq)
{
    struct k5_token how = {.sealed = sealed, .seq = seq};

    how.ec = (uint16_t)(sealed ? 0 : SUM);
    how.rrc = (uint16_t)(with_trailer ? 0 : sealed ? HEADER + SUM : SUM);
    return how;
}

START_TEST(k5crypto_opens_our_buffers)
{
    struct noise noise = {1};
    struct pair p = pair(&noise, (enum rfc4121_role)_i);
    uint8_t header[HEADER], sum[SUM];
    uint64_t seq;

    for (seq = 0; seq < 5000; seq++) {
        bool with_trailer = noise_below(&noise, 2);
        bool sealed = noise_below(&noise, 3), asked = sealed;
        struct buffers b = any_buffers(&noise, with_trailer), old = copy_of(&b);
        struct k5_token how = expected(sealed, with_trailer, seq);

        ck_assert_int_eq(rfc4121_wrap_iov(p.sender, &asked, b.iov, b.count),
                         SCRAM_OK);
        ck_assert_int_eq(asked, sealed);
        k5_header(&p.peer, 5, &how, header);
        ck_assert_mem_eq(header_in(&b)->data, header, HEADER);
        if (sealed) {
            they_crypt(krb5_k_decrypt_iov, &p.peer, &b, how.ec);
            how.rrc = 0;
            k5_header(&p.peer, 5, &how, header);
            ck_assert_mem_eq(trailer_of(&b) + how.ec, header, HEADER);
        } else {
            they_sum(&p.peer, &old, seq, sum);
            ck_assert_mem_eq(trailer_of(&b), sum, SUM);
        }
        assert_same_content(&b, &old);
        buffers_free(&b);
        buffers_free(&old);
    }
    pair_free(&p);
}
END_TEST

/* Make a token of these buffers with k5crypto. */
static void
they_wrap(const struct k5_peer *peer, struct buffers *b,
          const struct k5_token *how)
{
    struct k5_token inner = *how;
    size_t ec = how->sealed ? how->ec : 0;
    size_t trailer = how->sealed ? ec + HEADER + SUM : SUM;

    inner.rrc = 0;
    header_in(b)->len = (size_t)(HEADER + (how->sealed ? CONFOUNDER : 0)) +
                        (trailer_in(b) == NULL ? trailer : 0);
    if (trailer_in(b) != NULL)
        trailer_in(b)->len = trailer;
    k5_header(peer, 5, how, header_in(b)->data);
    if (how->sealed) {
        memset(trailer_of(b), 0, ec);
        k5_header(peer, 5, &inner, trailer_of(b) + ec);
        they_crypt(krb5_k_encrypt_iov, peer, b, ec);
    } else {
        they_sum(peer, b, how->seq, trailer_of(b));
    }
}

START_TEST(we_open_k5crypto_s_buffers)
{
    struct noise noise = {2};
    struct pair p = pair(&noise, (enum rfc4121_role)_i);
    uint64_t seq;

    for (seq = 0; seq < 5000; seq++) {
        bool with_trailer = noise_below(&noise, 2);
        bool sealed = noise_below(&noise, 3), confidential;
        struct buffers b = any_buffers(&noise, with_trailer), old = copy_of(&b);
        struct k5_token how = expected(sealed, with_trailer, seq);
        enum rfc4121_order order;

        if (sealed)
            how.ec = (uint16_t)noise_below(&noise, 20);
        if (sealed && !with_trailer && noise_below(&noise, 2))
            how.rrc = (uint16_t)(how.rrc + how.ec);
        they_wrap(&p.peer, &b, &how);
        ck_assert_int_eq(rfc4121_unwrap_iov(p.receiver, b.iov, b.count,
                                            &confidential, &order),
                         SCRAM_OK);
        ck_assert_int_eq(confidential, sealed);
        ck_assert_int_eq(order, RFC4121_IN_ORDER);
        assert_same_content(&b, &old);
        buffers_free(&b);
        buffers_free(&old);
    }
    pair_free(&p);
}
END_TEST

/* SIGN_ONLY, one DATA, SIGN_ONLY, with header and trailer. */
static struct buffers
aead_buffers(struct noise *noise)
{
    struct buffers b = {0};
    size_t i;

    add_buffer(&b, RFC4121_IOV_HEADER, SPACE);
    add_buffer(&b, RFC4121_IOV_SIGN_ONLY, any_len(noise));
    add_buffer(&b, RFC4121_IOV_DATA, any_len(noise));
    add_buffer(&b, RFC4121_IOV_SIGN_ONLY, any_len(noise));
    add_buffer(&b, RFC4121_IOV_TRAILER, SPACE);
    for (i = 1; i < 4; i++)
        noise_fill(noise, b.iov[i].data, b.iov[i].len);
    return b;
}

/* The token as it goes over the wire: all but SIGN_ONLY, rotated. */
static struct rfc4121_iov
stream_of(struct buffers *b, size_t rrc)
{
    struct rfc4121_iov stream = {RFC4121_IOV_STREAM, NULL, 0};
    struct rfc4121_iov *header = header_in(b), *trailer = trailer_in(b);
    size_t len = header->len + b->iov[2].len + trailer->len;

    stream.data = memory(len);
    memcpy(stream.data, header->data, header->len);
    memcpy(stream.data + header->len, b->iov[2].data, b->iov[2].len);
    memcpy(stream.data + len - trailer->len, trailer->data, trailer->len);

    stream.len = len;
    k5_rotate(stream.data + HEADER, len - HEADER, rrc);
    return stream;
}

START_TEST(a_stream_opens_in_place_and_into_other_memory)
{
    struct noise noise = {3};
    struct pair p = pair(&noise, RFC4121_ACCEPTOR);
    uint64_t seq;

    for (seq = 0; seq < 5000; seq++) {
        struct k5_token how = expected(noise_below(&noise, 3) != 0, true, seq);
        struct buffers b = aead_buffers(&noise), old = copy_of(&b);
        bool in_place = noise_below(&noise, 2), confidential;
        struct rfc4121_iov iov[4], stream;
        enum rfc4121_order order;
        uint8_t *room;

        if (how.sealed)
            how.ec = (uint16_t)noise_below(&noise, 20);
        how.rrc =
            noise_below(&noise, 2) ? (uint16_t)noise_below(&noise, 65536) : 0;
        they_wrap(&p.peer, &b, &how);
        stream = stream_of(&b, how.rrc);
        room = memory(stream.len);
        iov[0] = old.iov[1];
        iov[1] = (struct rfc4121_iov){RFC4121_IOV_DATA, in_place ? NULL : room,
                                      stream.len};
        iov[2] = old.iov[3];
        iov[3] = stream;
        ck_assert_int_eq(
            rfc4121_unwrap_iov(p.receiver, iov, 4, &confidential, &order),
            SCRAM_OK);
        ck_assert_int_eq(confidential, how.sealed);
        ck_assert_int_eq(order, RFC4121_IN_ORDER);
        ck_assert_uint_eq(iov[1].len, old.iov[2].len);
        ck_assert(iov[1].len == 0 ||
                  memcmp(iov[1].data, old.iov[2].data, iov[1].len) == 0);
        if (in_place)
            ck_assert_ptr_eq(iov[1].data, stream.data + HEADER +
                                              (how.sealed ? CONFOUNDER : 0));
        else
            ck_assert_ptr_eq(iov[1].data, room);
        free(room);
        free(stream.data);
        buffers_free(&b);
        buffers_free(&old);
    }
    pair_free(&p);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, k5crypto_opens_our_buffers, 0, 2);
    tcase_add_loop_test(tests, we_open_k5crypto_s_buffers, 0, 2);
    tcase_add_test(tests, a_stream_opens_in_place_and_into_other_memory);
}

int
main(void)
{
    return unit_run("rfc4121_iov_k5", add, 300);
}
