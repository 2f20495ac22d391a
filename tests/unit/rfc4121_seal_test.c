#include "unit.h"

#include "noise.h"
#include "rfc4121/seal.h"
#include "rfc4121/token.h"

/* RFC 3962, appendix B: AES-128 in CBC mode with ciphertext stealing. */
#define INPUT "I would like the General Gau's Chicken, please, and wonton soup."

static const struct {
    size_t len; /* of the beginning of INPUT */
    uint8_t output[64];
} vectors[] = {
    {17,
     {0xc6, 0x35, 0x35, 0x68, 0xf2, 0xbf, 0x8c, 0xb4, 0xd8, 0xa5, 0x80, 0x36,
      0x2d, 0xa7, 0xff, 0x7f, 0x97}},
    {31, {0xfc, 0x00, 0x78, 0x3e, 0x0e, 0xfd, 0xb2, 0xc1, 0xd4, 0x45, 0xd4,
          0xc8, 0xef, 0xf7, 0xed, 0x22, 0x97, 0x68, 0x72, 0x68, 0xd6, 0xec,
          0xcc, 0xc0, 0xc0, 0x7b, 0x25, 0xe2, 0x5e, 0xcf, 0xe5}},
    {32, {0x39, 0x31, 0x25, 0x23, 0xa7, 0x86, 0x62, 0xd5, 0xbe, 0x7f, 0xcb,
          0xcc, 0x98, 0xeb, 0xf5, 0xa8, 0x97, 0x68, 0x72, 0x68, 0xd6, 0xec,
          0xcc, 0xc0, 0xc0, 0x7b, 0x25, 0xe2, 0x5e, 0xcf, 0xe5, 0x84}},
    {47,
     {0x97, 0x68, 0x72, 0x68, 0xd6, 0xec, 0xcc, 0xc0, 0xc0, 0x7b, 0x25, 0xe2,
      0x5e, 0xcf, 0xe5, 0x84, 0xb3, 0xff, 0xfd, 0x94, 0x0c, 0x16, 0xa1, 0x8c,
      0x1b, 0x55, 0x49, 0xd2, 0xf8, 0x38, 0x02, 0x9e, 0x39, 0x31, 0x25, 0x23,
      0xa7, 0x86, 0x62, 0xd5, 0xbe, 0x7f, 0xcb, 0xcc, 0x98, 0xeb, 0xf5}},
    {48,
     {0x97, 0x68, 0x72, 0x68, 0xd6, 0xec, 0xcc, 0xc0, 0xc0, 0x7b, 0x25, 0xe2,
      0x5e, 0xcf, 0xe5, 0x84, 0x9d, 0xad, 0x8b, 0xbb, 0x96, 0xc4, 0xcd, 0xc0,
      0x3b, 0xc1, 0x03, 0xe1, 0xa1, 0x94, 0xbb, 0xd8, 0x39, 0x31, 0x25, 0x23,
      0xa7, 0x86, 0x62, 0xd5, 0xbe, 0x7f, 0xcb, 0xcc, 0x98, 0xeb, 0xf5, 0xa8}},
    {64, {0x97, 0x68, 0x72, 0x68, 0xd6, 0xec, 0xcc, 0xc0, 0xc0, 0x7b, 0x25,
          0xe2, 0x5e, 0xcf, 0xe5, 0x84, 0x39, 0x31, 0x25, 0x23, 0xa7, 0x86,
          0x62, 0xd5, 0xbe, 0x7f, 0xcb, 0xcc, 0x98, 0xeb, 0xf5, 0xa8, 0x48,
          0x07, 0xef, 0xe8, 0x36, 0xee, 0x89, 0xa5, 0x26, 0x73, 0x0d, 0xbc,
          0x2f, 0x7b, 0xc8, 0x40, 0x9d, 0xad, 0x8b, 0xbb, 0x96, 0xc4, 0xcd,
          0xc0, 0x3b, 0xc1, 0x03, 0xe1, 0xa1, 0x94, 0xbb, 0xd8}},
};

