/*
 * Initiators whose passwords gss-scram-agent has: the module with the program
 * itself.
 */
#include "credentials.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ask/ask.h"
#include "wire/agent.h"

static pid_t agent;

static const char *
socket_path(void)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/gss-scram/agent", world_path("run"));
    return path;
}

/* In the child. */
static void
be_agent(pid_t parent)
{
    const char *build = getenv("GSS_SCRAM_BUILD");
    char program[512];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    snprintf(program, sizeof(program), "%s/gss-scram-agent",
             build == NULL ? "." : build);
    if (freopen(world_path("agent.log"), "w", stderr) == NULL)
        _exit(1);
    execl(program, program, "--foreground", (char *)NULL);
    _exit(1);
}

/* ask_daemon's welcome */
static enum scram_status
take_welcome(struct slice bytes, struct sentence *why)
{
    struct wire_welcome w;

    (void)why;
    return wire_parse_welcome(bytes, &w) ? w.status : SCRAM_BAD_ENCODING;
}

/* ask_take */
static bool
take_kept(void *data, struct slice bytes)
{
    return wire_parse_kept(bytes, data);
}

static const struct wire_keep alice = {.target = SLICE("*"),
                                       .user = SLICE("alice"),
                                       .password = SLICE("wonderland"),
                                       .lifetime = 3600,
                                       .min_iterations = 4096};

static void
keep(const struct wire_keep *keep)
{
    const struct ask_daemon daemon = {.path = socket_path(),
                                      .timeout = 60000,
                                      .name = "the agent",
                                      .unit = "it",
                                      .limit = "a test",
                                      .hello = SLICE("\1\1\1"),
                                      .welcome = take_welcome};
    uint8_t memory[512], answer_memory[2048];
    struct buffer question = BUFFER_ARRAY(memory);
    struct buffer answer = BUFFER_ARRAY(answer_memory);
    struct sentence why = {""};
    struct wire_kept kept;

    wire_put_keep(keep, &question);
    ck_assert_msg(ask_call(&daemon,
                           &(struct ask_question){buffer_slice(&question),
                                                  &answer, take_kept, &kept},
                           &why) == SCRAM_OK,
                  "%s", why.text);
    ck_assert_int_eq(kept.status, SCRAM_OK);
}

static void
nap(void)
{
    nanosleep(&(struct timespec){0, 5000000}, NULL);
}

static void
start(void)
{
    pid_t parent = getpid();
    int status;

    (void)mkdir(world_path("run"), 0700);
    setenv("XDG_RUNTIME_DIR", world_path("run"), 1);
    remove(world_path("credentials"));
    agent = fork();
    if (agent == 0)
        be_agent(parent);
    while (access(socket_path(), F_OK) != 0) {
        ck_assert_int_eq(waitpid(agent, &status, WNOHANG), 0);
        nap();
    }
    derivations = 0;
}

static void
end(void)
{
    if (agent == 0)
        return;
    kill(agent, SIGKILL);
    ck_assert_int_eq(waitpid(agent, NULL, 0), agent);
    remove(socket_path());
    agent = 0;
}

static const char *
sentence(OM_uint32 minor)
{
    return sentence_of(minor, &sha_256);
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

START_TEST(a_user_logs_in_without_a_file_and_derives_nothing)
{
    gss_cred_id_t cred;
    OM_uint32 minor;
    int i;

    keep(&alice);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
    assert_tells(GSS_C_NO_CREDENTIAL, "alice");
    for (i = 0; i < 2; i++) {
        ck_assert_uint_eq(acquire(&minor, i ? "alice" : NULL, &cred),
                          GSS_S_COMPLETE);
        assert_tells(cred, "alice");
        assert_logs_in(cred, "alice");
        gss_release_cred(&minor, &cred);
    }
    ck_assert_int_eq(derivations, 0);
    ck_assert_uint_eq(acquire(&minor, "bob", &cred), GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "gss-scram login"));
}
END_TEST

