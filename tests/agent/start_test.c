/*
 * gss-scram-agent as a process: how it is started, who may ask it, what it
 * keeps others from, and that it does not compute for whoever asks without end.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../daemon/asker.h"
#include "../daemon/served.h"
#include "daemon/agent/entry_keys.h"
#include "program.h"

static struct agent_process agent;
static struct program p;

static void
begin(void)
{
    agent = (struct agent_process){.pid = 0};
}

static void
start(void)
{
    agent_start(&agent, "agent");
    program_begin(&p, &agent);
}

static void
stop(void)
{
    program_end(&p);
    agent_stop(&agent);
}

/* Run it until it ends; what it says, and its exit status. */
static int
run(const char *folder, const char *arguments, char *text, size_t size)
{
    return served_run("gss-scram-agent", "XDG_RUNTIME_DIR", folder, arguments,
                      text, size);
}

static const struct {
    const char *arguments, *said;
    int status;
} lines[] = {
    {"--help", "Usage: gss-scram-agent", 0},
    {"--version", "gss-scram ", 0},
    {"--foregruond", "there is no option --foregruond", 2},
    {"--debug", "--debug takes a value", 2},
    {"", "no socket was handed over", 1},
    {"--foreground --debug /does/not/exist", "cannot write to /does", 1},
};

START_TEST(what_it_is_told_is_taken_or_refused)
{
    char text[4096];

    ck_assert_int_eq(
        run(stores_path("."), lines[_i].arguments, text, sizeof(text)),
        lines[_i].status);
    ck_assert_msg(strstr(text, lines[_i].said) != NULL, "%s", text);
}
END_TEST

static mode_t
mode_of(const char *path)
{
    struct stat st;

    ck_assert_msg(lstat(path, &st) == 0, "%s", path);
    ck_assert_uint_eq(st.st_uid, geteuid());
    return st.st_mode & 07777;
}

static const int ends[] = {SIGTERM, SIGINT, SIGHUP};

START_TEST(its_socket_is_the_accounts_alone)
{
    char folder[200], text[4096];
    struct stat st;

    start();
    snprintf(folder, sizeof(folder), "%s/gss-scram", agent.folder);
    ck_assert_uint_eq(mode_of(folder), 0700);
    ck_assert_uint_eq(mode_of(agent.path), 0600);
    /* Another one does not take its place. */
    ck_assert_int_eq(run(agent.folder, "--foreground", text, sizeof(text)), 1);
    ck_assert_msg(strstr(text, "another process may serve it") != NULL, "%s",
                  text);
    ck_assert_int_eq(program_keep(&p, "*", "alice", "p"), SCRAM_OK);
    program_end(&p);
    ck_assert_int_eq(kill(agent.pid, ends[_i]), 0);
    ck_assert_int_eq(stores_wait(agent.pid), 0);
    ck_assert_int_ne(lstat(agent.path, &st), 0);
    /* One that was killed leaves it, and the next one takes its place. */
    start();
    program_end(&p);
    ck_assert_int_eq(kill(agent.pid, SIGKILL), 0);
    (void)stores_wait(agent.pid);
    ck_assert_int_eq(lstat(agent.path, &st), 0);
    start();
    stop();
}
END_TEST

START_TEST(a_folder_that_others_may_write_to_is_refused)
{
    char folder[200], text[4096];

    snprintf(folder, sizeof(folder), "%s", stores_path("gss-scram"));
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    ck_assert_int_eq(chmod(folder, 0770), 0);
    ck_assert_int_eq(run(stores_path("."), "--foreground", text, sizeof(text)),
                     1);
    ck_assert_msg(strstr(text, "nobody else may write") != NULL, "%s", text);
}
END_TEST

static char handed[108];

/* Hand a socket over, as systemd does. */
static int
hand_over(void)
{
    served_hand_over(1);
    return served_listen(handed, 3) ? 0 : -1;
}

START_TEST(a_socket_that_is_handed_over_is_served)
{
    struct stat st;

    agent.before = hand_over;
    snprintf(handed, sizeof(handed), "%s", stores_path("agent"));
    ck_assert_int_eq(mkdir(handed, 0700), 0);
    snprintf(handed, sizeof(handed), "%s/gss-scram", stores_path("agent"));
    ck_assert_int_eq(mkdir(handed, 0700), 0);
    snprintf(handed, sizeof(handed), "%s/gss-scram/agent",
             stores_path("agent"));
    start();
    ck_assert_int_eq(program_keep(&p, "*", "alice", "p"), SCRAM_OK);
    stop();
    /* It is who handed it over who removes it. */
    ck_assert_int_eq(lstat(handed, &st), 0);
}
END_TEST

static int
be_a_stranger(void)
{
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0)
        return -1;
    served_become(SERVED_STRANGER, SERVED_STRANGER);
    return 0;
}

/* AddressSanitizer's mlock(2) locks nothing, and says that it has. */
#ifdef __SANITIZE_ADDRESS__
#define MEMORY_IS_LOCKED false
#else
#define MEMORY_IS_LOCKED true
#endif

