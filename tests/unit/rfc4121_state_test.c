#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "noise.h"
#include "rfc4121/context.h"
#include "rfc4121/state.h"

static const uint8_t key[RFC4121_KEY_LEN] = "a protocol key!";

static enum scram_status
no_random(uint8_t *bytes, size_t len)
{
    memset(bytes, 1, len);
    return SCRAM_OK;
}

static struct rfc4121_context *
context(enum rfc4121_role role)
{
    struct rfc4121_context *made;

    ck_assert_int_eq(rfc4121_new(key, role, true, true, no_random, &made),
                     SCRAM_OK);
    return made;
}

/* End a context and go on with another. */
static void
move(struct rfc4121_context **c)
{
    struct rfc4121_state state CLEANUP_STATE;
    enum rfc4121_role role = (*c)->role;

    ck_assert(rfc4121_end(*c, &state));
    rfc4121_free(*c);
    ck_assert_int_eq(rfc4121_go_on(&state, role, no_random, c), SCRAM_OK);
}

START_TEST(a_context_without_messages_goes_on_without_a_window)
{
    struct rfc4121_context *c = context(RFC4121_ACCEPTOR);

    move(&c);
    ck_assert_ptr_null(c->window);
    ck_assert_uint_eq(c->next_seq, 0);
    ck_assert_mem_eq(rfc4121_key(c).data, key, sizeof(key));
    rfc4121_free(c);
}
END_TEST

/* Two receivers hear the same, in any order; one of them is moved every now and
 * then, and neither can be told from the other. */
START_TEST(a_window_that_was_moved_says_what_the_original_says)
{
    struct rfc4121_context *still = context(RFC4121_ACCEPTOR);
    struct rfc4121_context *moved = context(RFC4121_ACCEPTOR);
    struct noise noise = {(uint64_t)_i + 1};
    uint64_t base = 0;
    int n;

    for (n = 0; n < 3000; n++) {
        struct rfc4121_window *a, *b;
        uint64_t seq = base + noise_below(&noise, 100);

        if (noise_below(&noise, 4) == 0)
            base += noise_below(&noise, n % 200 == 0 ? 1000 : 5);
        if (noise_below(&noise, 5) == 0)
            move(&moved);
        ck_assert_int_eq(rfc4121_window_of(still, &a), SCRAM_OK);
        ck_assert_int_eq(rfc4121_window_of(moved, &b), SCRAM_OK);
        ck_assert_int_eq(rfc4121_window_note(b, seq, true, true),
                         rfc4121_window_note(a, seq, true, true));
    }
    rfc4121_free(still);
    rfc4121_free(moved);
}
END_TEST

START_TEST(numbers_to_send_go_on)
{
    struct rfc4121_context *c = context(RFC4121_INITIATOR);
    struct rfc4121_context *peer = context(RFC4121_ACCEPTOR);
    uint8_t token[RFC4121_MIC_LEN];
    enum rfc4121_order order;
    int i;

    for (i = 0; i < 10; i++) {
        ck_assert_int_eq(rfc4121_get_mic(c, SLICE("m"), token), SCRAM_OK);
        ck_assert_int_eq(
            rfc4121_verify_mic(peer, SLICE("m"), SLICE_ARRAY(token), &order),
            SCRAM_OK);
        ck_assert_int_eq(order, RFC4121_IN_ORDER);
        move(&c);
        move(&peer);
    }
    rfc4121_free(c);
    rfc4121_free(peer);
}
END_TEST

