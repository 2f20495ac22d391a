#include "unit.h"

#include "gss/cred.h"

static struct cred *
login(const char *user, const char *password)
{
    struct cred *cred = cred_new(GSS_C_INITIATE);

    ck_assert_ptr_nonnull(cred);
    cred->name = name_new(SCRAM_SHA_256, NAME_USER, slice_of(user));
    ck_assert_ptr_nonnull(cred->name);
    ck_assert(secret_copy(&cred->password, slice_of(password)));
    return cred;
}

static struct logins *logins;

static void
begin(void)
{
    logins = logins_new();
    ck_assert_ptr_nonnull(logins);
}

static void
end(void)
{
    logins_free(logins);
}

/* Settle a new login, give up the reference, and say which one it is. */
static struct cred *
settle(const char *target, const char *user, const char *password)
{
    struct cred *cred =
        logins_settle(logins, slice_of(target), login(user, password));

    cred_release(cred);
    return cred;
}

START_TEST(the_same_login_is_made_once)
{
    struct cred *first = settle("*", "alice", "p");

    ck_assert_ptr_eq(settle("*", "alice", "p"), first);
    ck_assert_uint_eq(first->references, 1);
}
END_TEST

START_TEST(patterns_and_users_have_a_login_each)
{
    struct cred *first = settle("*", "alice", "p");
    struct cred *bob = settle("*", "bob", "p");
    struct cred *at = settle("*@h", "alice", "p");

    ck_assert_ptr_ne(bob, first);
    ck_assert_ptr_ne(at, first);
    ck_assert_ptr_eq(settle("*", "alice", "p"), first);
    ck_assert_ptr_eq(settle("*", "bob", "p"), bob);
    ck_assert_ptr_eq(settle("*@h", "alice", "p"), at);
}
END_TEST

/* A context that is in the middle of its exchange keeps the one that it has. */
START_TEST(a_password_that_changed_takes_the_place_of_the_old_one)
{
    struct cred *old = logins_settle(logins, SLICE("*"), login("alice", "old"));
    struct cred *new = settle("*", "alice", "new");

    ck_assert_ptr_ne(new, old);
    ck_assert_uint_eq(old->references, 1);
    ck_assert_mem_eq(old->password.data, "old", 3);
    cred_release(old);
    ck_assert_ptr_eq(settle("*", "alice", "new"), new);
}
END_TEST

START_TEST(the_last_few_are_remembered)
{
    struct cred *held[LOGINS_MAX + 1];
    char user[] = "a";
    int i;

    for (i = 0; i <= LOGINS_MAX; i++) {
        user[0] = (char)('a' + i);
        held[i] = logins_settle(logins, SLICE("*"), login(user, "p"));
    }
    ck_assert_uint_eq(held[0]->references, 1);
    for (i = 1; i <= LOGINS_MAX; i++)
        ck_assert_uint_eq(held[i]->references, 2);
    for (i = 0; i <= LOGINS_MAX; i++)
        cred_release(held[i]);
}
END_TEST

START_TEST(the_process_own_are_never_released)
{
    struct cred *cred;

    logins_free(logins);
    logins = &logins_of_process;
    cred = settle("*", "alice", "p");
    logins_free(logins);
    ck_assert_ptr_eq(settle("*", "alice", "p"), cred);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, the_same_login_is_made_once);
    tcase_add_test(tests, patterns_and_users_have_a_login_each);
    tcase_add_test(tests,
                   a_password_that_changed_takes_the_place_of_the_old_one);
    tcase_add_test(tests, the_last_few_are_remembered);
    tcase_add_test(tests, the_process_own_are_never_released);
}

int
main(void)
{
    return unit_run("logins", add, 30);
}
