#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "prove/keys.h"
#include "prove/prove.h"

/* Every derivation of the cache's comes through here (--wrap) and is counted.
 */
enum scram_status __real_scram_keys_derive(enum scram_mechanism mechanism,
                                           struct slice password,
                                           struct slice salt,
                                           uint32_t iterations,
                                           struct scram_keys *keys);
enum scram_status __wrap_scram_keys_derive(enum scram_mechanism mechanism,
                                           struct slice password,
                                           struct slice salt,
                                           uint32_t iterations,
                                           struct scram_keys *keys);

static atomic_int derivations;
static atomic_bool wait_within, waiting; /* with the salt of one zero */

enum scram_status
__wrap_scram_keys_derive(enum scram_mechanism mechanism, struct slice password,
                         struct slice salt, uint32_t iterations,
                         struct scram_keys *keys)
{
    derivations++;
    while (wait_within && salt.data[0] == 0)
        waiting = true;
    return __real_scram_keys_derive(mechanism, password, salt, iterations,
                                    keys);
}

#define OWNER 7

static void
begin(void)
{
    derivations = 0;
    wait_within = waiting = false;
}

static void
end(void)
{
    prove_keys_forget(OWNER);
}

static void
find(enum scram_mechanism mechanism, struct slice salt, uint32_t iterations,
     struct scram_keys *keys)
{
    memset(keys, 0, sizeof(*keys));
    ck_assert_int_eq(prove_keys_find(OWNER, mechanism, SLICE("wonderland"),
                                     salt, iterations, keys),
                     SCRAM_OK);
}

/* A salt of one byte. */
static void
find_one(uint8_t salt)
{
    struct scram_keys keys;

    find(SCRAM_SHA_256, (struct slice){&salt, 1}, 4096, &keys);
}

START_TEST(keys_are_derived_once_for_a_salt)
{
    struct scram_keys keys, again;
    int i;

    find(SCRAM_SHA_256, SLICE("salt"), 4096, &keys);
    for (i = 0; i < 100; i++) {
        find(SCRAM_SHA_256, SLICE("salt"), 4096, &again);
        ck_assert_mem_eq(&keys, &again, sizeof(keys));
    }
    ck_assert_int_eq(derivations, 1);
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
    ck_assert_int_eq(derivations, 2);
    memset(&wanted, 0, sizeof(wanted));
    ck_assert_int_eq(__real_scram_keys_derive(others[_i].mechanism,
                                              SLICE("wonderland"),
                                              slice_of(others[_i].salt),
                                              others[_i].iterations, &wanted),
                     SCRAM_OK);
    ck_assert_mem_eq(&keys, &wanted, sizeof(keys));
}
END_TEST

START_TEST(the_last_few_salts_are_remembered)
{
    uint8_t salt;
    int round;

    for (round = 0; round < 3; round++) {
        for (salt = 0; salt < PROVE_KEYS_MAX; salt++)
            find_one(salt);
    }
    ck_assert_int_eq(derivations, PROVE_KEYS_MAX);
    /* One more takes the place of the one that was of no use for longest. */
    find_one(0);
    find_one(PROVE_KEYS_MAX);
    find_one(0);
    ck_assert_int_eq(derivations, PROVE_KEYS_MAX + 1);
    find_one(1);
    ck_assert_int_eq(derivations, PROVE_KEYS_MAX + 2);
}
END_TEST

static void
find_for(uint64_t owner, const char *password)
{
    struct scram_keys keys;

    ck_assert_int_eq(prove_keys_find(owner, SCRAM_SHA_256, slice_of(password),
                                     SLICE("salt"), 4096, &keys),
                     SCRAM_OK);
}

START_TEST(owners_have_keys_in_common_and_passwords_have_not)
{
    find_for(OWNER, "wonderland");
    find_for(OWNER + 1, "wonderland");
    ck_assert_int_eq(derivations, 1);
    find_for(OWNER, "wonderlane");
    find_for(OWNER, "altwonderland");
    ck_assert_int_eq(derivations, 3);
    prove_keys_forget(OWNER + 1);
}
END_TEST

/* What one owner had used last goes with it, and nothing of others. */
START_TEST(keys_are_wiped_with_their_last_owner)
{
    find_for(OWNER, "a");
    find_for(OWNER + 1, "b");
    find_for(OWNER, "c");
    find_for(OWNER + 1, "c");
    find_for(PROVE_KEYS_OF_PROCESS, "d");
    ck_assert_int_eq(derivations, 4);
    prove_keys_forget(OWNER + 1);
    find_for(OWNER, "a");
    find_for(PROVE_KEYS_OF_PROCESS, "d");
    ck_assert_int_eq(derivations, 4);
    find_for(OWNER, "b");
    find_for(OWNER, "c");
    ck_assert_int_eq(derivations, 6);
    prove_keys_forget(PROVE_KEYS_OF_PROCESS);
}
END_TEST