START_TEST(what_it_has_stays_in_it)
{
    unsigned long locked = 0;
    struct rlimit core;
    const char *line;
    struct stat st;

    /* As if whoever starts it had set neither. */
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
    core.rlim_cur = core.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_CORE, &core), 0);
    umask(0);
    start();
    ck_assert_ptr_nonnull(strstr(served_proc(agent.pid, "limits"),
                                 "Max core file size        0"));
    ck_assert_int_eq(stat(agent.debug, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    line = strstr(served_proc(agent.pid, "status"), "VmLck:");
    ck_assert_ptr_nonnull(line);
    ck_assert_int_eq(sscanf(line, "VmLck: %lu kB", &locked), 1);
    ck_assert_msg(locked >= 64 || !MEMORY_IS_LOCKED ||
                      strstr(agent_said(&agent), "swap") != NULL,
                  "%lu kB", locked);
    ck_assert_ptr_nonnull(
        strstr(served_proc(agent.pid, "status"), "NoNewPrivs:\t1"));
    stop();
}
END_TEST

/* Have the agent run as another account. */
static void
start_as_a_stranger(void)
{
    ck_assert_int_eq(chmod(stores_path("."), 0755), 0);
    ck_assert_int_eq(mkdir(stores_path("agent"), 0755), 0);
    ck_assert_int_eq(
        chown(stores_path("agent"), SERVED_STRANGER, SERVED_STRANGER), 0);
    agent.before = be_a_stranger;
    agent_start(&agent, "agent");
}

START_TEST(memory_that_cannot_be_locked_is_said)
{
    double begun = stores_now();
    struct stat st;
    char path[64];

    start_as_a_stranger();
    while (MEMORY_IS_LOCKED &&
           strstr(agent_said(&agent), "RLIMIT_MEMLOCK") == NULL)
        ck_assert_msg(stores_within(begun, 30), "%s", agent_said(&agent));
    /* It is not the account's to look into. */
    snprintf(path, sizeof(path), "/proc/%ld/mem", (long)agent.pid);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_uid, 0);
    agent_stop(&agent);
}
END_TEST

/* Be an account that has no session, in a child. */
static int
start_without_a_session(void *data)
{
    const char *build = getenv("GSS_SCRAM_BUILD");
    char program[512];
    int fd = open(data, O_WRONLY | O_CREAT, 0600);

    snprintf(program, sizeof(program), "%s/gss-scram-agent",
             build == NULL ? "." : build);
    served_become(SERVED_STRANGER, SERVED_STRANGER);
    unsetenv("XDG_RUNTIME_DIR");
    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
        return SERVED_BROKEN;
    execl(program, program, "--foreground", (char *)NULL);
    return SERVED_BROKEN;
}

START_TEST(where_there_is_no_folder_it_says_what_to_do)
{
    snprintf(agent.output, sizeof(agent.output), "%s", stores_path("said"));
    ck_assert_int_eq(stores_run(start_without_a_session, agent.output), 1);
    ck_assert_msg(strstr(agent_said(&agent), "set XDG_RUNTIME_DIR") != NULL,
                  "%s", agent_said(&agent));
}
END_TEST

/* Whether an account gets an answer, in a child. */
static int
ask_as(void *data)
{
    const uid_t *uid = data;
    uint8_t bytes[64];
    int fd;

    if (*uid != 0)
        served_become(*uid, *uid);
    fd = asker_connect(agent.path);
    if (fd < 0)
        return 2;
    (void)asker_send(fd, SLICE("\1\1\1"));
    return asker_receive(fd, bytes, sizeof(bytes)) > 0 ? 0 : 1;
}

START_TEST(no_other_account_is_answered)
{
    uid_t own = SERVED_STRANGER, other = SERVED_OTHER, root = 0;
    char folder[200];

    start_as_a_stranger();
    ck_assert_int_eq(stores_run(ask_as, &own), 0);
    ck_assert_int_eq(stores_run(ask_as, &other), 2);
    snprintf(folder, sizeof(folder), "%s/gss-scram", agent.folder);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert_int_eq(chmod(agent.path, 0666), 0);
    ck_assert_int_eq(stores_run(ask_as, &other), 1);
    ck_assert_int_eq(stores_run(ask_as, &root), 1);
    ck_assert_int_eq(stores_run(ask_as, &own), 0);
    agent_stop(&agent);
}
END_TEST

START_TEST(a_password_goes_when_its_time_is_over)
{
    const struct wire_keep keep = {.target = SLICE("*"),
                                   .user = SLICE("alice"),
                                   .password = SLICE("p"),
                                   .lifetime = 1};
    struct wire_listed listed;
    double begun;

    start();
    begun = stores_now();
    ck_assert_int_eq(program_keep_all(&p, &keep), SCRAM_OK);
    while (program_list(&p, 0, &listed) == SCRAM_OK) {
        ck_assert_uint_eq(listed.left, 1);
        ck_assert(stores_within(begun, 30));
    }
    ck_assert(!stores_within(begun, 1));
    ck_assert_int_eq(program_choose(&p, "HTTP@x", ""), SCRAM_EXPIRED);
    ck_assert_msg(strstr(p.sentence, "no longer") != NULL, "%s", p.sentence);
    stop();
}
END_TEST

