#include "directory/cache.h"

#include <stdio.h>

#include "unit.h"

static const struct ldap_cache_times times = {1000, 500};
static const struct ldap_account somebody = {.has = 1u << SCRAM_SHA_256,
                                             .of = {{.iterations = 4096}}};
static const struct ldap_account nobody = {.has = 0};

static enum ldap_cache_state
find(struct ldap_cache *cache, const char *user, uint64_t now)
{
    struct ldap_account account;
    uint64_t age;

    return ldap_cache_find(cache, slice_of(user), now, &account, &age);
}

static const struct {
    const struct ldap_account *account;
    uint64_t age;
    enum ldap_cache_state state;
} ages[] = {
    {&somebody, 0, LDAP_CACHE_FRESH},     {&somebody, 999, LDAP_CACHE_FRESH},
    {&somebody, 1000, LDAP_CACHE_STALE},  {&somebody, 1499, LDAP_CACHE_STALE},
    {&somebody, 1500, LDAP_CACHE_ABSENT}, {&nobody, 999, LDAP_CACHE_FRESH},
    {&nobody, 1000, LDAP_CACHE_STALE},    {&nobody, 1499, LDAP_CACHE_STALE},
    {&nobody, 1500, LDAP_CACHE_ABSENT},
};

START_TEST(what_is_known_grows_old)
{
    struct ldap_cache *cache = ldap_cache_new(10, &times);

    ldap_cache_put(cache, SLICE("alice"), 5000, ages[_i].account);
    ck_assert_int_eq(find(cache, "alice", 5000 + ages[_i].age), ages[_i].state);
    ck_assert_int_eq(find(cache, "bob", 5000), LDAP_CACHE_ABSENT);
    ldap_cache_free(cache);
}
END_TEST

START_TEST(asking_makes_nothing_younger_and_putting_does)
{
    struct ldap_cache *cache = ldap_cache_new(10, &times);
    struct ldap_account account;
    uint64_t age;

    ldap_cache_put(cache, SLICE("alice"), 0, &somebody);
    ck_assert_int_eq(find(cache, "alice", 900), LDAP_CACHE_FRESH);
    ck_assert_int_eq(find(cache, "alice", 1100), LDAP_CACHE_STALE);
    ldap_cache_put(cache, SLICE("alice"), 1100, &nobody);
    ck_assert_int_eq(
        ldap_cache_find(cache, SLICE("alice"), 1150, &account, &age),
        LDAP_CACHE_FRESH);
    ck_assert_uint_eq(account.has, 0);
    ck_assert_uint_eq(age, 50);
    ldap_cache_drop(cache, SLICE("alice"));
    ck_assert_int_eq(find(cache, "alice", 1150), LDAP_CACHE_ABSENT);
    ldap_cache_drop(cache, SLICE("alice"));
    ldap_cache_free(cache);
}
END_TEST

START_TEST(what_was_put_is_found)
{
    struct ldap_cache *cache = ldap_cache_new(10, &times);
    struct ldap_account put = {.has = 1u << SCRAM_SHA_1,
                               .odd = LDAP_ODD_EXPIRES},
                        is;
    uint64_t age;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        struct scram_verifier *v = &put.of[m];

        v->mechanism = (enum scram_mechanism)m;
        v->iterations = 4096 + (uint32_t)m;
        v->salt_len = (uint8_t)(16 + m);
        memset(v->salt, 's', v->salt_len);
        memset(&v->stored_key, 'k' + m, sizeof(v->stored_key));
        memset(&v->server_key, 'l' + m, sizeof(v->server_key));
        v->enabled = m == 0;
        v->expires = 7 + (uint64_t)m;
    }
    ck_assert(groups_set(&put.of[SCRAM_SHA_1].groups, SLICE("web,staff")));
    ldap_cache_put(cache, SLICE("alice"), 0, &put);
    ck_assert_int_eq(ldap_cache_find(cache, SLICE("alice"), 1, &is, &age),
                     LDAP_CACHE_FRESH);
    ck_assert_uint_eq(is.has, put.has);
    ck_assert_uint_eq(is.odd, put.odd);
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        const struct scram_verifier *a = &put.of[m], *b = &is.of[m];

        ck_assert_int_eq(b->mechanism, a->mechanism);
        ck_assert_uint_eq(b->iterations, a->iterations);
        ck_assert_uint_eq(b->salt_len, a->salt_len);
        ck_assert_mem_eq(b->salt, a->salt, sizeof(a->salt));
        ck_assert_mem_eq(&b->stored_key, &a->stored_key, 32);
        ck_assert_mem_eq(&b->server_key, &a->server_key, 32);
        ck_assert_int_eq(b->enabled, a->enabled);
        ck_assert_uint_eq(b->expires, a->expires);
        ck_assert(
            slice_equal(groups_slice(&b->groups), groups_slice(&a->groups)));
    }
    ldap_cache_free(cache);
}
END_TEST

