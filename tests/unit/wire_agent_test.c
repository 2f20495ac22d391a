#include "unit.h"

#include "wire/agent.h"

#define KEY "0123456789abcdef"
#define CLIENT_FIRST SLICE("n=user,r=abc")
#define SERVER_FIRST SLICE("r=abcdef,s=QSXC,i=4096")
#define WITHOUT_PROOF SLICE("c=,r=abcdef")

enum {
    CHOOSE,
    CHOICE,
    SIGN,
    SIGNED,
    VERIFY,
    VERIFIED,
    KEEP,
    KEPT,
    LIST,
    LISTED,
    FORGET,
    FORGOTTEN,
    MESSAGES
};

static const uint8_t ops[MESSAGES / 2] = {WIRE_CHOOSE, WIRE_SIGN, WIRE_VERIFY,
                                          WIRE_KEEP,   WIRE_LIST, WIRE_FORGET};

static const struct wire_choose choose = {1, SLICE("HTTP@a"), SLICE("user")};
static const struct wire_choice choice = {
    SCRAM_OK, SLICE("user"), SLICE("abc"), 28800,
    true,     SLICE("seal"), SLICE("why")};
static const struct wire_sign sign = {1,
                                      SLICE("HTTP@a"),
                                      SLICE("seal"),
                                      CLIENT_FIRST,
                                      SERVER_FIRST,
                                      WITHOUT_PROOF};
static const struct wire_signed signed_answer = {SCRAM_WORKING, SLICE("proof"),
                                                 SLICE("other"), SLICE("why")};
static const struct wire_verify verify = {1,
                                          SLICE("other"),
                                          CLIENT_FIRST,
                                          SERVER_FIRST,
                                          WITHOUT_PROOF,
                                          SLICE("v=cA==")};
static const struct wire_verified verified = {
    SCRAM_SERVER_ERROR, SLICE(KEY), SLICE("invalid-proof"), SLICE("why")};
static const struct wire_keep keep = {
    1,   SLICE("HTTP@*"), SLICE("user"), SLICE("pencil"), WIRE_FOREVER, 100000,
    true};
static const struct wire_kept kept = {SCRAM_BAD_PASSWORD, SLICE("why")};
static const struct wire_list list = {7};
static const struct wire_listed listed = {
    SCRAM_OK, true, 1,    SLICE("HTTP@*"), SLICE("user"), 3599, 100000,
    true,     12,   true, SLICE("why")};
static const struct wire_forget forget = {SLICE("HTTP@*"), SLICE("user")};
static const struct wire_forgotten forgotten = {SCRAM_OK, 3, SLICE("why")};

/* One message of each kind, written by its function and read by its parser. */
static struct slice
write_message(int which, struct buffer *out)
{
    out->len = 0;
    switch (which) {
    case CHOOSE:
        wire_put_choose(&choose, out);
        break;
    case CHOICE:
        wire_put_choice(&choice, out);
        break;
    case SIGN:
        wire_put_sign(&sign, out);
        break;
    case SIGNED:
        wire_put_signed(&signed_answer, out);
        break;
    case VERIFY:
        wire_put_verify(&verify, out);
        break;
    case VERIFIED:
        wire_put_verified(&verified, out);
        break;
    case KEEP:
        wire_put_keep(&keep, out);
        break;
    case KEPT:
        wire_put_kept(&kept, out);
        break;
    case LIST:
        wire_put_list(&list, out);
        break;
    case LISTED:
        wire_put_listed(&listed, out);
        break;
    case FORGET:
        wire_put_forget(&forget, out);
        break;
    default:
        wire_put_forgotten(&forgotten, out);
    }
    ck_assert(!out->overflow);
    return buffer_slice(out);
}

union message {
    struct wire_choose choose;
    struct wire_choice choice;
    struct wire_sign sign;
    struct wire_signed signed_answer;
    struct wire_verify verify;
    struct wire_verified verified;
    struct wire_keep keep;
    struct wire_kept kept;
    struct wire_list list;
    struct wire_listed listed;
    struct wire_forget forget;
    struct wire_forgotten forgotten;
};

static bool
parse_message(int which, struct slice message, union message *m)
{
    switch (which) {
    case CHOOSE:
        return wire_parse_choose(message, &m->choose);
    case CHOICE:
        return wire_parse_choice(message, &m->choice);
    case SIGN:
        return wire_parse_sign(message, &m->sign);
    case SIGNED:
        return wire_parse_signed(message, &m->signed_answer);
    case VERIFY:
        return wire_parse_verify(message, &m->verify);
    case VERIFIED:
        return wire_parse_verified(message, &m->verified);
    case KEEP:
        return wire_parse_keep(message, &m->keep);
    case KEPT:
        return wire_parse_kept(message, &m->kept);
    case LIST:
        return wire_parse_list(message, &m->list);
    case LISTED:
        return wire_parse_listed(message, &m->listed);
    case FORGET:
        return wire_parse_forget(message, &m->forget);
    default:
        return wire_parse_forgotten(message, &m->forgotten);
    }
}

