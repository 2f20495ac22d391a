#include "unit.h"

#include "scram/message.h"

#define OK SCRAM_OK
#define BAD SCRAM_BAD_ENCODING
#define EXT SCRAM_UNSUPPORTED_EXTENSION

struct parse_case {
    const char *text;
    enum scram_status status;
};

static const struct parse_case client_firsts[] = {
    {"n=user,r=abc", OK},
    {"n=us=2Cer=3D,r=abc", OK},
    {"n=us=er,r=abc", OK}, /* decoding the name is another step */
    {"n=\xc3\xbc,r=abc", OK},
    {"n=user,r=!\"#$%&'()*+-./09:;<=>?@AZ[\\]^_`az{|}~", OK},
    {"n=user,r=abc,x=y", OK},
    {"n=user,r=abc,x=y,Z=\xe2\x82\xac=z", OK},
    {"n=user,r=abc,x=\xf0\x9f\x98\x80", OK},
    {"m=x,n=user,r=abc", EXT},
    {"n=user,m=x,r=abc", EXT},
    {"n=user,r=abc,m=x", EXT},
    {"n=user,r=abc,x=y,m=x", EXT},
    {"", BAD},
    {"n", BAD},
    {"n=", BAD},
    {"n=user", BAD},
    {"n=user,", BAD},
    {"n=user,r", BAD},
    {"n=user,r=", BAD},
    {"n=user,r=abc,", BAD},
    {"n=,r=abc", BAD},
    {",n=user,r=abc", BAD},
    {"n=user,,r=abc", BAD},
    {"n,,n=user,r=abc", BAD}, /* a gs2-header */
    {"r=abc,n=user", BAD},
    {"r=abc", BAD},
    {"N=user,r=abc", BAD},
    {"n=user,R=abc", BAD},
    {"n:user,r=abc", BAD},
    {"n=user r=abc", BAD},
    {"n=user,n=user,r=abc", BAD},
    {"n=user,r=abc,r=abc", BAD},
    {"n=user,r=abc,n=user", BAD},
    {"n=user,r=abc,x=1,x=2", BAD},
    {"n=user,r=a c", BAD},
    {"n=user,r=a\x7f", BAD},
    {"n=user,r=\xc3\xbc", BAD},
    {"n=user,r=a\tb", BAD},
    {"n=user,r=abc,x=", BAD},
    {"n=user,r=abc,x", BAD},
    {"n=user,r=abc,1=y", BAD},
    {"n=user,r=abc,xy=z", BAD},
    {"n=user,r=abc,p=x", BAD}, /* means something, but not here */
    {"n=user,r=abc,a=admin", BAD},
    {"n=user,r=abc,x=\xff", BAD},
    {"n=user,r=abc,x=\xc3", BAD},
    {"n=user,r=abc,x=\xc0\x80", BAD},
    {"n=user,r=abc,x=\xe0\x80\x80", BAD},
    {"n=user,r=abc,x=\xed\xa0\x80", BAD},
    {"n=user,r=abc,x=\xf4\x90\x80\x80", BAD},
    {"n=user,r=abc,x=\xf0\x9f\x98", BAD},
    {"n=user,r=abc,x=\x80", BAD},
};

START_TEST(client_first_takes_the_grammar_and_nothing_else)
{
    struct scram_client_first m;

    ck_assert_int_eq(
        scram_client_first_parse(slice_of(client_firsts[_i].text), &m),
        client_firsts[_i].status);
}
END_TEST

