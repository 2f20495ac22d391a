#include "trial.h"

#include <dirent.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whatever the work, it does not pass as many points. */
#define POINTS_MAX 20000

struct held {
    int descriptors, mappings;
};

static struct held
held_now(void)
{
    struct held held = {0, fault_mappings};
    DIR *folder = opendir("/proc/self/fd");

    ck_assert_ptr_nonnull(folder);
    while (readdir(folder) != NULL)
        held.descriptors++;
    closedir(folder);
    return held;
}

/* An error of the program's own, as TLS leaves one that is still to be read. */
#define OWN_REASON 99

static void
leave_own_error(void)
{
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, OWN_REASON);
}

static void
assert_own_error_is_all(unsigned n)
{
    ck_assert_int_eq(ERR_GET_REASON(ERR_get_error()), OWN_REASON);
    ck_assert_msg(ERR_peek_error() == 0,
                  "call %u: the program's queue has an error more: %s", n,
                  ERR_reason_error_string(ERR_peek_error()));
}

/* One attempt with faults and one without; what failed, or NULL where so many
 * calls were not made. */
static const char *
try_one(const struct trial *trial, unsigned n, unsigned last)
{
    const char *where;
    bool done;

    trial->prepare();
    leave_own_error();
    fault_arm(n, last);
    done = trial->attempt();
    fault_disarm();
    assert_own_error_is_all(n);
    where = fault_where();
    ck_assert_msg(done || where != NULL, "it failed without a fault");
    if (!done && trial->after != NULL)
        trial->after();
    trial->finish();

    trial->prepare();
    ck_assert_msg(trial->attempt(), "what failed at call %u fails after", n);
    trial->finish();
    return where;
}

/* The same, and that nothing is left open. What a process keeps, it keeps once;
 * what is lost is lost again. */
static bool
try_and_count(const struct trial *trial, unsigned n, unsigned last)
{
    struct held before = held_now(), now;
    const char *where = try_one(trial, n, last);

    now = held_now();
    if (memcmp(&before, &now, sizeof(now)) != 0) {
        before = now;
        try_one(trial, n, last);
        now = held_now();
    }
    ck_assert_msg(memcmp(&before, &now, sizeof(now)) == 0,
                  "call %u: descriptors %+d, mappings %+d", n,
                  now.descriptors - before.descriptors,
                  now.mappings - before.mappings);
    return where == NULL;
}

/* @param lasting  whether all calls after the first that fails do so too */
static void
run(const struct trial *trial, bool lasting,
    bool (*try)(const struct trial *trial, unsigned n, unsigned last))
{
    unsigned n = 1;

    while (!try(trial, n, lasting ? UINT_MAX : n)) {
        n++;
        ck_assert_uint_lt(n, POINTS_MAX);
    }
    ck_assert_uint_gt(n, 1);
}

void
trial_run(const struct trial *trial)
{
    /* What is kept from the first time on is no leak. */
    trial->prepare();
    ck_assert(trial->attempt());
    trial->finish();
    run(trial, false, try_and_count);
    run(trial, true, try_and_count);
}

/* What a process ends with that had no call to fail. */
#define NONE_LEFT 42

static bool
try_in_child(const struct trial *trial, unsigned n, unsigned last)
{
    pid_t child = fork();
    int status;

    ck_assert_int_ge(child, 0);
    if (child == 0)
        exit(try_one(trial, n, last) == NULL ? NONE_LEFT : EXIT_SUCCESS);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && (WEXITSTATUS(status) == EXIT_SUCCESS ||
                                        WEXITSTATUS(status) == NONE_LEFT),
                  "call %u to %u: the process ended with %#x", n, last,
                  (unsigned)status);
    return WEXITSTATUS(status) == NONE_LEFT;
}

/* libcrypto's own beginnings are not ours to test: in want of memory it dies in
 * them, or takes it for good that there is no such algorithm. */
static void
begin_libcrypto(void)
{
    unsigned char random[1];

    ck_assert_int_eq(RAND_bytes(random, sizeof(random)), 1);
    EVP_MD_free(EVP_MD_fetch(NULL, "SHA2-256", NULL));
    EVP_MAC_free(EVP_MAC_fetch(NULL, "HMAC", NULL));
}

void
trial_run_cold(const struct trial *trial)
{
    begin_libcrypto();
    run(trial, false, try_in_child);
}

bool
trial_failed(OM_uint32 major, OM_uint32 minor)
{
    if (!GSS_ERROR(major))
        return false;
    ck_assert_uint_ne(minor, 0);
    return true;
}

bool
trial_failed_with_sentence(OM_uint32 major, OM_uint32 minor)
{
    bool paused;

    if (!trial_failed(major, minor))
        return false;
    paused = fault_pause();
    ck_assert_str_ne(sentence_of(minor, &sha_256), "");
    fault_resume(paused);
    return true;
}

bool
gave_buffer(OM_uint32 major, OM_uint32 minor, gss_buffer_t buffer)
{
    if (!trial_failed(major, minor)) {
        ck_assert_uint_eq(major, GSS_S_COMPLETE);
        return true;
    }
    ck_assert_uint_eq(buffer->length, 0);
    ck_assert_ptr_null(buffer->value);
    return false;
}
