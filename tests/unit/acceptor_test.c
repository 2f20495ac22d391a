#include "unit.h"

#include <stdio.h>

#include "base/base64.h"
#include "scram/acceptor.h"
#include "scram/initiator.h"
#include "scram/message.h"
#include "vectors.h"

/* A store of one user, who is called "user". */
struct world {
    const struct vector *vector;
    bool disabled;
    bool broken;
    unsigned asked;
    char user[SCRAM_USER_MAX + 1];
    struct scram_acceptor *acceptor;
    struct slice server_first;
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
    return SCRAM_OK;
}

static enum scram_status
first(struct world *w, struct slice token)
{
    return scram_acceptor_first(w->vector->mechanism, token,
                                slice_of(w->vector->server_nonce), find, w,
                                &w->acceptor, &w->server_first);
}

static const struct scram_bindings vector_bindings = {
    .given = true, .data = {(const uint8_t *)"n,,", 3}};

static enum scram_status
final(struct world *w, struct slice token, char *reply, bool *bound)
{
    uint8_t memory[64];
    struct buffer b = BUFFER_ARRAY(memory);
    enum scram_status status =
        scram_acceptor_final(w->acceptor, token, &vector_bindings, &b, bound);

    snprintf(reply, 65, "%.*s", (int)b.len, (char *)memory);
    return status;
}

START_TEST(the_rfc_s_exchange_is_accepted)
{
    struct world w = {.vector = &vectors[_i]};
    char reply[65];
    bool bound = false;

    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    ck_assert(slice_equal(w.server_first, slice_of(w.vector->server_first)));
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_OK);
    ck_assert_str_eq(reply, w.vector->server_final);
    ck_assert(!bound); /* "n,,": there was no channel to bind */
    ck_assert(slice_equal(scram_acceptor_user(w.acceptor), SLICE("user")));
    scram_acceptor_free(w.acceptor);
}
END_TEST

START_TEST(an_exchange_ends_once)
{
    struct world w = {.vector = &vectors[_i]};
    char reply[65];
    bool bound;

    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_OK);
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_BAD_ARGUMENT);
    scram_acceptor_free(w.acceptor);
}
END_TEST

START_TEST(a_refusal_is_final_even_for_the_right_proof)
{
    struct world w = {.vector = &vectors[_i]};
    char reply[65];
    bool bound;

    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    ck_assert_int_eq(final(&w, SLICE("c=biws,r=no,p=AAAA"), reply, &bound),
                     SCRAM_BAD_NONCE);
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_str_eq(reply, "");
    scram_acceptor_free(w.acceptor);
}
END_TEST

START_TEST(a_user_who_is_not_enabled_is_refused_at_the_proof)
{
    struct world w = {.vector = &vectors[_i], .disabled = true};
    char reply[65];
    bool bound;

    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    ck_assert(slice_equal(w.server_first, slice_of(w.vector->server_first)));
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_BAD_PROOF);
    ck_assert_str_eq(reply, "");
    scram_acceptor_free(w.acceptor);
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
    scram_acceptor_free(w.acceptor);
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

    ck_assert_int_eq(first(&w, slice_of(firsts[_i].token)), firsts[_i].status);
    if (firsts[_i].asked_for == NULL) {
        ck_assert_uint_eq(w.asked, 0);
        ck_assert_ptr_null(w.acceptor);
    } else {
        ck_assert_uint_eq(w.asked, 1);
        ck_assert_str_eq(w.user, firsts[_i].asked_for);
    }
    scram_acceptor_free(w.acceptor);
}
END_TEST

START_TEST(a_user_name_has_a_greatest_length)
{
    struct world w = {.vector = &vectors[0]};
    char token[SCRAM_USER_MAX + 16];

    snprintf(token, sizeof(token), "n=%0*d,r=a", SCRAM_USER_MAX, 1);
    ck_assert_int_eq(first(&w, slice_of(token)), SCRAM_OK);
    scram_acceptor_free(w.acceptor);
    w.acceptor = NULL;
    snprintf(token, sizeof(token), "n=%0*d,r=a", SCRAM_USER_MAX + 1, 1);
    ck_assert_int_eq(first(&w, slice_of(token)), SCRAM_BAD_ENCODING);
    ck_assert_ptr_null(w.acceptor);
}
END_TEST

