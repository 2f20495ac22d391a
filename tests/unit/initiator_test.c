#include "unit.h"

#include <stdio.h>

#include "client.h"
#include "scram/acceptor.h"
#include "scram/message.h"
#include "vectors.h"

#define LIMITS ((struct scram_limits){4096, 10000000})

/* What a client has from one message to the next. */
struct client {
    struct scram_initiator *i;
    struct scram_keys keys; /* set once something is computed */
};

static struct client
begin(const struct vector *v)
{
    struct client c = {.i = NULL};
    struct slice token;

    ck_assert_int_eq(scram_initiator_first(v->mechanism, SLICE("user"),
                                           slice_of(v->client_nonce), &c.i,
                                           &token),
                     SCRAM_OK);
    ck_assert(slice_equal(token, slice_of(v->client_first)));
    return c;
}

static enum scram_status
go_on(struct client *c, const char *server_first, struct buffer *reply,
      struct slice *error)
{
    return client_answer(c->i, slice_of(server_first), VECTOR_BINDING, LIMITS,
                         SLICE("pencil"), &c->keys, reply, error);
}

static enum scram_status
finish(const struct client *c, const char *server_final, struct slice *error)
{
    static const uint8_t none[SCRAM_SESSION_KEY_LEN];
    uint8_t key[SCRAM_SESSION_KEY_LEN] = {0};
    enum scram_status status =
        scram_accept_server(scram_initiator_unproved(c->i), &c->keys,
                            slice_of(server_final), key, error);

    ck_assert_int_eq(memcmp(key, none, sizeof(key)) != 0, status == SCRAM_OK);
    return status;
}

static bool
has_computed(const struct client *c)
{
    static const struct scram_keys none;

    return memcmp(&c->keys, &none, sizeof(none)) != 0;
}

START_TEST(the_rfc_s_exchange_is_played)
{
    const struct vector *v = &vectors[_i];
    struct client c = begin(v);
    uint8_t memory[256];
    struct buffer reply = BUFFER_ARRAY(memory);
    struct slice error;

    ck_assert_int_eq(go_on(&c, v->server_first, &reply, &error), SCRAM_OK);
    ck_assert(slice_equal(buffer_slice(&reply), slice_of(v->client_final)));
    ck_assert_int_eq(finish(&c, v->server_final, &error), SCRAM_OK);
    scram_initiator_free(c.i);
}
END_TEST

#define NONCE "fyko+d2lbbFgONRv9qkxdawL"

/* None of these costs a single iteration. */
static const struct {
    const char *server_first;
    enum scram_status status;
} refused[] = {
    {"r=" NONCE ",s=QSXC,i=4096", SCRAM_BAD_NONCE}, /* the client's alone */
    {"r=xyko+d2lbbFgONRv9qkxdawLabc,s=QSXC,i=4096", SCRAM_BAD_NONCE},
    {"r=fyko,s=QSXC,i=4096", SCRAM_BAD_NONCE},
    {"r=abc" NONCE ",s=QSXC,i=4096", SCRAM_BAD_NONCE},
    {"r=" NONCE "abc,s=QSXC,i=4095", SCRAM_TOO_FEW_ITERATIONS},
    {"r=" NONCE "abc,s=QSXC,i=1", SCRAM_TOO_FEW_ITERATIONS},
    {"r=" NONCE "abc,s=QSXC,i=10000001", SCRAM_TOO_MANY_ITERATIONS},
    {"r=" NONCE "abc,s=QSXC,i=4294967295", SCRAM_TOO_MANY_ITERATIONS},
    {"r=" NONCE "abc,s=QSXC,i=4294971392", SCRAM_TOO_MANY_ITERATIONS},
    {"r=" NONCE "abc,s=QSXC,i=99999999999999999999", SCRAM_TOO_MANY_ITERATIONS},
    {"r=" NONCE "abc,s=QSX,i=4096", SCRAM_BAD_ENCODING},
    {"r=" NONCE "abc,s=,i=4096", SCRAM_BAD_ENCODING},
    {"r=" NONCE "abc,s=QSXC,i=0", SCRAM_BAD_ENCODING},
    {"r=" NONCE "abc,s=QSXC", SCRAM_BAD_ENCODING},
    {"m=x,r=" NONCE "abc,s=QSXC,i=4096", SCRAM_UNSUPPORTED_EXTENSION},
    {"r=" NONCE "abc,s=QSXC,i=4096,m=x", SCRAM_UNSUPPORTED_EXTENSION},
    {"e=invalid-username-encoding", SCRAM_SERVER_ERROR},
    {"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", SCRAM_BAD_ENCODING},
    {"", SCRAM_BAD_ENCODING},
};

