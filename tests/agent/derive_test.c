/*
 * Deriving keys: who waits is told, who goes is forgotten, and nobody has the
 * agent compute without end. The test's own thread is the serving one.
 */
#include "daemon/agent/derive.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "../unit/stores.h"
#include "daemon/agent/vault.h"

/* In the place of the real one, which takes long: it does until it is told. */
static atomic_uint derived;
static atomic_bool hold;
static enum scram_status outcome;

enum scram_status __wrap_scram_keys_derive(enum scram_mechanism mechanism,
                                           struct slice password,
                                           struct slice salt,
                                           uint32_t iterations,
                                           struct scram_keys *keys);
enum scram_status
__wrap_scram_keys_derive(enum scram_mechanism mechanism, struct slice password,
                         struct slice salt, uint32_t iterations,
                         struct scram_keys *keys)
{
    (void)mechanism;
    (void)password;
    (void)iterations;
    derived++;
    while (hold)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    memset(keys, salt.data[0], sizeof(*keys));
    return outcome;
}

struct job {
    struct derive_job base; /* first */
    unsigned told;
    bool gone, done, dropped;
    enum scram_status status;
    uint8_t key;
    uint64_t wait;
};

static struct loop *loop;
static struct agent_entries *entries;
static struct derive *derive;

static bool
working(struct derive_job *base)
{
    struct job *job = (struct job *)base;

    job->told++;
    return !job->gone;
}

static void
done(void *data, struct derive_job *base, enum scram_status status,
     struct agent_entry *entry, const struct scram_keys *keys, uint64_t wait)
{
    struct job *job = (struct job *)base;

    ck_assert_ptr_eq(data, &derive);
    ck_assert(!job->done && !job->dropped);
    ck_assert(status != SCRAM_OK || (entry != NULL && keys != NULL));
    job->done = true;
    job->status = status;
    job->key = keys == NULL ? 0 : keys->client_key.data[31];
    job->wait = wait;
}

static void
drop(struct derive_job *base)
{
    struct job *job = (struct job *)base;

    ck_assert(!job->done && !job->dropped);
    job->dropped = true;
}

static const struct derive_ops ops = {working, done, drop};

static void
keep(const char *user)
{
    const struct wire_keep wish = {.target = SLICE("*"),
                                   .user = slice_of(user),
                                   .password = SLICE("p"),
                                   .lifetime = WIRE_FOREVER};
    struct sentence why;

    ck_assert_int_eq(entries_keep(entries, &wish, 0, &why), SCRAM_OK);
}

static void
begin(void)
{
    bool locked = true;

    derived = 0;
    hold = false;
    outcome = SCRAM_OK;
    loop = loop_new();
    entries = vault_new(sizeof(*entries), &locked);
    ck_assert(loop != NULL && entries != NULL);
    derive = derive_start(loop, entries, &ops, &derive, &locked);
    ck_assert_ptr_nonnull(derive);
    keep("alice");
}

static void
end(void)
{
    hold = false;
    ck_assert(derive_stop(derive));
    vault_free(entries, sizeof(*entries));
    loop_free(loop);
}

/* Ask for keys of the last entry, by a salt that begins with a byte. */
static void
ask(struct job *job, uint8_t first)
{
    *job = (struct job){.base = {.entry = entries->last}};
    job->base.asked.salt[0] = first;
    job->base.asked.salt_len = 4;
    job->base.asked.iterations = 4096;
    ck_assert_int_eq(entry_salt_of((struct slice){job->base.asked.salt, 4},
                                   4096, &job->base.salt),
                     SCRAM_OK);
    ck_assert(derive_add(derive, &job->base));
}