/* A process keeps its own for as long as it lives; a service loses what it has
 * derived with its last reference. */
START_TEST(keys_of_a_process_outlive_its_services)
{
    const struct prove_source source = {.password = SLICE("a"),
                                        .of_process = _i};
    struct prove_service *service;

    ck_assert_int_eq(prove_open(&source, &service), SCRAM_OK);
    ck_assert_int_eq(service->number == PROVE_KEYS_OF_PROCESS, _i);
    find_for(service->number, "a");
    prove_release(prove_again(service));
    find_for(OWNER, "b"); /* who has used "a" last is not changed */
    ck_assert_int_eq(derivations, 2);
    prove_release(service);
    find_for(PROVE_KEYS_OF_PROCESS, "a");
    ck_assert_int_eq(derivations, _i ? 2 : 3);
    prove_keys_forget(PROVE_KEYS_OF_PROCESS);
}
END_TEST

START_TEST(what_fails_is_not_remembered)
{
    struct scram_keys keys;
    int i;

    for (i = 0; i < 2; i++)
        ck_assert_int_eq(prove_keys_find(OWNER, SCRAM_SHA_256, SLICE(""),
                                         SLICE("salt"), 4096, &keys),
                         SCRAM_BAD_PASSWORD);
    ck_assert_int_eq(derivations, 2);
}
END_TEST

static void *
find_a_lot(void *data)
{
    uint8_t salt;
    int i;

    (void)data;
    for (i = 0; i < 50; i++) {
        for (salt = 0; salt < 4; salt++)
            find_one(salt);
    }
    return NULL;
}

START_TEST(threads_that_want_the_same_derive_it_once)
{
    pthread_t threads[8];
    size_t i;

    for (i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(threads + i, NULL, find_a_lot, NULL),
                         0);
    for (i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(derivations, 4);
}
END_TEST

static void *
find_zero(void *data)
{
    (void)data;
    find_one(0);
    return NULL;
}

/* Another thread is in the middle of a derivation, and does not exist in the
 * child. */
START_TEST(a_child_derives_what_a_thread_was_about_to)
{
    pthread_t thread;
    int status;
    pid_t child;

    wait_within = true;
    ck_assert_int_eq(pthread_create(&thread, NULL, find_zero, NULL), 0);
    while (!waiting)
        ;
    child = fork();
    if (child == 0) {
        wait_within = false;
        find_one(0);
        find_one(0);
        _exit(derivations == 2 ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    wait_within = false;
    pthread_join(thread, NULL);
    find_one(0);
    ck_assert_int_eq(derivations, 1);
}
END_TEST

static void *
find_another(void *data)
{
    (void)data;
    find_one(1);
    return NULL;
}

/* A server that has a client derive for long keeps no other login waiting. */
START_TEST(who_wants_other_keys_does_not_wait)
{
    pthread_t threads[2];
    int i;

    wait_within = true;
    ck_assert_int_eq(pthread_create(&threads[0], NULL, find_zero, NULL), 0);
    while (!waiting)
        ;
    ck_assert_int_eq(pthread_create(&threads[1], NULL, find_another, NULL), 0);
    for (i = 0; i < 1000 && derivations < 2; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    ck_assert_int_eq(derivations, 2);
    wait_within = false;
    for (i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, keys_are_derived_once_for_a_salt);
    tcase_add_loop_test(tests, anything_else_is_derived_anew, 0, COUNT(others));
    tcase_add_test(tests, the_last_few_salts_are_remembered);
    tcase_add_test(tests, owners_have_keys_in_common_and_passwords_have_not);
    tcase_add_test(tests, keys_are_wiped_with_their_last_owner);
    tcase_add_loop_test(tests, keys_of_a_process_outlive_its_services, 0, 2);
    tcase_add_test(tests, what_fails_is_not_remembered);
    tcase_add_test(tests, threads_that_want_the_same_derive_it_once);
    tcase_add_test(tests, who_wants_other_keys_does_not_wait);
    tcase_add_test(tests, a_child_derives_what_a_thread_was_about_to);
}

int
main(void)
{
    return unit_run("prove_keys", add, 60);
}
