#include "unit.h"

#include <stdio.h>

#include "base/base64.h"
#include "client.h"
#include "scram/acceptor.h"
#include "scram/message.h"
#include "vectors.h"

/* A store of one user, who is called "user". */
struct world {
    const struct vector *vector;
    bool disabled;
    bool broken;
    bool changed; /* the password is another, with the same salt and count */
    bool forgets; /* and the store has not kept the one before */
    unsigned asked;
    char user[SCRAM_USER_MAX + 1];
    char client_first[SCRAM_CLIENT_FIRST_MAX + 1];
    char server_first[SCRAM_SERVER_FIRST_MAX + 1];
    uint8_t session_key[SCRAM_SESSION_KEY_LEN];
};

static enum scram_status
find(void *data, enum scram_mechanism mechanism, struct slice user,
     struct scram_verifier *verifier)
{
    struct world *w = data;

    w->asked++;
    snprintf(w->user, sizeof(w->user), "%.*s", (int)user.len,
             (const char *)user.data);
    if (w->broken)
        return SCRAM_STORE_FAILED;
    ck_assert_int_eq(mechanism, w->vector->mechanism);
    ck_assert_int_eq(
        scram_verifier_parse(slice_of(w->vector->verifier), verifier),
        SCRAM_OK);
    verifier->enabled = !w->disabled;
    if (w->changed) {
        verifier->has_earlier = !w->forgets;
        verifier->earlier_key = verifier->stored_key;
        verifier->stored_key.data[0] ^= 1;
    }
    return SCRAM_OK;
}

static unsigned hashed; /* how many times, since it was set to 0 */

enum scram_status __real_scram_h(enum scram_mechanism mechanism,
                                 struct slice bytes, struct secret_key *hash);
enum scram_status __wrap_scram_h(enum scram_mechanism mechanism,
                                 struct slice bytes, struct secret_key *hash);
enum scram_status
__wrap_scram_h(enum scram_mechanism mechanism, struct slice bytes,
               struct secret_key *hash)
{
    hashed++;
    return __real_scram_h(mechanism, bytes, hash);
}

static enum scram_status
first(struct world *w, struct slice token)
{
    struct buffer b = {(uint8_t *)w->server_first, 0, SCRAM_SERVER_FIRST_MAX,
                       false};
    enum scram_status status =
        scram_acceptor_first(w->vector->mechanism, token,
                             slice_of(w->vector->server_nonce), find, w, &b);

    ck_assert(!b.overflow);
    ck_assert(status == SCRAM_OK || b.len == 0);
    w->server_first[b.len] = '\0';
    snprintf(w->client_first, sizeof(w->client_first), "%.*s", (int)token.len,
             (const char *)token.data);
    return status;
}

static const struct scram_bindings vector_bindings = {
    .given = true, .data = {(const uint8_t *)"n,,", 3}};

static enum scram_status
final_with(struct world *w, struct slice token,
           const struct scram_bindings *ours, char *reply, bool *bound)
{
    struct scram_exchange exchange = {w->vector->mechanism,
                                      slice_of(w->client_first),
                                      slice_of(w->server_first), token};
    uint8_t memory[SCRAM_SERVER_FINAL_MAX];
    struct buffer b = BUFFER_ARRAY(memory);
    enum scram_status status = scram_acceptor_final(&exchange, ours, find, w,
                                                    &b, w->session_key, bound);

    snprintf(reply, 65, "%.*s", (int)b.len, (char *)memory);
    return status;
}

static enum scram_status
final(struct world *w, struct slice token, char *reply, bool *bound)
{
    return final_with(w, token, &vector_bindings, reply, bound);
}

START_TEST(the_rfc_s_exchange_is_accepted)
{
    struct world w = {.vector = &vectors[_i]};
    char reply[65];
    bool bound = false;

    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    ck_assert(strcmp(w.server_first, w.vector->server_first) == 0);
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_OK);
    ck_assert_str_eq(reply, w.vector->server_final);
    ck_assert(!bound); /* "n,,": there was no channel to bind */
    ck_assert_str_eq(w.user, "user");
    ck_assert_uint_eq(w.asked, 2); /* once for each of its messages */
}
END_TEST

