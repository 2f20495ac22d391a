/*
 * What is in gss-scram-agent's memory: a password and its keys for as long as
 * they are kept, each in one place, and nothing of them after logout, the end
 * of their time, or SIGTERM; and nothing in that of the command which had the
 * password. Needs root, as nobody else may look into it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../agent/program.h"
#include "../daemon/asker.h"
#include "remains.h"
#include "traced.h"

#define TARGET "HTTP@www.example.org"
#define SALT "a grain of salt!"

static struct agent_process agent;
static struct program p;
static struct secrets known;
static unsigned found[SECRETS_MAX];

static void
begin(void)
{
    agent = (struct agent_process){.before = traced_prepare};
    agent_start(&agent, "agent");
    program_begin(&p, &agent);
}

static struct slice
whole(const struct secret_key *key)
{
    return SLICE_ARRAY(key->data);
}

/* Log in with a password, and know every secret of it. */
static void
log_in(uint32_t lifetime)
{
    const struct wire_keep keep = {.target = SLICE("*"),
                                   .user = SLICE(USER),
                                   .password = SLICE(PASSWORD),
                                   .lifetime = lifetime};
    struct expected e;

    known.count = 0;
    ck_assert_int_eq(program_keep_all(&p, &keep), SCRAM_OK);
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
    server_expect(&p, PASSWORD, SALT, 4096, &e);
    ck_assert_mem_eq(p.proof, e.proof.data, 32);
    secrets_add_key(&known, "the password", SLICE(PASSWORD));
    secrets_add_key(&known, "SaltedPassword", whole(&e.salted));
    secrets_add_key(&known, "ClientKey", whole(&e.keys.client_key));
    secrets_add_key(&known, "StoredKey", whole(&e.keys.stored_key));
    secrets_add_key(&known, "ServerKey", whole(&e.keys.server_key));
    secrets_add(&known, "ClientProof", whole(&e.proof));
    secrets_add(&known, "ServerSignature", whole(&e.server_signature));
    secrets_add(&known, "the session key", SLICE_ARRAY(e.session_key));
    server_final(&p, &e);
}

static unsigned
found_of(const char *name)
{
    unsigned sum = 0;
    size_t i;

    for (i = 0; i < known.count; i++)
        sum += strcmp(known.patterns[i].name, name) == 0 ? found[i] : 0;
    return sum;
}

static void
look(void)
{
    ck_assert_uint_gt(secrets_find(&known, agent.pid, found), 1 << 16);
}

static void
check_nothing_is_left(const char *when)
{
    size_t i;

    look();
    for (i = 0; i < known.count; i++)
        ck_assert_msg(found[i] == 0, "%s: %u pieces of %s (pattern %zu)", when,
                      found[i], known.patterns[i].name, i);
}

/* Pieces of 8 bytes in one place. */
#define ONCE(len) ((unsigned)(len) / 8)

START_TEST(what_is_kept_is_there_once)
{
    struct wire_listed listed;

    log_in(3600);
    ck_assert_int_eq(program_verify(&p), SCRAM_OK);
    /* What it sent is wiped once that is sent, and before it answers again. */
    ck_assert_int_eq(program_list(&p, 0, &listed), SCRAM_OK);
    look();
    ck_assert_uint_eq(found_of("the password"), ONCE(sizeof(PASSWORD) - 1));
    ck_assert_uint_eq(found_of("ClientKey"), ONCE(32));
    ck_assert_uint_eq(found_of("StoredKey"), ONCE(32));
    ck_assert_uint_eq(found_of("ServerKey"), ONCE(32));
    ck_assert_uint_eq(found_of("SaltedPassword"), 0);
    ck_assert_uint_eq(found_of("ClientProof"), 0);
    ck_assert_uint_eq(found_of("ServerSignature"), 0);
    ck_assert_uint_eq(found_of("the session key"), 0);
    program_end(&p);
    agent_stop(&agent);
}
END_TEST

START_TEST(nothing_is_left_after_logout)
{
    uint32_t count;

    log_in(3600);
    ck_assert_int_eq(program_verify(&p), SCRAM_OK);
    ck_assert_int_eq(program_forget(&p, "", "", &count), SCRAM_OK);
    ck_assert_uint_eq(count, 1);
    check_nothing_is_left("logout");
    /* Nor of one whose place others have moved to. */
    log_in(3600);
    ck_assert_int_eq(program_keep(&p, "ldap@*", "x", "another-one"), SCRAM_OK);
    ck_assert_int_eq(program_keep(&p, "imap@*", "x", "another-one"), SCRAM_OK);
    ck_assert_int_eq(program_forget(&p, "*", USER, &count), SCRAM_OK);
    check_nothing_is_left("logout of the first");
    /* Nor of one that another took the place of. */
    log_in(3600);
    ck_assert_int_eq(program_keep(&p, "*", USER, "short"), SCRAM_OK);
    check_nothing_is_left("another password");
    /* Nor of one that was kept and forgotten, and nothing else asked. */
    ck_assert_int_eq(program_keep(&p, "*", USER, PASSWORD), SCRAM_OK);
    ck_assert_int_eq(program_forget(&p, "", "", &count), SCRAM_OK);
    check_nothing_is_left("keep and logout");
    program_end(&p);
    agent_stop(&agent);
}
END_TEST

/* By its own timer: nobody asks it meanwhile. */
START_TEST(nothing_is_left_when_the_time_is_over)
{
    double start = stores_now();

    log_in(2);
    ck_assert_int_eq(program_verify(&p), SCRAM_OK);
    do {
        ck_assert(stores_within(start, 30));
        usleep(10000);
        look();
    } while (found_of("the password") != 0);
    ck_assert(!stores_within(start, 2));
    check_nothing_is_left("the end of its time");
    program_end(&p);
    agent_stop(&agent);
}
END_TEST