START_TEST(a_message_is_taken_whole_and_as_what_it_is)
{
    uint8_t memory[512];
    struct buffer out = BUFFER_ARRAY(memory);
    struct slice message = write_message(_i, &out), cut;
    union message m;
    int other;

    ck_assert_uint_eq(wire_op(message), ops[_i / 2]);
    for (other = 0; other < MESSAGES; other++)
        ck_assert_int_eq(parse_message(other, message, &m), other == _i);
    for (cut = (struct slice){message.data, 0}; cut.len < message.len;
         cut.len++)
        ck_assert(!parse_message(_i, cut, &m));
    memory[out.len] = 0;
    cut.len = message.len + 1;
    ck_assert(!parse_message(_i, cut, &m));
}
END_TEST

#define SAME(a, b) ck_assert(slice_equal(a, b))

START_TEST(what_is_asked_comes_back_as_it_was)
{
    uint8_t memory[512];
    struct buffer out = BUFFER_ARRAY(memory);
    union message m;

    ck_assert(parse_message(CHOOSE, write_message(CHOOSE, &out), &m));
    ck_assert_uint_eq(m.choose.mechanism, 1);
    SAME(m.choose.target, choose.target);
    SAME(m.choose.user, choose.user);

    ck_assert(parse_message(SIGN, write_message(SIGN, &out), &m));
    ck_assert_uint_eq(m.sign.mechanism, 1);
    SAME(m.sign.target, sign.target);
    SAME(m.sign.seal, sign.seal);
    SAME(m.sign.client_first, CLIENT_FIRST);
    SAME(m.sign.server_first, SERVER_FIRST);
    SAME(m.sign.without_proof, WITHOUT_PROOF);

    ck_assert(parse_message(VERIFY, write_message(VERIFY, &out), &m));
    SAME(m.verify.seal, verify.seal);
    SAME(m.verify.client_first, CLIENT_FIRST);
    SAME(m.verify.server_first, SERVER_FIRST);
    SAME(m.verify.without_proof, WITHOUT_PROOF);
    SAME(m.verify.server_final, verify.server_final);

    ck_assert(parse_message(KEEP, write_message(KEEP, &out), &m));
    SAME(m.keep.target, keep.target);
    SAME(m.keep.user, keep.user);
    SAME(m.keep.password, keep.password);
    ck_assert_uint_eq(m.keep.lifetime, WIRE_FOREVER);
    ck_assert_uint_eq(m.keep.min_iterations, 100000);
    ck_assert(m.keep.bound);

    ck_assert(parse_message(LIST, write_message(LIST, &out), &m));
    ck_assert_uint_eq(m.list.index, 7);

    ck_assert(parse_message(FORGET, write_message(FORGET, &out), &m));
    SAME(m.forget.target, forget.target);
    SAME(m.forget.user, forget.user);
}
END_TEST

START_TEST(what_is_answered_comes_back_as_it_was)
{
    uint8_t memory[512];
    struct buffer out = BUFFER_ARRAY(memory);
    union message m;

    ck_assert(parse_message(CHOICE, write_message(CHOICE, &out), &m));
    SAME(m.choice.user, choice.user);
    SAME(m.choice.nonce, choice.nonce);
    ck_assert_uint_eq(m.choice.left, 28800);
    ck_assert(m.choice.bound);
    SAME(m.choice.seal, choice.seal);
    SAME(m.choice.sentence, choice.sentence);

    ck_assert(parse_message(SIGNED, write_message(SIGNED, &out), &m));
    ck_assert_int_eq(m.signed_answer.status, SCRAM_WORKING);
    SAME(m.signed_answer.proof, signed_answer.proof);
    SAME(m.signed_answer.seal, signed_answer.seal);

    ck_assert(parse_message(VERIFIED, write_message(VERIFIED, &out), &m));
    ck_assert_int_eq(m.verified.status, SCRAM_SERVER_ERROR);
    SAME(m.verified.session_key, verified.session_key);
    SAME(m.verified.error, verified.error);

    ck_assert(parse_message(KEPT, write_message(KEPT, &out), &m));
    ck_assert_int_eq(m.kept.status, SCRAM_BAD_PASSWORD);

    ck_assert(parse_message(LISTED, write_message(LISTED, &out), &m));
    ck_assert(m.listed.more && m.listed.bound && m.listed.refused);
    SAME(m.listed.target, listed.target);
    SAME(m.listed.user, listed.user);
    ck_assert_uint_eq(m.listed.left, 3599);
    ck_assert_uint_eq(m.listed.min_iterations, 100000);
    ck_assert_uint_eq(m.listed.used, 12);

    ck_assert(parse_message(FORGOTTEN, write_message(FORGOTTEN, &out), &m));
    ck_assert_uint_eq(m.forgotten.count, 3);
}
END_TEST

/* A field at its limit, and a byte over it: each in the message that has it. */
static const struct {
    int which;
    size_t at; /* where its length stands */
    size_t max;
} limits[] = {
    {CHOOSE, 2, WIRE_TARGET_MAX}, {CHOICE, 2, WIRE_USER_MAX},
    {SIGN, 2, WIRE_TARGET_MAX},   {SIGNED, 2, WIRE_PROOF_MAX},
    {VERIFY, 2, WIRE_SEAL_MAX},   {KEEP, 2, WIRE_TARGET_MAX},
    {FORGET, 1, WIRE_TARGET_MAX},
};

