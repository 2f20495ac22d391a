/*
 * Messages in several buffers, over an established context.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "iov.h"

/* The token that buffers are, in memory to be freed. */
static gss_buffer_desc
join(const gss_iov_buffer_desc *iov, int count)
{
    gss_buffer_desc token = {0, malloc(4096)};
    int i;

    for (i = 0; i < count; i++) {
        if (GSS_IOV_BUFFER_TYPE(iov[i].type) == S || iov[i].buffer.length == 0)
            continue;
        memcpy((char *)token.value + token.length, iov[i].buffer.value,
               iov[i].buffer.length);
        token.length += iov[i].buffer.length;
    }
    return token;
}

/* Both directions, with and without confidentiality, with and without a
 * TRAILER, which DCE RPC does not have. */
START_TEST(buffers_are_opened_as_they_were_made)
{
    struct ends e = ends(_i & 1);
    int conf = _i >> 1 & 1, state = !conf, trailer = _i >> 2 & 1;
    char one[] = ONE, two[] = TWO, beside[] = BESIDE;
    gss_iov_buffer_desc iov[] = {
        {S, {strlen(beside), beside}}, {D, {strlen(one), one}},
        {H | ALLOCATE, UNSET},         {D, {strlen(two), two}},
        {P | ALLOCATE, UNSET},         {T | ALLOCATE, UNSET},
    };
    int count = trailer ? 6 : 5;
    gss_qop_t qop = 7;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_wrap_iov(&minor, e.from, conf, GSS_C_QOP_DEFAULT,
                                   &state, iov, count),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(state, conf);
    ck_assert_uint_eq(iov[2].type, H | ALLOCATE | ALLOCATED);
    ck_assert(!trailer || iov[5].type == (T | ALLOCATE | ALLOCATED));
    ck_assert_uint_eq(iov[4].buffer.length, 0);
    ck_assert(is_text(&iov[0], beside, BESIDE));
    ck_assert(is_text(&iov[1], one, ONE) == !conf);
    ck_assert(is_text(&iov[3], two, TWO) == !conf);
    state = !conf;
    ck_assert_uint_eq(gss_unwrap_iov(&minor, e.to, &state, &qop, iov, count),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(state, conf);
    ck_assert_uint_eq(qop, GSS_C_QOP_DEFAULT);
    ck_assert(is_text(&iov[0], beside, BESIDE));
    ck_assert(is_text(&iov[1], one, ONE));
    ck_assert(is_text(&iov[3], two, TWO));
    gss_release_iov_buffer(&minor, iov, count);
    gss_release_iov_buffer(&minor, iov, count);
}
END_TEST

/* In memory of the caller's, of the lengths that it was told. */
START_TEST(buffers_in_a_row_are_a_token_for_gss_unwrap)
{
    struct ends e = ends(_i & 1);
    int conf = _i >> 1 & 1, state = !conf;
    char memory[200];
    gss_iov_buffer_desc iov[] = {
        {H, UNSET}, {D, {strlen(ONE), (void *)ONE}}, {P, UNSET}, {T, UNSET}};
    gss_buffer_desc token = {0, memory};
    OM_uint32 minor;
    size_t i;

    ck_assert_uint_eq(gss_wrap_iov_length(&minor, e.from, conf,
                                          GSS_C_QOP_DEFAULT, &state, iov, 4),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(state, conf);
    ck_assert_ptr_eq(iov[1].buffer.value, (void *)ONE);
    ck_assert_uint_eq(iov[0].buffer.length, conf ? 32 : 16);
    ck_assert_uint_eq(iov[2].buffer.length, 0);
    ck_assert_uint_eq(iov[3].buffer.length, conf ? 28 : 12);
    for (i = 0; i < 4; i++) {
        iov[i].buffer.value = memory + token.length;
        token.length += iov[i].buffer.length;
    }
    memcpy(iov[1].buffer.value, ONE, strlen(ONE));
    ck_assert_uint_eq(
        gss_wrap_iov(&minor, e.from, conf, GSS_C_QOP_DEFAULT, NULL, iov, 4),
        GSS_S_COMPLETE);
    ck_assert_uint_eq(iov[0].type, H);
    assert_unwraps(e.to, &token, ONE, strlen(ONE), conf);
}
END_TEST

START_TEST(what_gss_wrap_makes_is_opened_in_buffers)
{
    struct ends e = ends(_i & 1);
    int conf = _i >> 1 & 1, state = !conf;
    gss_buffer_desc token = wrap(e.from, ONE, strlen(ONE), conf);
    size_t header = conf ? 32 : 16, trailer = conf ? 28 : 12;
    char *bytes = token.value;
    gss_iov_buffer_desc iov[] = {
        {H, {header, bytes}},
        {D, {strlen(ONE), bytes + header}},
        {T, {trailer, bytes + header + strlen(ONE)}},
    };
    OM_uint32 minor;

    ck_assert_uint_eq(gss_unwrap_iov(&minor, e.to, &state, NULL, iov, 3),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(state, conf);
    ck_assert(is_text(&iov[1], bytes + header, ONE));
    gss_release_buffer(&minor, &token);
}
END_TEST

static const size_t lengths[] = {0, 1, 15, 16, 17, 1000, 100000};

/* A STREAM is opened where it is, or into memory that is allocated. */
START_TEST(what_gss_wrap_makes_is_opened_as_a_stream)
{
    size_t len = lengths[_i >> 2];
    int conf = _i & 1, allocate = _i >> 1 & 1, state = !conf;
    char *text = malloc(len + 1);
    gss_buffer_desc token;
    gss_iov_buffer_desc iov[] = {{STREAM, {0, NULL}}, {D, UNSET}};
    char *begin, *at, *copy;
    OM_uint32 minor;

    memset(text, 'm', len + 1);
    token = wrap(established.client, text, len, conf);
    begin = token.value;
    copy = malloc(token.length);
    memcpy(copy, token.value, token.length);
    iov[0].buffer = token;
    if (allocate)
        iov[1].type |= ALLOCATE;
    ck_assert_uint_eq(
        gss_unwrap_iov(&minor, established.server, &state, NULL, iov, 2),
        GSS_S_COMPLETE);
    ck_assert_int_eq(state, conf);
    ck_assert_uint_eq(iov[1].type,
                      allocate ? D | ALLOCATE | ALLOCATED : (OM_uint32)D);
    ck_assert_uint_eq(iov[1].buffer.length, len);
    ck_assert(len == 0 || memcmp(iov[1].buffer.value, text, len) == 0);
    at = iov[1].buffer.value;
    ck_assert_int_eq(at >= begin && at < begin + token.length, !allocate);
    ck_assert(!allocate || memcmp(token.value, copy, token.length) == 0);
    gss_release_iov_buffer(&minor, iov, 2);
    gss_release_buffer(&minor, &token);
    free(copy);
    free(text);
}
END_TEST

START_TEST(a_stream_is_opened_with_what_is_signed_beside_it)
{
    int conf = _i & 1;
    char one[] = ONE, beside[] = BESIDE;
    gss_iov_buffer_desc iov[] = {{H | ALLOCATE, UNSET},
                                 {S, {strlen(beside), beside}},
                                 {D, {strlen(one), one}},
                                 {T | ALLOCATE, UNSET}};
    gss_iov_buffer_desc stream[] = {
        {STREAM, UNSET}, {S, {strlen(beside), beside}}, {D | ALLOCATE, UNSET}};
    OM_uint32 minor;

    ck_assert_uint_eq(
        gss_wrap_iov(&minor, established.client, conf, 0, NULL, iov, 4),
        GSS_S_COMPLETE);
    stream[0].buffer = join(iov, 4);
    beside[3] ^= 1;
    ck_assert_uint_eq(
        gss_unwrap_iov(&minor, established.server, NULL, NULL, stream, 3),
        GSS_S_BAD_SIG);
    beside[3] ^= 1;
    ck_assert_uint_eq(
        gss_unwrap_iov(&minor, established.server, NULL, NULL, stream, 3),
        GSS_S_COMPLETE);
    ck_assert(is_text(&stream[2], stream[2].buffer.value, ONE));
    gss_release_iov_buffer(&minor, stream, 3);
    gss_release_iov_buffer(&minor, iov, 4);
    free(stream[0].buffer.value);
}
END_TEST

START_TEST(a_hundred_buffers_are_one_message)
{
    enum { PARTS = 100 };
    gss_iov_buffer_desc iov[PARTS + 2];
    char text[PARTS];
    gss_buffer_desc token;
    OM_uint32 minor;
    size_t i;

    memset(text, 'm', sizeof(text));
    for (i = 0; i < PARTS; i++)
        iov[i + 1] = (gss_iov_buffer_desc){D, {1, text + i}};
    iov[0] = (gss_iov_buffer_desc){H | ALLOCATE, UNSET};
    iov[PARTS + 1] = (gss_iov_buffer_desc){T | ALLOCATE, UNSET};
    ck_assert_uint_eq(
        gss_wrap_iov(&minor, established.client, 1, 0, NULL, iov, PARTS + 2),
        GSS_S_COMPLETE);
    token = join(iov, PARTS + 2);
    memset(text, 'm', sizeof(text));
    assert_unwraps(established.server, &token, text, sizeof(text), 1);
    gss_release_iov_buffer(&minor, iov, PARTS + 2);
    free(token.value);
}
END_TEST

/* Whether a gigabyte is too much: for a machine without the memory, and for a
 * sanitizer or valgrind, which take minutes and learn nothing by it. */
static bool
is_too_much(size_t len)
{
    const char *preloaded = getenv("LD_PRELOAD");

#ifdef __SANITIZE_ADDRESS__
    return true;
#endif
    return (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL) ||
           (size_t)sysconf(_SC_AVPHYS_PAGES) <
               2 * len / (size_t)sysconf(_SC_PAGESIZE);
}

START_TEST(a_gigabyte_is_one_message)
{
    size_t len = (size_t)1 << 30;
    char *data = mmap(NULL, len, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    gss_iov_buffer_desc iov[] = {
        {H | ALLOCATE, UNSET}, {D, {len, data}}, {T | ALLOCATE, UNSET}};
    OM_uint32 minor;

    if (is_too_much(len) || data == MAP_FAILED)
        return;
    data[len - 1] = 'm';
    ck_assert_uint_eq(
        gss_wrap_iov(&minor, established.client, 1, 0, NULL, iov, 3),
        GSS_S_COMPLETE);
    ck_assert_int_ne(data[len / 2] | data[len / 2 + 1] | data[len / 2 + 2], 0);
    ck_assert_uint_eq(
        gss_unwrap_iov(&minor, established.server, NULL, NULL, iov, 3),
        GSS_S_COMPLETE);
    ck_assert_int_eq(data[len / 2] | data[len / 2 + 1] | data[len / 2 + 2], 0);
    ck_assert_int_eq(data[len - 1], 'm');
    gss_release_iov_buffer(&minor, iov, 3);
    munmap(data, len);
}
END_TEST

START_TEST(a_mic_over_buffers_is_one_over_all_their_bytes)
{
    struct ends e = ends(_i & 1);
    int allocate = _i >> 1 & 1;
    char mic[64], text[] = ONE TWO;
    gss_buffer_desc whole = {strlen(text), text}, plain;
    gss_iov_buffer_desc iov[] = {
        {D, {10, text}},
        {MIC | (allocate ? ALLOCATE : 0), {sizeof(mic), mic}},
        {S, {strlen(text) - 10, text + 10}},
    };
    OM_uint32 minor;
    gss_qop_t qop = 7;

    ck_assert_uint_eq(gss_get_mic_iov(&minor, e.from, 0, iov, 3),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(iov[1].buffer.length, 28);
    ck_assert_int_eq(iov[1].buffer.value != mic, allocate);
    ck_assert_int_eq((iov[1].type & ALLOCATED) != 0, allocate);
    ck_assert_uint_eq(
        gss_verify_mic(&minor, e.to, &whole, &iov[1].buffer, &qop),
        GSS_S_COMPLETE);
    gss_release_iov_buffer(&minor, iov, 3);
    ck_assert_uint_eq(gss_get_mic(&minor, e.from, 0, &whole, &plain),
                      GSS_S_COMPLETE);
    iov[1].buffer = plain;
    ck_assert_uint_eq(gss_verify_mic_iov(&minor, e.to, &qop, iov, 3),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(qop, GSS_C_QOP_DEFAULT);
    ck_assert_uint_eq(gss_verify_mic_iov(&minor, e.to, &qop, iov, 3),
                      GSS_S_DUPLICATE_TOKEN);
    text[12] ^= 1;
    ck_assert_uint_eq(gss_verify_mic_iov(&minor, e.to, &qop, iov, 3),
                      GSS_S_BAD_SIG);
    gss_release_buffer(&minor, &plain);
}
END_TEST

START_TEST(the_length_of_a_mic_is_told)
{
    gss_iov_buffer_desc iov[] = {{D, {3, (void *)"abc"}}, {MIC, UNSET}};
    OM_uint32 minor;

    ck_assert_uint_eq(
        gss_get_mic_iov_length(&minor, established.client, 0, iov, 2),
        GSS_S_COMPLETE);
    ck_assert_uint_eq(iov[1].buffer.length, 28);
    ck_assert_uint_eq(
        gss_get_mic_iov_length(&minor, established.client, 0, iov, 1),
        GSS_S_FAILURE);
}
END_TEST

START_TEST(without_data_nothing_is_confidential)
{
    char beside[] = BESIDE;
    gss_iov_buffer_desc iov[] = {{H | ALLOCATE, UNSET},
                                 {S, {strlen(beside), beside}},
                                 {T | ALLOCATE, UNSET}};
    OM_uint32 minor;
    int state = 1;

    ck_assert_uint_eq(
        gss_wrap_iov_length(&minor, established.client, 1, 0, &state, iov, 3),
        GSS_S_COMPLETE);
    ck_assert_int_eq(state, 0);
    state = 1;
    ck_assert_uint_eq(
        gss_wrap_iov(&minor, established.client, 1, 0, &state, iov, 3),
        GSS_S_COMPLETE);
    ck_assert_int_eq(state, 0);
    state = 1;
    ck_assert_uint_eq(
        gss_unwrap_iov(&minor, established.server, &state, NULL, iov, 3),
        GSS_S_COMPLETE);
    ck_assert_int_eq(state, 0);
    gss_release_iov_buffer(&minor, iov, 3);
}
END_TEST

START_TEST(replays_and_gaps_are_reported_with_the_message)
{
    gss_buffer_desc tokens[3];
    gss_iov_buffer_desc iov[] = {{STREAM, {0, NULL}}, {D | ALLOCATE, UNSET}};
    static const struct {
        int token;
        OM_uint32 major;
    } arrivals[] = {{0, GSS_S_COMPLETE},
                    {0, GSS_S_DUPLICATE_TOKEN},
                    {2, GSS_S_GAP_TOKEN},
                    {1, GSS_S_UNSEQ_TOKEN}};
    OM_uint32 minor;
    int i;

    for (i = 0; i < 3; i++)
        tokens[i] = wrap(established.client, TWO, strlen(TWO), 1);
    for (i = 0; i < COUNT(arrivals); i++) {
        iov[0].buffer = tokens[arrivals[i].token];
        iov[1].type = D | ALLOCATE;
        ck_assert_uint_eq(
            gss_unwrap_iov(&minor, established.server, NULL, NULL, iov, 2),
            arrivals[i].major);
        ck_assert(is_text(&iov[1], iov[1].buffer.value, TWO));
        gss_release_iov_buffer(&minor, iov, 2);
    }
    for (i = 0; i < 3; i++)
        gss_release_buffer(&minor, &tokens[i]);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, establish, end);
    tcase_add_loop_test(tests, buffers_are_opened_as_they_were_made, 0, 8);
    tcase_add_loop_test(tests, buffers_in_a_row_are_a_token_for_gss_unwrap, 0,
                        4);
    tcase_add_loop_test(tests, what_gss_wrap_makes_is_opened_in_buffers, 0, 4);
    tcase_add_loop_test(tests, what_gss_wrap_makes_is_opened_as_a_stream, 0,
                        4 * COUNT(lengths));
    tcase_add_loop_test(tests, a_stream_is_opened_with_what_is_signed_beside_it,
                        0, 2);
    tcase_add_test(tests, a_hundred_buffers_are_one_message);
    tcase_add_test(tests, a_gigabyte_is_one_message);
    tcase_add_loop_test(tests, a_mic_over_buffers_is_one_over_all_their_bytes,
                        0, 4);
    tcase_add_test(tests, the_length_of_a_mic_is_told);
    tcase_add_test(tests, without_data_nothing_is_confidential);
    tcase_add_test(tests, replays_and_gaps_are_reported_with_the_message);
}

int
main(void)
{
    return world_run("gss iov", add, 300);
}
