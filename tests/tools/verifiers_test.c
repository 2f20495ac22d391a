#include "../unit/unit.h"

#include "scram/keys.h"
#include "tools/verifiers.h"

#define USER SLICE("alice")
#define BOTH (1u << SCRAM_SHA_256 | 1u << SCRAM_SHA_1)

/* A store of one user that fails when told to. */
struct small_store {
    struct store store;
    unsigned has;
    struct scram_verifier of[SCRAM_MECHANISMS];
    bool full;
};

static enum scram_status
look_up(struct store *store, enum scram_mechanism mechanism, struct slice user,
        bool salted, struct scram_verifier *verifier, struct sentence *why)
{
    struct small_store *s = (struct small_store *)store;

    (void)user;
    (void)salted;
    (void)why;
    if (!(s->has & 1u << mechanism))
        return SCRAM_NO_USER;
    *verifier = s->of[mechanism];
    return SCRAM_OK;
}

static enum scram_status
begin(struct store *store, struct store_transaction **transaction,
      struct sentence *why)
{
    static struct store_transaction only;

    (void)why;
    only.store = store;
    *transaction = &only;
    return SCRAM_OK;
}

static enum scram_status
change(struct store_transaction *transaction, const struct store_change *c,
       struct sentence *why)
{
    struct small_store *s = (struct small_store *)transaction->store;
    enum scram_status status;
    size_t i;

    ck_assert(c->whole);
    if (s->full) {
        sentence_write(why, "full");
        return SCRAM_STORE_FAILED;
    }
    status = store_may_change(&s->store, c, s->has != 0, why);
    if (status != SCRAM_OK)
        return status;
    s->has = 0;
    for (i = 0; i < c->count; i++) {
        s->has |= 1u << c->verifiers[i].mechanism;
        s->of[c->verifiers[i].mechanism] = c->verifiers[i];
    }
    return SCRAM_OK;
}

static enum scram_status
end(struct store_transaction *transaction, bool keep, struct sentence *why)
{
    (void)transaction;
    (void)keep;
    (void)why;
    return SCRAM_OK;
}

static const struct store_ops small_ops = {
    .look_up = look_up, .begin = begin, .change = change, .end = end};

/* Verifiers for a user, told from others by their iterations. */
static struct verifiers
made(unsigned mechanisms, uint32_t iterations)
{
    struct verifiers v = {0};

    ck_assert_int_eq(
        verifiers_derive(mechanisms, iterations, SLICE("pencil"), NULL, &v),
        SCRAM_OK);
    return v;
}

static void
assert_has(struct small_store *s, unsigned mechanisms, uint32_t iterations)
{
    struct verifiers v;
    int m;

    ck_assert_int_eq(verifiers_read(&s->store, USER, &v, NULL),
                     mechanisms == 0 ? SCRAM_NO_USER : SCRAM_OK);
    ck_assert_uint_eq(v.has, mechanisms);
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (mechanisms & 1u << m)
            ck_assert_uint_eq(v.of[m].iterations, iterations);
    }
}

START_TEST(each_mechanism_gets_a_verifier_with_a_salt_of_its_own)
{
    struct verifiers v = made(BOTH, 4096), w = made(BOTH, 4096);
    struct scram_keys keys;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        struct scram_verifier *of = &v.of[m];

        ck_assert_int_eq(of->mechanism, m);
        ck_assert(of->enabled);
        ck_assert_uint_eq(of->salt_len, SCRAM_SALT_LEN);
        ck_assert_mem_ne(of->salt, w.of[m].salt, SCRAM_SALT_LEN);
        ck_assert_int_eq(scram_keys_derive(of->mechanism, SLICE("pencil"),
                                           (struct slice){of->salt, 16}, 4096,
                                           &keys),
                         SCRAM_OK);
        ck_assert_mem_eq(keys.stored_key.data, of->stored_key.data,
                         scram_hash_len(of->mechanism));
    }
    ck_assert_mem_ne(v.of[0].salt, v.of[1].salt, SCRAM_SALT_LEN);
}
END_TEST

START_TEST(iterations_are_each_mechanism_s_default_unless_given)
{
    struct verifiers v = made(BOTH, 0);

    ck_assert_uint_eq(v.of[SCRAM_SHA_256].iterations,
                      scram_default_iterations(SCRAM_SHA_256));
    ck_assert_uint_eq(v.of[SCRAM_SHA_1].iterations,
                      scram_default_iterations(SCRAM_SHA_1));
}
END_TEST

