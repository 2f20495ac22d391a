#include "unit.h"

#include "rfc4121_pair.h"

#define LONGEST 300001

/* Wrap with theirs, open with ours; with their confounder, ours makes the same
 * token. */
static void
theirs_to_ours(struct noise *noise, struct pair *p, const struct k5_token *how,
               size_t len)
{
    struct slice message = message_of(noise, len);
    uint8_t *token = memory(len + K5_AROUND), *copy = memory(len + K5_AROUND);
    size_t token_len = k5_wrap(&p->peer, how, message, token);

    assert_opens(p->receiver, (struct slice){token, token_len}, message,
                 how->sealed);
    memcpy(copy, token, token_len);
    k5_assert_wrap(&p->peer, how, message, copy, token_len, next_confounder);
    ck_assert_int_eq(rfc4121_wrap(p->sender, how->sealed, message, copy),
                     SCRAM_OK);
    ck_assert_mem_eq(copy, token, token_len);
    free(token);
    free(copy);
    slice_free(message);
}

START_TEST(we_open_and_make_k5crypto_s_wrap_tokens)
{
    struct noise noise = {2};

    pair_try(&noise, theirs_to_ours);
}
END_TEST

static const size_t long_lens[] = {
    8191,  8192,  8193,  16383,  16384,  16385,  65535,
    65536, 65537, 99999, 131072, 262144, 300000, LONGEST,
};

START_TEST(every_short_length_and_long_ones_agree_with_k5crypto)
{
    struct noise noise = {3};
    struct pair p = pair(&noise, RFC4121_ACCEPTOR);
    struct k5_token how = {.sealed = _i == 1};
    size_t len;
    int i;

    for (len = 0; len <= 200; len++) {
        theirs_to_ours(&noise, &p, &how, len);
        how.seq++;
    }
    for (i = 0; i < COUNT(long_lens); i++) {
        theirs_to_ours(&noise, &p, &how, long_lens[i]);
        how.seq++;
    }
    pair_free(&p);
}
END_TEST

START_TEST(mic_tokens_are_k5crypto_s_own)
{
    struct noise noise = {4};
    uint8_t ours[RFC4121_MIC_LEN], theirs[RFC4121_MIC_LEN];
    enum rfc4121_order order;
    uint64_t seq;
    int i;

    for (i = 0; i < 2000; i++) {
        struct pair p = pair(&noise, (enum rfc4121_role)(i % 2));

        for (seq = 0; seq < 3; seq++) {
            struct slice message = message_of(&noise, any_len(&noise));

            k5_mic(&p.peer, seq, message, theirs);
            ck_assert_int_eq(rfc4121_get_mic(p.sender, message, ours),
                             SCRAM_OK);
            ck_assert_mem_eq(ours, theirs, sizeof(ours));
            ck_assert_int_eq(rfc4121_verify_mic(p.receiver, message,
                                                SLICE_ARRAY(theirs), &order),
                             SCRAM_OK);
            ck_assert_int_eq(order, RFC4121_IN_ORDER);
            slice_free(message);
        }
        pair_free(&p);
    }
}
END_TEST

START_TEST(a_mic_token_that_is_changed_or_cut_is_none)
{
    static const struct slice message = SLICE("a message");
    struct noise noise = {5};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    uint8_t token[RFC4121_MIC_LEN + 1] = {0};
    enum rfc4121_order order;
    size_t i;

    ck_assert_int_eq(rfc4121_get_mic(p.sender, message, token), SCRAM_OK);
    for (i = 0; i < RFC4121_MIC_LEN; i++) {
        token[i] ^= 1;
        ck_assert_int_ne(
            rfc4121_verify_mic(p.receiver, message,
                               (struct slice){token, RFC4121_MIC_LEN}, &order),
            SCRAM_OK);
        token[i] ^= 1;
    }
    for (i = 0; i <= sizeof(token); i++)
        ck_assert_int_eq(rfc4121_verify_mic(p.receiver, message,
                                            (struct slice){token, i},
                                            &order) == SCRAM_OK,
                         i == RFC4121_MIC_LEN);
    /* Of all these one was received. */
    ck_assert_int_eq(order, RFC4121_IN_ORDER);
    pair_free(&p);
}
END_TEST