/* Whoever asks with ever new salts gets 16 answers that cost something. */
START_TEST(ten_thousand_salts_are_not_computed_for)
{
    char salt[32];
    unsigned i, computed = 0, most;
    double begun;

    start();
    ck_assert_int_eq(program_keep(&p, "*", "alice", "p"), SCRAM_OK);
    begun = stores_now();
    for (i = 0; i < 10000; i++) {
        snprintf(salt, sizeof(salt), "salt %u", i);
        switch (program_log_in(&p, "HTTP@x", "", salt)) {
        case SCRAM_OK:
            computed++;
            break;
        case SCRAM_NO_RESOURCES:
            ck_assert_msg(strstr(p.sentence, "seconds") != NULL, "%s",
                          p.sentence);
            break;
        default:
            ck_abort_msg("%s", p.sentence);
        }
        /* What was computed for is there still, after many others. */
        if (i == 5000 && stores_within(begun, 55))
            ck_assert_int_eq(program_log_in(&p, "HTTP@x", "", "salt 15"),
                             SCRAM_OK);
    }
    most = ENTRY_KEYS_AT_ONCE + 1 +
           (unsigned)((stores_now() - begun) * 1000 / ENTRY_KEYS_EACH_MS);
    ck_assert_uint_ge(computed, ENTRY_KEYS_AT_ONCE);
    ck_assert_uint_le(computed, most);
    stop();
}
END_TEST

/* Nor does anybody wait for somebody else's long computation. */
START_TEST(others_are_served_while_keys_are_derived)
{
    struct program other;
    struct wire_listed listed;
    pid_t child;

    start();
    ck_assert_int_eq(program_keep(&p, "*", "alice", "p"), SCRAM_OK);
    ck_assert_int_eq(program_log_in(&p, "HTTP@x", "", "known"), SCRAM_OK);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        program_begin(&other, &agent);
        (void)program_choose(&other, "HTTP@x", "");
        server_first(&other, "slow", 10000000);
        _exit(program_sign(&other) == SCRAM_OK && other.working > 1 ? 0 : 1);
    }
    while (strstr(agent_shown(&agent), "i=10000000") == NULL)
        ck_assert_int_eq(program_list(&p, 0, &listed), SCRAM_OK);
    ck_assert_int_eq(program_log_in(&p, "HTTP@x", "", "known"), SCRAM_OK);
    ck_assert_uint_eq(p.working, 0);
    ck_assert_int_eq(waitpid(child, NULL, WNOHANG), 0); /* it waits still */
    ck_assert_int_eq(stores_wait(child), 0);
    stop();
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
} malformed[] = {
    {"", 0},
    {"\7", 1},
    {"\40", 1},
    {"\41\0", 2},
    {"\42\0\0\0\0\0", 6},
    {"\50\0\377\377\377\377", 6},
    {"\51\0\0\0", 4},
    {"\51\0\0\0\0\0", 6},
    {"\52\0\0\0\0", 5},
};

START_TEST(a_message_that_is_none_ends_the_connection)
{
    int i;

    start();
    for (i = 0; i < COUNT(malformed); i++) {
        ck_assert_uint_eq(
            program_ask(&p, (struct slice){(const uint8_t *)malformed[i].bytes,
                                           malformed[i].len})
                .len,
            0);
        program_end(&p);
        program_begin(&p, &agent);
    }
    /* And so does one before the greeting. */
    program_end(&p);
    p.fd = asker_connect(agent.path);
    ck_assert_uint_eq(program_ask(&p, SLICE("\51\0\0\0\0")).len, 0);
    stop();
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_loop_test(tests, what_it_is_told_is_taken_or_refused, 0,
                        COUNT(lines));
    tcase_add_loop_test(tests, its_socket_is_the_accounts_alone, 0,
                        COUNT(ends));
    tcase_add_test(tests, a_folder_that_others_may_write_to_is_refused);
    tcase_add_test(tests, a_socket_that_is_handed_over_is_served);
    tcase_add_test(tests, what_it_has_stays_in_it);
    tcase_add_test(tests, a_password_goes_when_its_time_is_over);
    tcase_add_test(tests, ten_thousand_salts_are_not_computed_for);
    tcase_add_test(tests, others_are_served_while_keys_are_derived);
    tcase_add_test(tests, a_message_that_is_none_ends_the_connection);
    if (geteuid() != 0) {
        puts("not tried: other accounts, as this is not root");
        return;
    }
    if (MEMORY_IS_LOCKED)
        tcase_add_test(tests, memory_that_cannot_be_locked_is_said);
    tcase_add_test(tests, where_there_is_no_folder_it_says_what_to_do);
    tcase_add_test(tests, no_other_account_is_answered);
}

int
main(void)
{
    return unit_run("agent start", add, 120);
}