static const struct parse_case server_firsts[] = {
    {"r=abc,s=YQ==,i=4096", OK},
    {"r=abc,s=YQ==,i=1", OK},
    {"r=abc,s=YQ==,i=99999999999999999999", OK},
    {"r=abc,s=YQ==,i=4096,x=y", OK},
    {"m=x,r=abc,s=YQ==,i=4096", EXT},
    {"r=abc,s=YQ==,i=4096,m=x", EXT},
    {"", BAD},
    {"r=abc", BAD},
    {"r=abc,s=YQ==", BAD},
    {"r=abc,i=4096,s=YQ==", BAD},
    {"s=YQ==,r=abc,i=4096", BAD},
    {"r=,s=YQ==,i=4096", BAD},
    {"r=abc,s=,i=4096", BAD},
    {"r=abc,s=YQ==,i=", BAD},
    {"r=abc,s=YQ==,i=0", BAD},
    {"r=abc,s=YQ==,i=04096", BAD},
    {"r=abc,s=YQ==,i=-4096", BAD},
    {"r=abc,s=YQ==,i=+4096", BAD},
    {"r=abc,s=YQ==,i=4096 ", BAD},
    {"r=abc,s=YQ==,i=0x1000", BAD},
    {"r=abc,s=YQ==,i=99999999999999999999x", BAD},
    {"r=abc,s=YQ==,i=4096,", BAD},
    {"r=abc,s=YQ==,i=4096,i=4096", BAD},
    {"r=abc,s=YQ==,i=4096,x=", BAD},
    {"r=a\xc3\xbc,s=YQ==,i=4096", BAD},
    {"e=other-error", BAD}, /* the initiator looks for it */
};

START_TEST(server_first_takes_the_grammar_and_nothing_else)
{
    struct scram_server_first m;

    ck_assert_int_eq(
        scram_server_first_parse(slice_of(server_firsts[_i].text), &m),
        server_firsts[_i].status);
}
END_TEST

static const struct parse_case client_finals[] = {
    {"c=biws,r=abc,p=cA==", OK},
    {"c=,r=abc,p=cA==", OK},
    {"c=biws,r=abc,x=1,p=cA==", OK},
    {"c=biws,r=abc,x=1,Y=2,p=cA==", OK},
    {"m=x,c=biws,r=abc,p=cA==", EXT},
    {"c=biws,r=abc,m=x,p=cA==", EXT},
    {"", BAD},
    {"c=biws", BAD},
    {"c=biws,r=abc", BAD},
    {"c=biws,r=abc,", BAD},
    {"c=biws,r=abc,p=", BAD},
    {"c=biws,r=abc,p", BAD},
    {"c=biws,r=abc,p=cA==,", BAD},
    {"c=biws,r=abc,p=cA==,x=1", BAD},
    {"c=biws,r=abc,p=cA==,p=cA==", BAD},
    {"c=biws,r=abc,x=1,x=1,p=cA==", BAD},
    {"c=biws,r=abc,v=1,p=cA==", BAD},
    {"c=biws,r=abc,x=,p=cA==", BAD},
    {"c=biws,p=cA==,r=abc", BAD},
    {"r=abc,c=biws,p=cA==", BAD},
    {"r=abc,p=cA==", BAD},
    {"c=biws,r=,p=cA==", BAD},
    {"c=biws,r=a c,p=cA==", BAD},
};

START_TEST(client_final_takes_the_grammar_and_nothing_else)
{
    struct scram_client_final m;

    ck_assert_int_eq(
        scram_client_final_parse(slice_of(client_finals[_i].text), &m),
        client_finals[_i].status);
}
END_TEST

static const struct parse_case server_finals[] = {
    {"v=cA==", OK},
    {"e=invalid-proof", OK},
    {"e=what-nobody-knows", OK},
    {"v=cA==,x=y", OK},
    {"e=other-error,x=y", OK},
    {"m=x,v=cA==", EXT},
    {"v=cA==,m=x", EXT},
    {"", BAD},
    {"v=", BAD},
    {"e=", BAD},
    {"v=cA==,", BAD},
    {"v=cA==,e=other-error", BAD},
    {"e=other-error,v=cA==", BAD},
    {"e=\xff", BAD},
    {"x=y,v=cA==", BAD},
    {"p=cA==", BAD},
};

START_TEST(server_final_takes_the_grammar_and_nothing_else)
{
    struct scram_server_final m;

    ck_assert_int_eq(
        scram_server_final_parse(slice_of(server_finals[_i].text), &m),
        server_finals[_i].status);
}
END_TEST

