#include "unit.h"

#include <openssl/evp.h>

#include "base/base64.h"
#include "scram/keys.h"

/*
 * The password of RFC 5802, section 5, and RFC 7677, section 3. The keys were
 * computed from the RFCs' formulas with Python's hashlib and hmac.
 */
static const struct {
    enum scram_mechanism mechanism;
    const char *salt;
    const char *client_key, *stored_key, *server_key;
} vectors[] = {
    {SCRAM_SHA_1, "QSXCR+Q6sek8bf92", "4jTEe/bDZpbdbYUrmaqiuiZVVyg=",
     "6dlGYMOdZcOPutkcNY8U2g7vK9Y=", "D+CSWLOshSulAsxiupA+qs2/fTE="},
    {SCRAM_SHA_256,
     "W22ZaJ0SNY7soEsUEjb6gQ==", "pg/JI9Z+hkSpLRa5btpe9GVrDHJcSEN0viVTVXaZbos=",
     "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=",
     "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="},
};

static void
assert_key(enum scram_mechanism mechanism, const struct secret_key *key,
           const char *text)
{
    uint8_t memory[BASE64_LEN(32)];
    struct buffer b = BUFFER_ARRAY(memory);

    base64_encode(scram_key_slice(mechanism, key), &b);
    ck_assert_msg(slice_equal(buffer_slice(&b), slice_of(text)),
                  "%.*s is not %s", (int)b.len, (char *)b.data, text);
}

START_TEST(keys_are_the_rfcs_own)
{
    uint8_t memory[32];
    struct buffer salt = BUFFER_ARRAY(memory);
    struct scram_keys keys;

    ck_assert(base64_decode(slice_of(vectors[_i].salt), &salt));
    ck_assert_int_eq(scram_keys_derive(vectors[_i].mechanism, SLICE("pencil"),
                                       buffer_slice(&salt), 4096, &keys),
                     SCRAM_OK);
    assert_key(vectors[_i].mechanism, &keys.client_key, vectors[_i].client_key);
    assert_key(vectors[_i].mechanism, &keys.stored_key, vectors[_i].stored_key);
    assert_key(vectors[_i].mechanism, &keys.server_key, vectors[_i].server_key);
}
END_TEST

START_TEST(a_password_is_prepared_before_it_is_hashed)
{
    struct scram_keys a, b;

    /* U+2168 is a Roman nine, IX when prepared; U+00AD disappears. */
    ck_assert_int_eq(scram_keys_derive(SCRAM_SHA_256,
                                       SLICE("\xe2\x85\xa8\xc2\xad"),
                                       SLICE("salt"), 1, &a),
                     SCRAM_OK);
    ck_assert_int_eq(
        scram_keys_derive(SCRAM_SHA_256, SLICE("IX"), SLICE("salt"), 1, &b),
        SCRAM_OK);
    ck_assert_mem_eq(&a, &b, sizeof(a));
}
END_TEST

START_TEST(what_cannot_be_derived_is_refused)
{
    struct scram_keys keys;

    ck_assert_int_eq(
        scram_keys_derive(SCRAM_SHA_256, SLICE(""), SLICE("salt"), 1, &keys),
        SCRAM_BAD_PASSWORD);
    ck_assert_int_eq(
        scram_keys_derive(SCRAM_SHA_256, SLICE("a"), SLICE(""), 1, &keys),
        SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(
        scram_keys_derive(SCRAM_SHA_256, SLICE("a"), SLICE("salt"), 0, &keys),
        SCRAM_BAD_ARGUMENT);
}
END_TEST

/* Which MAC cannot be computed, from 1; 0: none. */
static unsigned bad_mac;

int __real_EVP_MAC_final(EVP_MAC_CTX *mac, unsigned char *out, size_t *len,
                         size_t size);
int __wrap_EVP_MAC_final(EVP_MAC_CTX *mac, unsigned char *out, size_t *len,
                         size_t size);
int
__wrap_EVP_MAC_final(EVP_MAC_CTX *mac, unsigned char *out, size_t *len,
                     size_t size)
{
    if (bad_mac != 0 && --bad_mac == 0)
        return 0;
    return __real_EVP_MAC_final(mac, out, len, size);
}

/* The first is ClientKey, the second ServerKey. */
START_TEST(keys_are_there_all_or_none)
{
    const struct scram_keys none = {0};
    struct scram_keys keys;

    memset(&keys, 'x', sizeof(keys));
    bad_mac = (unsigned)_i;
    ck_assert_int_eq(scram_keys_derive(SCRAM_SHA_256, SLICE("pencil"),
                                       SLICE("salt"), 1, &keys),
                     SCRAM_CRYPTO_FAILED);
    ck_assert_uint_eq(bad_mac, 0);
    ck_assert_mem_eq(&keys, &none, sizeof(keys));
}
END_TEST

/* RFC 4231, test case 2, and RFC 2202's for SHA-1. */
START_TEST(hmac_takes_its_parts_one_after_the_other)
{
    struct slice parts[] = {SLICE("what do ya want "), SLICE(""),
                            SLICE("for nothing?")};
    struct secret_key hmac;

    ck_assert_int_eq(scram_hmac(SCRAM_SHA_256, SLICE("Jefe"), parts, 3, &hmac),
                     SCRAM_OK);
    assert_key(SCRAM_SHA_256, &hmac,
               "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    ck_assert_int_eq(scram_hmac(SCRAM_SHA_1, SLICE("Jefe"), parts, 3, &hmac),
                     SCRAM_OK);
    assert_key(SCRAM_SHA_1, &hmac, "7/zfauXrL6LSdBbV8YTfnCWafHk=");
}
END_TEST

/* RFC 4231, test cases 1 and 2. */
START_TEST(a_mac_keeps_its_key_until_it_gets_another)
{
    struct slice jefe = SLICE("what do ya want for nothing?");
    struct slice hi = SLICE("Hi There");
    static const char jefes[] = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
    static const char his[] = "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c=";
    uint8_t key[20];
    struct scram_mac mac;
    struct secret_key hmac;
    int i, again;

    memset(key, 0x0b, sizeof(key));
    ck_assert_int_eq(scram_mac_begin(SCRAM_SHA_256, &mac), SCRAM_OK);
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(scram_mac_key(&mac, SLICE("Jefe")), SCRAM_OK);
        for (again = 0; again < 3; again++) {
            ck_assert_int_eq(scram_mac_compute(&mac, &jefe, 1, &hmac),
                             SCRAM_OK);
            assert_key(SCRAM_SHA_256, &hmac, jefes);
        }
        ck_assert_int_eq(scram_mac_key(&mac, SLICE_ARRAY(key)), SCRAM_OK);
        ck_assert_int_eq(scram_mac_compute(&mac, &hi, 1, &hmac), SCRAM_OK);
        assert_key(SCRAM_SHA_256, &hmac, his);
    }
    scram_mac_end(&mac);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, keys_are_the_rfcs_own, 0, COUNT(vectors));
    tcase_add_test(tests, a_password_is_prepared_before_it_is_hashed);
    tcase_add_test(tests, what_cannot_be_derived_is_refused);
    tcase_add_loop_test(tests, keys_are_there_all_or_none, 1, 3);
    tcase_add_test(tests, hmac_takes_its_parts_one_after_the_other);
    tcase_add_test(tests, a_mac_keeps_its_key_until_it_gets_another);
}

int
main(void)
{
    return unit_run("keys", add, 30);
}
