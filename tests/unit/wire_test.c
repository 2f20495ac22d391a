#include "unit.h"

#include "wire/message.h"

#define ID "\1\2\3\4\5\6\7\10"
#define KEY "0123456789abcdef"

/* One message of each kind, written by its function and read by its parser. */
static struct slice
write_message(int which, struct buffer *out)
{
    uint8_t memory[128];
    struct buffer packed = BUFFER_ARRAY(memory);
    struct wire_attributes attributes = {{NULL, 0}, 0};

    switch (which) {
    case 0:
        wire_put_hello(&(struct wire_hello){1, 2}, out);
        break;
    case 1:
        wire_put_welcome(
            &(struct wire_welcome){SCRAM_OK, 1, 3, 30000, SLICE("why")}, out);
        break;
    case 2:
        wire_put_first(&(struct wire_first){1, SLICE("n=user,r=abc")}, out);
        break;
    case 3:
        wire_put_challenge(
            &(struct wire_challenge){SCRAM_OK, 29999, SLICE("seal"),
                                     SLICE("r=abcdef,s=QSXC,i=4096"),
                                     SLICE("user"), SLICE(ID), SLICE("why")},
            out);
        break;
    case 4:
        wire_put_final(&(struct wire_final){1, SLICE("seal"), true,
                                            SLICE("tls-exporter:a"),
                                            SLICE("n=user,r=abc"),
                                            SLICE("r=abcdef,s=QSXC,i=4096"),
                                            SLICE("c=biws,r=abcdef,p=cA==")},
                       out);
        break;
    default:
        wire_add_attribute(&attributes, &packed, SLICE("expires"), SLICE(""));
        wire_add_attribute(&attributes, &packed, SLICE("group"), SLICE("web"));
        wire_put_verdict(&(struct wire_verdict){SCRAM_OK, true, SLICE(KEY),
                                                SLICE("v=cA=="), SLICE("user"),
                                                SLICE("lmdb:/x"), attributes,
                                                SLICE("why")},
                         out);
    }
    ck_assert(!out->overflow);
    return buffer_slice(out);
}

static bool
parse_message(int which, struct slice message)
{
    struct wire_hello hello;
    struct wire_welcome welcome;
    struct wire_first first;
    struct wire_challenge challenge;
    struct wire_final final;
    struct wire_verdict verdict;

    switch (which) {
    case 0:
        return wire_parse_hello(message, &hello);
    case 1:
        return wire_parse_welcome(message, &welcome);
    case 2:
        return wire_parse_first(message, &first);
    case 3:
        return wire_parse_challenge(message, &challenge);
    case 4:
        return wire_parse_final(message, &final);
    default:
        return wire_parse_verdict(message, &verdict);
    }
}

enum { MESSAGES = 6 };

START_TEST(a_message_is_taken_whole_and_as_what_it_is)
{
    uint8_t memory[512];
    struct buffer out = BUFFER_ARRAY(memory);
    struct slice message = write_message(_i, &out), cut;
    int other;

    ck_assert_uint_eq(wire_op(message), 1 + (unsigned)_i / 2);
    for (other = 0; other < MESSAGES; other++)
        ck_assert_int_eq(parse_message(other, message), other == _i);
    for (cut = (struct slice){message.data, 0}; cut.len < message.len;
         cut.len++)
        ck_assert(!parse_message(_i, cut));
    memory[out.len] = 0;
    cut.len = message.len + 1;
    ck_assert(!parse_message(_i, cut));
}
END_TEST

START_TEST(a_challenge_comes_back_as_it_was)
{
    uint8_t memory[512];
    struct buffer out = BUFFER_ARRAY(memory);
    struct wire_challenge c;

    ck_assert(wire_parse_challenge(write_message(3, &out), &c));
    ck_assert_int_eq(c.status, SCRAM_OK);
    ck_assert_uint_eq(c.left, 29999);
    ck_assert(slice_equal(c.seal, SLICE("seal")));
    ck_assert(slice_equal(c.server_first, SLICE("r=abcdef,s=QSXC,i=4096")));
    ck_assert(slice_equal(c.user, SLICE("user")));
    ck_assert(slice_equal(c.id, SLICE(ID)));
    ck_assert(slice_equal(c.sentence, SLICE("why")));
}
END_TEST

