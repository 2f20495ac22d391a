#include "unit.h"

#include "noise.h"
#include "rfc4121/crypto.h"
#include "rfc4121/token.h"

static struct rfc4121_crypto *
crypto(bool encrypts)
{
    struct secret_key integrity = {"Jefe"}, encryption = {"some AES-128 key"};
    struct rfc4121_crypto *made;

    ck_assert_int_eq(
        rfc4121_crypto_new(&integrity, &encryption, encrypts, &made), SCRAM_OK);
    return made;
}

/* RFC 2202, test 2: zeros after a short key do not change an HMAC. */
START_TEST(the_mac_is_hmac_sha1_and_begins_anew)
{
    static const uint8_t expected[RFC4121_SUM_LEN] = {
        0xef, 0xfc, 0xdf, 0x6a, 0xe5, 0xeb, 0x2f, 0xa2, 0xd2, 0x74, 0x16, 0xd5};
    struct secret_key integrity = {"Jefe"};
    uint8_t text[] = "what do ya want for nothing?", sum[RFC4121_SUM_LEN];
    struct rfc4121_crypto *mac;
    int i;

    ck_assert_int_eq(rfc4121_crypto_new(&integrity, NULL, false, &mac),
                     SCRAM_OK);
    for (i = 0; i < 3; i++) {
        memset(sum, 0, sizeof(sum));
        rfc4121_crypto_begin(mac);
        rfc4121_crypto_sign(mac, text, 10);
        rfc4121_crypto_sign(mac, text + 10, sizeof(text) - 1 - 10);
        ck_assert_int_eq(rfc4121_crypto_end(mac, sum), SCRAM_OK);
        ck_assert_mem_eq(sum, expected, sizeof(sum));
    }
    rfc4121_crypto_free(mac);
}
END_TEST

START_TEST(the_cipher_goes_on_within_a_message_and_begins_anew_with_the_next)
{
    struct rfc4121_crypto *encrypts = crypto(true), *decrypts = crypto(false);
    uint8_t plain[96], whole[96], parts[96];
    struct noise noise = {1};
    int i;

    noise_fill(&noise, plain, sizeof(plain));
    for (i = 0; i < 3; i++) {
        rfc4121_crypto_begin(encrypts);
        rfc4121_crypto_cbc(encrypts, whole, plain, 96);
        rfc4121_crypto_begin(encrypts);
        rfc4121_crypto_cbc(encrypts, parts, plain, 16);
        rfc4121_crypto_cbc(encrypts, parts + 16, plain + 16, 80);
        ck_assert_mem_eq(parts, whole, 96);
        ck_assert_mem_ne(parts, plain, 96);
        rfc4121_crypto_begin(decrypts);
        rfc4121_crypto_cbc(decrypts, parts, parts, 64);
        rfc4121_crypto_cbc(decrypts, parts + 64, parts + 64, 32);
        ck_assert_mem_eq(parts, plain, 96);
    }
    rfc4121_crypto_free(encrypts);
    rfc4121_crypto_free(decrypts);
}
END_TEST

START_TEST(a_failure_is_reported_at_the_end_and_not_remembered_after_it)
{
    struct rfc4121_crypto *encrypts = crypto(true);
    uint8_t block[16] = {0}, sum[RFC4121_SUM_LEN];

    rfc4121_crypto_begin(encrypts);
    rfc4121_crypto_cbc(encrypts, block, block, 15); /* not a whole block */
    ck_assert_int_eq(rfc4121_crypto_end(encrypts, sum), SCRAM_CRYPTO_FAILED);
    rfc4121_crypto_begin(encrypts);
    rfc4121_crypto_cbc(encrypts, block, block, 16);
    ck_assert_int_eq(rfc4121_crypto_end(encrypts, sum), SCRAM_OK);
    rfc4121_crypto_free(encrypts);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, the_mac_is_hmac_sha1_and_begins_anew);
    tcase_add_test(
        tests,
        the_cipher_goes_on_within_a_message_and_begins_anew_with_the_next);
    tcase_add_test(
        tests, a_failure_is_reported_at_the_end_and_not_remembered_after_it);
}

int
main(void)
{
    return unit_run("rfc4121_crypto", add, 10);
}