START_TEST(the_store_s_failure_is_the_outcome)
{
    struct world w = {.vector = &vectors[0], .broken = true};

    ck_assert_int_eq(first(&w, SLICE("n=user,r=abc")), SCRAM_STORE_FAILED);
    ck_assert_ptr_null(w.acceptor);
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
    scram_acceptor_free(w.acceptor);
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

/* scram_find_keys: those of the user of the vectors. */
static enum scram_status
derive(void *data, enum scram_mechanism mechanism, struct slice salt,
       uint32_t iterations, struct scram_keys *keys)
{
    (void)data;
    return scram_keys_derive(mechanism, SLICE("pencil"), salt, iterations,
                             keys);
}

/* The right answer of a client with these channel bindings. */
static void
answer(const struct world *w, struct slice channel_binding,
       struct buffer *client_final)
{
    struct scram_initiator *client;
    struct slice client_first, error;

    ck_assert_int_eq(scram_initiator_first(w->vector->mechanism, SLICE("user"),
                                           slice_of(w->vector->client_nonce),
                                           &client, &client_first),
                     SCRAM_OK);
    ck_assert_int_eq(scram_initiator_final(client, w->server_first,
                                           channel_binding,
                                           (struct scram_limits){4096, 4096},
                                           derive, NULL, client_final, &error),
                     SCRAM_OK);
    scram_initiator_free(client);
}

START_TEST(bindings_are_compared_where_both_sides_have_them)
{
    struct world w = {.vector = &vectors[_i % 2]};
    struct scram_bindings b = {.given = bindings[_i / 2].ours != NULL,
                               .required = bindings[_i / 2].required};
    uint8_t memory[64], token[256];
    struct buffer reply = BUFFER_ARRAY(memory);
    struct buffer client_final = BUFFER_ARRAY(token);
    bool bound = false, refused = bindings[_i / 2].outcome == REFUSED;

    if (b.given)
        b.data = slice_of(bindings[_i / 2].ours);
    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    answer(&w, slice_of(bindings[_i / 2].theirs), &client_final);
    ck_assert_int_eq(scram_acceptor_final(w.acceptor,
                                          buffer_slice(&client_final), &b,
                                          &reply, &bound),
                     refused ? SCRAM_BAD_BINDINGS : SCRAM_OK);
    ck_assert_int_eq(bound, bindings[_i / 2].outcome == BOUND);
    scram_acceptor_free(w.acceptor);
}
END_TEST

/* Another acceptor goes on with what the first one has said. */
static void
resume(struct world *w)
{
    struct slice client_first, server_first;
    struct scram_acceptor *other;

    scram_acceptor_firsts(w->acceptor, &client_first, &server_first);
    ck_assert(slice_equal(server_first, w->server_first));
    ck_assert_int_eq(scram_acceptor_resume(w->vector->mechanism, client_first,
                                           server_first, &other),
                     SCRAM_OK);
    scram_acceptor_free(w->acceptor);
    w->acceptor = other;
    scram_acceptor_firsts(other, &client_first, &w->server_first);
}

START_TEST(another_acceptor_goes_on_in_its_place)
{
    struct world w = {.vector = &vectors[_i]};
    char reply[65];
    bool bound = false;
    int i;

    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    for (i = 0; i < 3; i++)
        resume(&w);
    ck_assert(slice_equal(scram_acceptor_user(w.acceptor), SLICE("user")));
    ck_assert_uint_eq(w.asked, 1);
    ck_assert_int_eq(scram_acceptor_find(w.acceptor, find, &w), SCRAM_OK);
    ck_assert_uint_eq(w.asked, 2);
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_OK);
    ck_assert_str_eq(reply, w.vector->server_final);
    ck_assert(!bound);
    scram_acceptor_free(w.acceptor);
}
END_TEST

START_TEST(without_a_verifier_there_is_no_final_step)
{
    struct world w = {.vector = &vectors[_i]};
    char reply[65];
    bool bound;

    ck_assert_int_eq(first(&w, slice_of(w.vector->client_first)), SCRAM_OK);
    resume(&w);
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_BAD_ARGUMENT);
    w.broken = true;
    ck_assert_int_eq(scram_acceptor_find(w.acceptor, find, &w),
                     SCRAM_STORE_FAILED);
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_BAD_ARGUMENT);
    w.broken = false;
    w.disabled = true; /* meanwhile */
    ck_assert_int_eq(scram_acceptor_find(w.acceptor, find, &w), SCRAM_OK);
    ck_assert_int_eq(final(&w, slice_of(w.vector->client_final), reply, &bound),
                     SCRAM_BAD_PROOF);
    scram_acceptor_free(w.acceptor);
}
END_TEST

