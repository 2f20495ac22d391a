#include "unit.h"

#include "k5crypto.h"
#include "noise.h"
#include "rfc4121/message.h"

#define LONGEST 300001

/* Where confounders come from, so that a test can say which. */
static uint8_t next_confounder[16];

static enum scram_status
fixed_confounder(uint8_t *bytes, size_t len)
{
    ck_assert_uint_eq(len, sizeof(next_confounder));
    memcpy(bytes, next_confounder, len);
    return SCRAM_OK;
}

static enum scram_status
no_confounder(uint8_t *bytes, size_t len)
{
    memset(bytes, 0, len);
    return SCRAM_CRYPTO_FAILED;
}

/* One message between two ends, with the other implementation beside them. */
struct pair {
    struct rfc4121_context *sender, *receiver;
    struct k5_peer peer; /* knows the key and plays the sender */
    uint8_t key[RFC4121_KEY_LEN];
};

static struct rfc4121_context *
context(const uint8_t *key, enum rfc4121_role role)
{
    struct rfc4121_context *made;

    ck_assert_int_eq(
        rfc4121_new(key, role, true, true, fixed_confounder, &made), SCRAM_OK);
    return made;
}

static struct pair
pair(struct noise *noise, enum rfc4121_role sender)
{
    struct pair p;

    noise_fill(noise, p.key, sizeof(p.key));
    noise_fill(noise, next_confounder, sizeof(next_confounder));
    p.sender = context(p.key, sender);
    p.receiver = context(p.key, sender == RFC4121_ACCEPTOR ? RFC4121_INITIATOR
                                                           : RFC4121_ACCEPTOR);
    p.peer = k5_peer(p.key, sender);
    return p;
}

static void
pair_free(struct pair *p)
{
    rfc4121_free(p->sender);
    rfc4121_free(p->receiver);
    k5_peer_free(&p->peer);
}

/* Memory of its own, so that a byte too far is found. */
static uint8_t *
memory(size_t len)
{
    uint8_t *bytes = malloc(len == 0 ? 1 : len);

    ck_assert_ptr_nonnull(bytes);
    return bytes;
}

static struct slice
message_of(struct noise *noise, size_t len)
{
    uint8_t *bytes = memory(len);

    noise_fill(noise, bytes, len);
    return (struct slice){bytes, len};
}

static void
slice_free(struct slice s)
{
    free((void *)(uintptr_t)s.data);
}

static size_t
any_len(struct noise *noise)
{
    static const size_t below[] = {2, 18, 71, 71, 300, 5000, 9000, 40000};

    return noise_below(noise, below[noise_below(noise, 8)]);
}

static void
assert_opens(struct rfc4121_context *receiver, struct slice token,
             struct slice message, bool sealed)
{
    uint8_t *opened = memory(token.len);
    enum rfc4121_order order;
    bool confidential;
    size_t len;

    ck_assert_int_eq(
        rfc4121_unwrap(receiver, token, opened, &len, &confidential, &order),
        SCRAM_OK);
    ck_assert_uint_eq(len, message.len);
    ck_assert(len == 0 || memcmp(opened, message.data, len) == 0);
    ck_assert_int_eq(confidential, sealed);
    ck_assert_int_eq(order, RFC4121_IN_ORDER);
    free(opened);
}

/* Wrap with ours, check with theirs. */
static void
ours_to_theirs(struct noise *noise, struct pair *p, const struct k5_token *how,
               size_t len)
{
    struct slice message = message_of(noise, len);
    size_t token_len = rfc4121_wrap_len(how->sealed, len);
    uint8_t *token = memory(token_len), confounder[16];

    ck_assert_int_eq(rfc4121_wrap(p->sender, how->sealed, message, token),
                     SCRAM_OK);
    k5_assert_wrap(&p->peer, how, message, token, token_len, confounder);
    if (how->sealed)
        ck_assert_mem_eq(confounder, next_confounder, sizeof(confounder));
    free(token);
    slice_free(message);
}

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