#define ck_assert_slice(s, text) ck_assert(slice_equal(s, SLICE(text)))

START_TEST(the_parts_are_where_they_should_be)
{
    struct scram_client_first cf;
    struct scram_server_first sf;
    struct scram_client_final cl;
    struct scram_server_final sl;

    ck_assert_int_eq(
        scram_client_first_parse(SLICE("n=us=2Cer,r=abc,x=y"), &cf), OK);
    ck_assert_slice(cf.user, "us=2Cer");
    ck_assert_slice(cf.nonce, "abc");

    ck_assert_int_eq(
        scram_server_first_parse(SLICE("r=abcdef,s=YQ==,i=4096"), &sf), OK);
    ck_assert_slice(sf.nonce, "abcdef");
    ck_assert_slice(sf.salt, "YQ==");
    ck_assert_uint_eq(sf.iterations, 4096);
    ck_assert_int_eq(
        scram_server_first_parse(SLICE("r=a,s=YQ==,i=99999999999"), &sf), OK);
    ck_assert_uint_eq(sf.iterations, UINT32_MAX);

    ck_assert_int_eq(
        scram_client_final_parse(SLICE("c=biws,r=abc,x=1,p=cA=="), &cl), OK);
    ck_assert_slice(cl.channel_binding, "biws");
    ck_assert_slice(cl.nonce, "abc");
    ck_assert_slice(cl.proof, "cA==");
    ck_assert_slice(cl.without_proof, "c=biws,r=abc,x=1");

    ck_assert_int_eq(scram_server_final_parse(SLICE("v=cA==,x=y"), &sl), OK);
    ck_assert_slice(sl.verifier, "cA==");
    ck_assert_ptr_null(sl.error.data);
    ck_assert_int_eq(scram_server_final_parse(SLICE("e=no,x=y"), &sl), OK);
    ck_assert_slice(sl.error, "no");
    ck_assert_ptr_null(sl.verifier.data);
}
END_TEST

START_TEST(a_nul_is_no_end_and_no_value)
{
    struct scram_client_first m;

    ck_assert_int_eq(scram_client_first_parse(SLICE("n=user,r=abc\0"), &m),
                     BAD);
    ck_assert_int_eq(scram_client_first_parse(SLICE("n=user,r=abc,x=y\0z"), &m),
                     BAD);
}
END_TEST

START_TEST(every_truncation_of_a_message_is_parsed_within_its_bytes)
{
    static const char whole[] = "n=user,r=abc,x=\xf0\x9f\x98\x80";
    size_t n;

    /* A copy of the exact size, so that a sanitizer sees a byte too far. */
    for (n = 0; n < sizeof(whole) - 1; n++) {
        uint8_t *copy = malloc(n == 0 ? 1 : n);
        struct scram_client_first m;

        memcpy(copy, whole, n);
        ck_assert_int_eq(scram_client_first_parse((struct slice){copy, n}, &m),
                         n >= sizeof("n=user,r=a") - 1 &&
                                 n <= sizeof("n=user,r=abc") - 1
                             ? OK
                             : BAD);
        free(copy);
    }
}
END_TEST

/* A character of which the rest stands behind the message. */
START_TEST(a_character_is_not_taken_from_behind_a_message)
{
    struct slice whole = SLICE("n=a,r=b,x=\xc3\xa9");
    struct scram_client_first m;

    ck_assert_int_eq(scram_client_first_parse(whole, &m), SCRAM_OK);
    whole.len--;
    ck_assert_int_eq(scram_client_first_parse(whole, &m), SCRAM_BAD_ENCODING);
}
END_TEST

START_TEST(a_token_has_a_greatest_length)
{
    static const struct slice head =
        SLICE("r=abc,s=QSXCR+Q6sek8bf92,i=4096,x=");
    uint8_t *token = malloc(SCRAM_TOKEN_MAX + 1);
    struct scram_server_first m;

    memset(token, 'a', SCRAM_TOKEN_MAX + 1);
    memcpy(token, head.data, head.len);
    ck_assert_int_eq(
        scram_server_first_parse((struct slice){token, SCRAM_TOKEN_MAX}, &m),
        OK);
    ck_assert_int_eq(scram_server_first_parse(
                         (struct slice){token, SCRAM_TOKEN_MAX + 1}, &m),
                     BAD);
    free(token);
}
END_TEST