START_TEST(the_seconds_left_are_the_agent_s)
{
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_cred_id_t cred;
    OM_uint32 minor, acquired, left, initiator, acceptor;
    struct wire_keep forever = alice;

    keep(&alice);
    ck_assert_uint_eq(gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechs,
                                       GSS_C_INITIATE, &cred, NULL, &acquired),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_inquire_cred(&minor, cred, NULL, &left, NULL, NULL),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_inquire_cred_by_mech(&minor, cred, &sha_256, NULL,
                                               &initiator, &acceptor, NULL),
                      GSS_S_COMPLETE);
    ck_assert(acquired <= 3600 && left <= acquired && initiator <= left &&
              initiator > 3000);
    forever.lifetime = WIRE_FOREVER;
    keep(&forever);
    ck_assert_uint_eq(gss_inquire_cred(&minor, cred, NULL, &left, NULL, NULL),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(left, GSS_C_INDEFINITE);
    gss_release_cred(&minor, &cred);
}
END_TEST

/* An agent on a busy machine may take longer than the file is kept waiting for;
 * what has the wrong order does not do it right once. */
#define TRIES 50

static bool
logs_in_by_agent(void)
{
    struct handshake h;
    bool in;

    derivations = 0;
    handshake_begin(&h, &sha_256, NULL, NULL);
    h.server_cred = server_cred(&sha_256);
    handshake_run(&h);
    in = handshake_is_complete(&h) && derivations == 0;
    handshake_end(&h);
    return in;
}

static void
assert_agent_chooses(const char *target, const char *wanted)
{
    OM_uint32 minor;
    char user[64];
    int i;

    for (i = 0; i < TRIES; i++) {
        ck_assert_uint_eq(begin_as(&minor, GSS_C_NO_CREDENTIAL, target, user),
                          GSS_S_CONTINUE_NEEDED);
        if (strcmp(user, wanted) == 0)
            return;
    }
    ck_abort_msg("%s is %s", target, user);
}

/* Each source but the last has the right password; those behind it do not. */
START_TEST(a_password_comes_before_the_agent_and_that_before_the_file)
{
    gss_cred_id_t cred = user_cred("alice", "wonderland", &sha_256);
    struct wire_keep wrong = alice;
    OM_uint32 minor;
    int tries = 0;

    credentials_file("credentials", LOGIN("*", "alice", "wrong"));
    wrong.password = SLICE("wrong");
    keep(&wrong);
    assert_logs_in(cred, "alice");
    gss_release_cred(&minor, &cred);
    keep(&alice);
    while (!logs_in_by_agent())
        ck_assert_int_lt(++tries, TRIES);
}
END_TEST

START_TEST(the_target_and_the_user_choose_in_the_agent_and_then_in_the_file)
{
    struct wire_keep other = alice;
    gss_cred_id_t cred;
    OM_uint32 minor;

    other.target = SLICE("HTTP@www.a.org");
    other.user = SLICE("web");
    keep(&other);
    credentials_file("credentials",
                     LOGIN("*", "anybody", "1") LOGIN("*@*.org", "bob", "2"));
    assert_agent_chooses("HTTP@www.a.org", "web");
    assert_begins_as(GSS_C_NO_CREDENTIAL, "ldap@www.a.org", "bob");
    ck_assert_uint_eq(acquire(&minor, "bob", &cred), GSS_S_COMPLETE);
    assert_tells(cred, "bob");
    assert_begins_as(cred, "HTTP@www.a.org", "bob");
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(without_an_agent_there_is_the_file_at_once)
{
    gss_cred_id_t cred;
    OM_uint32 minor;
    double begun;

    end();
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "start gss-scram-agent"));
    credentials_file("credentials", LOGIN("*", "alice", "wonderland"));
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
    /* Nothing is made, and nothing is waited for: a hundred times the pause
     * that a broker's second attempt takes. */
    ck_assert_int_eq(access(socket_path(), F_OK), -1);
    begun = now();
    for (int i = 0; i < 100; i++)
        assert_begins_as(GSS_C_NO_CREDENTIAL, "host@server", "alice");
    ck_assert(now() - begun < 12);
}
END_TEST