/* Write a message with another first field. */
static struct slice
stretch(int which, size_t at, size_t len, uint8_t *to)
{
    uint8_t memory[512];
    struct buffer out = BUFFER_ARRAY(memory);
    struct slice message = write_message(which, &out);
    size_t old = message.data[at + 3];

    memcpy(to, message.data, at);
    to[at] = to[at + 1] = 0;
    to[at + 2] = (uint8_t)(len >> 8);
    to[at + 3] = (uint8_t)len;
    memset(to + at + 4, 'x', len);
    memcpy(to + at + 4 + len, message.data + at + 4 + old,
           message.len - at - 4 - old);
    return (struct slice){to, message.len - old + len};
}

START_TEST(a_field_over_its_limit_is_refused)
{
    uint8_t memory[4096];
    union message m;

    ck_assert(parse_message(
        limits[_i].which,
        stretch(limits[_i].which, limits[_i].at, limits[_i].max, memory), &m));
    ck_assert(!parse_message(
        limits[_i].which,
        stretch(limits[_i].which, limits[_i].at, limits[_i].max + 1, memory),
        &m));
}
END_TEST

START_TEST(every_field_at_its_limit_is_a_message)
{
    static uint8_t memory[WIRE_MESSAGE_MAX], zeros[WIRE_TOKEN_MAX];
    struct buffer out = BUFFER_ARRAY(memory);
    struct slice first = {zeros, WIRE_FIRST_MAX}, seal = {zeros, WIRE_SEAL_MAX};
    struct slice final = {zeros, WIRE_TOKEN_MAX};
    union message m;

    wire_put_sign(
        &(struct wire_sign){
            1, {zeros, WIRE_TARGET_MAX}, seal, first, first, final},
        &out);
    ck_assert(!out.overflow && wire_parse_sign(buffer_slice(&out), &m.sign));
    out.len = 0;
    wire_put_verify(&(struct wire_verify){1, seal, first, first, final, first},
                    &out);
    ck_assert(!out.overflow &&
              wire_parse_verify(buffer_slice(&out), &m.verify));
}
END_TEST

/* What is kept with a password: its length, and the least count. */
static const struct {
    size_t password;
    uint32_t min_iterations;
    bool taken;
} keeps[] = {
    {WIRE_PASSWORD_MAX, INT32_MAX, true},
    {WIRE_PASSWORD_MAX + 1, INT32_MAX, false},
    {WIRE_PASSWORD_MAX, INT32_MAX + UINT32_C(1), false},
};

START_TEST(a_password_is_kept_within_its_limits)
{
    static uint8_t memory[WIRE_MESSAGE_MAX], zeros[WIRE_PASSWORD_MAX + 1];
    struct buffer out = BUFFER_ARRAY(memory);
    struct wire_keep longest = keep;
    union message m;

    longest.password = (struct slice){zeros, keeps[_i].password};
    longest.min_iterations = keeps[_i].min_iterations;
    wire_put_keep(&longest, &out);
    ck_assert(!out.overflow);
    ck_assert_int_eq(wire_parse_keep(buffer_slice(&out), &m.keep),
                     keeps[_i].taken);
}
END_TEST

/* What is no outcome is an answer to sign alone. */
START_TEST(an_agent_at_work_says_so_to_sign_alone)
{
    static const int answers[] = {CHOICE, SIGNED, VERIFIED,
                                  KEPT,   LISTED, FORGOTTEN};
    uint8_t memory[512];
    struct buffer out = BUFFER_ARRAY(memory);
    union message m;
    size_t i;

    for (i = 0; i < COUNT(answers); i++) {
        struct slice message = write_message(answers[i], &out);

        memory[1] = SCRAM_WORKING;
        ck_assert_int_eq(parse_message(answers[i], message, &m),
                         answers[i] == SIGNED);
        memory[1] = SCRAM_EARLIER_PROOF;
        ck_assert(!parse_message(answers[i], message, &m));
        memory[1] = SCRAM_WORKING + 1;
        ck_assert(!parse_message(answers[i], message, &m));
        memory[1] = SCRAM_STATUS_LAST;
        ck_assert(parse_message(answers[i], message, &m));
    }
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_message_is_taken_whole_and_as_what_it_is, 0,
                        MESSAGES);
    tcase_add_test(tests, what_is_asked_comes_back_as_it_was);
    tcase_add_test(tests, what_is_answered_comes_back_as_it_was);
    tcase_add_loop_test(tests, a_field_over_its_limit_is_refused, 0,
                        COUNT(limits));
    tcase_add_test(tests, every_field_at_its_limit_is_a_message);
    tcase_add_loop_test(tests, a_password_is_kept_within_its_limits, 0,
                        COUNT(keeps));
    tcase_add_test(tests, an_agent_at_work_says_so_to_sign_alone);
}

int
main(void)
{
    return unit_run("wire_agent", add, 10);
}