START_TEST(a_final_comes_back_as_it_was)
{
    uint8_t memory[512];
    struct buffer out = BUFFER_ARRAY(memory);
    struct wire_final f;

    ck_assert(wire_parse_final(write_message(4, &out), &f));
    ck_assert_uint_eq(f.mechanism, 1);
    ck_assert(f.binding_given);
    ck_assert(slice_equal(f.seal, SLICE("seal")));
    ck_assert(slice_equal(f.binding, SLICE("tls-exporter:a")));
    ck_assert(slice_equal(f.client_first, SLICE("n=user,r=abc")));
    ck_assert(slice_equal(f.server_first, SLICE("r=abcdef,s=QSXC,i=4096")));
    ck_assert(slice_equal(f.client_final, SLICE("c=biws,r=abcdef,p=cA==")));
}
END_TEST

START_TEST(a_verdict_comes_back_with_its_attributes_in_order)
{
    uint8_t memory[512];
    struct buffer out = BUFFER_ARRAY(memory);
    struct wire_verdict v;
    struct slice key, value;

    ck_assert(wire_parse_verdict(write_message(5, &out), &v));
    ck_assert(v.bound);
    ck_assert(slice_equal(v.session_key, SLICE(KEY)));
    ck_assert(slice_equal(v.location, SLICE("lmdb:/x")));
    ck_assert(wire_next_attribute(&v.attributes, &key, &value));
    ck_assert(slice_equal(key, SLICE("expires")));
    ck_assert_uint_eq(value.len, 0);
    ck_assert(wire_next_attribute(&v.attributes, &key, &value));
    ck_assert(slice_equal(key, SLICE("group")));
    ck_assert(slice_equal(value, SLICE("web")));
    ck_assert(!wire_next_attribute(&v.attributes, &key, &value));
}
END_TEST

/* A field at its limit, and a byte over it. */
static const struct {
    size_t seal, binding, client_first, server_first, client_final;
    bool taken;
} finals[] = {
    {WIRE_SEAL_MAX, WIRE_BINDING_MAX, WIRE_FIRST_MAX, WIRE_FIRST_MAX,
     WIRE_TOKEN_MAX, true},
    {WIRE_SEAL_MAX + 1, 1, 1, 1, 1, false},
    {1, WIRE_BINDING_MAX + 1, 1, 1, 1, false},
    {1, 1, WIRE_FIRST_MAX + 1, 1, 1, false},
    {1, 1, 1, WIRE_FIRST_MAX + 1, 1, false},
    {1, 1, 1, 1, WIRE_TOKEN_MAX + 1, false},
};

START_TEST(a_field_over_its_limit_is_refused)
{
    static uint8_t memory[64 << 10], zeros[WIRE_TOKEN_MAX + 1];
    struct buffer out = BUFFER_ARRAY(memory);
    struct wire_final f;

    wire_put_final(&(struct wire_final){1,
                                        {zeros, finals[_i].seal},
                                        true,
                                        {zeros, finals[_i].binding},
                                        {zeros, finals[_i].client_first},
                                        {zeros, finals[_i].server_first},
                                        {zeros, finals[_i].client_final}},
                   &out);
    ck_assert(!out.overflow);
    ck_assert_int_eq(wire_parse_final(buffer_slice(&out), &f),
                     finals[_i].taken);
}
END_TEST

/* The same of what gss-scramd answers. */
static const struct {
    size_t seal, server, user, location;
    bool taken;
} answers[] = {
    {WIRE_SEAL_MAX, WIRE_FIRST_MAX, WIRE_USER_MAX, WIRE_LOCATION_MAX, true},
    {WIRE_SEAL_MAX + 1, 1, 1, 0, false},
    {1, WIRE_FIRST_MAX + 1, 1, 1, false},
    {1, 1, WIRE_USER_MAX + 1, 1, false},
    {0, 1, 1, WIRE_LOCATION_MAX + 1, false},
};