START_TEST(a_salt_stays_where_the_count_does)
{
    struct verifiers before = made(BOTH, 4096), v;

    ck_assert_int_eq(verifiers_derive(BOTH, 4096, SLICE("other"), &before, &v),
                     SCRAM_OK);
    ck_assert_mem_eq(v.of[0].salt, before.of[0].salt, SCRAM_SALT_LEN);
    ck_assert_mem_eq(v.of[1].salt, before.of[1].salt, SCRAM_SALT_LEN);
    ck_assert_mem_ne(&v.of[0].stored_key, &before.of[0].stored_key, 32);
    ck_assert_int_eq(verifiers_derive(BOTH, 4097, SLICE("other"), &before, &v),
                     SCRAM_OK);
    ck_assert_mem_ne(v.of[0].salt, before.of[0].salt, SCRAM_SALT_LEN);
    ck_assert_int_eq(verifiers_derive(BOTH, 4096, SLICE("other"), NULL, &v),
                     SCRAM_OK);
    ck_assert_mem_ne(v.of[0].salt, before.of[0].salt, SCRAM_SALT_LEN);
}
END_TEST

START_TEST(a_password_that_saslprep_refuses_makes_no_verifier)
{
    struct verifiers v = {.has = 0};

    ck_assert_int_eq(verifiers_derive(BOTH, 4096, SLICE("\x07"), NULL, &v),
                     SCRAM_BAD_PASSWORD);
    ck_assert_uint_eq(v.has, 0);
}
END_TEST

/* What a user has, and what the user is given: in the end there is all of the
 * one or all of the other. */
static const struct {
    unsigned before, given;
} writes[] = {
    {0, 1u << SCRAM_SHA_256},
    {0, BOTH},
    {BOTH, BOTH},
    {BOTH, 1u << SCRAM_SHA_1},
    {1u << SCRAM_SHA_256, BOTH},
    {1u << SCRAM_SHA_256, 1u << SCRAM_SHA_1},
};

START_TEST(a_user_is_given_all_verifiers_or_keeps_all)
{
    struct small_store s = {
        .store = {.ops = &small_ops, .name = "small", .writable = true}};
    struct verifiers before = made(writes[_i].before, 4096);
    struct verifiers given = made(writes[_i].given, 5000);
    struct verifiers none = {0};
    struct sentence why = {""};

    if (writes[_i].before != 0)
        ck_assert_int_eq(verifiers_write(&s.store, USER, &none, &before, NULL),
                         SCRAM_OK);
    assert_has(&s, writes[_i].before, 4096);
    s.full = true;
    ck_assert_int_eq(verifiers_write(&s.store, USER, &before, &given, &why),
                     SCRAM_STORE_FAILED);
    ck_assert_str_eq(why.text, "full");
    assert_has(&s, writes[_i].before, 4096);
    s.full = false;
    ck_assert_int_eq(verifiers_write(&s.store, USER, &before, &given, &why),
                     SCRAM_OK);
    assert_has(&s, writes[_i].given, 5000);
}
END_TEST

START_TEST(a_user_whom_somebody_else_added_meanwhile_is_left_alone)
{
    struct small_store s = {
        .store = {.ops = &small_ops, .name = "small", .writable = true}};
    struct verifiers theirs = made(BOTH, 4096), ours = made(BOTH, 5000);
    struct verifiers none = {0};

    ck_assert_int_eq(verifiers_write(&s.store, USER, &none, &theirs, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(verifiers_write(&s.store, USER, &none, &ours, NULL),
                     SCRAM_USER_EXISTS);
    assert_has(&s, BOTH, 4096);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests,
                   each_mechanism_gets_a_verifier_with_a_salt_of_its_own);
    tcase_add_test(tests, iterations_are_each_mechanism_s_default_unless_given);
    tcase_add_test(tests, a_salt_stays_where_the_count_does);
    tcase_add_test(tests, a_password_that_saslprep_refuses_makes_no_verifier);
    tcase_add_loop_test(tests, a_user_is_given_all_verifiers_or_keeps_all, 0,
                        COUNT(writes));
    tcase_add_test(tests,
                   a_user_whom_somebody_else_added_meanwhile_is_left_alone);
}

int
main(void)
{
    return unit_run("verifiers", add, 60);
}
