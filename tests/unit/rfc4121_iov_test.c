#include "unit.h"

#include "rfc4121_buffers.h"
#include "rfc4121_pair.h"

static const struct {
    bool sealed, with_trailer;
    size_t header, trailer;
} lengths[] = {
    {true, true, 32, 28},
    {true, false, 60, 0},
    {false, true, 16, 12},
    {false, false, 28, 0},
};

START_TEST(lengths_are_what_a_token_takes)
{
    bool confidential = lengths[_i].sealed;
    struct rfc4121_iov iov[] = {
        {RFC4121_IOV_DATA, NULL, 17},
        {RFC4121_IOV_HEADER, NULL, 1},
        {RFC4121_IOV_PADDING, NULL, 3},
        {lengths[_i].with_trailer ? RFC4121_IOV_TRAILER : RFC4121_IOV_EMPTY,
         NULL, 0},
    };

    ck_assert_int_eq(rfc4121_wrap_iov_length(&confidential, iov, 4), SCRAM_OK);
    ck_assert_int_eq(confidential, lengths[_i].sealed);
    ck_assert_uint_eq(iov[0].len, 17);
    ck_assert_uint_eq(iov[1].len, lengths[_i].header);
    ck_assert_uint_eq(iov[2].len, 0);
    ck_assert_uint_eq(iov[3].len, lengths[_i].trailer);
}
END_TEST

START_TEST(buffers_that_are_too_short_are_not_written_to)
{
    struct noise noise = {5};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    uint8_t header[60], data[5] = "text", trailer[28];
    struct rfc4121_iov iov[] = {
        {RFC4121_IOV_HEADER, header, lengths[_i].header},
        {RFC4121_IOV_DATA, data, sizeof(data)},
        {lengths[_i].with_trailer ? RFC4121_IOV_TRAILER : RFC4121_IOV_EMPTY,
         trailer, lengths[_i].trailer},
    };
    bool confidential = lengths[_i].sealed;

    iov[0].len--;
    ck_assert_int_eq(rfc4121_wrap_iov(p.sender, &confidential, iov, 3),
                     SCRAM_TOO_SMALL);
    iov[0].len++;
    if (lengths[_i].with_trailer) {
        iov[2].len--;
        ck_assert_int_eq(rfc4121_wrap_iov(p.sender, &confidential, iov, 3),
                         SCRAM_TOO_SMALL);
        iov[2].len++;
    }
    ck_assert_mem_eq(data, "text", 5);
    ck_assert_int_eq(rfc4121_wrap_iov(p.sender, &confidential, iov, 3),
                     SCRAM_OK);
    pair_free(&p);
}
END_TEST

START_TEST(without_data_nothing_is_confidential)
{
    struct noise noise = {6};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    uint8_t header[28], text[] = "signed";
    struct rfc4121_iov iov[] = {
        {RFC4121_IOV_HEADER, header, sizeof(header)},
        {RFC4121_IOV_SIGN_ONLY, text, sizeof(text)},
    };
    bool confidential = true;
    enum rfc4121_order order;

    ck_assert_int_eq(rfc4121_wrap_iov(p.sender, &confidential, iov, 2),
                     SCRAM_OK);
    ck_assert(!confidential);
    ck_assert_int_eq(
        rfc4121_unwrap_iov(p.receiver, iov, 2, &confidential, &order),
        SCRAM_OK);
    ck_assert(!confidential);
    pair_free(&p);
}
END_TEST

START_TEST(buffers_in_a_row_are_the_token_that_wrap_makes)
{
    struct noise noise = {7};
    struct pair p = pair(&noise, RFC4121_ACCEPTOR);
    uint8_t token[200], message[100];
    bool confidential = _i;
    size_t lead = _i ? 32 : 16;
    struct rfc4121_iov iov[] = {
        {RFC4121_IOV_HEADER, token, lead},
        {RFC4121_IOV_DATA, token + lead, sizeof(message)},
        {RFC4121_IOV_TRAILER, token + lead + sizeof(message), SPACE},
    };

    noise_fill(&noise, message, sizeof(message));
    memcpy(iov[1].data, message, sizeof(message));
    ck_assert_int_eq(rfc4121_wrap_iov(p.sender, &confidential, iov, 3),
                     SCRAM_OK);
    assert_opens(p.receiver,
                 (struct slice){token, rfc4121_wrap_len(_i, sizeof(message))},
                 SLICE_ARRAY(message), _i);
    pair_free(&p);
}
END_TEST

/* Change each bit of a buffer; the token must not open, nor leave plaintext. */
static void
assert_bits_matter(struct rfc4121_context *receiver, struct buffers *b,
                   size_t which, const uint8_t *secret)
{
    size_t bit;

    for (bit = 0; bit < 8 * b->iov[which].len; bit++) {
        struct buffers spoilt = copy_of(b);
        enum rfc4121_order order = RFC4121_GAP;
        bool confidential;

        spoilt.iov[which].data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_msg(
            is_refusal(rfc4121_unwrap_iov(receiver, spoilt.iov, spoilt.count,
                                          &confidential, &order)),
            "buffer %zu, bit %zu", which, bit);
        ck_assert_int_eq(order, RFC4121_GAP);
        if (secret != NULL)
            ck_assert_mem_ne(spoilt.iov[2].data, secret, 8);
        buffers_free(&spoilt);
    }
}