START_TEST(a_bad_server_first_is_refused_before_anything_is_computed)
{
    struct client c = begin(&vectors[0]);
    uint8_t memory[256];
    struct buffer reply = BUFFER_ARRAY(memory);
    struct slice error = {NULL, 0};

    ck_assert_int_eq(go_on(&c, refused[_i].server_first, &reply, &error),
                     refused[_i].status);
    ck_assert(!has_computed(&c) && scram_initiator_unproved(c.i) == NULL);
    ck_assert_uint_eq(reply.len, 0);
    if (refused[_i].status == SCRAM_SERVER_ERROR)
        ck_assert(slice_equal(error, SLICE("invalid-username-encoding")));

    /* Nor does the exchange go on afterwards. */
    ck_assert_int_eq(go_on(&c, vectors[0].server_first, &reply, &error),
                     SCRAM_BAD_ARGUMENT);
    ck_assert(!has_computed(&c) && scram_initiator_unproved(c.i) == NULL);
    scram_initiator_free(c.i);
}
END_TEST

START_TEST(a_salt_has_a_greatest_length)
{
    struct client c = begin(&vectors[0]);
    uint8_t memory[256];
    struct buffer reply = BUFFER_ARRAY(memory);
    char token[2048], salt[1369];
    struct slice error;

    memset(salt, 'A', sizeof(salt) - 1);
    salt[sizeof(salt) - 1] = '\0';
    snprintf(token, sizeof(token), "r=" NONCE "abc,s=%s,i=4096", salt);
    ck_assert_int_eq(go_on(&c, token, &reply, &error), SCRAM_BAD_ENCODING);
    ck_assert(!has_computed(&c) && scram_initiator_unproved(c.i) == NULL);
    scram_initiator_free(c.i);
}
END_TEST

static const struct {
    const char *server_final;
    enum scram_status status;
    const char *error;
} finals[] = {
    {"v=rmF9pqV8S7suAoZWja4dJRkFsKU=", SCRAM_BAD_SERVER_SIGNATURE, NULL},
    {"v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=", SCRAM_BAD_SERVER_SIGNATURE, NULL},
    {"v=rmF9", SCRAM_BAD_ENCODING, NULL},
    {"v=rmF9pqV8S7suAoZWja4dJRkFsKQ", SCRAM_BAD_ENCODING, NULL},
    {"v=", SCRAM_BAD_ENCODING, NULL},
    {"", SCRAM_BAD_ENCODING, NULL},
    {"e=invalid-proof", SCRAM_SERVER_ERROR, "invalid-proof"},
    {"e=of-our-own,x=y", SCRAM_SERVER_ERROR, "of-our-own"},
    {"m=x,v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", SCRAM_UNSUPPORTED_EXTENSION, NULL},
};

START_TEST(a_server_must_prove_that_it_knows_the_verifier)
{
    const struct vector *v = &vectors[0];
    struct client c = begin(v);
    uint8_t memory[256];
    struct buffer reply = BUFFER_ARRAY(memory);
    struct slice error = {NULL, 0};

    ck_assert_int_eq(go_on(&c, v->server_first, &reply, &error), SCRAM_OK);
    ck_assert_int_eq(finish(&c, finals[_i].server_final, &error),
                     finals[_i].status);
    if (finals[_i].error != NULL)
        ck_assert(slice_equal(error, slice_of(finals[_i].error)));
    scram_initiator_free(c.i);
}
END_TEST