START_TEST(a_user_who_is_not_enabled_is_refused_at_the_proof)
{
    struct world w = {.vector = &vectors[_i], .disabled = true};
    char reply[65];
    bool bound;

    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    ck_assert(strcmp(w.server_first, w.vector->server_first) == 0);
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_BAD_PROOF);
    ck_assert_str_eq(reply, "");
}
END_TEST

static const struct {
    struct world world;
    bool wrong; /* the proof is that of no password of the user's */
    enum scram_status status;
} wrong_proofs[] = {
    {{.changed = true}, false, SCRAM_EARLIER_PROOF},
    {{.changed = true}, true, SCRAM_BAD_PROOF},
    {{.changed = true, .forgets = true}, false, SCRAM_BAD_PROOF},
    {{.changed = true, .disabled = true}, false, SCRAM_BAD_PROOF},
    {{.disabled = true}, false, SCRAM_BAD_PROOF},
    {{.disabled = false}, true, SCRAM_BAD_PROOF},
};

/* Where there is no earlier password, all is computed as if there were one. */
START_TEST(an_earlier_password_is_known_and_refused_like_any)
{
    static const uint8_t none[SCRAM_SESSION_KEY_LEN];
    struct world w = wrong_proofs[_i / 2].world;
    char reply[65], token[256];
    bool bound = false;

    w.vector = &vectors[_i % 2];
    snprintf(token, sizeof(token), "%s", w.vector->client_final);
    if (wrong_proofs[_i / 2].wrong)
        strstr(token, ",p=")[3] ^= 1;
    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    hashed = 0;
    ck_assert_int_eq(final(&w, slice_of(token), reply, &bound),
                     wrong_proofs[_i / 2].status);
    ck_assert_uint_eq(hashed, 2);
    ck_assert_str_eq(reply, "");
    ck_assert(!bound);
    ck_assert_mem_eq(w.session_key, none, sizeof(none));
}
END_TEST

/* What a server sends is shorter: nothing of a longer one is signed. */
START_TEST(first_messages_that_are_too_long_are_not_cut)
{
    struct world w = {.vector = &vectors[_i]};
    uint8_t bytes[SCRAM_CLIENT_FIRST_MAX + SCRAM_SERVER_FIRST_MAX];
    struct buffer longer = BUFFER_ARRAY(bytes), reply;
    struct scram_exchange exchange = {w.vector->mechanism,
                                      slice_of(w.vector->client_first),
                                      {bytes, sizeof(bytes)},
                                      slice_of(w.vector->client_final)};
    uint8_t memory[SCRAM_SERVER_FINAL_MAX];
    bool bound;

    memset(bytes, 'x', sizeof(bytes));
    buffer_put(&longer, slice_of(w.vector->server_first));
    buffer_put(&longer, SLICE(",x="));
    reply = (struct buffer)BUFFER_ARRAY(memory);
    ck_assert_int_eq(scram_acceptor_final(&exchange, &vector_bindings, find, &w,
                                          &reply, w.session_key, &bound),
                     SCRAM_BAD_ENCODING);
}
END_TEST

START_TEST(every_bit_of_the_proof_counts)
{
    struct world w = {.vector = &vectors[_i / 256]};
    size_t len = scram_hash_len(w.vector->mechanism);
    const char *p = strstr(w.vector->client_final, ",p=") + 3;
    uint8_t memory[32], token[256];
    struct buffer proof = BUFFER_ARRAY(memory), t = BUFFER_ARRAY(token);
    size_t bit = (size_t)_i % 256;
    char reply[65];
    bool bound;

    if (bit >= len * 8)
        return;
    ck_assert(base64_decode(slice_of(p), &proof));
    memory[bit / 8] ^= (uint8_t)(1 << bit % 8);
    buffer_put(&t, slice_before(slice_of(w.vector->client_final), slice_of(p)));
    base64_encode(buffer_slice(&proof), &t);
    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    ck_assert_int_eq(final(&w, buffer_slice(&t), reply, &bound),
                     SCRAM_BAD_PROOF);
}
END_TEST

