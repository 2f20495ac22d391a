#include "unit.h"

#include "rfc4121/iov.h"
#include "rfc4121_pair.h"

START_TEST(a_stream_that_opens_elsewhere_is_left_alone)
{
    struct noise noise = {4};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    uint8_t token[100], copy[100], room[100];
    struct rfc4121_iov iov[2];
    enum rfc4121_order order;
    bool confidential;
    size_t len;

    struct k5_token how = {.sealed = _i, .rrc = 20};
    len = k5_wrap(&p.peer, &how, SLICE("to be opened"), token);
    memcpy(copy, token, len);
    iov[0] = (struct rfc4121_iov){RFC4121_IOV_STREAM, token, len};
    iov[1] = (struct rfc4121_iov){RFC4121_IOV_DATA, room, len};
    ck_assert_int_eq(
        rfc4121_unwrap_iov(p.receiver, iov, 2, &confidential, &order),
        SCRAM_OK);
    ck_assert_mem_eq(room, "to be opened", 12);
    ck_assert_mem_eq(token, copy, len);
    pair_free(&p);
}
END_TEST

START_TEST(a_stream_that_opened_in_place_is_a_token_without_rotation)
{
    struct noise noise = {14};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    struct k5_token how = {.rrc = 1000};
    uint8_t token[100];
    size_t len = k5_wrap(&p.peer, &how, SLICE("signed alone"), token);
    struct rfc4121_iov iov[] = {{RFC4121_IOV_STREAM, token, len},
                                {RFC4121_IOV_DATA, NULL, 0}};
    enum rfc4121_order order;
    bool confidential;

    ck_assert_int_eq(
        rfc4121_unwrap_iov(p.receiver, iov, 2, &confidential, &order),
        SCRAM_OK);
    how.rrc = 0;
    k5_assert_wrap(&p.peer, &how, SLICE("signed alone"), token, len, NULL);
    pair_free(&p);
}
END_TEST

START_TEST(the_buffer_for_a_stream_s_message_is_as_it_was_after_a_failure)
{
    struct noise noise = {15};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    struct k5_token how = {.sealed = true};
    uint8_t token[100], room[100];
    size_t len = k5_wrap(&p.peer, &how, SLICE("text"), token);
    struct rfc4121_iov iov[] = {{RFC4121_IOV_STREAM, token, len},
                                {RFC4121_IOV_DATA, _i ? room : NULL, len}};
    enum rfc4121_order order;
    bool confidential;

    token[len - 1] ^= 1;
    ck_assert_int_eq(
        rfc4121_unwrap_iov(p.receiver, iov, 2, &confidential, &order),
        SCRAM_BAD_SIGNATURE);
    ck_assert_ptr_eq(iov[1].data, _i ? room : NULL);
    ck_assert_uint_eq(iov[1].len, len);
    pair_free(&p);
}
END_TEST

START_TEST(room_for_a_stream_s_message_must_be_enough)
{
    struct noise noise = {11};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    struct k5_token how = {.sealed = true};
    uint8_t token[100], room[100];
    size_t len = k5_wrap(&p.peer, &how, SLICE("text"), token);
    struct rfc4121_iov iov[] = {{RFC4121_IOV_STREAM, token, len},
                                {RFC4121_IOV_DATA, room, len - 1}};
    enum rfc4121_order order;
    bool confidential;

    ck_assert_int_eq(
        rfc4121_unwrap_iov(p.receiver, iov, 2, &confidential, &order),
        SCRAM_TOO_SMALL);
    ck_assert_uint_eq(iov[1].len, len - 1);
    iov[1].len = len;
    ck_assert_int_eq(
        rfc4121_unwrap_iov(p.receiver, iov, 2, &confidential, &order),
        SCRAM_OK);
    ck_assert_uint_eq(iov[1].len, 4);
    pair_free(&p);
}
END_TEST

/* Every length below that of an empty message: header, confounder, the header
 * once more, checksum. */
START_TEST(a_stream_that_is_cut_is_no_token)
{
    struct noise noise = {16};
    struct pair p = pair(&noise, RFC4121_INITIATOR);
    struct k5_token how = {.sealed = _i};
    uint8_t token[100], room[100];
    size_t len = k5_wrap(&p.peer, &how, SLICE(""), token);
    enum rfc4121_order order;
    bool confidential;

    while (len-- > 0) {
        struct rfc4121_iov iov[] = {{RFC4121_IOV_STREAM, token, len},
                                    {RFC4121_IOV_DATA, room, sizeof(room)}};

        ck_assert_int_eq(
            rfc4121_unwrap_iov(p.receiver, iov, 2, &confidential, &order),
            SCRAM_BAD_ENCODING);
    }
    pair_free(&p);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_stream_that_opens_elsewhere_is_left_alone, 0,
                        2);
    tcase_add_test(tests,
                   a_stream_that_opened_in_place_is_a_token_without_rotation);
    tcase_add_loop_test(
        tests, the_buffer_for_a_stream_s_message_is_as_it_was_after_a_failure,
        0, 2);
    tcase_add_loop_test(tests, a_stream_that_is_cut_is_no_token, 0, 2);
    tcase_add_test(tests, room_for_a_stream_s_message_must_be_enough);
}

int
main(void)
{
    return unit_run("rfc4121_iov_stream", add, 60);
}