START_TEST(a_reply_that_does_not_fit_is_not_sent)
{
    struct client c = begin(&vectors[0]);
    uint8_t memory[64];
    struct buffer reply = BUFFER_ARRAY(memory);
    struct slice error;

    ck_assert_int_eq(go_on(&c, vectors[0].server_first, &reply, &error),
                     SCRAM_TOO_SMALL);
    ck_assert_uint_eq(reply.len, 0);
    scram_initiator_free(c.i);
}
END_TEST

/* The longest nonce and the longest bindings make an answer that is a token;
 * a byte more of either is refused before anything is computed. */
START_TEST(what_makes_an_answer_too_long_is_refused)
{
    static const struct {
        size_t nonce, bindings;
        enum scram_status status;
    } cases[] = {
        {SCRAM_NONCE_MAX, SCRAM_BINDINGS_MAX, SCRAM_OK},
        {SCRAM_NONCE_MAX + 1, 0, SCRAM_BAD_ENCODING},
        {SCRAM_NONCE_MAX, SCRAM_BINDINGS_MAX + 1, SCRAM_BAD_ARGUMENT},
    };
    const struct vector *v = &vectors[0];
    struct client c = begin(v);
    uint8_t memory[SCRAM_TOKEN_MAX], data[SCRAM_BINDINGS_MAX + 1] = {0};
    struct buffer reply = BUFFER_ARRAY(memory);
    char nonce[SCRAM_NONCE_MAX + 2] = {0}, first[SCRAM_NONCE_MAX + 64];
    struct slice error;

    memset(nonce, 'x', cases[_i].nonce);
    memcpy(nonce, v->client_nonce, strlen(v->client_nonce));
    snprintf(first, sizeof(first), "r=%s,s=QSXCR+Q6sek8bf92,i=4096", nonce);
    ck_assert_int_eq(client_answer(c.i, slice_of(first),
                                   (struct slice){data, cases[_i].bindings},
                                   LIMITS, SLICE("pencil"), &c.keys, &reply,
                                   &error),
                     cases[_i].status);
    ck_assert_int_eq(has_computed(&c), cases[_i].status == SCRAM_OK);
    ck_assert_int_eq(reply.len != 0, cases[_i].status == SCRAM_OK);
    scram_initiator_free(c.i);
}
END_TEST

/* Both roles against each other, for what no RFC has a vector for. */
struct account {
    struct scram_verifier verifier;
    const char *user;
};

static enum scram_status
find_account(void *data, enum scram_mechanism mechanism, struct slice user,
             struct scram_verifier *verifier)
{
    struct account *a = data;

    ck_assert_int_eq(mechanism, a->verifier.mechanism);
    ck_assert(slice_equal(user, slice_of(a->user)));
    *verifier = a->verifier;
    return SCRAM_OK;
}

static const char *const users[] = {"user", "a,b=c", "\xc3\xbc x",
                                    ",,,,====", "=2C"};

/* A caller's least count comes on top of RFC 7677's, and makes up for nothing.
 */
static const struct {
    uint32_t min;
    const char *server_first; /* after the nonce */
    enum scram_status status;
} minima[] = {
    {100000, ",s=QSXC,i=99999", SCRAM_TOO_FEW_ITERATIONS},
    {100000, ",s=QQ==,i=4096", SCRAM_TOO_FEW_ITERATIONS},
    {100000, ",s=QSXC,i=100000", SCRAM_OK},
    {4097, ",s=QSXC,i=4096", SCRAM_TOO_FEW_ITERATIONS},
    {4096, ",s=QSXC,i=4096", SCRAM_OK},
    {0, ",s=QSXC,i=4095", SCRAM_TOO_FEW_ITERATIONS},
    {0, ",s=QSXC,i=4096", SCRAM_OK},
    /* a salt of one byte is a salt: initiator.c says why */
    {4096, ",s=QQ==,i=4096", SCRAM_OK},
    {4096, ",s=,i=4096", SCRAM_BAD_ENCODING},
};

