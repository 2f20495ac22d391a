/*
 * The register of half-open contexts, when there are many: those that expire
 * are paid for by nobody else's call, and those that come when it is full get
 * in, while the oldest give way.
 */
#include "crew.h"

#include <dlfcn.h>
#include <time.h>

#include "../unit/log_daemon.h"

#define LATE (GSS_S_FAILURE | GSS_S_OLD_TOKEN)

/* In the place of libc's, which the module finds second: what a context that
 * ends has to have done is mostly releasing. */
void __libc_free(void *memory);
void free(void *memory);

static bool counting;
static unsigned releases;

void
free(void *memory)
{
    const void *caller = __builtin_return_address(0);
    Dl_info info;

    if (counting) {
        counting = false;
        if (dladdr(caller, &info) != 0 && info.dli_fname != NULL &&
            strstr(info.dli_fname, "gss_scram.so") != NULL)
            releases++;
        counting = true;
    }
    __libc_free(memory);
}

static void
configure(const char *timeout, unsigned max_half_open)
{
    log_daemon_start(world_path("log"));
    world_write("scram.conf",
                "[scram]\n store = %s\n audit = syslog\n"
                " handshake_timeout = %s\n max_half_open = %u\n",
                world_store(), timeout, max_half_open);
}

/* The calls of this test are a crew's, which says nothing to Check. */
static struct shared shared;

static void
half_open(struct pair *pair)
{
    *pair = (struct pair){0};
    pair_client_leg(pair, &shared, shared.client);
    pair_server_leg(pair, &shared);
}

/* The client's answer, and what becomes of it. */
static OM_uint32
answer(struct pair *pair)
{
    pair_client_leg(pair, &shared, shared.client);
    pair_server_leg(pair, &shared);
    return pair->server_major;
}

#define MANY 2000
static struct pair crowd[MANY];

/* Seconds of the clock that deadlines are by, or of one that is no slower. */
static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
wait_until(double then)
{
    while (now() < then)
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* The calls of a server that might be made to pay. */
static void
begin_another(struct pair *pair)
{
    pair_server_leg(pair, &shared);
}

static void
end_another(struct pair *pair)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &pair->server, GSS_C_NO_BUFFER);
}

static void
ask_another_s_time(struct pair *pair)
{
    OM_uint32 minor, seconds;

    gss_context_time(&minor, pair->server, &seconds);
}

static void
ask_another_s_milliseconds(struct pair *pair)
{
    static gss_OID_desc time_left = {GSS_SCRAM_TIME_LEFT_OID_LENGTH,
                                     (void *)GSS_SCRAM_TIME_LEFT_OID};
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
    OM_uint32 minor;

    gss_inquire_sec_context_by_oid(&minor, pair->server, &time_left, &set);
    gss_release_buffer_set(&minor, &set);
}

static const struct {
    void (*make)(struct pair *pair);
    bool on_half_open; /* rather than with a client's first token */
} calls[] = {
    {begin_another, false},
    {end_another, true},
    {ask_another_s_time, true},
    {ask_another_s_milliseconds, true},
};

/* What a call releases, and how many lines it logs. */
struct cost {
    unsigned releases, lines;
};

/* Where a call is for a half-open context, that is made now, when the others
 * have expired, which is a call too: both together are looked at. */
static struct cost
cost_of_call(int call)
{
    struct pair pair = {0};
    struct cost cost;

    pair_client_leg(&pair, &shared, shared.client);
    releases = 0;
    log_daemon_forget();
    counting = true;
    if (calls[call].on_half_open)
        pair_server_leg(&pair, &shared);
    calls[call].make(&pair);
    counting = false;
    cost = (struct cost){releases, log_daemon_lines()};
    pair_release(&pair);
    return cost;
}

START_TEST(contexts_that_expire_are_not_paid_for_by_another_s_call)
{
    struct cost before, after;
    double made;
    int i;

    configure("2s", 65536);
    shared_make(&shared, false);
    cost_of_call(_i); /* what is made once */
    before = cost_of_call(_i);
    for (i = 0; i < MANY; i++) {
        half_open(&crowd[i]);
        ck_assert_uint_eq(crowd[i].server_major, GSS_S_CONTINUE_NEEDED);
    }
    made = now();
    wait_until(made + 2.01);
    after = cost_of_call(_i);
    ck_assert_uint_le(after.releases, before.releases + 8);
    ck_assert_uint_le(after.lines, before.lines + 1);
    for (i = 0; i < MANY; i++)
        pair_release(&crowd[i]);
    shared_release(&shared);
}
END_TEST