static const struct {
    const char *token;
    enum scram_status status;
    const char *asked_for; /* NULL: the store is not asked */
} firsts[] = {
    {"n=user,r=abc", SCRAM_OK, "user"},
    {"n=u=2Cs=3Dr,r=abc", SCRAM_OK, "u,s=r"},
    {"n=I\xc2\xadX,r=abc", SCRAM_OK, "IX"},
    {"n=us=er,r=abc", SCRAM_BAD_ENCODING, NULL},
    {"n=\xff,r=abc", SCRAM_BAD_USERNAME, NULL},
    {"n=\x07,r=abc", SCRAM_BAD_USERNAME, NULL},
    {"n=\xc2\xad,r=abc", SCRAM_BAD_USERNAME, NULL},
    {"n=user", SCRAM_BAD_ENCODING, NULL},
    {"m=x,n=user,r=abc", SCRAM_UNSUPPORTED_EXTENSION, NULL},
};

START_TEST(a_first_message_is_checked_before_the_store_is_asked)
{
    struct world w = {.vector = &vectors[0]};
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(memory);

    ck_assert_int_eq(first(&w, slice_of(firsts[_i].token)), firsts[_i].status);
    ck_assert_int_eq(scram_acceptor_user(slice_of(firsts[_i].token), &user),
                     firsts[_i].status);
    ck_assert(slice_equal(
        buffer_slice(&user),
        slice_of(firsts[_i].status == SCRAM_OK ? firsts[_i].asked_for : "")));
    if (firsts[_i].asked_for == NULL) {
        ck_assert_uint_eq(w.asked, 0);
    } else {
        ck_assert_uint_eq(w.asked, 1);
        ck_assert_str_eq(w.user, firsts[_i].asked_for);
    }
}
END_TEST

START_TEST(a_user_name_has_a_greatest_length)
{
    struct world w = {.vector = &vectors[0]};
    char token[SCRAM_USER_MAX + 16];

    snprintf(token, sizeof(token), "n=%0*d,r=a", SCRAM_USER_MAX, 1);
    ck_assert_int_eq(first(&w, slice_of(token)), SCRAM_OK);
    snprintf(token, sizeof(token), "n=%0*d,r=a", SCRAM_USER_MAX + 1, 1);
    ck_assert_int_eq(first(&w, slice_of(token)), SCRAM_BAD_ENCODING);
}
END_TEST

START_TEST(the_store_s_failure_is_the_outcome)
{
    struct world w = {.vector = &vectors[0], .broken = true};

    ck_assert_int_eq(first(&w, SLICE("n=user,r=abc")), SCRAM_STORE_FAILED);
}
END_TEST