START_TEST(an_agent_that_hangs_is_passed_over)
{
    gss_cred_id_t cred;
    OM_uint32 minor;
    double begun;
    int status;

    keep(&alice);
    ck_assert_int_eq(kill(agent, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(agent, &status, WUNTRACED), agent);
    begun = now();
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_NO_CRED);
    ck_assert(now() - begun > 0.9);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "did not answer within"));
    ck_assert_ptr_nonnull(strstr(sentence(minor), "gss-scram-agent"));
    credentials_file("credentials", LOGIN("*", "alice", "wonderland"));
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
    ck_assert_int_eq(derivations, 1);
}
END_TEST

/* Up to where the agent has to be asked again: for the proof, and then for what
 * the server says. */
static void
go(struct handshake *h, int steps)
{
    handshake_begin(h, &sha_256, NULL, NULL);
    h->server_cred = server_cred(&sha_256);
    for (; steps > 0; steps--) {
        ck_assert_uint_eq(client_step(h), GSS_S_CONTINUE_NEEDED);
        server_step(h);
    }
}

START_TEST(an_agent_that_dies_in_the_middle_ends_the_login_with_a_sentence)
{
    struct handshake h;

    keep(&alice);
    go(&h, 1 + _i);
    end();
    ck_assert_uint_eq(client_step(&h), GSS_S_FAILURE);
    ck_assert_ptr_nonnull(strstr(sentence(h.client_minor), "gss-scram-agent"));
    ck_assert_ptr_nonnull(
        strstr(sentence(h.client_minor), "cannot be reached"));
    handshake_end(&h);
}
END_TEST

START_TEST(an_agent_that_began_anew_does_not_know_the_login)
{
    struct handshake h;

    keep(&alice);
    go(&h, 1 + _i);
    end();
    start();
    keep(&alice);
    ck_assert_uint_eq(client_step(&h), GSS_S_FAILURE);
    ck_assert_ptr_nonnull(strstr(sentence(h.client_minor), "gss-scram-agent"));
    handshake_end(&h);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
}
END_TEST

START_TEST(what_has_expired_is_said_to_have)
{
    gss_cred_id_t cred, other;
    struct wire_keep brief = alice;
    OM_uint32 minor, left = 1;
    char user[64];

    brief.lifetime = 5;
    keep(&brief);
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_COMPLETE);
    while (acquire(&minor, NULL, &other) == GSS_S_COMPLETE) {
        gss_release_cred(&minor, &other);
        nap();
    }
    ck_assert_uint_eq(acquire(&minor, NULL, &other), GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "gss-scram login"));
    ck_assert_uint_eq(begin_as(&minor, cred, "host@server", user),
                      GSS_S_CREDENTIALS_EXPIRED);
    ck_assert_uint_eq(gss_inquire_cred(&minor, cred, NULL, &left, NULL, NULL),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(left, 0);
    gss_release_cred(&minor, &cred);
}
END_TEST

START_TEST(a_password_that_was_changed_on_the_server_is_said_to_be_the_agent_s)
{
    struct wire_keep old = alice;
    struct handshake h;

    old.password = SLICE("looking-glass");
    keep(&old);
    go(&h, 2);
    ck_assert_uint_eq(h.server_major, GSS_S_BAD_SIG);
    ck_assert_uint_eq(client_step(&h), GSS_S_DEFECTIVE_CREDENTIAL);
    ck_assert_ptr_nonnull(strstr(sentence(h.client_minor),
                                 "refuses the password that gss-scram-agent"));
    ck_assert_ptr_nonnull(strstr(sentence(h.client_minor), "gss-scram login"));
    handshake_end(&h);
}
END_TEST

static const struct {
    uint32_t min_iterations;
    bool bound;
    OM_uint32 major;
    const char *says;
} demands[] = {
    {100000, false, GSS_S_DEFECTIVE_TOKEN, "--min-iterations"},
    {4096, true, GSS_S_BAD_BINDINGS, "--bound"},
};

START_TEST(what_the_agent_demands_is_said)
{
    struct wire_keep demanding = alice;
    struct handshake h;

    demanding.min_iterations = demands[_i].min_iterations;
    demanding.bound = demands[_i].bound;
    keep(&demanding);
    go(&h, 1);
    ck_assert_uint_eq(client_step(&h), demands[_i].major);
    ck_assert_msg(strstr(sentence(h.client_minor), demands[_i].says) != NULL,
                  "%s", sentence(h.client_minor));
    handshake_end(&h);
}
END_TEST

