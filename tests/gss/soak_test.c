/*
 * Contexts by the hundred thousand, made and dropped in every state, and a
 * process that is no larger for it. SOAK_CONTEXTS in the environment says how
 * many; scripts/soak runs ten million.
 */
#include <malloc.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "crew.h"

#define USUAL 200000
#define HELD 2048  /* that wait for their deadline to pass */
#define REPORTS 20 /* lines with numbers */
#define SLACK_USED                                                             \
    65536 /* bytes that may be in use at one time and not at                   \
             another */
#define SLACK_RESIDENT 1048576 /* and what the allocator may keep besides */

static struct shared shared;
static gss_cred_id_t hasty; /* a server's, with a short handshake_timeout */
static struct pair held[HELD];

/* How many contexts ended how. */
static unsigned long established, refused, expired;

static bool
finish(struct pair *p)
{
    bool good = pair_run(p, &shared, shared.client);

    established += good;
    return good;
}

static bool
half_open(struct pair *p)
{
    pair_client_leg(p, &shared, shared.client);
    pair_server_leg(p, &shared);
    return p->server_major == GSS_S_CONTINUE_NEEDED;
}

static bool
begun(struct pair *p)
{
    pair_client_leg(p, &shared, shared.client);
    return p->client_major == GSS_S_CONTINUE_NEEDED;
}

static bool
not_understood(struct pair *p)
{
    if (!begun(p))
        return false;
    ((char *)p->to_server.value)[p->to_server.length - 1] = ',';
    pair_server_leg(p, &shared);
    refused += GSS_ERROR(p->server_major) != 0;
    return GSS_ERROR(p->server_major);
}

static bool
wrong_password(struct pair *p)
{
    bool good = pair_run(p, &shared, shared.wrong);

    refused += !good;
    return !good;
}

static bool
with_messages(struct pair *p)
{
    return finish(p) && pair_talk(p) == NULL;
}

static bool
moved(struct pair *p)
{
    return finish(p) && pair_move(&p->server) == GSS_S_COMPLETE &&
           pair_move(&p->client) == GSS_S_COMPLETE && pair_talk(p) == NULL;
}

/* Answer one that has waited, if there is one: too late, mostly. */
static bool
answer(struct pair *p)
{
    if (p->server == GSS_C_NO_CONTEXT)
        return true;
    pair_client_leg(p, &shared, shared.client);
    pair_server_leg(p, &shared);
    expired += p->server_major == (GSS_S_FAILURE | GSS_S_OLD_TOKEN);
    if (p->server_major != (GSS_S_FAILURE | GSS_S_OLD_TOKEN) &&
        p->server_major != GSS_S_COMPLETE)
        return false;
    pair_release(p);
    return true;
}

/* The one that has waited longest makes room for another. */
static bool
late(struct pair *unused)
{
    static unsigned next;
    struct pair *p = &held[next++ % HELD];
    struct shared s = {
        .client = shared.client, .server = hasty, .target = shared.target};

    (void)unused;
    if (!answer(p))
        return false;
    pair_client_leg(p, &s, s.client);
    pair_server_leg(p, &s);
    return p->server_major == GSS_S_CONTINUE_NEEDED;
}

/* All that wait, once their time is up: what is in use then does not depend on
 * how fast this machine is. */
static void
answer_all(void)
{
    OM_uint32 minor, left;
    unsigned i;

    for (i = 0; i < HELD; i++) {
        while (held[i].server != GSS_C_NO_CONTEXT &&
               gss_context_time(&minor, held[i].server, &left) ==
                   GSS_S_COMPLETE)
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        ck_assert(answer(&held[i]));
    }
}

static bool (*const lives[])(struct pair *pair) = {
    begun,  half_open,     not_understood, wrong_password,
    finish, with_messages, moved,          late};

struct memory {
    long resident, used; /* bytes */
};

static struct memory
memory_now(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    struct memory now;
    long size, resident;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    now.resident = resident * sysconf(_SC_PAGESIZE);
    now.used = (long)mallinfo2().uordblks;
    return now;
}

static double
seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
make_and_drop(unsigned long count)
{
    unsigned long i;

    for (i = 0; i < count; i++) {
        struct pair p = {0};

        ck_assert_msg(lives[i % COUNT(lives)](&p), "life %lu",
                      i % COUNT(lives));
        pair_release(&p);
    }
    answer_all();
}

static void
report(unsigned long count, double start, struct memory m)
{
    printf("%9lu contexts  %6.1f s  %6ld KiB resident  %8ld bytes in use\n",
           count, seconds() - start, m.resident / 1024, m.used);
    fflush(stdout);
}

static void
begin(void)
{
    shared_make(&shared, false);
    /* Another file: what was read of one is kept for a moment. */
    world_write("hasty.conf",
                "[scram]\n store = %s\n handshake_timeout = 100ms\n",
                world_store());
    setenv("GSS_SCRAM_CONFIG", world_path("hasty.conf"), 1);
    hasty = server_cred(&sha_256);
    setenv("GSS_SCRAM_CONFIG", world_path("scram.conf"), 1);
}

static void
end(void)
{
    OM_uint32 minor;

    gss_release_cred(&minor, &hasty);
    shared_release(&shared);
}

START_TEST(memory_stays_what_it_is)
{
    const char *wanted = getenv("SOAK_CONTEXTS");
    unsigned long count = wanted != NULL ? strtoul(wanted, NULL, 10) : USUAL;
    unsigned long part = count / REPORTS, i;
    double start = seconds();
    struct memory first, now;

    ck_assert_uint_gt(part, 0);
    begin();
    /* Twice what fills all that is kept. */
    make_and_drop(2 * HELD * COUNT(lives));
    first = memory_now();
    report(0, start, first);
    for (i = 1; i <= REPORTS; i++) {
        make_and_drop(part);
        now = memory_now();
        report(i * part, start, now);
        ck_assert_int_le(now.used, first.used + SLACK_USED);
        ck_assert_int_le(now.resident, first.resident + SLACK_RESIDENT);
    }
    printf("%lu established, %lu refused, %lu expired\n", established, refused,
           expired);
    ck_assert_uint_gt(established, count / 3);
    ck_assert_uint_gt(refused, count / 6);
    ck_assert_uint_gt(expired, 0);
    end();
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, memory_stays_what_it_is);
}

int
main(void)
{
    return world_run("soak", add, 6 * 3600);
}