#define NONCE "abc3rfcNHYJY1ZVvWVs7j"
#define PROOF "AAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const struct {
    const char *token;
    enum scram_status status;
} finals[] = {
    {"c=biws,r=" NONCE ",p=" PROOF, SCRAM_BAD_PROOF},
    {"c=biws,r=abc,p=" PROOF, SCRAM_BAD_NONCE},
    {"c=biws,r=" NONCE "x,p=" PROOF, SCRAM_BAD_NONCE},
    {"c=biws,r=Abc3rfcNHYJY1ZVvWVs7j,p=" PROOF, SCRAM_BAD_NONCE},
    {"c=eSws,r=" NONCE ",p=" PROOF, SCRAM_BAD_BINDINGS},
    {"c=biw,r=" NONCE ",p=" PROOF, SCRAM_BAD_ENCODING},
    {"c=biws,r=" NONCE ",p=AAAA", SCRAM_BAD_ENCODING},
    {"c=biws,r=" NONCE ",p=" PROOF "AAAA", SCRAM_BAD_ENCODING},
    {"c=biws,r=" NONCE ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAA", SCRAM_BAD_ENCODING},
    {"c=biws,r=" NONCE, SCRAM_BAD_ENCODING},
    {"c=biws,r=" NONCE ",m=x,p=" PROOF, SCRAM_UNSUPPORTED_EXTENSION},
    {"", SCRAM_BAD_ENCODING},
};

START_TEST(a_final_message_must_belong_to_the_first)
{
    struct world w = {.vector = &vectors[0]};
    char reply[65];
    bool bound;

    ck_assert_int_eq(first(&w, SLICE("n=user,r=abc")), SCRAM_OK);
    ck_assert_int_eq(final(&w, slice_of(finals[_i].token), reply, &bound),
                     finals[_i].status);
    ck_assert_str_eq(reply, "");
}
END_TEST

/* What each side supplies: NULL is no bindings at all. The rules are those of
 * RFC 2744 and MIT krb5, and under GS2 those of SASL. */
static const struct {
    const char *theirs; /* an empty one is none */
    const char *ours;
    bool required;
    enum { BOUND, NOT_BOUND, REFUSED } outcome;
} bindings[] = {
    {"", NULL, false, NOT_BOUND},
    {"a", NULL, false, NOT_BOUND},
    {"", "a", false, NOT_BOUND},
    {"", "", false, NOT_BOUND},
    {"a", "a", false, BOUND},
    {"a", "b", false, REFUSED},
    {"a", "ab", false, REFUSED},
    {"a", "", false, REFUSED},
    {"a", "a", true, BOUND},
    {"", "a", true, REFUSED},
    {"", "", true, REFUSED},
    {"", NULL, true, REFUSED},
    {"a", NULL, true, REFUSED},
    /* GS2's header and nothing more */
    {"n,,", "n,,", false, NOT_BOUND},
    {"y,,", "y,,", false, NOT_BOUND},
    {"n,a=b,", "n,a=b,", false, NOT_BOUND},
    {"p=tls-unique,,", "p=tls-unique,,", false, NOT_BOUND},
    {"p=tls-unique,a=b,", "p=tls-unique,a=b,", false, NOT_BOUND},
    {"n,,", "n,,", true, REFUSED},
    {"y,,", "y,,", true, REFUSED},
    {"p=tls-unique,,", "p=tls-unique,,", true, REFUSED},
    {"p=tls-unique,a=b,", "p=tls-unique,a=b,", true, REFUSED},
    {"p=tls-unique,,", "p=tls-unique,,d", false, REFUSED},
    {"p=tls-unique,,", "p=tls-unique,,d", true, REFUSED},
    {"p=tls-unique,,d", "p=tls-unique,,", false, REFUSED},
    {"p=tls-unique,,", NULL, false, NOT_BOUND},
    {"p=tls-unique,,", NULL, true, REFUSED},
    {"", "p=tls-unique,,", false, REFUSED},
    {"p=tls-unique,,", "d", false, REFUSED},
    {"y,,", "n,,", false, REFUSED},
    {"", "n,,", false, REFUSED},
    /* a header and the bindings of a channel */
    {"p=x,,d", "p=x,,d", false, BOUND},
    {"p=x,,d", "p=x,,d", true, BOUND},
    {"p=x,,d", "n,,", false, REFUSED},
    {"", "p=x,,d", false, REFUSED},
};

/* The right answer of a client with these channel bindings. */
static void
answer(const struct world *w, struct slice channel_binding,
       struct buffer *client_final)
{
    struct scram_initiator *client;
    struct slice client_first, error;
    struct scram_keys keys;

    ck_assert_int_eq(scram_initiator_first(w->vector->mechanism, SLICE("user"),
                                           slice_of(w->vector->client_nonce),
                                           &client, &client_first),
                     SCRAM_OK);
    ck_assert_int_eq(
        client_answer(client, slice_of(w->server_first), channel_binding,
                      (struct scram_limits){4096, 4096}, SLICE("pencil"), &keys,
                      client_final, &error),
        SCRAM_OK);
    scram_initiator_free(client);
}

START_TEST(bindings_are_compared_where_both_sides_have_them)
{
    struct world w = {.vector = &vectors[_i % 2]};
    struct scram_bindings b = {.given = bindings[_i / 2].ours != NULL,
                               .required = bindings[_i / 2].required};
    uint8_t token[256];
    struct buffer client_final = BUFFER_ARRAY(token);
    bool bound = false, refused = bindings[_i / 2].outcome == REFUSED;
    char reply[65];

    if (b.given)
        b.data = slice_of(bindings[_i / 2].ours);
    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    answer(&w, slice_of(bindings[_i / 2].theirs), &client_final);
    ck_assert_int_eq(
        final_with(&w, buffer_slice(&client_final), &b, reply, &bound),
        refused ? SCRAM_BAD_BINDINGS : SCRAM_OK);
    ck_assert_int_eq(bound, bindings[_i / 2].outcome == BOUND);
}
END_TEST

START_TEST(the_final_step_asks_the_store_by_itself)
{
    struct world w = {.vector = &vectors[_i]};
    char reply[65];
    bool bound;

    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    w.broken = true;
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_STORE_FAILED);
    w.broken = false;
    w.disabled = true; /* meanwhile */
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_BAD_PROOF);
    ck_assert_str_eq(reply, "");
    w.disabled = false;
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_OK);
    ck_assert_str_eq(reply, w.vector->server_final);
}
END_TEST

