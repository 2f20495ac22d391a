#include "unit.h"

#include "rfc4121/token.h"

static const struct {
    struct rfc4121_header header;
    uint8_t bytes[RFC4121_HEADER_LEN];
} headers[] = {
    {{RFC4121_WRAP, RFC4121_INITIATOR, false, 12, 0, 0},
     {5, 4, 0, 0xff, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
    {{RFC4121_WRAP, RFC4121_ACCEPTOR, true, 0x1234, 0x5678, 0x0102030405060708},
     {5, 4, 3, 0xff, 0x12, 0x34, 0x56, 0x78, 1, 2, 3, 4, 5, 6, 7, 8}},
    {{RFC4121_WRAP, RFC4121_INITIATOR, true, 0xffff, 0xffff, UINT64_MAX},
     {5, 4, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff}},
    {{RFC4121_MIC, RFC4121_ACCEPTOR, false, 0xffff, 0xffff, 9},
     {4, 4, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 9}},
};

START_TEST(a_header_is_written_and_read_as_rfc_4121_draws_it)
{
    const struct rfc4121_header *h = &headers[_i].header;
    uint8_t bytes[RFC4121_HEADER_LEN];
    struct rfc4121_header parsed;

    rfc4121_header_write(h, bytes);
    ck_assert_mem_eq(bytes, headers[_i].bytes, sizeof(bytes));
    ck_assert_int_eq(rfc4121_header_parse(bytes, h->kind, h->sender, &parsed),
                     SCRAM_OK);
    ck_assert_int_eq(parsed.kind, h->kind);
    ck_assert_int_eq(parsed.sender, h->sender);
    ck_assert_int_eq(parsed.sealed, h->sealed);
    ck_assert_uint_eq(parsed.ec, h->ec);
    ck_assert_uint_eq(parsed.rrc, h->rrc);
    ck_assert_uint_eq(parsed.seq, h->seq);
}
END_TEST

static const struct {
    enum rfc4121_kind kind;
    int at; /* the byte that is changed */
    uint8_t to;
    enum scram_status status;
} changes[] = {
    {RFC4121_WRAP, 0, 4, SCRAM_BAD_ENCODING}, /* MIC */
    {RFC4121_WRAP, 1, 5, SCRAM_BAD_ENCODING},
    {RFC4121_WRAP, 2, 1, SCRAM_BAD_SIGNATURE}, /* the other way */
    {RFC4121_WRAP, 2, 0xf8, SCRAM_OK},         /* flags yet to be defined */
    {RFC4121_WRAP, 3, 0, SCRAM_BAD_ENCODING},  /* filler */
    {RFC4121_MIC, 0, 5, SCRAM_BAD_ENCODING},   /* Wrap */
    {RFC4121_MIC, 2, 1, SCRAM_BAD_SIGNATURE},
    {RFC4121_MIC, 2, 2, SCRAM_BAD_ENCODING}, /* a sealed MIC */
    {RFC4121_MIC, 3, 0xfe, SCRAM_BAD_ENCODING},
    {RFC4121_MIC, 4, 0, SCRAM_BAD_ENCODING},
    {RFC4121_MIC, 5, 0, SCRAM_BAD_ENCODING},
    {RFC4121_MIC, 6, 0, SCRAM_BAD_ENCODING},
    {RFC4121_MIC, 7, 0, SCRAM_BAD_ENCODING},
};

START_TEST(what_a_header_may_not_be_is_refused)
{
    struct rfc4121_header header = {.kind = changes[_i].kind};
    uint8_t bytes[RFC4121_HEADER_LEN];

    rfc4121_header_write(&header, bytes);
    bytes[changes[_i].at] = changes[_i].to;
    ck_assert_int_eq(rfc4121_header_parse(bytes, changes[_i].kind,
                                          RFC4121_INITIATOR, &header),
                     changes[_i].status);
}
END_TEST

START_TEST(headers_match_in_all_but_the_rotation)
{
    uint8_t clear[RFC4121_HEADER_LEN] = {0}, copy[RFC4121_HEADER_LEN] = {0};
    int i;

    for (i = 0; i < RFC4121_HEADER_LEN; i++) {
        copy[i] = 1;
        ck_assert_int_eq(rfc4121_header_matches(clear, copy), i == 6 || i == 7);
        copy[i] = 0;
    }
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests,
                        a_header_is_written_and_read_as_rfc_4121_draws_it, 0,
                        COUNT(headers));
    tcase_add_loop_test(tests, what_a_header_may_not_be_is_refused, 0,
                        COUNT(changes));
    tcase_add_test(tests, headers_match_in_all_but_the_rotation);
}

int
main(void)
{
    return unit_run("rfc4121_token", add, 10);
}