START_TEST(a_token_may_be_opened_where_it_is)
{
    struct noise noise = {6};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    struct k5_token how = {0};
    enum rfc4121_order order;
    bool confidential;
    size_t len;
    int i;

    for (i = 0; i < 2000; i++) {
        struct slice message = message_of(&noise, any_len(&noise));
        uint8_t *token = memory(message.len + K5_AROUND + 20);

        how.sealed = i % 2;
        how.ec = how.sealed ? (uint16_t)noise_below(&noise, 20) : 0;
        how.rrc = (uint16_t)noise_below(&noise, 3 * K5_AROUND);
        len = k5_wrap(&p.peer, &how, message, token);
        ck_assert_int_eq(rfc4121_unwrap(p.receiver, (struct slice){token, len},
                                        token, &len, &confidential, &order),
                         SCRAM_OK);
        ck_assert_uint_eq(len, message.len);
        ck_assert(len == 0 || memcmp(token, message.data, len) == 0);
        how.seq++;
        free(token);
        slice_free(message);
    }
    pair_free(&p);
}
END_TEST

static const struct {
    bool replay, sequence;
    enum rfc4121_order again, ahead;
} reported[] = {
    {false, false, RFC4121_IN_ORDER, RFC4121_IN_ORDER},
    {true, false, RFC4121_DUPLICATE, RFC4121_IN_ORDER},
    {false, true, RFC4121_UNSEQ, RFC4121_GAP},
    {true, true, RFC4121_DUPLICATE, RFC4121_GAP},
};

START_TEST(order_is_reported_when_asked_for_and_shared_by_wrap_and_mic)
{
    struct noise noise = {13};
    struct pair p = pair(&noise, RFC4121_ACCEPTOR);
    struct rfc4121_context *receiver;
    struct slice message = SLICE("m");
    uint8_t first[64], mic[RFC4121_MIC_LEN], opened[64];
    struct slice token = {first, rfc4121_wrap_len(false, message.len)};
    enum rfc4121_order order;
    bool sealed;
    size_t len;

    ck_assert_int_eq(rfc4121_new(p.key, RFC4121_INITIATOR, reported[_i].replay,
                                 reported[_i].sequence, fixed_confounder,
                                 &receiver),
                     SCRAM_OK);
    ck_assert_int_eq(rfc4121_wrap(p.sender, false, message, first), SCRAM_OK);
    ck_assert_int_eq(rfc4121_get_mic(p.sender, message, mic), SCRAM_OK);
    ck_assert_int_eq(rfc4121_get_mic(p.sender, message, mic), SCRAM_OK);
    rfc4121_unwrap(receiver, token, opened, &len, &sealed, &order);
    ck_assert_int_eq(order, RFC4121_IN_ORDER);
    rfc4121_unwrap(receiver, token, opened, &len, &sealed, &order);
    ck_assert_int_eq(order, reported[_i].again);
    rfc4121_verify_mic(receiver, message, SLICE_ARRAY(mic), &order);
    ck_assert_int_eq(order, reported[_i].ahead);
    rfc4121_free(receiver);
    pair_free(&p);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, we_open_and_make_k5crypto_s_wrap_tokens);
    tcase_add_loop_test(
        tests, every_short_length_and_long_ones_agree_with_k5crypto, 0, 2);
    tcase_add_test(tests, mic_tokens_are_k5crypto_s_own);
    tcase_add_test(tests, a_mic_token_that_is_changed_or_cut_is_none);
    tcase_add_test(tests, a_token_may_be_opened_where_it_is);
    tcase_add_loop_test(
        tests, order_is_reported_when_asked_for_and_shared_by_wrap_and_mic, 0,
        COUNT(reported));
}

int
main(void)
{
    return unit_run("rfc4121_message", add, 300);
}