START_TEST(a_changed_bit_in_any_buffer_is_refused)
{
    struct noise noise = {8};
    struct pair p = pair(&noise, RFC4121_ACCEPTOR);
    bool sealed = _i & 1, with_trailer = _i & 2, confidential = sealed;
    struct buffers b = {0};
    uint8_t secret[33];
    size_t i;

    noise_fill(&noise, secret, sizeof(secret));
    add_buffer(&b, RFC4121_IOV_HEADER, SPACE);
    memcpy(add_buffer(&b, RFC4121_IOV_SIGN_ONLY, 5)->data, "first", 5);
    memcpy(add_buffer(&b, RFC4121_IOV_DATA, 33)->data, secret, 33);
    memcpy(add_buffer(&b, RFC4121_IOV_SIGN_ONLY, 4)->data, "last", 4);
    if (with_trailer)
        add_buffer(&b, RFC4121_IOV_TRAILER, SPACE);
    ck_assert_int_eq(rfc4121_wrap_iov(p.sender, &confidential, b.iov, b.count),
                     SCRAM_OK);
    for (i = 0; i < b.count; i++)
        assert_bits_matter(p.receiver, &b, i, sealed ? secret : NULL);
    buffers_free(&b);
    pair_free(&p);
}
END_TEST

static const struct {
    enum scram_status status;
    struct rfc4121_iov iov[3]; /* no memory is looked at */
} wrong_buffers[] = {
    {SCRAM_BAD_ARGUMENT, {{RFC4121_IOV_DATA, NULL, 0}}},
    {SCRAM_BAD_ARGUMENT,
     {{RFC4121_IOV_HEADER, NULL, 0}, {RFC4121_IOV_HEADER, NULL, 0}}},
    {SCRAM_BAD_ARGUMENT,
     {{RFC4121_IOV_HEADER, NULL, 0},
      {RFC4121_IOV_TRAILER, NULL, 0},
      {RFC4121_IOV_TRAILER, NULL, 0}}},
    {SCRAM_BAD_ARGUMENT,
     {{RFC4121_IOV_HEADER, NULL, 0},
      {RFC4121_IOV_PADDING, NULL, 0},
      {RFC4121_IOV_PADDING, NULL, 0}}},
    {SCRAM_BAD_ARGUMENT, {{RFC4121_IOV_STREAM, NULL, 0}}},
    {SCRAM_BAD_ARGUMENT,
     {{RFC4121_IOV_STREAM, NULL, 0},
      {RFC4121_IOV_DATA, NULL, 0},
      {RFC4121_IOV_DATA, NULL, 0}}},
    {SCRAM_BAD_ENCODING,
     {{RFC4121_IOV_STREAM, NULL, 0}, {RFC4121_IOV_DATA, NULL, 0}}},
    {SCRAM_BAD_ENCODING,
     {{RFC4121_IOV_HEADER, NULL, 15}, {RFC4121_IOV_DATA, NULL, 0}}},
};

START_TEST(buffers_that_make_no_token_are_refused)
{
    struct noise noise = {9};
    struct pair p = pair(&noise, RFC4121_ACCEPTOR);
    struct rfc4121_iov iov[3];
    enum rfc4121_order order;
    bool confidential = true;

    memcpy(iov, wrong_buffers[_i].iov, sizeof(iov));
    ck_assert_int_eq(
        rfc4121_unwrap_iov(p.receiver, iov, 3, &confidential, &order),
        wrong_buffers[_i].status);
    if (wrong_buffers[_i].status == SCRAM_BAD_ARGUMENT) {
        ck_assert_int_eq(rfc4121_wrap_iov_length(&confidential, iov, 3),
                         SCRAM_BAD_ARGUMENT);
        ck_assert_int_eq(rfc4121_wrap_iov(p.sender, &confidential, iov, 3),
                         SCRAM_BAD_ARGUMENT);
    }
    pair_free(&p);
}
END_TEST

/* What is done to a good token of HEADER, DATA, PADDING and TRAILER. */
static const struct {
    size_t which;
    size_t len;
    uint16_t rrc;
} distortions[] = {
    {0, 31, 0}, {0, 33, 0}, {2, 1, 0},   {3, 27, 0},
    {3, 29, 0}, {0, 32, 1}, {0, 32, 28},
};

START_TEST(buffers_of_another_length_or_rotation_are_refused)
{
    struct noise noise = {10};
    struct pair p = pair(&noise, RFC4121_ACCEPTOR);
    struct buffers b = {0};
    enum rfc4121_order order;
    bool confidential = true;

    add_buffer(&b, RFC4121_IOV_HEADER, SPACE);
    memset(add_buffer(&b, RFC4121_IOV_DATA, 20)->data, 'd', 20);
    add_buffer(&b, RFC4121_IOV_PADDING, 1);
    add_buffer(&b, RFC4121_IOV_TRAILER, SPACE);
    ck_assert_int_eq(rfc4121_wrap_iov(p.sender, &confidential, b.iov, b.count),
                     SCRAM_OK);
    b.iov[distortions[_i].which].len = distortions[_i].len;
    header_in(&b)->data[7] = (uint8_t)distortions[_i].rrc;
    ck_assert_int_eq(
        rfc4121_unwrap_iov(p.receiver, b.iov, b.count, &confidential, &order),
        SCRAM_BAD_ENCODING);
    buffers_free(&b);
    pair_free(&p);
}
END_TEST