static struct rfc4121_crypto *
crypto(bool encrypts)
{
    struct secret_key encryption = {"chicken teriyaki"};
    struct secret_key integrity = {"0123456789abcdef"};
    struct rfc4121_crypto *made;

    ck_assert_int_eq(
        rfc4121_crypto_new(&integrity, &encryption, encrypts, &made), SCRAM_OK);
    return made;
}

static struct rfc4121_view
whole(uint8_t *bytes, size_t len)
{
    return (struct rfc4121_view){.head = {bytes, len, false}};
}

START_TEST(ciphertext_is_stolen_as_in_rfc_3962)
{
    struct rfc4121_crypto *seals = crypto(true), *unseals = crypto(false);
    uint8_t bytes[] = INPUT, sum[RFC4121_SUM_LEN], again[RFC4121_SUM_LEN];
    struct rfc4121_view view = whole(bytes, vectors[_i].len);

    ck_assert_int_eq(rfc4121_seal(seals, &view, &view, vectors[_i].len, sum),
                     SCRAM_OK);
    ck_assert_mem_eq(bytes, vectors[_i].output, vectors[_i].len);
    ck_assert_int_eq(
        rfc4121_unseal(unseals, &view, &view, vectors[_i].len, again),
        SCRAM_OK);
    ck_assert_mem_eq(bytes, INPUT, sizeof(INPUT));
    ck_assert_mem_eq(sum, again, sizeof(sum));
    rfc4121_crypto_free(seals);
    rfc4121_crypto_free(unseals);
}
END_TEST

#define PIECES 12

/* Cut some bytes into pieces of any length, none included. */
static struct rfc4121_view
cut(struct noise *noise, uint8_t *bytes, size_t len, struct rfc4121_iov *iov)
{
    struct rfc4121_view view = {.iov = iov, .count = PIECES};
    size_t i, n;

    for (i = 0; i < PIECES; i++) {
        n = noise_below(noise, 2) ? noise_below(noise, len + 1)
                                  : noise_below(noise, 40);
        n = n < len ? n : len;
        iov[i] = (struct rfc4121_iov){RFC4121_IOV_DATA, bytes, n};
        bytes += n;
        len -= n;
    }
    view.tail[1] = (struct rfc4121_span){bytes, len, false};
    return view;
}

#define LONG 30000

START_TEST(how_the_bytes_lie_makes_no_difference)
{
    static uint8_t plain[LONG], together[LONG], cipher[LONG], opened[LONG];
    struct rfc4121_crypto *seals = crypto(true), *unseals = crypto(false);
    struct noise noise = {1};
    int i;

    noise_fill(&noise, plain, sizeof(plain));
    for (i = 0; i < 20000; i++) {
        size_t len = 17 + noise_below(&noise, i % 100 ? 300 : LONG - 17);
        struct rfc4121_view from = whole(plain, len), to = whole(together, len);
        uint8_t sum[RFC4121_SUM_LEN], again[RFC4121_SUM_LEN];
        struct rfc4121_iov a[PIECES], b[PIECES];

        rfc4121_seal(seals, &from, &to, len, sum);
        from = cut(&noise, plain, len, a);
        to = cut(&noise, cipher, len, b);
        ck_assert_int_eq(rfc4121_seal(seals, &from, &to, len, again), SCRAM_OK);
        ck_assert_mem_eq(cipher, together, len);
        ck_assert_mem_eq(again, sum, sizeof(sum));

        from = cut(&noise, cipher, len, a);
        to = cut(&noise, opened, len, b);
        ck_assert_int_eq(rfc4121_unseal(unseals, &from, &to, len, again),
                         SCRAM_OK);
        ck_assert_mem_eq(opened, plain, len);
        ck_assert_mem_eq(again, sum, sizeof(sum));
    }
    rfc4121_crypto_free(seals);
    rfc4121_crypto_free(unseals);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, ciphertext_is_stolen_as_in_rfc_3962, 0,
                        COUNT(vectors));
    tcase_add_test(tests, how_the_bytes_lie_makes_no_difference);
}

int
main(void)
{
    return unit_run("rfc4121_seal", add, 120);
}
