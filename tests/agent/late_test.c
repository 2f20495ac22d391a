/*
 * What gss-scram-agent is asked too late, by the clock and whatever else has
 * happened meanwhile: its requests are called here as its loop calls them, with
 * a clock that is set on.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../unit/scratch.h"
#include "daemon/agent/agent.h"
#include "daemon/agent/requests.h"
#include "program.h"

#define TARGET "HTTP@www.example.org"
#define SALT "a grain of salt!"
#define PASSWORD "correct-horse-battery-staple-7391"
#define LIFETIME 3600 /* s */

static struct agent agent;
static struct program p;
static long later; /* s, that the clock is ahead */

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = __real_clock_gettime(clock, now);

    if (clock == CLOCK_BOOTTIME) /* and not Check's */
        now->tv_sec += later;
    return failed;
}

/* In the place of a socket: what is sent is answered at once. */
static uint8_t memory[WIRE_MESSAGE_MAX];
static struct buffer answer;

bool __wrap_asker_send(int fd, struct slice message);
ssize_t __wrap_asker_receive(int fd, uint8_t *to, size_t size);

bool
__wrap_asker_send(int fd, struct slice message)
{
    struct request request = {NULL, NULL, message, &answer};
    const struct request_op *op = agent_ops;
    bool greeted = true;

    (void)fd;
    answer = (struct buffer)BUFFER_ARRAY(memory);
    while (op->op != wire_op(message))
        op++;
    ck_assert_int_eq(op->take(&agent, &request, &greeted), REQUEST_ANSWERED);
    return true;
}

ssize_t
__wrap_asker_receive(int fd, uint8_t *to, size_t size)
{
    (void)fd;
    ck_assert_uint_le(answer.len, size);
    memcpy(to, answer.data, answer.len);
    return (ssize_t)answer.len;
}

/* An agent with a password, and with its keys for the server's salt. */
static void
begin(void)
{
    const struct wire_keep keep = {.target = SLICE("*"),
                                   .user = SLICE("alice"),
                                   .password = SLICE(PASSWORD),
                                   .lifetime = LIFETIME,
                                   .min_iterations = 4096};
    struct agent_entry *entry;
    struct scram_keys keys;
    struct entry_salt salt;
    struct sentence why;

    setenv("GSS_SCRAM_CONFIG", scratch_file("scram.conf", "[scram]\n"), 1);
    agent = (struct agent){.timer.fd = -1};
    agent.entries = calloc(1, sizeof(*agent.entries));
    ck_assert_ptr_nonnull(agent.entries);
    ck_assert_int_eq(agent_seals_begin(&agent.seals, &why), SCRAM_OK);
    p = (struct program){.fd = -1};
    ck_assert_int_eq(program_keep_all(&p, &keep), SCRAM_OK);
    entry = entries_find(agent.entries, agent.entries->last);
    ck_assert_ptr_nonnull(entry);
    ck_assert_int_eq(entry_salt_of(SLICE(SALT), 4096, &salt), SCRAM_OK);
    ck_assert_int_eq(scram_keys_derive(SCRAM_SHA_256, SLICE(PASSWORD),
                                       SLICE(SALT), 4096, &keys),
                     SCRAM_OK);
    entry_keys_put(&entry->keys, &salt, &keys);
}

static void
end(void)
{
    later = 0;
    agent_seals_end(&agent.seals);
    free(agent.entries);
}

/* How long after a choice it is signed, and how long after that it is opened,
 * in s; and what comes of each. */
static const struct {
    long signed_after, opened_after;
    int signing, opening;
} delays[] = {
    {0, 0, SCRAM_OK, SCRAM_OK},
    {AGENT_SEAL_MS / 1000 - 20, AGENT_SEAL_MS / 1000 - 20, SCRAM_OK, SCRAM_OK},
    {AGENT_SEAL_MS / 1000, 0, SCRAM_AGENT_ANEW, SCRAM_OK},
    {0, AGENT_SEAL_MS / 1000, SCRAM_OK, SCRAM_AGENT_ANEW},
    {LIFETIME, 0, SCRAM_AGENT_ANEW, SCRAM_OK},
    {0, LIFETIME, SCRAM_OK, SCRAM_AGENT_ANEW},
};

START_TEST(a_login_goes_on_in_time_or_not_at_all)
{
    static const uint8_t none[WIRE_SESSION_KEY_LEN];
    struct expected e;

    ck_assert_int_eq(program_choose(&p, TARGET, ""), SCRAM_OK);
    server_first(&p, SALT, 4096);
    later += delays[_i].signed_after;
    ck_assert_int_eq(program_sign(&p), delays[_i].signing);
    server_expect(&p, PASSWORD, SALT, 4096, &e);
    if (delays[_i].signing != SCRAM_OK) {
        ck_assert_uint_eq(p.proof_len, 0);
        return;
    }
    ck_assert_mem_eq(p.proof, e.proof.data, 32);
    server_final(&p, &e);
    later += delays[_i].opened_after;
    ck_assert_int_eq(program_verify(&p), delays[_i].opening);
    ck_assert_mem_eq(p.session_key,
                     delays[_i].opening == SCRAM_OK ? e.session_key : none,
                     WIRE_SESSION_KEY_LEN);
}
END_TEST

/* Requests in the order of a login, of which one comes when its password's time
 * is over. The seals are good for longer than that is. */
enum { CHOOSE, SIGN, VERIFY, REQUESTS };

static int
ask(int request, struct expected *e)
{
    int status;

    if (request == CHOOSE)
        return program_choose(&p, TARGET, "");
    if (request == SIGN) {
        server_first(&p, SALT, 4096);
        status = program_sign(&p);
        server_expect(&p, PASSWORD, SALT, 4096, e);
        server_final(&p, e);
        return status;
    }
    return program_verify(&p);
}

START_TEST(a_password_whose_time_is_over_is_of_no_use)
{
    static const uint8_t none[WIRE_SESSION_KEY_LEN];
    struct expected e;
    int request;

    later += LIFETIME - 20;
    for (request = CHOOSE; request < _i; request++)
        ck_assert_int_eq(ask(request, &e), SCRAM_OK);
    p.proof_len = 0;
    later += 20;
    ck_assert_int_eq(ask(request, &e), SCRAM_EXPIRED);
    ck_assert(request != CHOOSE || p.seal.len == 0);
    ck_assert_uint_eq(p.proof_len, 0);
    ck_assert_mem_eq(p.session_key, none, WIRE_SESSION_KEY_LEN);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, a_login_goes_on_in_time_or_not_at_all, 0,
                        (int)(sizeof(delays) / sizeof(delays[0])));
    tcase_add_loop_test(tests, a_password_whose_time_is_over_is_of_no_use, 0,
                        REQUESTS);
}

int
main(void)
{
    return unit_run("agent late", add, 30);
}