/* The right keys with another salt or count than the client was told: whatever
 * it is, it is not what the client computed with. */
START_TEST(a_verifier_that_is_not_the_announced_one_takes_no_proof)
{
    static const char *const announced[] = {"r=abcd,s=QSXCR+Q6sek8bf92,i=4097",
                                            "r=abcd,s=QSXCR+Q6sek8bf93,i=4096",
                                            "r=abcd,s=QSXCR+Q6sek8,i=4096"};
    struct world w = {.vector = &vectors[0]};
    char reply[65];
    bool bound;

    ck_assert_int_eq(
        scram_acceptor_resume(w.vector->mechanism, SLICE("n=user,r=abc"),
                              slice_of(announced[_i]), &w.acceptor),
        SCRAM_OK);
    ck_assert_int_eq(scram_acceptor_find(w.acceptor, find, &w), SCRAM_OK);
    ck_assert_int_eq(final(&w, SLICE("c=biws,r=abcd,p=" PROOF), reply, &bound),
                     SCRAM_BAD_PROOF);
    scram_acceptor_free(w.acceptor);
}
END_TEST

static const struct {
    const char *client_first, *server_first;
    enum scram_status status;
} resumptions[] = {
    {"n=user,r=abc", "r=abcd,s=cw==,i=4096", SCRAM_OK},
    {"n=user,r=abc,x=y", "r=abcd,s=cw==,i=4096,x=y", SCRAM_OK},
    {"n=user,r=abc", "r=abc,s=cw==,i=4096", SCRAM_BAD_NONCE},
    {"n=user,r=abc", "r=xabc,s=cw==,i=4096", SCRAM_BAD_NONCE},
    {"n=user,r=abc", "r=abcd,s=cw==", SCRAM_BAD_ENCODING},
    {"n=user,r=abc", "", SCRAM_BAD_ENCODING},
    {"", "r=abcd,s=cw==,i=4096", SCRAM_BAD_ENCODING},
    {"n=us=er,r=abc", "r=abcd,s=cw==,i=4096", SCRAM_BAD_ENCODING},
    {"n=\x07,r=abc", "r=abcd,s=cw==,i=4096", SCRAM_BAD_USERNAME},
    {"m=x,n=user,r=abc", "r=abcd,s=cw==,i=4096", SCRAM_UNSUPPORTED_EXTENSION},
};

START_TEST(what_is_resumed_is_checked)
{
    struct scram_acceptor *acceptor = NULL;
    struct slice client_first, server_first;

    ck_assert_int_eq(scram_acceptor_resume(
                         SCRAM_SHA_256, slice_of(resumptions[_i].client_first),
                         slice_of(resumptions[_i].server_first), &acceptor),
                     resumptions[_i].status);
    if (resumptions[_i].status != SCRAM_OK) {
        ck_assert_ptr_null(acceptor);
        return;
    }
    scram_acceptor_firsts(acceptor, &client_first, &server_first);
    ck_assert(
        slice_equal(client_first, slice_of(resumptions[_i].client_first)));
    ck_assert(
        slice_equal(server_first, slice_of(resumptions[_i].server_first)));
    scram_acceptor_free(acceptor);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, the_rfc_s_exchange_is_accepted, 0,
                        COUNT(vectors));
    tcase_add_loop_test(tests, an_exchange_ends_once, 0, COUNT(vectors));
    tcase_add_loop_test(tests, a_refusal_is_final_even_for_the_right_proof, 0,
                        COUNT(vectors));
    tcase_add_loop_test(tests,
                        a_user_who_is_not_enabled_is_refused_at_the_proof, 0,
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
    tcase_add_loop_test(tests, another_acceptor_goes_on_in_its_place, 0,
                        COUNT(vectors));
    tcase_add_loop_test(tests, without_a_verifier_there_is_no_final_step, 0,
                        COUNT(vectors));
    tcase_add_loop_test(
        tests, a_verifier_that_is_not_the_announced_one_takes_no_proof, 0, 3);
    tcase_add_loop_test(tests, what_is_resumed_is_checked, 0,
                        COUNT(resumptions));
}

int
main(void)
{
    return unit_run("acceptor", add, 30);
}
