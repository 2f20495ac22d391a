#include "unit.h"

#include <openssl/evp.h>

#include "k5crypto.h"
#include "noise.h"
#include "rfc4121/prf.h"

#define BLOCK 16
#define INPUT_MAX 200

static enum scram_status
no_randomness(uint8_t *bytes, size_t len)
{
    memset(bytes, 0, len);
    return SCRAM_CRYPTO_FAILED;
}

static struct rfc4121_context *
context(const uint8_t *key, enum rfc4121_role role)
{
    struct rfc4121_context *made;

    ck_assert_int_eq(rfc4121_new(key, role, true, true, no_randomness, &made),
                     SCRAM_OK);
    return made;
}

/* One block of RFC 4402's PRF+, by k5crypto. */
static void
their_block(const struct k5_peer *peer, uint32_t counter, struct slice input,
            char *block)
{
    uint8_t bytes[4 + INPUT_MAX] = {
        (uint8_t)(counter >> 24),
        (uint8_t)(counter >> 16),
        (uint8_t)(counter >> 8),
        (uint8_t)counter,
    };
    krb5_data in = {.data = (char *)bytes,
                    .length = 4 + (unsigned int)input.len};
    krb5_data out = {.data = block, .length = BLOCK};

    memcpy(bytes + 4, input.data, input.len);
    ck_assert_int_eq(krb5_k_prf(NULL, peer->key, &in, &out), 0);
}

START_TEST(the_prf_is_k5crypto_s_for_any_length)
{
    struct noise noise = {1};
    uint8_t key[RFC4121_KEY_LEN], bytes[INPUT_MAX], output[200], guard;
    char expected[sizeof(output) + BLOCK];
    int i;

    for (i = 0; i < 3000; i++) {
        struct slice input = {bytes, noise_below(&noise, INPUT_MAX)};
        size_t len = noise_below(&noise, sizeof(output)), at;
        struct rfc4121_context *made;
        struct k5_peer peer;

        noise_fill(&noise, key, sizeof(key));
        noise_fill(&noise, bytes, sizeof(bytes));
        made = context(key, (enum rfc4121_role)(i % 2));
        peer = k5_peer(key, RFC4121_INITIATOR);
        for (at = 0; at < len; at += BLOCK)
            their_block(&peer, (uint32_t)(at / BLOCK), input, expected + at);
        guard = output[len] = 0x5a;
        ck_assert_int_eq(rfc4121_prf(made, input, output, len), SCRAM_OK);
        ck_assert(len == 0 || memcmp(output, expected, len) == 0);
        ck_assert_uint_eq(output[len], guard);
        k5_peer_free(&peer);
        rfc4121_free(made);
    }
}
END_TEST

START_TEST(the_counter_goes_past_one_byte)
{
    static uint8_t output[70000];
    uint8_t key[RFC4121_KEY_LEN] = {7};
    char expected[BLOCK];
    struct rfc4121_context *made = context(key, RFC4121_ACCEPTOR);
    struct k5_peer peer = k5_peer(key, RFC4121_INITIATOR);

    ck_assert_int_eq(rfc4121_prf(made, SLICE("in"), output, sizeof(output)),
                     SCRAM_OK);
    their_block(&peer, 4321, SLICE("in"), expected);
    ck_assert_mem_eq(output + 4321 * BLOCK, expected, BLOCK);
    k5_peer_free(&peer);
    rfc4121_free(made);
}
END_TEST

/* Which block cannot be encrypted, from 1; 0: none. The first derives the key.
 */
static unsigned bad_block;

int __real_EVP_EncryptUpdate(EVP_CIPHER_CTX *cipher, unsigned char *to,
                             int *done, const unsigned char *from, int len);
int __wrap_EVP_EncryptUpdate(EVP_CIPHER_CTX *cipher, unsigned char *to,
                             int *done, const unsigned char *from, int len);
int
__wrap_EVP_EncryptUpdate(EVP_CIPHER_CTX *cipher, unsigned char *to, int *done,
                         const unsigned char *from, int len)
{
    if (bad_block != 0 && --bad_block == 0)
        return 0;
    return __real_EVP_EncryptUpdate(cipher, to, done, from, len);
}

/* The blocks before it are the context's, and are not handed out. */
START_TEST(a_block_that_fails_leaves_none_before_it)
{
    uint8_t key[RFC4121_KEY_LEN] = {7}, output[3 * BLOCK], zeros[3 * BLOCK];
    struct rfc4121_context *made = context(key, RFC4121_INITIATOR);

    memset(zeros, 0, sizeof(zeros));
    ck_assert_int_eq(rfc4121_prf(made, SLICE("in"), output, sizeof(output)),
                     SCRAM_OK);
    ck_assert_mem_ne(output, zeros, sizeof(output));
    memcpy(output, zeros, sizeof(output));
    bad_block = 3;
    ck_assert_int_eq(rfc4121_prf(made, SLICE("in"), output, sizeof(output)),
                     SCRAM_CRYPTO_FAILED);
    ck_assert_uint_eq(bad_block, 0);
    ck_assert_mem_eq(output, zeros, sizeof(output));
    rfc4121_free(made);
}
END_TEST

#if SIZE_MAX > UINT32_MAX /* with fewer bits no length is too great */
START_TEST(more_output_than_the_counter_can_count_is_refused)
{
    uint8_t key[RFC4121_KEY_LEN] = {0}, output[1];
    struct rfc4121_context *made = context(key, RFC4121_INITIATOR);

    ck_assert_int_eq(rfc4121_prf(made, SLICE(""), output, RFC4121_PRF_MAX + 1),
                     SCRAM_BAD_ARGUMENT);
    rfc4121_free(made);
}
END_TEST
#endif

static void
add(TCase *tests)
{
    tcase_add_test(tests, the_prf_is_k5crypto_s_for_any_length);
    tcase_add_test(tests, the_counter_goes_past_one_byte);
    tcase_add_test(tests, a_block_that_fails_leaves_none_before_it);
#if SIZE_MAX > UINT32_MAX
    tcase_add_test(tests, more_output_than_the_counter_can_count_is_refused);
#endif
}

int
main(void)
{
    return unit_run("rfc4121_prf", add, 60);
}
