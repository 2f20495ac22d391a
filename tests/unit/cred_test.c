#include "unit.h"

#include "gss/cred.h"

static struct cred cred;

static void
make(void)
{
    cred = (struct cred){.usage = GSS_C_INITIATE};
    pthread_mutex_init(&cred.cache.lock, NULL);
    ck_assert(secret_copy(&cred.password, SLICE("first")));
}

static void
clear(void)
{
    secret_clear(&cred.password);
    secret_clear(&cred.cache.salt);
}

static void
find(enum scram_mechanism mechanism, struct slice salt, uint32_t iterations,
     struct scram_keys *keys)
{
    memset(keys, 0, sizeof(*keys));
    ck_assert_int_eq(cred_find_keys(&cred, mechanism, salt, iterations, keys),
                     SCRAM_OK);
}

/* The password is changed behind the cache's back, which shows whether the keys
 * were derived again. */
START_TEST(keys_are_derived_once_for_a_salt)
{
    struct scram_keys keys, again;

    find(SCRAM_SHA_256, SLICE("salt"), 4096, &keys);
    secret_clear(&cred.password);
    ck_assert(secret_copy(&cred.password, SLICE("second")));
    find(SCRAM_SHA_256, SLICE("salt"), 4096, &again);
    ck_assert_mem_eq(&keys, &again, sizeof(keys));
}
END_TEST

static const struct {
    enum scram_mechanism mechanism;
    const char *salt;
    uint32_t iterations;
} others[] = {
    {SCRAM_SHA_256, "salu", 4096},
    {SCRAM_SHA_256, "sal", 4096},
    {SCRAM_SHA_256, "salt", 4097},
    {SCRAM_SHA_1, "salt", 4096},
};

START_TEST(anything_else_is_derived_anew)
{
    struct scram_keys keys, wanted;

    find(SCRAM_SHA_256, SLICE("salt"), 4096, &keys);
    find(others[_i].mechanism, slice_of(others[_i].salt), others[_i].iterations,
         &keys);
    memset(&wanted, 0, sizeof(wanted));
    ck_assert_int_eq(scram_keys_derive(others[_i].mechanism, SLICE("first"),
                                       slice_of(others[_i].salt),
                                       others[_i].iterations, &wanted),
                     SCRAM_OK);
    ck_assert_mem_eq(&keys, &wanted, sizeof(keys));
}
END_TEST

START_TEST(what_fails_is_not_remembered)
{
    struct scram_keys keys;

    secret_clear(&cred.password);
    ck_assert_int_eq(
        cred_find_keys(&cred, SCRAM_SHA_256, SLICE("salt"), 4096, &keys),
        SCRAM_BAD_PASSWORD);
    ck_assert(secret_copy(&cred.password, SLICE("first")));
    find(SCRAM_SHA_256, SLICE("salt"), 4096, &keys);
}
END_TEST

START_TEST(an_acceptor_without_a_name_is_this_host)
{
    struct name *name = cred_acceptor_name(NULL, SCRAM_SHA_256), *copy;

    ck_assert_int_eq(name->kind, NAME_SERVICE);
    ck_assert(slice_starts_with(name_slice(name), SLICE("host@")));
    copy = cred_acceptor_name(name, SCRAM_SHA_256);
    ck_assert_str_eq(copy->text, name->text);
    name_free(copy);
    name_free(name);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, make, clear);
    tcase_add_test(tests, keys_are_derived_once_for_a_salt);
    tcase_add_loop_test(tests, anything_else_is_derived_anew, 0, COUNT(others));
    tcase_add_test(tests, what_fails_is_not_remembered);
    tcase_add_test(tests, an_acceptor_without_a_name_is_this_host);
}

int
main(void)
{
    return unit_run("cred", add, 30);
}