START_TEST(a_mic_over_buffers_is_one_over_all_their_bytes)
{
    struct noise noise = {12};
    struct pair p = pair(&noise, (enum rfc4121_role)_i);
    uint8_t text[] = "Data and signed-only bytes count alike", mic[40];
    struct slice whole = {text, sizeof(text)};
    struct rfc4121_iov iov[] = {
        {RFC4121_IOV_DATA, text, 9},
        {RFC4121_IOV_MIC_TOKEN, mic, sizeof(mic)},
        {RFC4121_IOV_SIGN_ONLY, text + 9, 10},
        {RFC4121_IOV_HEADER, NULL, 0},
        {RFC4121_IOV_SIGN_ONLY, text + 19, sizeof(text) - 19},
    };
    enum rfc4121_order order;

    ck_assert_int_eq(rfc4121_get_mic_iov(p.sender, iov, 5), SCRAM_OK);
    ck_assert_uint_eq(iov[1].len, RFC4121_MIC_LEN);
    ck_assert_int_eq(rfc4121_verify_mic(p.receiver, whole,
                                        (struct slice){mic, RFC4121_MIC_LEN},
                                        &order),
                     SCRAM_OK);
    ck_assert_int_eq(rfc4121_get_mic(p.sender, whole, mic), SCRAM_OK);
    ck_assert_int_eq(rfc4121_verify_mic_iov(p.receiver, iov, 5, &order),
                     SCRAM_OK);
    ck_assert_int_eq(order, RFC4121_IN_ORDER);
    text[20] ^= 1;
    ck_assert_int_eq(rfc4121_verify_mic_iov(p.receiver, iov, 5, &order),
                     SCRAM_BAD_SIGNATURE);
    pair_free(&p);
}
END_TEST

START_TEST(a_mic_needs_one_buffer_of_its_length)
{
    struct noise noise = {13};
    struct pair p = pair(&noise, RFC4121_ACCEPTOR);
    uint8_t mic[RFC4121_MIC_LEN];
    struct rfc4121_iov iov[] = {
        {RFC4121_IOV_MIC_TOKEN, mic, RFC4121_MIC_LEN - 1},
        {RFC4121_IOV_MIC_TOKEN, mic, RFC4121_MIC_LEN},
    };
    struct rfc4121_iov measured[] = {iov[0], {RFC4121_IOV_DATA, mic, 1}};
    enum rfc4121_order order;

    ck_assert_int_eq(rfc4121_get_mic_iov_length(measured, 2), SCRAM_OK);
    ck_assert_uint_eq(measured[0].len, RFC4121_MIC_LEN);
    ck_assert_uint_eq(measured[1].len, 1);
    ck_assert_int_eq(rfc4121_get_mic_iov_length(measured + 1, 1),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(rfc4121_get_mic_iov_length(iov, 2), SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(rfc4121_get_mic_iov(p.sender, iov, 1), SCRAM_TOO_SMALL);
    ck_assert_int_eq(rfc4121_verify_mic_iov(p.receiver, iov, 1, &order),
                     SCRAM_BAD_ENCODING);
    ck_assert_int_eq(rfc4121_get_mic_iov(p.sender, iov, 2), SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(rfc4121_get_mic_iov(p.sender, iov, 0), SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(rfc4121_verify_mic_iov(p.receiver, iov, 2, &order),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(rfc4121_verify_mic_iov(p.receiver, iov, 0, &order),
                     SCRAM_BAD_ARGUMENT);
    pair_free(&p);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, lengths_are_what_a_token_takes, 0,
                        COUNT(lengths));
    tcase_add_loop_test(tests, buffers_that_are_too_short_are_not_written_to, 0,
                        COUNT(lengths));
    tcase_add_test(tests, without_data_nothing_is_confidential);
    tcase_add_loop_test(tests, buffers_in_a_row_are_the_token_that_wrap_makes,
                        0, 2);
    tcase_add_loop_test(tests, a_changed_bit_in_any_buffer_is_refused, 0, 4);
    tcase_add_loop_test(tests, buffers_that_make_no_token_are_refused, 0,
                        COUNT(wrong_buffers));
    tcase_add_loop_test(tests,
                        buffers_of_another_length_or_rotation_are_refused, 0,
                        COUNT(distortions));
    tcase_add_loop_test(tests, a_mic_over_buffers_is_one_over_all_their_bytes,
                        0, 2);
    tcase_add_test(tests, a_mic_needs_one_buffer_of_its_length);
}

int
main(void)
{
    return unit_run("rfc4121_iov", add, 300);
}
