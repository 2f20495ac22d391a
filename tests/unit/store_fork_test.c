/*
 * Stores that were open when the process was forked: each child may use them,
 * and none disturbs its parent or another.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "noise.h"
#include "stores.h"
#include "unit.h"

#define NAME "users"

enum { USERS = 20, CHILDREN = 20, LOOK_UPS = 500 };

static struct store *
make(void)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    unsigned n;

    for (n = 0; n < USERS; n++) {
        char user[16];

        snprintf(user, sizeof(user), "user%u", n);
        stores_add(store, user, n);
    }
    store_close(store);
    return stores_open(NAME, STORE_READ);
}

/* Look up users who are there and one who is not. Returns what went wrong. */
static int
look_up_many(struct store *store, int times)
{
    struct noise noise = {(uint64_t)getpid()};
    unsigned version, n;
    char user[32];

    while (times-- > 0) {
        n = (unsigned)noise_below(&noise, USERS);
        snprintf(user, sizeof(user), "user%u", n);
        if (stores_look_up(store, user, &version) != SCRAM_OK || version != n)
            return 1;
        if (stores_look_up(store, "nobody", &version) != SCRAM_NO_USER)
            return 2;
    }
    return 0;
}

static int
use_inherited(void *data)
{
    int wrong = look_up_many(data, LOOK_UPS);

    store_close(data);
    return wrong;
}

START_TEST(a_store_opened_before_a_fork_is_used_in_many_children)
{
    struct store *store = make();
    pid_t children[CHILDREN];
    int i;

    ck_assert_int_eq(look_up_many(store, 10), 0);
    for (i = 0; i < CHILDREN; i++)
        children[i] = stores_start(use_inherited, store);
    ck_assert_int_eq(look_up_many(store, LOOK_UPS), 0);
    for (i = 0; i < CHILDREN; i++)
        ck_assert_int_eq(stores_wait(children[i]), 0);
    ck_assert_int_eq(look_up_many(store, 10), 0);
    store_close(store);
}
END_TEST

static int
close_inherited(void *data)
{
    store_close(data);
    return 0;
}

START_TEST(a_child_that_only_closes_a_store_takes_nothing_from_its_parent)
{
    struct store *store = make();

    ck_assert_int_eq(look_up_many(store, 10), 0);
    ck_assert_int_eq(stores_run(close_inherited, store), 0);
    ck_assert_int_eq(look_up_many(store, 10), 0);
    store_close(store);
}
END_TEST

static int
use_in_grandchild(void *data)
{
    int wrong = look_up_many(data, 10);

    return wrong != 0 ? wrong : stores_run(use_inherited, data);
}

START_TEST(a_child_of_a_child_uses_it_too)
{
    struct store *store = make();

    ck_assert_int_eq(stores_run(use_in_grandchild, store), 0);
    store_close(store);
}
END_TEST

static int
open_another(void *data)
{
    struct store *other;
    int wrong;

    if (store_open(STORES_KINDS, stores_location(NAME), STORE_READ, &other,
                   NULL) != SCRAM_OK)
        return 3;
    wrong = look_up_many(other, 10);
    if (wrong == 0)
        wrong = look_up_many(data, 10);
    store_close(other);
    return wrong != 0 ? wrong : use_inherited(data);
}

START_TEST(a_child_opens_the_same_store_itself)
{
    struct store *store = make();

    ck_assert_int_eq(stores_run(open_another, store), 0);
    store_close(store);
}
END_TEST

struct writing {
    struct store *store;
    const char *prefix;
};

static int
add_some(void *data)
{
    const struct writing *w = data;
    int i;

    for (i = 0; i < 20; i++) {
        struct scram_verifier v;
        char user[32];

        snprintf(user, sizeof(user), "%s%d", w->prefix, i);
        v = stores_verifier(user, 1);
        if (store_put(w->store, slice_of(user), &v, STORE_ADD, NULL) !=
            SCRAM_OK)
            return 1;
    }
    return 0;
}

START_TEST(parent_and_children_write_through_one_store)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct writing w[] = {{store, "a"}, {store, "b"}, {store, "c"}};
    pid_t children[2];
    int i, n;

    for (i = 0; i < COUNT(children); i++)
        children[i] = stores_start(add_some, &w[i]);
    ck_assert_int_eq(add_some(&w[2]), 0);
    for (i = 0; i < COUNT(children); i++)
        ck_assert_int_eq(stores_wait(children[i]), 0);
    for (i = 0; i < COUNT(w); i++) {
        for (n = 0; n < 20; n++) {
            char user[32];

            snprintf(user, sizeof(user), "%s%d", w[i].prefix, n);
            ck_assert(stores_has(store, user, 1));
        }
    }
    store_close(store);
}
END_TEST

/* AddressSanitizer's allocator may be locked for ever in the child of a process
 * that has threads; the C library's is not. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define CHILDREN_OF_THREADS 0
#else
#define CHILDREN_OF_THREADS 200
#endif

/* Threads that are in the middle of something whenever the process forks. */
static atomic_bool stop;

static void *
keep_looking_up(void *data)
{
    int wrong = 0;

    while (wrong == 0 && !atomic_load(&stop))
        wrong = look_up_many(data, 1);
    return (void *)(intptr_t)wrong;
}

static void *
keep_opening(void *data)
{
    (void)data;
    while (!atomic_load(&stop)) {
        struct store *store;

        if (store_open(STORES_KINDS, stores_location(NAME), STORE_READ, &store,
                       NULL) != SCRAM_OK)
            return (void *)(intptr_t)4;
        store_close(store);
    }
    return NULL;
}

static int
use_within_seconds(void *data)
{
    alarm(30);
    return open_another(data);
}

START_TEST(a_child_forked_in_the_middle_of_anything_works)
{
    struct store *store = make();
    pthread_t threads[4];
    int i;

    for (i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL,
                                        i < 2 ? keep_looking_up : keep_opening,
                                        store),
                         0);
    for (i = 0; i < CHILDREN_OF_THREADS; i++)
        ck_assert_int_eq(stores_run(use_within_seconds, store), 0);
    atomic_store(&stop, true);
    for (i = 0; i < COUNT(threads); i++) {
        void *wrong;

        pthread_join(threads[i], &wrong);
        ck_assert_int_eq((intptr_t)wrong, 0);
    }
    store_close(store);
}
END_TEST

static int
read_what_took_the_place(void *data)
{
    unsigned version;

    return stores_look_up(data, "alice", &version) == SCRAM_OK ? 0 : 1;
}

START_TEST(a_child_opens_what_is_there_now)
{
    struct store *store = make(), *other;

    other = stores_open("other", STORE_CREATE);
    stores_add(other, "alice", 1);
    store_close(other);
    ck_assert_int_eq(rename(stores_path("other"), stores_path(NAME)), 0);
    ck_assert_int_eq(stores_run(read_what_took_the_place, store), 0);
    store_close(store);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests,
                   a_store_opened_before_a_fork_is_used_in_many_children);
    tcase_add_test(
        tests, a_child_that_only_closes_a_store_takes_nothing_from_its_parent);
    tcase_add_test(tests, a_child_of_a_child_uses_it_too);
    tcase_add_test(tests, a_child_opens_the_same_store_itself);
    tcase_add_test(tests, parent_and_children_write_through_one_store);
    tcase_add_test(tests, a_child_forked_in_the_middle_of_anything_works);
    tcase_add_test(tests, a_child_opens_what_is_there_now);
}

int
main(void)
{
    return unit_run("store_fork", add, 120);
}
