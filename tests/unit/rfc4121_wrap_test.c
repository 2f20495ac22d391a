#include "unit.h"

#include "rfc4121_pair.h"

static enum scram_status
no_confounder(uint8_t *bytes, size_t len)
{
    memset(bytes, 0, len);
    return SCRAM_CRYPTO_FAILED;
}

/* Wrap with ours, check with theirs. */
static void
ours_to_theirs(struct noise *noise, struct pair *p, const struct k5_token *how,
               size_t len)
{
    struct slice message = message_of(noise, len);
    size_t token_len = rfc4121_wrap_len(how->sealed, len);
    uint8_t *token = memory(token_len), confounder[16];

    ck_assert_int_eq(rfc4121_wrap(p->sender, how->sealed, message, token),
                     SCRAM_OK);
    k5_assert_wrap(&p->peer, how, message, token, token_len, confounder);
    if (how->sealed)
        ck_assert_mem_eq(confounder, next_confounder, sizeof(confounder));
    free(token);
    slice_free(message);
}

START_TEST(k5crypto_opens_our_wrap_tokens)
{
    struct noise noise = {1};

    pair_try(&noise, ours_to_theirs);
}
END_TEST

START_TEST(the_size_limit_is_exact)
{
    size_t token_len, limit;
    bool sealed = _i;

    /* A token that has no room for a message has it for none. */
    ck_assert_uint_eq(rfc4121_wrap_size_limit(sealed, 0), 0);
    for (token_len = 0; token_len < 5000; token_len++) {
        limit = rfc4121_wrap_size_limit(sealed, token_len);
        ck_assert_uint_le(limit, token_len);
        ck_assert(limit == 0 || rfc4121_wrap_len(sealed, limit) <= token_len);
        ck_assert(rfc4121_wrap_len(sealed, limit + 1) > token_len);
    }
}
END_TEST

START_TEST(without_randomness_no_token_is_sealed)
{
    uint8_t key[RFC4121_KEY_LEN] = {0}, token[64];
    struct rfc4121_context *made;

    ck_assert_int_eq(
        rfc4121_new(key, RFC4121_INITIATOR, false, false, no_confounder, &made),
        SCRAM_OK);
    ck_assert_int_eq(rfc4121_wrap(made, true, SLICE("abc"), token),
                     SCRAM_CRYPTO_FAILED);
    ck_assert_int_eq(rfc4121_wrap(made, false, SLICE("abc"), token), SCRAM_OK);
    rfc4121_free(made);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, k5crypto_opens_our_wrap_tokens);
    tcase_add_loop_test(tests, the_size_limit_is_exact, 0, 2);
    tcase_add_test(tests, without_randomness_no_token_is_sealed);
}

int
main(void)
{
    return unit_run("rfc4121_wrap", add, 300);
}