START_TEST(an_exported_credential_is_the_agent_s_and_has_no_secret)
{
    gss_cred_id_t cred, copy;
    gss_buffer_desc token;
    OM_uint32 minor;

    keep(&alice);
    ck_assert_uint_eq(acquire(&minor, _i ? "alice" : NULL, &cred),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_export_cred(&minor, cred, &token), GSS_S_COMPLETE);
    ck_assert_ptr_null(memmem(token.value, token.length, "wonderland", 10));
    ck_assert_uint_eq(gss_import_cred(&minor, &token, &copy), GSS_S_COMPLETE);
    assert_tells(copy, "alice");
    assert_logs_in(copy, "alice");
    ck_assert_uint_eq(gss_store_cred(&minor, copy, GSS_C_INITIATE, &sha_256, 1,
                                     1, NULL, NULL),
                      GSS_S_UNAVAILABLE);
    gss_release_buffer(&minor, &token);
    gss_release_cred(&minor, &cred);
    gss_release_cred(&minor, &copy);
}
END_TEST

/* A child has a connection of its own. */
START_TEST(children_log_in_as_their_parent_does)
{
    int i, status;

    keep(&alice);
    for (i = 0; i < 3; i++) {
        pid_t child;

        assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
        child = fork();
        if (child == 0) {
            assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
            _exit(derivations);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

/* The program closes all descriptors, and has their numbers for its own. */
START_TEST(a_program_may_close_the_connection)
{
    int fd, null;

    keep(&alice);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
    for (fd = 3; fd < 256; fd++)
        close(fd);
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
    ck_assert_int_eq(fcntl(null, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(another_account_is_not_the_agent_s)
{
    OM_uint32 minor;
    char user[64];

    if (geteuid() != 0) /* only root can be several accounts */
        return;
    keep(&alice);
    ck_assert_int_eq(chmod(world_path("."), 0755), 0);
    assert_begins_as(GSS_C_NO_CREDENTIAL, "host@server", "alice");
    ck_assert_int_eq(seteuid(65534), 0);
    ck_assert_uint_eq(
        begin_as(&minor, GSS_C_NO_CREDENTIAL, "host@server", user),
        GSS_S_NO_CRED);
    ck_assert_int_eq(seteuid(0), 0);
    assert_begins_as(GSS_C_NO_CREDENTIAL, "host@server", "alice");
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, start, end);
    tcase_add_test(tests, a_user_logs_in_without_a_file_and_derives_nothing);
    tcase_add_test(tests, the_seconds_left_are_the_agent_s);
    tcase_add_test(tests,
                   a_password_comes_before_the_agent_and_that_before_the_file);
    tcase_add_test(
        tests,
        the_target_and_the_user_choose_in_the_agent_and_then_in_the_file);
    tcase_add_test(tests, without_an_agent_there_is_the_file_at_once);
    tcase_add_test(tests, an_agent_that_hangs_is_passed_over);
    tcase_add_loop_test(
        tests, an_agent_that_dies_in_the_middle_ends_the_login_with_a_sentence,
        0, 2);
    tcase_add_loop_test(tests, an_agent_that_began_anew_does_not_know_the_login,
                        0, 2);
    tcase_add_test(tests, what_has_expired_is_said_to_have);
    tcase_add_test(
        tests,
        a_password_that_was_changed_on_the_server_is_said_to_be_the_agent_s);
    tcase_add_loop_test(tests, what_the_agent_demands_is_said, 0,
                        COUNT(demands));
    tcase_add_loop_test(
        tests, an_exported_credential_is_the_agent_s_and_has_no_secret, 0, 2);
    tcase_add_test(tests, children_log_in_as_their_parent_does);
    tcase_add_test(tests, a_program_may_close_the_connection);
    tcase_add_test(tests, another_account_is_not_the_agent_s);
}

int
main(void)
{
    return world_run("agent", add, 60);
}