/* What an acceptor keeps of somebody whom it does not know yet. */
START_TEST(the_first_token_is_short_and_so_is_its_nonce)
{
    static const struct slice head = SLICE("n=user,r="), tail = SLICE(",x=");
    uint8_t token[SCRAM_CLIENT_FIRST_MAX + 1];
    size_t nonce_end = head.len + SCRAM_CLIENT_NONCE_MAX;
    struct scram_client_first m;

    memset(token, 'a', sizeof(token));
    memcpy(token, head.data, head.len);
    ck_assert_int_eq(
        scram_client_first_parse((struct slice){token, nonce_end}, &m), OK);
    ck_assert_int_eq(
        scram_client_first_parse((struct slice){token, nonce_end + 1}, &m),
        BAD);
    memcpy(token + nonce_end, tail.data, tail.len);
    ck_assert_int_eq(scram_client_first_parse(
                         (struct slice){token, SCRAM_CLIENT_FIRST_MAX}, &m),
                     OK);
    ck_assert_int_eq(scram_client_first_parse(
                         (struct slice){token, SCRAM_CLIENT_FIRST_MAX + 1}, &m),
                     BAD);
}
END_TEST

static const struct {
    enum scram_status status;
    const char *token;
} errors[] = {
    {SCRAM_BAD_ENCODING, "e=invalid-encoding"},
    {SCRAM_BAD_NONCE, "e=invalid-encoding"},
    {SCRAM_UNSUPPORTED_EXTENSION, "e=extensions-not-supported"},
    {SCRAM_BAD_USERNAME, "e=invalid-username-encoding"},
    {SCRAM_BAD_PROOF, "e=invalid-proof"},
    {SCRAM_BAD_BINDINGS, "e=channel-bindings-dont-match"},
    {SCRAM_TOO_LATE, "e=other-error"},
    {SCRAM_NO_RESOURCES, "e=no-resources"},
    {SCRAM_STORE_FAILED, "e=other-error"},
    {SCRAM_NO_MEMORY, "e=other-error"},
};

START_TEST(every_refusal_has_the_rfc_s_word)
{
    uint8_t memory[64];
    struct buffer token = BUFFER_ARRAY(memory);
    struct scram_server_final m;

    scram_server_error_format(errors[_i].status, &token);
    ck_assert(slice_equal(buffer_slice(&token), slice_of(errors[_i].token)));
    ck_assert_int_eq(scram_server_final_parse(buffer_slice(&token), &m), OK);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, client_first_takes_the_grammar_and_nothing_else,
                        0, COUNT(client_firsts));
    tcase_add_loop_test(tests, server_first_takes_the_grammar_and_nothing_else,
                        0, COUNT(server_firsts));
    tcase_add_loop_test(tests, client_final_takes_the_grammar_and_nothing_else,
                        0, COUNT(client_finals));
    tcase_add_loop_test(tests, server_final_takes_the_grammar_and_nothing_else,
                        0, COUNT(server_finals));
    tcase_add_test(tests, the_parts_are_where_they_should_be);
    tcase_add_test(tests, a_nul_is_no_end_and_no_value);
    tcase_add_test(tests,
                   every_truncation_of_a_message_is_parsed_within_its_bytes);
    tcase_add_test(tests, a_character_is_not_taken_from_behind_a_message);
    tcase_add_test(tests, a_token_has_a_greatest_length);
    tcase_add_test(tests, the_first_token_is_short_and_so_is_its_nonce);
    tcase_add_loop_test(tests, every_refusal_has_the_rfc_s_word, 0,
                        COUNT(errors));
}

int
main(void)
{
    return unit_run("message", add, 10);
}
