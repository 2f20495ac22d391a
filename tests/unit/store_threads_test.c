/*
 * Many threads and processes look up, while another writes and the map grows
 * under all of them, and while stores are opened and closed and files replaced.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "noise.h"
#include "stores.h"
#include "unit.h"

#define NAME "users"

enum {
    READERS = 8,
    ENOUGH = 4 << 20 /* bytes: the map has doubled twice */,
    TOGETHER = 200
};

/* How long a store may take to notice what happened to its file. */
#define PATIENCE 20.0

/* What the processes share: user number n is there when n is less than the
 * first, and nobody writes any more when the second is set. */
struct progress {
    atomic_uint added;
    atomic_bool done;
};

static struct progress *progress;

static void
share_progress(void)
{
    progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(progress, MAP_FAILED);
}

static void
name_user(char *user, size_t size, unsigned n)
{
    snprintf(user, size, "%0240u", n); /* long ones fill the map soon */
}

static off_t
file_size(void)
{
    struct stat st;

    return stat(stores_path(NAME), &st) == 0 ? st.st_size : 0;
}

static bool
add_together(struct store *store, unsigned first)
{
    unsigned n;

    store_begin(store);
    for (n = first; n < first + TOGETHER; n++) {
        char user[SCRAM_USER_MAX];
        struct scram_verifier v;

        name_user(user, sizeof(user), n);
        v = stores_verifier(user, n);
        if (store_put(store, slice_of(user), &v, STORE_ADD, NULL) != SCRAM_OK)
            return false;
    }
    return store_commit(store, NULL) == SCRAM_OK;
}

static int
add_until_it_has_grown(void *data)
{
    struct store *store;
    unsigned n;

    (void)data;
    if (store_open(STORES_KINDS, stores_location(NAME), STORE_WRITE, &store,
                   NULL) != SCRAM_OK)
        return 1;
    for (n = 0; file_size() < ENOUGH; n += TOGETHER) {
        if (!add_together(store, n))
            return 2;
        atomic_store(&progress->added, n + TOGETHER);
    }
    store_close(store);
    return 0;
}

/* Whether somebody who was added is found, and right; one who reads may have
 * the file that was there a moment ago. */
static const char *
look_up_added(struct store *store, unsigned n)
{
    char user[SCRAM_USER_MAX];
    double start = stores_now();
    enum scram_status status;
    unsigned version;

    name_user(user, sizeof(user), n);
    while ((status = stores_look_up(store, user, &version)) == SCRAM_NO_USER)
        if (!stores_within(start, PATIENCE))
            break;
    if (status != SCRAM_OK)
        return "somebody who was added was not found";
    return version == n ? NULL : "somebody else was found";
}

/* Look up somebody who is there, or somebody who is not. Returns what went
 * wrong, or NULL. */
static const char *
look_up_one(struct store *store, struct noise *noise)
{
    unsigned added = atomic_load(&progress->added), version;
    char user[SCRAM_USER_MAX];

    if (added == 0 || noise_below(noise, 4) == 0) {
        snprintf(user, sizeof(user), "nobody%zu", noise_below(noise, 1000));
        return stores_look_up(store, user, &version) == SCRAM_NO_USER
                   ? NULL
                   : "nobody was found";
    }
    return look_up_added(store, (unsigned)noise_below(noise, added));
}

static const char *
look_up_until_done(struct store *store, uint64_t seed)
{
    struct noise noise = {seed};
    const char *wrong = NULL;

    while (wrong == NULL && !atomic_load(&progress->done))
        wrong = look_up_one(store, &noise);
    return wrong;
}

static void *
reader_thread(void *data)
{
    return (void *)(uintptr_t)look_up_until_done(data, (uintptr_t)&data);
}

static int
reader_process(void *data)
{
    const char *wrong = look_up_until_done(data, (uint64_t)getpid());

    if (wrong != NULL)
        fprintf(stderr, "%s\n", wrong);
    return wrong != NULL;
}

/* Open a store of the same file, use it and close it, again and again. */
static void *
opener_thread(void *data)
{
    struct noise noise = {(uintptr_t)&data};

    while (!atomic_load(&progress->done)) {
        const char *wrong;
        struct store *store;

        if (store_open(STORES_KINDS, stores_location(NAME), STORE_READ, &store,
                       NULL) != SCRAM_OK)
            return (void *)(uintptr_t) "a store could not be opened";
        wrong = look_up_one(store, &noise);
        store_close(store);
        if (wrong != NULL)
            return (void *)(uintptr_t)wrong;
    }
    return NULL;
}

static void
start_threads(pthread_t *threads, struct store *store, int openers)
{
    int i;

    for (i = 0; i < READERS; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL,
                           i < openers ? opener_thread : reader_thread, store),
            0);
}

