#include "unit.h"

#include <openssl/rand.h>
#include <pthread.h>

#include "rfc4121/context.h"

static const uint8_t key[RFC4121_KEY_LEN] = "a protocol key!";

static enum scram_status
libcrypto_random(uint8_t *bytes, size_t len)
{
    return RAND_bytes(bytes, (int)len) == 1 ? SCRAM_OK : SCRAM_CRYPTO_FAILED;
}

static struct rfc4121_context *
context(enum rfc4121_role role)
{
    struct rfc4121_context *made;

    ck_assert_int_eq(
        rfc4121_new(key, role, true, true, libcrypto_random, &made), SCRAM_OK);
    return made;
}

/* How many purposes have keys. */
static int
prepared(const struct rfc4121_context *c)
{
    int sends, purpose, count = 0;

    for (sends = 0; sends < 2; sends++) {
        for (purpose = 0; purpose < RFC4121_PURPOSES; purpose++)
            count += c->idle[sends][purpose][0] != NULL;
    }
    return count;
}

START_TEST(keys_are_derived_when_a_message_needs_them)
{
    struct rfc4121_context *c = context(RFC4121_INITIATOR);
    uint8_t token[64];

    ck_assert_int_eq(prepared(c), 0);
    ck_assert_ptr_null(c->window);
    ck_assert_int_eq(rfc4121_get_mic(c, SLICE("m"), token), SCRAM_OK);
    ck_assert_int_eq(prepared(c), 1);
    ck_assert_int_eq(rfc4121_wrap(c, true, SLICE("m"), token), SCRAM_OK);
    ck_assert_int_eq(prepared(c), 2);
    ck_assert_int_eq(rfc4121_wrap(c, true, SLICE("m"), token), SCRAM_OK);
    ck_assert_int_eq(prepared(c), 2);
    ck_assert_ptr_null(c->window);
    rfc4121_free(c);
}
END_TEST

START_TEST(a_context_without_messages_is_small)
{
    ck_assert_uint_le(sizeof(struct rfc4121_context), 320);
}
END_TEST

START_TEST(what_was_given_back_is_taken_again)
{
    struct rfc4121_context *c = context(RFC4121_ACCEPTOR);
    struct rfc4121_crypto *taken[RFC4121_IDLE + 1], *again;
    int i;

    for (i = 0; i <= RFC4121_IDLE; i++)
        ck_assert_int_eq(rfc4121_take(c, true, RFC4121_SIGN, &taken[i]),
                         SCRAM_OK);
    for (i = 0; i <= RFC4121_IDLE; i++)
        rfc4121_give_back(c, true, RFC4121_SIGN, taken[i]);
    for (i = 0; i < RFC4121_IDLE; i++) {
        ck_assert_int_eq(rfc4121_take(c, true, RFC4121_SIGN, &again), SCRAM_OK);
        ck_assert_ptr_eq(again, taken[i]);
    }
    for (i = 0; i < RFC4121_IDLE; i++)
        rfc4121_crypto_free(taken[i]);
    rfc4121_free(c);
}
END_TEST

#define THREADS 6
#define MESSAGES 3000
#define TEXT "a message from one of several threads"

struct worker {
    struct rfc4121_context *sender, *receiver;
    _Atomic uint8_t *seen; /* for each number, how often it was sent */
};

static uint64_t
seq_of(const uint8_t *token)
{
    uint64_t seq = 0;
    int i;

    for (i = 8; i < 16; i++)
        seq = seq << 8 | token[i];
    return seq;
}

/* Wrap and sign, and open at the other end what was just made. */
static void *
exchange(void *data)
{
    struct worker *w = data;
    uint8_t token[128], opened[128];
    enum rfc4121_order order;
    bool confidential;
    size_t len;
    int i;

    for (i = 0; i < MESSAGES; i++) {
        struct slice wrapped = {token, rfc4121_wrap_len(i % 2, strlen(TEXT))};
        struct slice mic = {token, RFC4121_MIC_LEN};

        ck_assert_int_eq(rfc4121_wrap(w->sender, i % 2, SLICE(TEXT), token),
                         SCRAM_OK);
        atomic_fetch_add(&w->seen[seq_of(token)], 1);
        ck_assert_int_eq(rfc4121_unwrap(w->receiver, wrapped, opened, &len,
                                        &confidential, &order),
                         SCRAM_OK);
        ck_assert_uint_eq(len, strlen(TEXT));
        ck_assert_mem_eq(opened, TEXT, len);
        ck_assert_int_ne(order, RFC4121_DUPLICATE);

        ck_assert_int_eq(rfc4121_get_mic(w->sender, SLICE(TEXT), token),
                         SCRAM_OK);
        atomic_fetch_add(&w->seen[seq_of(token)], 1);
        ck_assert_int_eq(
            rfc4121_verify_mic(w->receiver, SLICE(TEXT), mic, &order),
            SCRAM_OK);
        ck_assert_int_ne(order, RFC4121_DUPLICATE);
    }
    return NULL;
}

START_TEST(threads_share_a_context)
{
    struct worker w = {context(RFC4121_INITIATOR), context(RFC4121_ACCEPTOR),
                       calloc(2 * THREADS * MESSAGES, 1)};
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, exchange, &w), 0);
    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    for (i = 0; i < 2 * THREADS * MESSAGES; i++)
        ck_assert_uint_eq(w.seen[i], 1);
    free(w.seen);
    rfc4121_free(w.sender);
    rfc4121_free(w.receiver);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, keys_are_derived_when_a_message_needs_them);
    tcase_add_test(tests, a_context_without_messages_is_small);
    tcase_add_test(tests, what_was_given_back_is_taken_again);
    tcase_add_test(tests, threads_share_a_context);
}

int
main(void)
{
    return unit_run("rfc4121_context", add, 120);
}
