#include "unit.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "k5crypto.h"
#include "noise.h"
#include "rfc4121/derive.h"

/*
 * k5crypto does not show the keys that it derives, but a checksum of its is an
 * HMAC with one of them.
 */
START_TEST(checksum_keys_are_k5crypto_s)
{
    struct noise noise = {1};
    uint8_t key[RFC4121_KEY_LEN], text[] = "some text", hmac[20];
    krb5_data data = {.data = (char *)text, .length = sizeof(text)};
    struct secret_key derived;
    krb5_checksum theirs;
    uint32_t usage;

    for (usage = 1; usage <= 1000; usage++) {
        struct k5_peer peer;

        noise_fill(&noise, key, sizeof(key));
        peer = k5_peer(key, RFC4121_INITIATOR);
        ck_assert_int_eq(
            rfc4121_derive_for_usage(key, usage, RFC4121_KC, &derived),
            SCRAM_OK);
        ck_assert_ptr_nonnull(EVP_Q_mac(
            NULL, "HMAC", NULL, "SHA1", NULL, derived.data, RFC4121_KEY_LEN,
            text, sizeof(text), hmac, sizeof(hmac), NULL));
        ck_assert_int_eq(
            krb5_k_make_checksum(NULL, CKSUMTYPE_HMAC_SHA1_96_AES128, peer.key,
                                 (krb5_keyusage)usage, &data, &theirs),
            0);
        ck_assert_uint_eq(theirs.length, 12);
        ck_assert_mem_eq(theirs.contents, hmac, 12);
        krb5_free_checksum_contents(NULL, &theirs);
        k5_peer_free(&peer);
    }
}
END_TEST

/* KRB5KDF is libcrypto's own derivation, which its default provider has. */
static void
derive_by_libcrypto(const uint8_t *key, struct slice constant, uint8_t *derived)
{
    char cipher[] = "AES-128-CBC";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_CIPHER, cipher, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key,
                                          RFC4121_KEY_LEN),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_CONSTANT,
                                          (void *)constant.data, constant.len),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "KRB5KDF", "provider=default");
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

    ck_assert_int_eq(EVP_KDF_derive(ctx, derived, RFC4121_KEY_LEN, params), 1);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
}

START_TEST(keys_of_every_constant_are_libcrypto_s)
{
    struct noise noise = {2};
    uint8_t key[RFC4121_KEY_LEN], bytes[16], theirs[RFC4121_KEY_LEN];
    struct secret_key ours;
    int i;

    for (i = 0; i < 1600; i++) {
        struct slice constant = {bytes, 1 + (size_t)i % sizeof(bytes)};

        noise_fill(&noise, key, sizeof(key));
        /* Ones make carries that go all the way round. */
        noise_fill(&noise, bytes, sizeof(bytes));
        if (i % 3 == 0)
            memset(bytes, 0xff, sizeof(bytes) - (size_t)i % 5);
        derive_by_libcrypto(key, constant, theirs);
        ck_assert_int_eq(rfc4121_derive(key, constant, &ours), SCRAM_OK);
        ck_assert_mem_eq(ours.data, theirs, RFC4121_KEY_LEN);
    }
}
END_TEST

START_TEST(each_kind_and_usage_has_a_key_of_its_own)
{
    static const enum rfc4121_derived kinds[] = {RFC4121_KC, RFC4121_KE,
                                                 RFC4121_KI};
    uint8_t key[RFC4121_KEY_LEN] = {0};
    struct secret_key derived[6];
    uint32_t i, j;

    for (i = 0; i < 6; i++)
        rfc4121_derive_for_usage(key, 22 + i / 3, kinds[i % 3], &derived[i]);
    for (i = 0; i < 6; i++) {
        for (j = 0; j < i; j++)
            ck_assert_mem_ne(derived[i].data, derived[j].data, RFC4121_KEY_LEN);
    }
}
END_TEST

START_TEST(a_constant_of_another_length_is_not_used)
{
    uint8_t key[RFC4121_KEY_LEN] = {0};
    struct secret_key derived;

    ck_assert_int_eq(rfc4121_derive(key, SLICE("seventeen bytes.."), &derived),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(rfc4121_derive(key, SLICE(""), &derived),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(rfc4121_derive(key, SLICE("sixteen bytes.ok"), &derived),
                     SCRAM_OK);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, checksum_keys_are_k5crypto_s);
    tcase_add_test(tests, keys_of_every_constant_are_libcrypto_s);
    tcase_add_test(tests, each_kind_and_usage_has_a_key_of_its_own);
    tcase_add_test(tests, a_constant_of_another_length_is_not_used);
}

int
main(void)
{
    return unit_run("rfc4121_derive", add, 60);
}