static void
join_threads(pthread_t *threads)
{
    int i;

    for (i = 0; i < READERS; i++) {
        void *wrong;

        pthread_join(threads[i], &wrong);
        ck_assert_msg(wrong == NULL, "%s", (const char *)wrong);
    }
}

START_TEST(readers_follow_a_writer_that_makes_the_map_grow)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    pthread_t threads[READERS];
    pid_t readers[2], writer;
    off_t before = file_size();
    int i, said;

    share_progress();
    store_close(store);
    store = stores_open(NAME, STORE_READ);
    for (i = 0; i < COUNT(readers); i++)
        readers[i] = stores_start(reader_process, store);
    writer = stores_start(add_until_it_has_grown, NULL);
    start_threads(threads, store, 0);
    said = stores_wait(writer);
    atomic_store(&progress->done, true);
    join_threads(threads);
    ck_assert_int_eq(said, 0);
    for (i = 0; i < COUNT(readers); i++)
        ck_assert_int_eq(stores_wait(readers[i]), 0);
    ck_assert_int_lt(before, ENOUGH);
    store_close(store);
}
END_TEST

START_TEST(stores_are_opened_and_closed_while_others_look_up)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    pthread_t threads[READERS];
    unsigned n;

    share_progress();
    start_threads(threads, store, 3);
    for (n = 0; n < 200; n++) {
        char user[SCRAM_USER_MAX];

        name_user(user, sizeof(user), n);
        stores_add(store, user, n);
        atomic_store(&progress->added, n + 1);
    }
    atomic_store(&progress->done, true);
    join_threads(threads);
    store_close(store);
}
END_TEST

/* Threads of one process add users of their own through one store. */
struct adder {
    struct store *store;
    const char *prefix;
    enum scram_status status;
};

enum { ADDED = 100 };

static void *
adder_thread(void *data)
{
    struct adder *a = data;
    int i;

    for (i = 0; i < ADDED && a->status == SCRAM_OK; i++) {
        struct scram_verifier v;
        char user[32];

        snprintf(user, sizeof(user), "%s%d", a->prefix, i);
        v = stores_verifier(user, 1);
        a->status = store_put(a->store, slice_of(user), &v, STORE_ADD, NULL);
    }
    return NULL;
}

START_TEST(threads_that_write_wait_for_each_other)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct adder adders[] = {
        {store, "a", SCRAM_OK}, {store, "b", SCRAM_OK}, {store, "c", SCRAM_OK}};
    pthread_t threads[COUNT(adders)];
    int i, n;

    for (i = 0; i < COUNT(adders); i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, adder_thread, &adders[i]), 0);
    for (i = 0; i < COUNT(adders); i++)
        pthread_join(threads[i], NULL);
    for (i = 0; i < COUNT(adders); i++) {
        ck_assert_int_eq(adders[i].status, SCRAM_OK);
        for (n = 0; n < ADDED; n++) {
            char user[32];

            snprintf(user, sizeof(user), "%s%d", adders[i].prefix, n);
            ck_assert(stores_has(store, user, 1));
        }
    }
    store_close(store);
}
END_TEST

/* Replace the store by one with one more user, so that what is found tells
 * which one it was found in. */
static void
replace(unsigned users)
{
    struct store *store = stores_open("next", STORE_CREATE);
    unsigned n;

    for (n = 0; n < users; n++) {
        char user[SCRAM_USER_MAX];

        name_user(user, sizeof(user), n);
        stores_add(store, user, n);
    }
    store_close(store);
    ck_assert_int_eq(rename(stores_path("next"), stores_path(NAME)), 0);
}

START_TEST(threads_move_to_a_store_that_took_the_place)
{
    struct store *store;
    pthread_t threads[READERS];
    unsigned users;

    share_progress();
    replace(1);
    store = stores_open(NAME, STORE_READ);
    atomic_store(&progress->added, 1);
    start_threads(threads, store, 2);
    for (users = 2; users < 5; users++) {
        char last[SCRAM_USER_MAX];
        double start = stores_now();

        name_user(last, sizeof(last), users - 1);
        replace(users);
        while (!stores_has(store, last, users - 1))
            ck_assert(stores_within(start, 20));
    }
    atomic_store(&progress->done, true);
    join_threads(threads);
    store_close(store);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests, readers_follow_a_writer_that_makes_the_map_grow);
    tcase_add_test(tests, stores_are_opened_and_closed_while_others_look_up);
    tcase_add_test(tests, threads_that_write_wait_for_each_other);
    tcase_add_test(tests, threads_move_to_a_store_that_took_the_place);
}

int
main(void)
{
    return unit_run("store_threads", add, 300);
}