START_TEST(a_refusal_leaves_the_password_and_its_keys)
{
    struct wire_listed listed;

    log_in(3600);
    text_set(&p.server_final, "e=invalid-proof");
    ck_assert_int_eq(program_verify(&p), SCRAM_SERVER_ERROR);
    /* What it sent is wiped once that is sent, and before it answers again. */
    ck_assert_int_eq(program_list(&p, 0, &listed), SCRAM_OK);
    look();
    ck_assert_uint_eq(found_of("the password"), ONCE(sizeof(PASSWORD) - 1));
    ck_assert_uint_eq(found_of("ClientKey"), ONCE(32));
    ck_assert_uint_eq(found_of("StoredKey"), ONCE(32));
    ck_assert_uint_eq(found_of("ServerKey"), ONCE(32));
    ck_assert_uint_eq(found_of("SaltedPassword"), 0);
    ck_assert_uint_eq(found_of("ClientProof"), 0);
    ck_assert_uint_eq(found_of("ServerSignature"), 0);
    program_end(&p);
    agent_stop(&agent);
}
END_TEST

/* A program may be wrong, and its user's password right. */
START_TEST(a_message_that_is_not_taken_leaves_nothing)
{
    const struct wire_keep keep = {.target = SLICE("*"),
                                   .user = SLICE(USER),
                                   .password = SLICE(PASSWORD),
                                   .lifetime = 60};
    static uint8_t memory[WIRE_MESSAGE_MAX + 1];
    struct buffer message = BUFFER_ARRAY(memory);

    known.count = 0;
    secrets_add_key(&known, "the password", SLICE(PASSWORD));
    wire_put_keep(&keep, &message);
    ck_assert(asker_send_descriptor(p.fd, buffer_slice(&message), p.fd));
    ck_assert(asker_has_ended(p.fd));
    check_nothing_is_left("a descriptor with it");
    program_end(&p);
    program_begin(&p, &agent);
    ck_assert(asker_send(p.fd, SLICE_ARRAY(memory)));
    ck_assert(asker_has_ended(p.fd));
    check_nothing_is_left("too much behind it");
    program_end(&p);
    agent_stop(&agent);
}
END_TEST

/* It is stopped where it ends, while its memory is there still. */
START_TEST(nothing_is_left_at_its_end)
{
    int status;

    log_in(3600);
    ck_assert_int_eq(ptrace(PTRACE_SEIZE, agent.pid, NULL, PTRACE_O_TRACEEXIT),
                     0);
    ck_assert_int_eq(kill(agent.pid, SIGTERM), 0);
    ck_assert_int_eq(waitpid(agent.pid, &status, 0), agent.pid);
    ck_assert_int_eq(status >> 8, SIGTRAP | PTRACE_EVENT_EXIT << 8);
    check_nothing_is_left("its end");
    ck_assert_int_eq(ptrace(PTRACE_DETACH, agent.pid, NULL, NULL), 0);
    ck_assert_int_eq(stores_wait(agent.pid), 0);
    program_end(&p);
}
END_TEST

/* Beyond ASCII it is prepared, which makes copies. */
static const char *const passwords[] = {
    PASSWORD, "z\xc3\xbc"
              "chtig-pferd-batterie-heftklammer-\xc3\xb8-4711"};

/* The command, which hands the password over, or saves it. */
START_TEST(nothing_is_left_with_the_command_that_had_the_password)
{
    static const char *const ways[] = {"--lifetime=1h", "--save"};
    const char *password = passwords[_i / COUNT(ways)];
    char line[128];
    struct traced t = {.name = "gss-scram",
                       .words = {"login", "carol", "--any-server",
                                 "--password-stdin", ways[_i % COUNT(ways)]},
                       .input = line};
    size_t i;
    int code;

    known.count = 0;
    secrets_add_key(&known, "the password", slice_of(password));
    snprintf(line, sizeof(line), "%s\n", password);
    setenv("XDG_RUNTIME_DIR", agent.folder, 1);
    setenv("GSS_SCRAM_CONFIG", agent.config, 1);
    setenv("GSS_SCRAM_CREDENTIALS", stores_path("credentials"), 1);
    code = traced_run(&t);
    ck_assert_msg(code == 0, "it ended with %d; see %s", code, t.output);
    ck_assert_uint_gt(secrets_find(&known, t.pid, found), 1 << 16);
    for (i = 0; i < known.count; i++)
        ck_assert_msg(found[i] == 0, "%u pieces of %s (pattern %zu)", found[i],
                      known.patterns[i].name, i);
    traced_end(&t);
    program_end(&p);
    agent_stop(&agent);
}
END_TEST

static void
add(TCase *tests)
{
    if (geteuid() != 0) {
        puts("not tried: looking into it, as this is not root");
        return;
    }
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, what_is_kept_is_there_once);
    tcase_add_test(tests, nothing_is_left_after_logout);
    tcase_add_test(tests, nothing_is_left_when_the_time_is_over);
    tcase_add_test(tests, a_refusal_leaves_the_password_and_its_keys);
    tcase_add_test(tests, a_message_that_is_not_taken_leaves_nothing);
    tcase_add_test(tests, nothing_is_left_at_its_end);
    tcase_add_loop_test(
        tests, nothing_is_left_with_the_command_that_had_the_password, 0, 4);
}

int
main(void)
{
    return unit_run("agent remains", add, 60);
}