START_TEST(what_is_doubted_is_stale_unless_it_is_young)
{
    static const struct ldap_cache_times long_times = {60000, 0};
    struct ldap_cache *cache = ldap_cache_new(10, &long_times);

    ldap_cache_put(cache, SLICE("alice"), 0, &somebody);
    ldap_cache_put(cache, SLICE("bob"), 0, &somebody);
    ldap_cache_mark_stale(cache, SLICE("alice"), LDAP_CACHE_SURE - 1);
    ck_assert_int_eq(find(cache, "alice", LDAP_CACHE_SURE), LDAP_CACHE_FRESH);
    ldap_cache_mark_stale(cache, SLICE("alice"), LDAP_CACHE_SURE);
    ldap_cache_mark_stale(cache, SLICE("nobody"), LDAP_CACHE_SURE);
    ck_assert_int_eq(find(cache, "alice", LDAP_CACHE_SURE), LDAP_CACHE_STALE);
    ck_assert_int_eq(find(cache, "bob", LDAP_CACHE_SURE), LDAP_CACHE_FRESH);
    ldap_cache_put(cache, SLICE("alice"), LDAP_CACHE_SURE, &somebody);
    ck_assert_int_eq(find(cache, "alice", LDAP_CACHE_SURE), LDAP_CACHE_FRESH);
    ldap_cache_free(cache);
}
END_TEST

START_TEST(who_has_not_been_asked_for_longest_makes_room)
{
    struct ldap_cache *cache = ldap_cache_new(3, &times);

    ldap_cache_put(cache, SLICE("a"), 0, &somebody);
    ldap_cache_put(cache, SLICE("b"), 0, &somebody);
    ldap_cache_put(cache, SLICE("c"), 0, &somebody);
    ck_assert_int_eq(find(cache, "a", 1), LDAP_CACHE_FRESH);
    ldap_cache_put(cache, SLICE("d"), 1, &somebody);
    ck_assert_int_eq(find(cache, "a", 1), LDAP_CACHE_FRESH);
    ck_assert_int_eq(find(cache, "b", 1), LDAP_CACHE_ABSENT);
    ck_assert_int_eq(find(cache, "c", 1), LDAP_CACHE_FRESH);
    ck_assert_int_eq(find(cache, "d", 1), LDAP_CACHE_FRESH);
    ldap_cache_free(cache);
}
END_TEST

START_TEST(many_are_found_and_no_more_than_there_may_be)
{
    struct ldap_cache *cache = ldap_cache_new(1000, &times);
    char user[16];
    int i;

    for (i = 0; i < 3000; i++) {
        snprintf(user, sizeof(user), "user%d", i);
        ldap_cache_put(cache, slice_of(user), 0, &somebody);
    }
    for (i = 0; i < 3000; i++) {
        snprintf(user, sizeof(user), "user%d", i);
        ck_assert_int_eq(find(cache, user, 0),
                         i < 2000 ? LDAP_CACHE_ABSENT : LDAP_CACHE_FRESH);
    }
    ldap_cache_free(cache);
}
END_TEST

START_TEST(a_small_one_holds_whoever_came_last)
{
    struct ldap_cache *cache = ldap_cache_new(1, &times);

    ldap_cache_put(cache, SLICE("nobody"), 0, &nobody);
    ck_assert_int_eq(find(cache, "nobody", 0), LDAP_CACHE_FRESH);
    ldap_cache_put(cache, SLICE("alice"), 0, &somebody);
    ck_assert_int_eq(find(cache, "nobody", 0), LDAP_CACHE_ABSENT);
    ck_assert_int_eq(find(cache, "alice", 0), LDAP_CACHE_FRESH);
    ldap_cache_put(cache, SLICE("noone"), 0, &nobody);
    ck_assert_int_eq(find(cache, "alice", 0), LDAP_CACHE_ABSENT);
    ck_assert_int_eq(find(cache, "noone", 0), LDAP_CACHE_FRESH);
    ldap_cache_free(cache);
}
END_TEST

START_TEST(without_a_time_nothing_is_kept)
{
    static const struct ldap_cache_times none = {0, 0};
    struct ldap_cache *cache = ldap_cache_new(10, &none);

    ldap_cache_put(cache, SLICE("alice"), 0, &somebody);
    ldap_cache_put(cache, SLICE("bob"), 0, &nobody);
    ck_assert_int_eq(find(cache, "alice", 0), LDAP_CACHE_ABSENT);
    ck_assert_int_eq(find(cache, "bob", 0), LDAP_CACHE_ABSENT);
    ldap_cache_free(cache);
    ldap_cache_free(NULL);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, what_is_known_grows_old, 0, COUNT(ages));
    tcase_add_test(tests, asking_makes_nothing_younger_and_putting_does);
    tcase_add_test(tests, what_was_put_is_found);
    tcase_add_test(tests, what_is_doubted_is_stale_unless_it_is_young);
    tcase_add_test(tests, who_has_not_been_asked_for_longest_makes_room);
    tcase_add_test(tests, many_are_found_and_no_more_than_there_may_be);
    tcase_add_test(tests, a_small_one_holds_whoever_came_last);
    tcase_add_test(tests, without_a_time_nothing_is_kept);
}

int
main(void)
{
    return unit_run("ldap_cache", add, 30);
}
