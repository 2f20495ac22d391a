#include "unit.h"

#include "rfc4121_pair.h"

START_TEST(any_rotation_and_extra_count_is_taken)
{
    struct noise noise = {5};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    struct k5_token how = {0};
    int i;

    for (i = 0; i < 20000; i++) {
        struct slice message = message_of(&noise, noise_below(&noise, 90));
        uint8_t *token = memory(message.len + K5_AROUND + 65535);
        size_t len;

        how.sealed = i % 3 != 0;
        how.ec = how.sealed && i % 2 ? (uint16_t)noise_below(&noise, 50) : 0;
        how.rrc = (uint16_t)(i % 4 ? noise_below(&noise, 200)
                                   : noise_below(&noise, 65536));
        if (i % 1000 == 1)
            how.ec = how.sealed ? 65535 : 0;
        len = k5_wrap(&p.peer, &how, message, token);
        assert_opens(p.receiver, (struct slice){token, len}, message,
                     how.sealed);
        how.seq++;
        free(token);
        slice_free(message);
    }
    pair_free(&p);
}
END_TEST

/* Whether 8 bytes of @p secret are in @p bytes, at a place that may differ from
 * theirs by any number. */
static bool
contains_some_of(const uint8_t *bytes, size_t len, struct slice secret)
{
    size_t i, j;

    for (i = 0; i + 8 <= secret.len; i += 8) {
        for (j = 0; j + 8 <= len; j++) {
            if (memcmp(bytes + j, secret.data + i, 8) == 0)
                return true;
        }
    }
    return false;
}

/* Open a spoilt token, apart and in place; it must not open. */
static void
assert_refused(struct rfc4121_context *receiver, struct slice token,
               struct slice message, const char *what, size_t where)
{
    uint8_t *opened = memory(token.len);
    enum rfc4121_order order = RFC4121_GAP;
    bool confidential = false;
    size_t len = 12345;

    memset(opened, 0x77, token.len);
    ck_assert_msg(is_refusal(rfc4121_unwrap(receiver, token, opened, &len,
                                            &confidential, &order)),
                  "%s %zu: taken", what, where);
    ck_assert_msg(!contains_some_of(opened, token.len, message),
                  "%s %zu: plaintext", what, where);
    if (token.len != 0)
        memcpy(opened, token.data, token.len);
    token.data = opened;
    ck_assert_msg(is_refusal(rfc4121_unwrap(receiver, token, opened, &len,
                                            &confidential, &order)),
                  "%s %zu: taken in place", what, where);
    /* Without confidentiality the bytes are there as they came. */
    if (rfc4121_wrap_len(true, message.len) == token.len)
        ck_assert_msg(!contains_some_of(opened, token.len, message),
                      "%s %zu: plaintext in place", what, where);
    ck_assert_uint_eq(len, 12345);
    ck_assert(!confidential && order == RFC4121_GAP);
    free(opened);
}

static const size_t flipped_lens[] = {0, 1, 15, 16, 17, 31, 33, 47};