/* Every second one is answered, and refused; the others are deleted. */
START_TEST(contexts_that_expire_are_summed_up_in_the_log)
{
    unsigned late = 0;
    double start;
    int i;

    configure("300ms", 65536);
    shared_make(&shared, false);
    for (i = 0; i < 500; i++)
        half_open(&crowd[i]);
    start = now();
    wait_until(start + 0.31);
    log_daemon_forget();
    for (i = 0; i < 500; i++) {
        if (i % 2 == 0)
            late += answer(&crowd[i]) == LATE &&
                    buffer_is(&crowd[i].to_client, "e=other-error");
        pair_release(&crowd[i]);
    }
    ck_assert_uint_ge(log_daemon_lines(), 1);
    ck_assert_uint_le(log_daemon_lines(), 2 + (unsigned)((now() - start) / 60));
    ck_assert_uint_eq(late, 250);
    shared_release(&shared);
}
END_TEST

START_TEST(at_max_half_open_the_oldest_gives_way)
{
    struct pair p[3];
    OM_uint32 minor, seconds;
    int i;

    configure("1h", 2);
    shared_make(&shared, false);
    for (i = 0; i < 3; i++) {
        half_open(&p[i]);
        ck_assert_uint_eq(p[i].server_major, GSS_S_CONTINUE_NEEDED);
    }
    ck_assert_uint_eq(gss_context_time(&minor, p[0].server, &seconds),
                      GSS_S_CONTEXT_EXPIRED);
    ck_assert_uint_eq(gss_context_time(&minor, p[1].server, &seconds),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(answer(&p[0]), LATE);
    ck_assert(GSS_ERROR(p[0].server_major));
    ck_assert(buffer_is(&p[0].to_client, "e=other-error"));
    ck_assert_uint_eq(answer(&p[1]), GSS_S_COMPLETE);
    ck_assert_uint_eq(answer(&p[2]), GSS_S_COMPLETE);
    for (i = 0; i < 3; i++)
        pair_release(&p[i]);
    shared_release(&shared);
}
END_TEST

/* What has ended, however, leaves room: then nobody gives way. */
START_TEST(who_has_ended_leaves_room)
{
    struct pair p[4];
    OM_uint32 minor;
    int i;

    configure("1h", 2);
    shared_make(&shared, false);
    for (i = 0; i < 2; i++)
        half_open(&p[i]);
    if (_i == 0)
        gss_delete_sec_context(&minor, &p[1].server, GSS_C_NO_BUFFER);
    else
        ck_assert_uint_eq(answer(&p[1]), GSS_S_COMPLETE);
    half_open(&p[2]);
    ck_assert_uint_eq(p[2].server_major, GSS_S_CONTINUE_NEEDED);
    ck_assert_uint_eq(answer(&p[0]), GSS_S_COMPLETE);
    half_open(&p[3]);
    ck_assert_uint_eq(answer(&p[2]), GSS_S_COMPLETE);
    ck_assert_uint_eq(answer(&p[3]), GSS_S_COMPLETE);
    for (i = 0; i < 4; i++)
        pair_release(&p[i]);
    shared_release(&shared);
}
END_TEST

/* One client that begins again and again keeps nobody out, and the last
 * max_half_open of all are those that get in, in whatever order they answer. */
START_TEST(a_flood_locks_nobody_out)
{
    unsigned i, max = 16;
    double start;

    configure("1h", max);
    shared_make(&shared, false);
    for (i = 0; i < MANY; i++) {
        half_open(&crowd[i]);
        ck_assert_uint_eq(crowd[i].server_major, GSS_S_CONTINUE_NEEDED);
    }
    start = now();
    log_daemon_forget();
    for (i = 0; i < MANY - max; i++)
        ck_assert_uint_eq(answer(&crowd[i]), LATE);
    ck_assert_uint_le(log_daemon_lines(), 2 + (unsigned)((now() - start) / 60));
    for (i = MANY; i > MANY - max; i--)
        ck_assert_uint_eq(answer(&crowd[i - 1]), GSS_S_COMPLETE);
    for (i = 0; i < MANY; i++)
        pair_release(&crowd[i]);
    shared_release(&shared);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests,
                        contexts_that_expire_are_not_paid_for_by_another_s_call,
                        0, COUNT(calls));
    tcase_add_test(tests, contexts_that_expire_are_summed_up_in_the_log);
    tcase_add_test(tests, at_max_half_open_the_oldest_gives_way);
    tcase_add_loop_test(tests, who_has_ended_leaves_room, 0, 2);
    tcase_add_test(tests, a_flood_locks_nobody_out);
}

int
main(void)
{
    return world_run("half_open", add, 120);
}
