#include "unit.h"

#include "base/base64.h"
#include "scram/signature.h"
#include "vectors.h"

/* The proofs and signatures of the RFCs' exchanges. */
START_TEST(signatures_are_the_rfcs_own)
{
    const struct vector *v = &vectors[_i];
    struct slice client_final = slice_of(v->client_final);
    const char *p = strstr(v->client_final, ",p=");
    uint8_t memory[512], text[64];
    struct buffer firsts = BUFFER_ARRAY(memory), out = BUFFER_ARRAY(text);
    struct scram_auth_message message;
    struct scram_verifier verifier;
    struct scram_keys keys;
    struct secret_key signature = {{0}};
    struct scram_mac mac;

    buffer_put(&firsts, slice_of(v->client_first));
    buffer_put(&firsts, SLICE(","));
    buffer_put(&firsts, slice_of(v->server_first));
    buffer_put(&firsts, SLICE(","));
    message.firsts = buffer_slice(&firsts);
    message.without_proof = slice_before(client_final, slice_of(p));
    ck_assert_int_eq(scram_verifier_parse(slice_of(v->verifier), &verifier),
                     SCRAM_OK);
    ck_assert_int_eq(
        scram_keys_derive(v->mechanism, SLICE("pencil"),
                          (struct slice){verifier.salt, verifier.salt_len},
                          verifier.iterations, &keys),
        SCRAM_OK);

    ck_assert_int_eq(scram_mac_begin(v->mechanism, &mac), SCRAM_OK);
    ck_assert_int_eq(
        scram_mac_key(&mac, scram_key_slice(v->mechanism, &keys.stored_key)),
        SCRAM_OK);
    ck_assert_int_eq(scram_signature(&mac, &message, &signature), SCRAM_OK);
    scram_xor(&signature, &keys.client_key);
    base64_encode(scram_key_slice(v->mechanism, &signature), &out);
    ck_assert(slice_equal(buffer_slice(&out), slice_of(p + 3)));

    ck_assert_int_eq(
        scram_mac_key(&mac, scram_key_slice(v->mechanism, &keys.server_key)),
        SCRAM_OK);
    ck_assert_int_eq(scram_signature(&mac, &message, &signature), SCRAM_OK);
    scram_mac_end(&mac);
    out.len = 0;
    base64_encode(scram_key_slice(v->mechanism, &signature), &out);
    ck_assert(slice_equal(buffer_slice(&out), slice_of(v->server_final + 2)));
}
END_TEST

/*
 * No RFC has a vector for the session key; these were computed from the
 * formula of RFC 5802, section 8.2, with Python's hmac.
 */
static const struct {
    enum scram_mechanism mechanism;
    const char *base64;
} session_keys[] = {
    {SCRAM_SHA_1, "xxk/0p8EPhhXuJ9fqsOl0w=="},
    {SCRAM_SHA_256, "ZzBiRhOYi8wFZ0kecAOV1A=="},
};

START_TEST(the_session_key_is_the_right_most_bits)
{
    struct scram_auth_message message = {SLICE("first,second,"),
                                         SLICE("c=,r=ab")};
    enum scram_mechanism mechanism = session_keys[_i].mechanism;
    struct secret_key stored = {{0}}, client = {{0}};
    struct scram_mac mac;
    uint8_t key[SCRAM_SESSION_KEY_LEN], text[32];
    struct buffer out = BUFFER_ARRAY(text);

    memset(stored.data, 's', sizeof(stored.data));
    memset(client.data, 'c', sizeof(client.data));
    ck_assert_int_eq(scram_mac_begin(mechanism, &mac), SCRAM_OK);
    ck_assert_int_eq(scram_mac_key(&mac, scram_key_slice(mechanism, &stored)),
                     SCRAM_OK);
    ck_assert_int_eq(scram_session_key(mechanism, &mac, &client, &message, key),
                     SCRAM_OK);
    scram_mac_end(&mac);
    base64_encode(SLICE_ARRAY(key), &out);
    ck_assert(
        slice_equal(buffer_slice(&out), slice_of(session_keys[_i].base64)));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, signatures_are_the_rfcs_own, 0, COUNT(vectors));
    tcase_add_loop_test(tests, the_session_key_is_the_right_most_bits, 0,
                        COUNT(session_keys));
}

int
main(void)
{
    return unit_run("signature", add, 30);
}
