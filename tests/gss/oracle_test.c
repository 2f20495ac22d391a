/*
 * A stranger cannot tell by trying whether a user exists, is disabled or is
 * unknown: not by what is sent, and not by the time that it takes.
 */
#include "world.h"

#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum population { ENABLED, DISABLED, UNKNOWN, POPULATIONS };

#define USERS 64 /* of each population */

/* Names of one length, so that theirs says nothing either. */
static void
user_of(enum population population, int i, char *name, size_t size)
{
    snprintf(name, size, "user%c%03d", "xyz"[population], i % USERS);
}

static void
make_populations(void)
{
    struct scram_verifier verifier;
    struct store *store;
    char name[32], salt[17];
    int i;

    ck_assert_int_eq(
        store_open(WORLD_KINDS, world_store(), STORE_WRITE, &store, NULL),
        SCRAM_OK);
    scram_verifier_derive(SCRAM_SHA_256, SLICE("password"),
                          SLICE("0123456789abcdef"), 4096, &verifier);
    for (i = 0; i < 2 * USERS; i++) {
        verifier.enabled = i < USERS;
        user_of(verifier.enabled ? ENABLED : DISABLED, i, name, sizeof(name));
        snprintf(salt, sizeof(salt), "salt of %8d", i);
        memcpy(verifier.salt, salt, 16);
        ck_assert_int_eq(
            store_put(store, slice_of(name), &verifier, STORE_ADD, NULL),
            SCRAM_OK);
    }
    store_close(store);
}

/* They are there from the first test on, for those that follow too. */
static void
make_populations_once(void)
{
    struct scram_verifier verifier;
    struct store *store;
    char name[32];

    user_of(ENABLED, 0, name, sizeof(name));
    ck_assert_int_eq(
        store_open(WORLD_KINDS, world_store(), STORE_READ, &store, NULL),
        SCRAM_OK);
    if (store_look_up(store, SCRAM_SHA_256, slice_of(name), &verifier, NULL) !=
        SCRAM_OK)
        make_populations();
    store_close(store);
}

/* What a server sends to a user's first message, from "s=" on: the salt and
 * the iteration count. */
static void
salt_and_count(gss_cred_id_t cred, const char *user, char *text, size_t size)
{
    struct handshake h;
    char token[128];
    const char *at;
    int len;

    handshake_begin(&h, &sha_256, NULL, NULL);
    h.server_cred = cred;
    len = snprintf(token + 10, sizeof(token) - 10, "n=%s,r=abc", user);
    memcpy(token, "\x60\x00\x06\x06\x2b\x06\x01\x05\x05\x12", 10);
    token[1] = (char)(8 + len);
    ck_assert_uint_eq(server_take(&h, token, (size_t)len + 10),
                      GSS_S_CONTINUE_NEEDED);
    at = memmem(h.to_client.value, h.to_client.length, ",s=", 3);
    ck_assert_ptr_nonnull(at);
    snprintf(
        text, size, "%.*s",
        (int)(h.to_client.length - (size_t)(at - (char *)h.to_client.value)),
        at);
    h.server_cred = GSS_C_NO_CREDENTIAL;
    handshake_end(&h);
}