START_TEST(a_changed_bit_anywhere_is_refused)
{
    struct noise noise = {7};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    struct slice message = message_of(&noise, flipped_lens[_i / 2]);
    bool sealed = _i % 2;
    size_t len = rfc4121_wrap_len(sealed, message.len), bit;
    uint8_t *token = memory(len);

    ck_assert_int_eq(rfc4121_wrap(p.sender, sealed, message, token), SCRAM_OK);
    for (bit = 0; bit < 8 * len; bit++) {
        token[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_refused(p.receiver, (struct slice){token, len}, message, "bit",
                       bit);
        token[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_opens(p.receiver, (struct slice){token, len}, message, sealed);
    free(token);
    slice_free(message);
    pair_free(&p);
}
END_TEST

START_TEST(a_changed_bit_in_a_mic_or_its_message_is_refused)
{
    struct noise noise = {8};
    struct pair p = pair(&noise, RFC4121_ACCEPTOR);
    uint8_t bytes[RFC4121_MIC_LEN + 20], *message = bytes + RFC4121_MIC_LEN;
    struct slice token = {bytes, RFC4121_MIC_LEN}, signs = {message, 20};
    enum rfc4121_order order = RFC4121_GAP;
    size_t bit;

    noise_fill(&noise, message, signs.len);
    ck_assert_int_eq(rfc4121_get_mic(p.sender, signs, bytes), SCRAM_OK);
    for (bit = 0; bit < 8 * sizeof(bytes); bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_msg(
            is_refusal(rfc4121_verify_mic(p.receiver, signs, token, &order)),
            "bit %zu", bit);
        ck_assert_int_eq(order, RFC4121_GAP);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    ck_assert_int_eq(rfc4121_verify_mic(p.receiver, signs, token, &order),
                     SCRAM_OK);
    pair_free(&p);
}
END_TEST

START_TEST(a_token_cut_short_or_made_longer_is_refused)
{
    struct noise noise = {9};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    struct slice message = message_of(&noise, 40);
    bool sealed = _i % 2;
    size_t len = rfc4121_wrap_len(sealed, message.len), cut;
    uint8_t *token = memory(len + 1);
    enum rfc4121_order order;

    ck_assert_int_eq(rfc4121_wrap(p.sender, sealed, message, token), SCRAM_OK);
    token[len] = 0;
    for (cut = 0; cut <= len + 1; cut++) {
        if (cut != len)
            assert_refused(p.receiver, (struct slice){token, cut}, message,
                           "length", cut);
    }
    ck_assert_int_eq(rfc4121_get_mic(p.sender, message, token), SCRAM_OK);
    for (cut = 0; cut <= RFC4121_MIC_LEN + 1; cut++) {
        if (cut != RFC4121_MIC_LEN)
            ck_assert(is_refusal(rfc4121_verify_mic(
                p.receiver, message, (struct slice){token, cut}, &order)));
    }
    free(token);
    slice_free(message);
    pair_free(&p);
}
END_TEST

START_TEST(noise_behind_any_header_is_refused)
{
    struct noise noise = {15};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    int i;

    for (i = 0; i < 20000; i++) {
        size_t len = 16 + noise_below(&noise, 120);
        struct k5_token how = {.sealed = noise_below(&noise, 2),
                               .ec = (uint16_t)noise_below(&noise, 100),
                               .rrc = (uint16_t)noise_next(&noise)};
        uint8_t *token = memory(len);

        noise_fill(&noise, token, len);
        if (!how.sealed && i % 2)
            how.ec = 12;
        k5_header(&p.peer, 5, &how, token);
        assert_refused(p.receiver, (struct slice){token, len}, SLICE(""),
                       "noise", (size_t)i);
        free(token);
    }
    pair_free(&p);
}
END_TEST

START_TEST(a_token_sent_back_is_refused)
{
    struct noise noise = {10};
    struct pair p = pair(&noise, (enum rfc4121_role)_i);
    uint8_t token[128], opened[128];
    struct slice message = SLICE("reflected");
    enum rfc4121_order order;
    bool sealed;
    size_t len;

    for (int i = 0; i < 2; i++) {
        len = rfc4121_wrap_len(i, message.len);
        ck_assert_int_eq(rfc4121_wrap(p.sender, i, message, token), SCRAM_OK);
        ck_assert_int_eq(rfc4121_unwrap(p.sender, (struct slice){token, len},
                                        opened, &len, &sealed, &order),
                         SCRAM_BAD_SIGNATURE);
    }
    ck_assert_int_eq(rfc4121_get_mic(p.sender, message, token), SCRAM_OK);
    ck_assert_int_eq(rfc4121_verify_mic(p.sender, message,
                                        (struct slice){token, RFC4121_MIC_LEN},
                                        &order),
                     SCRAM_BAD_SIGNATURE);
    pair_free(&p);
}
END_TEST

START_TEST(a_kind_of_token_is_not_taken_for_another)
{
    struct noise noise = {11};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    uint8_t token[RFC4121_MIC_LEN], opened[RFC4121_MIC_LEN];
    struct slice empty = SLICE("");
    enum rfc4121_order order;
    bool sealed;
    size_t len;

    ck_assert_int_eq(rfc4121_get_mic(p.sender, empty, token), SCRAM_OK);
    ck_assert_int_eq(rfc4121_unwrap(p.receiver, SLICE_ARRAY(token), opened,
                                    &len, &sealed, &order),
                     SCRAM_BAD_ENCODING);
    ck_assert_int_eq(rfc4121_wrap(p.sender, false, empty, token), SCRAM_OK);
    ck_assert_int_eq(
        rfc4121_verify_mic(p.receiver, empty, SLICE_ARRAY(token), &order),
        SCRAM_BAD_ENCODING);
    pair_free(&p);
}
END_TEST

START_TEST(another_key_opens_nothing)
{
    struct noise noise = {12};
    struct pair p = pair(&noise, RFC4121_INITIATOR),
                q = pair(&noise, p.peer.sender);
    struct slice message = SLICE("a message for somebody else");
    size_t len = rfc4121_wrap_len(_i, message.len);
    uint8_t *token = memory(len);

    ck_assert_int_eq(rfc4121_wrap(p.sender, _i, message, token), SCRAM_OK);
    assert_refused(q.receiver, (struct slice){token, len}, message, "key", 0);
    free(token);
    pair_free(&p);
    pair_free(&q);
}
END_TEST

START_TEST(a_forged_number_does_not_move_the_window)
{
    struct noise noise = {14};
    struct pair p = pair(&noise, RFC4121_ACCEPTOR);
    struct slice message = SLICE("m");
    uint8_t mic[RFC4121_MIC_LEN];
    enum rfc4121_order order;

    ck_assert_int_eq(rfc4121_get_mic(p.sender, message, mic), SCRAM_OK);
    mic[10] ^= 1;
    ck_assert_int_eq(
        rfc4121_verify_mic(p.receiver, message, SLICE_ARRAY(mic), &order),
        SCRAM_BAD_SIGNATURE);
    mic[10] ^= 1;
    ck_assert_int_eq(
        rfc4121_verify_mic(p.receiver, message, SLICE_ARRAY(mic), &order),
        SCRAM_OK);
    ck_assert_int_eq(order, RFC4121_IN_ORDER);
    pair_free(&p);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, any_rotation_and_extra_count_is_taken);
    tcase_add_loop_test(tests, a_changed_bit_anywhere_is_refused, 0,
                        2 * COUNT(flipped_lens));
    tcase_add_test(tests, a_changed_bit_in_a_mic_or_its_message_is_refused);
    tcase_add_loop_test(tests, a_token_cut_short_or_made_longer_is_refused, 0,
                        2);
    tcase_add_test(tests, noise_behind_any_header_is_refused);
    tcase_add_loop_test(tests, a_token_sent_back_is_refused, 0, 2);
    tcase_add_test(tests, a_kind_of_token_is_not_taken_for_another);
    tcase_add_loop_test(tests, another_key_opens_nothing, 0, 2);
    tcase_add_test(tests, a_forged_number_does_not_move_the_window);
}

int
main(void)
{
    return unit_run("rfc4121_unwrap", add, 300);
}