START_TEST(a_context_that_has_ended_protects_nothing)
{
    struct rfc4121_context *c = context(RFC4121_INITIATOR);
    struct rfc4121_state state CLEANUP_STATE;
    struct rfc4121_state again CLEANUP_STATE = {{0}, 0, 0, 0};
    uint8_t token[64];

    ck_assert(rfc4121_end(c, &state));
    ck_assert_int_eq(rfc4121_get_mic(c, SLICE("m"), token), SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(rfc4121_wrap(c, true, SLICE("m"), token),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_uint_eq(c->next_seq, 0);
    ck_assert(!rfc4121_end(c, &again));
    rfc4121_free(c);
}
END_TEST

START_TEST(a_context_in_the_middle_of_a_message_does_not_end)
{
    struct rfc4121_context *c = context(RFC4121_INITIATOR);
    struct rfc4121_state state CLEANUP_STATE = {{0}, 0, 0, 0};
    struct rfc4121_crypto *crypto;

    ck_assert_int_eq(rfc4121_take(c, true, RFC4121_SEAL, &crypto), SCRAM_OK);
    ck_assert(!rfc4121_end(c, &state));
    rfc4121_give_back(c, true, RFC4121_SEAL, crypto);
    ck_assert(rfc4121_end(c, &state));
    rfc4121_free(c);
}
END_TEST

static atomic_uint sent;

static void *
send_until_it_ends(void *data)
{
    uint8_t token[RFC4121_MIC_LEN];

    while (rfc4121_get_mic(data, SLICE("m"), token) == SCRAM_OK) {
        sent++;
        sched_yield();
    }
    return NULL;
}

/* The state has the number of every message that was sent, and of no other. */
START_TEST(threads_that_send_lose_no_number_to_the_end)
{
    struct rfc4121_context *c = context(RFC4121_INITIATOR);
    struct rfc4121_state state CLEANUP_STATE;
    pthread_t threads[2];
    int i;

    sent = 0;
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, send_until_it_ends, c), 0);
    while (sent < 100 || !rfc4121_end(c, &state))
        ;
    for (i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(state.next_seq, sent);
    rfc4121_free(c);
}
END_TEST

static const struct {
    uint64_t expected, received;
    enum scram_status status;
} states[] = {
    {0, 0, SCRAM_OK},
    {0, 1, SCRAM_BAD_ENCODING},
    {1, 0, SCRAM_BAD_ENCODING}, /* the highest is one that was received */
    {1, 1, SCRAM_OK},
    {1, 3, SCRAM_BAD_ENCODING}, /* -1 was received */
    {2, 3, SCRAM_OK},
    {63, UINT64_MAX, SCRAM_BAD_ENCODING},
    {63, UINT64_MAX >> 1, SCRAM_OK},
    {64, UINT64_MAX, SCRAM_OK},
    {64, UINT64_MAX - 1, SCRAM_BAD_ENCODING},
    {UINT64_MAX, UINT64_MAX, SCRAM_OK},
};

START_TEST(a_state_that_no_context_can_be_in_is_refused)
{
    struct rfc4121_state state = {.expected = states[_i].expected,
                                  .received = states[_i].received};
    struct rfc4121_context *c = NULL;

    ck_assert_int_eq(rfc4121_go_on(&state, RFC4121_ACCEPTOR, no_random, &c),
                     states[_i].status);
    ck_assert((c != NULL) == (states[_i].status == SCRAM_OK));
    if (c != NULL)
        move(&c);
    rfc4121_free(c);
}
END_TEST

static bool no_crypto;

enum scram_status __real_rfc4121_crypto_new(const struct secret_key *integrity,
                                            const struct secret_key *encryption,
                                            bool sends,
                                            struct rfc4121_crypto **crypto);
enum scram_status __wrap_rfc4121_crypto_new(const struct secret_key *integrity,
                                            const struct secret_key *encryption,
                                            bool sends,
                                            struct rfc4121_crypto **crypto);
enum scram_status
__wrap_rfc4121_crypto_new(const struct secret_key *integrity,
                          const struct secret_key *encryption, bool sends,
                          struct rfc4121_crypto **crypto)
{
    return no_crypto ? SCRAM_NO_MEMORY
                     : __real_rfc4121_crypto_new(integrity, encryption, sends,
                                                 crypto);
}

/* Nobody is in the middle of a message that could not begin. */
START_TEST(a_context_that_failed_may_end)
{
    struct rfc4121_context *c = context(RFC4121_INITIATOR);
    struct rfc4121_state state CLEANUP_STATE = {{0}, 0, 0, 0};
    uint8_t token[RFC4121_MIC_LEN];

    no_crypto = true;
    ck_assert_int_eq(rfc4121_get_mic(c, SLICE("m"), token), SCRAM_NO_MEMORY);
    no_crypto = false;
    ck_assert(rfc4121_end(c, &state));
    rfc4121_free(c);
}
END_TEST

/* While one thread makes a context's window another has made it. */
static struct rfc4121_context *raced;
static struct rfc4121_window *winner;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *
__wrap_calloc(size_t count, size_t size)
{
    struct rfc4121_context *c = raced;

    raced = NULL;
    if (c != NULL)
        ck_assert_int_eq(rfc4121_window_of(c, &winner), SCRAM_OK);
    return __real_calloc(count, size);
}

START_TEST(the_window_of_the_thread_that_was_first_is_everybody_s)
{
    struct rfc4121_context *c = context(RFC4121_ACCEPTOR);
    struct rfc4121_window *window;

    raced = c;
    ck_assert_int_eq(rfc4121_window_of(c, &window), SCRAM_OK);
    ck_assert_ptr_nonnull(winner);
    ck_assert_ptr_eq(window, winner);
    ck_assert_int_eq(rfc4121_window_of(c, &window), SCRAM_OK);
    ck_assert_ptr_eq(window, winner);
    rfc4121_free(c);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_context_without_messages_goes_on_without_a_window);
    tcase_add_loop_test(
        tests, a_window_that_was_moved_says_what_the_original_says, 0, 8);
    tcase_add_test(tests, numbers_to_send_go_on);
    tcase_add_test(tests, a_context_that_has_ended_protects_nothing);
    tcase_add_test(tests, a_context_in_the_middle_of_a_message_does_not_end);
    tcase_add_test(tests, a_context_that_failed_may_end);
    tcase_add_test(tests,
                   the_window_of_the_thread_that_was_first_is_everybody_s);
    tcase_add_test(tests, threads_that_send_lose_no_number_to_the_end);
    tcase_add_loop_test(tests, a_state_that_no_context_can_be_in_is_refused, 0,
                        COUNT(states));
}

int
main(void)
{
    return unit_run("rfc4121_state", add, 60);
}