START_TEST(
    a_count_below_the_callers_least_is_refused_before_anything_is_derived)
{
    const struct vector *v = &vectors[0];
    struct client c = begin(v);
    uint8_t memory[256];
    struct buffer reply = BUFFER_ARRAY(memory);
    struct slice error;
    char first[128];

    snprintf(first, sizeof(first), "r=%sx%s", v->client_nonce,
             minima[_i].server_first);
    ck_assert_int_eq(
        client_answer(c.i, slice_of(first), SLICE(""),
                      (struct scram_limits){minima[_i].min, 10000000},
                      SLICE("pencil"), &c.keys, &reply, &error),
        minima[_i].status);
    ck_assert_int_eq(has_computed(&c), minima[_i].status == SCRAM_OK);
    scram_initiator_free(c.i);
}
END_TEST

START_TEST(both_roles_agree)
{
    enum scram_mechanism mechanism = (enum scram_mechanism)(_i % 2);
    struct account account = {.user = users[_i / 2]};
    struct scram_bindings none = {0};
    struct scram_initiator *i = NULL;
    struct scram_exchange e = {.mechanism = mechanism};
    uint8_t memory[512], memory2[64], memory3[SCRAM_SERVER_FIRST_MAX];
    uint8_t key[SCRAM_SESSION_KEY_LEN], own[SCRAM_SESSION_KEY_LEN];
    struct scram_keys keys;
    struct buffer server_first = BUFFER_ARRAY(memory3);
    struct buffer client_final = BUFFER_ARRAY(memory);
    struct buffer server_final = BUFFER_ARRAY(memory2);
    struct slice error;
    bool bound = true;

    ck_assert_int_eq(scram_verifier_derive(mechanism, SLICE("pencil"),
                                           SLICE("0123456789abcdef"), 4096,
                                           &account.verifier),
                     SCRAM_OK);
    ck_assert_int_eq(scram_initiator_first(mechanism, slice_of(account.user),
                                           SLICE("client"), &i,
                                           &e.client_first),
                     SCRAM_OK);
    ck_assert_int_eq(scram_acceptor_first(mechanism, e.client_first,
                                          SLICE("server"), find_account,
                                          &account, &server_first),
                     SCRAM_OK);
    e.server_first = buffer_slice(&server_first);
    ck_assert_int_eq(client_answer(i, e.server_first, SLICE(""), LIMITS,
                                   SLICE("pencil"), &keys, &client_final,
                                   &error),
                     SCRAM_OK);
    e.client_final = buffer_slice(&client_final);
    ck_assert_int_eq(scram_acceptor_final(&e, &none, find_account, &account,
                                          &server_final, key, &bound),
                     SCRAM_OK);
    ck_assert(!bound);
    ck_assert_int_eq(scram_accept_server(scram_initiator_unproved(i), &keys,
                                         buffer_slice(&server_final), own,
                                         &error),
                     SCRAM_OK);
    ck_assert_mem_eq(own, key, sizeof(key));
    scram_initiator_free(i);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(
        tests,
        a_count_below_the_callers_least_is_refused_before_anything_is_derived,
        0, COUNT(minima));
    tcase_add_loop_test(tests, the_rfc_s_exchange_is_played, 0, COUNT(vectors));
    tcase_add_loop_test(
        tests, a_bad_server_first_is_refused_before_anything_is_computed, 0,
        COUNT(refused));
    tcase_add_test(tests, a_salt_has_a_greatest_length);
    tcase_add_loop_test(tests, a_server_must_prove_that_it_knows_the_verifier,
                        0, COUNT(finals));
    tcase_add_test(tests, a_reply_that_does_not_fit_is_not_sent);
    tcase_add_loop_test(tests, what_makes_an_answer_too_long_is_refused, 0, 3);
    tcase_add_loop_test(tests, both_roles_agree, 0, 2 * COUNT(users));
}

int
main(void)
{
    return unit_run("initiator", add, 30);
}