START_TEST(what_is_sent_looks_the_same_and_stays_the_same)
{
    gss_cred_id_t cred;
    char name[32], first[128], again[128], other[128];
    OM_uint32 minor;
    int p, status;
    size_t len = 0;

    for (p = 0; p < POPULATIONS; p++) {
        user_of((enum population)p, 1, name, sizeof(name));
        cred = server_cred(&sha_256);
        salt_and_count(cred, name, first, sizeof(first));
        ck_assert_str_eq(strstr(first, ",i="), ",i=4096");
        ck_assert(len == 0 || len == strlen(first));
        len = strlen(first);
        salt_and_count(cred, name, again, sizeof(again));
        ck_assert_str_eq(first, again);
        user_of((enum population)p, 2, name, sizeof(name));
        salt_and_count(cred, name, other, sizeof(other));
        ck_assert_str_ne(first, other);
        gss_release_cred(&minor, &cred);

        /* Nor does a restart change it. */
        if (fork() == 0) {
            cred = server_cred(&sha_256);
            user_of((enum population)p, 1, name, sizeof(name));
            salt_and_count(cred, name, again, sizeof(again));
            _exit(strcmp(first, again) != 0);
        }
        wait(&status);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

#define ROUNDS 4000 /* exchanges of each population */

static double times[POPULATIONS][ROUNDS];

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The nanoseconds of CPU time of both legs of a login with a wrong proof. */
static double
time_refusal(gss_cred_id_t cred, const char *user)
{
    char first[128], last[256];
    struct handshake h;
    double start, spent;
    int len;

    handshake_begin(&h, &sha_256, NULL, NULL);
    h.server_cred = cred;
    len = snprintf(first + 10, sizeof(first) - 10, "n=%s,r=abc", user);
    memcpy(first, "\x60\x00\x06\x06\x2b\x06\x01\x05\x05\x12", 10);
    first[1] = (char)(8 + len);
    start = now();
    server_take(&h, first, (size_t)len + 10);
    spent = now() - start;
    len = snprintf(last, sizeof(last),
                   "c=,r=%.27s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                   (char *)h.to_client.value + 2);
    start = now();
    server_take(&h, last, (size_t)len);
    spent += now() - start;
    ck_assert_uint_eq(h.server_major, GSS_S_BAD_SIG);
    h.server_cred = GSS_C_NO_CREDENTIAL;
    handshake_end(&h);
    return spent;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(const double *values, int count, int step)
{
    static double sorted[ROUNDS];
    int i, n = 0;

    for (i = 0; i < count; i += step)
        sorted[n++] = values[i];
    qsort(sorted, (size_t)n, sizeof(sorted[0]), compare);
    return sorted[n / 2];
}

static double
distance(double a, double b)
{
    return a > b ? a - b : b - a;
}

/*
 * Populations take turns, so that whatever else the machine does meets all of
 * them. The noise is how far apart the medians of two halves of one population
 * are, first against second half and odd against even; the medians of two
 * populations must not be further apart than some multiple of that. A clock
 * that ticks in steps makes the noise seem nothing: 1 % of the time counts as
 * noise too, a twentieth of what a single HMAC takes.
 */
static bool
populations_look_alike(gss_cred_id_t cred, bool *quiet)
{
    double noise = 0, medians[POPULATIONS], d, widest = 0;
    char name[32];
    int p, q, i;

    for (i = 0; i < ROUNDS; i++) {
        for (p = 0; p < POPULATIONS; p++) {
            q = (p + i) % POPULATIONS;
            user_of((enum population)q, i / 3, name, sizeof(name));
            times[q][i] = time_refusal(cred, name);
        }
    }
    for (p = 0; p < POPULATIONS; p++) {
        medians[p] = median(times[p], ROUNDS, 1);
        d = distance(median(times[p], ROUNDS / 2, 1),
                     median(times[p] + ROUNDS / 2, ROUNDS / 2, 1));
        noise = d > noise ? d : noise;
        d = distance(median(times[p], ROUNDS, 2),
                     median(times[p] + 1, ROUNDS - 1, 2));
        noise = d > noise ? d : noise;
    }
    for (p = 0; p < POPULATIONS; p++) {
        for (q = 0; q < p; q++) {
            d = distance(medians[p], medians[q]);
            widest = d > widest ? d : widest;
        }
    }
    printf("medians: enabled %.0f ns, disabled %.0f ns, unknown %.0f ns; "
           "noise %.0f ns\n",
           medians[ENABLED], medians[DISABLED], medians[UNKNOWN], noise);
    *quiet = noise < medians[ENABLED] / 20;
    return widest <= noise + medians[ENABLED] / 100;
}

START_TEST(the_time_that_a_refusal_takes_tells_nothing)
{
    gss_cred_id_t cred = server_cred(&sha_256);
    OM_uint32 minor;
    int tries = 0;
    bool alike, quiet;

    /* One unlucky run says nothing, nor does one while the machine is too busy
     * to see a difference; a leak shows in every run. */
    do
        alike = populations_look_alike(cred, &quiet);
    while ((!alike || !quiet) && ++tries < 40);
    ck_assert_msg(alike, "the populations take different times");
    ck_assert_msg(quiet, "the machine was too busy to measure anything");
    gss_release_cred(&minor, &cred);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_populations_once, NULL);
    tcase_add_test(tests, what_is_sent_looks_the_same_and_stays_the_same);
    tcase_add_test(tests, the_time_that_a_refusal_takes_tells_nothing);
}

int
main(void)
{
    return world_run("oracle", add, 120);
}