static void
serve(void)
{
    loop_run_tasks(loop);
    (void)derive_tick(derive);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void
serve_until(const bool *what)
{
    double start = stores_now();

    while (!*what) {
        ck_assert(stores_within(start, 30));
        serve();
    }
}

static void
serve_until_derived(unsigned count)
{
    double start = stores_now();

    while (derived < count) {
        ck_assert(stores_within(start, 30));
        serve();
    }
}

START_TEST(keys_are_derived_once_for_all_who_wait)
{
    struct job jobs[5];
    int i;

    hold = true;
    for (i = 0; i < 5; i++)
        ask(&jobs[i], i == 3 ? 9 : 7);
    serve_until_derived(1);
    hold = false;
    for (i = 0; i < 5; i++)
        serve_until(&jobs[i].done);
    for (i = 0; i < 5; i++) {
        ck_assert_int_eq(jobs[i].status, SCRAM_OK);
        ck_assert_uint_eq(jobs[i].key, i == 3 ? 9 : 7);
    }
    ck_assert_uint_eq(derived, 2);
    ck_assert_uint_eq(derive_count(derive), 2);
}
END_TEST

/* All are told, again and again, also those whose turn has not come. */
START_TEST(who_waits_is_told)
{
    struct job one, two;
    double start = stores_now();

    hold = true;
    ask(&one, 1);
    ask(&two, 2);
    while (one.told < 3 || two.told < 3) {
        ck_assert(stores_within(start, 30));
        serve();
    }
    ck_assert(stores_within(start, 30));
    ck_assert_uint_eq(derived, 1);
    hold = false;
    serve_until(&two.done);
    ck_assert(one.done);
}
END_TEST

START_TEST(who_goes_is_forgotten)
{
    struct job one, two, three;

    hold = true;
    ask(&one, 1);
    ask(&two, 2);
    ask(&three, 3);
    serve_until_derived(1);
    one.gone = two.gone = true;
    serve_until(&two.dropped);
    ck_assert(one.dropped && !three.dropped);
    hold = false;
    serve_until(&three.done);
    /* Nothing was computed for the second; and what the first had begun is
     * there for the next. */
    ck_assert_uint_eq(derived, 2);
    ask(&one, 1);
    serve_until(&one.done);
    ck_assert_uint_eq(derived, 2);
}
END_TEST

START_TEST(a_password_that_goes_meanwhile_gets_no_keys)
{
    struct job job;

    hold = true;
    ask(&job, 1);
    serve_until_derived(1);
    (void)entries_forget(entries, SLICE(""), SLICE(""));
    serve_until(&job.done);
    ck_assert_int_eq(job.status, SCRAM_EXPIRED);
    keep("alice");
    hold = false;
    ask(&job, 1);
    serve_until(&job.done);
    ck_assert_int_eq(job.status, SCRAM_OK);
    ck_assert_uint_eq(derived, 2); /* it is another password */
}
END_TEST

START_TEST(what_cannot_be_derived_ends_those_who_wait_for_it)
{
    struct job one, two;

    outcome = SCRAM_CRYPTO_FAILED;
    ask(&one, 1);
    ask(&two, 1);
    serve_until(&two.done);
    ck_assert_int_eq(one.status, SCRAM_CRYPTO_FAILED);
    ck_assert_int_eq(two.status, SCRAM_CRYPTO_FAILED);
    outcome = SCRAM_OK;
    ask(&one, 1);
    serve_until(&one.done);
    ck_assert_int_eq(one.status, SCRAM_OK);
}
END_TEST

START_TEST(an_entry_has_so_many_at_once)
{
    struct job job;
    unsigned i;

    for (i = 0; i < 100; i++) {
        ask(&job, (uint8_t)i);
        serve_until(&job.done);
        ck_assert_int_eq(
            job.status, i < ENTRY_KEYS_AT_ONCE ? SCRAM_OK : SCRAM_NO_RESOURCES);
        ck_assert((job.wait == 0) == (job.status == SCRAM_OK));
        ck_assert_uint_le(job.wait, ENTRY_KEYS_EACH_MS);
    }
    ck_assert_uint_eq(derived, ENTRY_KEYS_AT_ONCE);
}
END_TEST

/* Nor do new passwords bring more, forgotten or not. */
START_TEST(all_together_have_so_many_at_once)
{
    struct job job;
    unsigned i, refused = 0;
    double start = stores_now();

    for (i = 0; i < 2 * DERIVE_AT_ONCE; i++) {
        if (i % 8 == 0) {
            (void)entries_forget(entries, SLICE(""), SLICE(""));
            keep("alice");
        }
        ask(&job, (uint8_t)i);
        serve_until(&job.done);
        refused += job.status == SCRAM_NO_RESOURCES;
        ck_assert_uint_le(job.wait, DERIVE_EACH_MS);
    }
    i = 1 + (unsigned)((stores_now() - start) * 1000 / DERIVE_EACH_MS);
    ck_assert_uint_le(derived, DERIVE_AT_ONCE + i);
    ck_assert_uint_ge(derived, DERIVE_AT_ONCE);
    ck_assert_uint_eq(derived + refused, 2 * DERIVE_AT_ONCE);
}
END_TEST

START_TEST(so_many_wait_at_once)
{
    static struct job jobs[DERIVE_JOBS + 1];
    unsigned i;

    hold = true;
    for (i = 0; i < DERIVE_JOBS; i++)
        ask(&jobs[i], 1);
    jobs[i].base.entry = entries->last;
    ck_assert(!derive_add(derive, &jobs[i].base));
    serve_until_derived(1);
    hold = false;
    serve_until(&jobs[DERIVE_JOBS - 1].done);
    ask(&jobs[i], 1);
    serve_until(&jobs[i].done);
}
END_TEST

START_TEST(who_waits_at_the_end_is_dropped)
{
    struct job one, two;

    ask(&one, 1);
    ask(&two, 2);
    serve_until_derived(1);
    end();
    ck_assert(one.done || one.dropped);
    ck_assert(two.done || two.dropped);
    begin();
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, keys_are_derived_once_for_all_who_wait);
    tcase_add_test(tests, who_waits_is_told);
    tcase_add_test(tests, who_goes_is_forgotten);
    tcase_add_test(tests, a_password_that_goes_meanwhile_gets_no_keys);
    tcase_add_test(tests, what_cannot_be_derived_ends_those_who_wait_for_it);
    tcase_add_test(tests, an_entry_has_so_many_at_once);
    tcase_add_test(tests, all_together_have_so_many_at_once);
    tcase_add_test(tests, so_many_wait_at_once);
    tcase_add_test(tests, who_waits_at_the_end_is_dropped);
}

int
main(void)
{
    return unit_run("derive", add, 120);
}