START_TEST(k5crypto_opens_our_wrap_tokens)
{
    struct noise noise = {1};
    int i, seq;

    for (i = 0; i < 2000; i++) {
        struct pair p = pair(&noise, (enum rfc4121_role)(i % 2));

        for (seq = 0; seq < 3; seq++) {
            struct k5_token how = {.sealed = noise_below(&noise, 4) != 0,
                                   .seq = (uint64_t)seq};

            ours_to_theirs(&noise, &p, &how, any_len(&noise));
        }
        pair_free(&p);
    }
}
END_TEST

START_TEST(we_open_and_make_k5crypto_s_wrap_tokens)
{
    struct noise noise = {2};
    int i, seq;

    for (i = 0; i < 2000; i++) {
        struct pair p = pair(&noise, (enum rfc4121_role)(i % 2));

        for (seq = 0; seq < 3; seq++) {
            struct k5_token how = {.sealed = noise_below(&noise, 4) != 0,
                                   .seq = (uint64_t)seq};

            theirs_to_ours(&noise, &p, &how, any_len(&noise));
        }
        pair_free(&p);
    }
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

static bool
is_refusal(enum scram_status status)
{
    return status == SCRAM_BAD_SIGNATURE || status == SCRAM_BAD_ENCODING;
}

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

START_TEST(the_size_limit_is_exact)
{
    size_t token_len, limit;
    bool sealed = _i;

    for (token_len = 0; token_len < 5000; token_len++) {
        limit = rfc4121_wrap_size_limit(sealed, token_len);
        ck_assert(limit == 0 || rfc4121_wrap_len(sealed, limit) <= token_len);
        ck_assert(rfc4121_wrap_len(sealed, limit + 1) > token_len);
    }
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

START_TEST(without_randomness_no_token_is_sealed)
{
    uint8_t key[RFC4121_KEY_LEN] = {0}, token[64];
    struct rfc4121_context *made;

    ck_assert_int_eq(
        rfc4121_new(key, RFC4121_INITIATOR, false, false, no_confounder, &made),
        SCRAM_OK);
    ck_assert_int_eq(rfc4121_wrap(made, true, SLICE("abc"), token),
                     SCRAM_CRYPTO_FAILED);
    ck_assert_int_eq(rfc4121_wrap(made, false, SLICE("abc"), token), SCRAM_OK);
    rfc4121_free(made);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, k5crypto_opens_our_wrap_tokens);
    tcase_add_test(tests, we_open_and_make_k5crypto_s_wrap_tokens);
    tcase_add_loop_test(
        tests, every_short_length_and_long_ones_agree_with_k5crypto, 0, 2);
    tcase_add_test(tests, mic_tokens_are_k5crypto_s_own);
    tcase_add_test(tests, any_rotation_and_extra_count_is_taken);
    tcase_add_test(tests, a_token_may_be_opened_where_it_is);
    tcase_add_loop_test(tests, a_changed_bit_anywhere_is_refused, 0,
                        2 * COUNT(flipped_lens));
    tcase_add_test(tests, a_changed_bit_in_a_mic_or_its_message_is_refused);
    tcase_add_loop_test(tests, a_token_cut_short_or_made_longer_is_refused, 0,
                        2);
    tcase_add_loop_test(tests, a_token_sent_back_is_refused, 0, 2);
    tcase_add_test(tests, a_kind_of_token_is_not_taken_for_another);
    tcase_add_loop_test(tests, another_key_opens_nothing, 0, 2);
    tcase_add_loop_test(tests, the_size_limit_is_exact, 0, 2);
    tcase_add_loop_test(
        tests, order_is_reported_when_asked_for_and_shared_by_wrap_and_mic, 0,
        COUNT(reported));
    tcase_add_test(tests, a_forged_number_does_not_move_the_window);
    tcase_add_test(tests, without_randomness_no_token_is_sealed);
}

int
main(void)
{
    return unit_run("rfc4121_message", add, 300);
}