START_TEST(a_field_of_an_answer_over_its_limit_is_refused)
{
    static uint8_t memory[32 << 10], zeros[WIRE_TOKEN_MAX];
    struct buffer out = BUFFER_ARRAY(memory);
    struct slice server = {zeros, answers[_i].server};
    struct slice user = {zeros, answers[_i].user};
    struct wire_challenge c = {.seal = {zeros, answers[_i].seal},
                               .server_first = server,
                               .user = user,
                               .id = SLICE(ID)};
    struct wire_verdict v = {.session_key = SLICE(KEY),
                             .server_final = server,
                             .user = user,
                             .location = {zeros, answers[_i].location}};

    if (answers[_i].seal > 0) {
        wire_put_challenge(&c, &out);
        ck_assert_int_eq(wire_parse_challenge(buffer_slice(&out), &c),
                         answers[_i].taken);
    }
    out.len = 0;
    if (answers[_i].location > 0) {
        wire_put_verdict(&v, &out);
        ck_assert_int_eq(wire_parse_verdict(buffer_slice(&out), &v),
                         answers[_i].taken);
    }
    ck_assert(!out.overflow);
}
END_TEST

/* What no writer of ours writes. */
static const struct {
    int which;
    struct slice message;
} wrong[] = {
    {0, SLICE("\1\2\1")},       /* no version is at once 2 or more and 1 */
    {0, SLICE("\0\1\1")},       /* no op */
    {2, SLICE("\4\1\0\0\0\0")}, /* nor this one */
    {1, SLICE("\1\377\1\3\0\0\0\1\0\0\0\0")}, /* no status */
    {4, SLICE("\3\1\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")}, /* given? */
    {4, SLICE("\3\1\0\0\0\0\0\0\0\0\1x\0\0\0\0\0\0\0\0\0\0\0\0")},
    {2, SLICE("\2\1\377\377\377\377")},
    {5, SLICE("\3\0\0" KEY "\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0"
              "\0\0\0\0")}, /* an attribute without a key */
    {5, SLICE("\3\0\0" KEY "\0\0\0\0\0\0\0\0\0\0\0\0\11")},
};

START_TEST(what_is_not_of_the_grammar_is_refused)
{
    ck_assert(!parse_message(wrong[_i].which, wrong[_i].message));
}
END_TEST

START_TEST(versions_are_a_range)
{
    static const struct {
        uint8_t lowest, highest;
        bool taken;
    } ranges[] = {{0, 0, true}, {1, 2, true}, {2, 2, true}, {2, 1, false}};
    struct wire_hello hello;
    size_t i;

    for (i = 0; i < COUNT(ranges); i++) {
        uint8_t memory[16];
        struct buffer out = BUFFER_ARRAY(memory);

        wire_put_hello(
            &(struct wire_hello){ranges[i].lowest, ranges[i].highest}, &out);
        ck_assert_int_eq(wire_parse_hello(buffer_slice(&out), &hello),
                         ranges[i].taken);
    }
}
END_TEST

START_TEST(a_sentence_is_cut_and_not_the_message_refused)
{
    uint8_t memory[2048], text[WIRE_SENTENCE_MAX + 1] = {'x'};
    struct buffer out = BUFFER_ARRAY(memory);
    struct wire_welcome w = {SCRAM_BAD_CONFIG, 1, 0, 0, SLICE_ARRAY(text)};

    wire_put_welcome(&w, &out);
    ck_assert(wire_parse_welcome(buffer_slice(&out), &w));
    ck_assert_uint_eq(w.sentence.len, WIRE_SENTENCE_MAX);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_message_is_taken_whole_and_as_what_it_is, 0,
                        MESSAGES);
    tcase_add_test(tests, a_challenge_comes_back_as_it_was);
    tcase_add_test(tests, a_final_comes_back_as_it_was);
    tcase_add_test(tests, a_verdict_comes_back_with_its_attributes_in_order);
    tcase_add_loop_test(tests, a_field_over_its_limit_is_refused, 0,
                        COUNT(finals));
    tcase_add_loop_test(tests, a_field_of_an_answer_over_its_limit_is_refused,
                        0, COUNT(answers));
    tcase_add_loop_test(tests, what_is_not_of_the_grammar_is_refused, 0,
                        COUNT(wrong));
    tcase_add_test(tests, versions_are_a_range);
    tcase_add_test(tests, a_sentence_is_cut_and_not_the_message_refused);
}

int
main(void)
{
    return unit_run("wire", add, 10);
}