/* What is malformed, or another exchange's, costs no look-up. */
START_TEST(a_final_message_is_checked_before_the_store_is_asked)
{
    struct world w = {.vector = &vectors[0]};
    char reply[65];
    bool bound;
    unsigned asked;
    enum scram_status status;

    ck_assert_int_eq(first(&w, SLICE("n=user,r=abc")), SCRAM_OK);
    asked = w.asked;
    status = final(&w, slice_of(finals[_i].token), reply, &bound);
    if (status != SCRAM_BAD_PROOF &&
        strstr(finals[_i].token, "c=biws,r=" NONCE ",p=AAAA") == NULL)
        ck_assert_uint_eq(w.asked, asked);
}
END_TEST

static const struct {
    const char *client_first, *server_first;
    enum scram_status status;
} beginnings[] = {
    {"n=user,r=abc", "r=abcd,s=cw==", SCRAM_BAD_ENCODING},
    {"n=user,r=abc", "", SCRAM_BAD_ENCODING},
    {"", "r=abcd,s=cw==,i=4096", SCRAM_BAD_ENCODING},
    {"n=us=er,r=abc", "r=abcd,s=cw==,i=4096", SCRAM_BAD_ENCODING},
    {"n=\x07,r=abc", "r=abcd,s=cw==,i=4096", SCRAM_BAD_USERNAME},
    {"m=x,n=user,r=abc", "r=abcd,s=cw==,i=4096", SCRAM_UNSUPPORTED_EXTENSION},
};

START_TEST(the_first_messages_must_be_such)
{
    struct world w = {.vector = &vectors[0]};
    char reply[65];
    bool bound;

    strcpy(w.client_first, beginnings[_i].client_first);
    strcpy(w.server_first, beginnings[_i].server_first);
    ck_assert_int_eq(final(&w, SLICE("c=biws,r=abcd,p=" PROOF), reply, &bound),
                     beginnings[_i].status);
    ck_assert_uint_eq(w.asked, 0);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, the_rfc_s_exchange_is_accepted, 0,
                        COUNT(vectors));
    tcase_add_loop_test(tests,
                        a_user_who_is_not_enabled_is_refused_at_the_proof, 0,
                        COUNT(vectors));
    tcase_add_loop_test(tests,
                        an_earlier_password_is_known_and_refused_like_any, 0,
                        2 * COUNT(wrong_proofs));
    tcase_add_loop_test(tests, first_messages_that_are_too_long_are_not_cut, 0,
                        COUNT(vectors));
    tcase_add_loop_test(tests, every_bit_of_the_proof_counts, 0, 2 * 256);
    tcase_add_loop_test(tests,
                        a_first_message_is_checked_before_the_store_is_asked, 0,
                        COUNT(firsts));
    tcase_add_test(tests, a_user_name_has_a_greatest_length);
    tcase_add_test(tests, the_store_s_failure_is_the_outcome);
    tcase_add_loop_test(tests, a_final_message_must_belong_to_the_first, 0,
                        COUNT(finals));
    tcase_add_loop_test(tests, bindings_are_compared_where_both_sides_have_them,
                        0, 2 * COUNT(bindings));
    tcase_add_loop_test(tests, the_final_step_asks_the_store_by_itself, 0,
                        COUNT(vectors));
    tcase_add_loop_test(tests,
                        a_final_message_is_checked_before_the_store_is_asked, 0,
                        COUNT(finals));
    tcase_add_loop_test(tests, the_first_messages_must_be_such, 0,
                        COUNT(beginnings));
}

int
main(void)
{
    return unit_run("acceptor", add, 30);
}
