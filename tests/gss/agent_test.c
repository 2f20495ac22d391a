/*
 * Initiators whose passwords gss-scram-agent has: the module with the program
 * itself.
 */
#include "credentials.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world_agent.h"
#include "world_broker.h"

static void
start(void)
{
    world_agent_start();
    derivations = 0;
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

    world_agent_keep(&world_agent_alice);
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

START_TEST(a_server_that_no_login_is_for_is_named_with_the_remedy)
{
    struct wire_keep elsewhere = world_agent_alice;
    OM_uint32 minor;
    char user[64];

    elsewhere.target = SLICE("host@elsewhere");
    world_agent_keep(&elsewhere);
    ck_assert_uint_eq(
        begin_as(&minor, GSS_C_NO_CREDENTIAL, "host@server", user),
        GSS_S_NO_CRED);
    ck_assert_msg(strstr(sentence(minor),
                         "no password for host@server: give it one with "
                         "\"gss-scram login USER --server host@server\". "
                         "There is no password in ") != NULL,
                  "%s", sentence(minor));
}
END_TEST

START_TEST(the_seconds_left_are_the_agent_s)
{
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_cred_id_t cred;
    OM_uint32 minor, acquired, left, initiator, acceptor;
    struct wire_keep forever = world_agent_alice;

    world_agent_keep(&world_agent_alice);
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
    world_agent_keep(&forever);
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
    struct wire_keep wrong = world_agent_alice;
    OM_uint32 minor;
    int tries = 0;

    credentials_file("credentials", LOGIN("*", "alice", "wrong"));
    wrong.password = SLICE("wrong");
    world_agent_keep(&wrong);
    assert_logs_in(cred, "alice");
    gss_release_cred(&minor, &cred);
    world_agent_keep(&world_agent_alice);
    while (!logs_in_by_agent())
        ck_assert_int_lt(++tries, TRIES);
}
END_TEST

START_TEST(the_target_and_the_user_choose_in_the_agent_and_then_in_the_file)
{
    struct wire_keep other = world_agent_alice;
    gss_cred_id_t cred;
    OM_uint32 minor;

    other.target = SLICE("HTTP@www.a.org");
    other.user = SLICE("web");
    world_agent_keep(&other);
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

    world_agent_stop();
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence(minor), "start gss-scram-agent"));
    credentials_file("credentials", LOGIN("*", "alice", "wonderland"));
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
    /* Nothing is made, and nothing is waited for: a hundred times the pause
     * that a broker's second attempt takes. */
    ck_assert_int_eq(access(world_agent_socket(), F_OK), -1);
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

    world_agent_keep(&world_agent_alice);
    ck_assert_int_eq(kill(world_agent_process(), SIGSTOP), 0);
    ck_assert_int_eq(waitpid(world_agent_process(), &status, WUNTRACED),
                     world_agent_process());
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

    world_agent_keep(&world_agent_alice);
    go(&h, 1 + _i);
    world_agent_stop();
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

    world_agent_keep(&world_agent_alice);
    go(&h, 1 + _i);
    world_agent_stop();
    start();
    world_agent_keep(&world_agent_alice);
    ck_assert_uint_eq(client_step(&h), GSS_S_FAILURE);
    ck_assert_ptr_nonnull(strstr(sentence(h.client_minor), "gss-scram-agent"));
    handshake_end(&h);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "alice");
}
END_TEST

START_TEST(what_has_expired_is_said_to_have)
{
    gss_cred_id_t cred, other;
    struct wire_keep brief = world_agent_alice;
    OM_uint32 minor, left = 1;
    char user[64];

    brief.lifetime = 5;
    world_agent_keep(&brief);
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_COMPLETE);
    while (acquire(&minor, NULL, &other) == GSS_S_COMPLETE) {
        gss_release_cred(&minor, &other);
        usleep(5000);
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
    struct wire_keep old = world_agent_alice;
    struct handshake h;

    old.password = SLICE("looking-glass");
    world_agent_keep(&old);
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
    struct wire_keep demanding = world_agent_alice;
    struct handshake h;

    demanding.min_iterations = demands[_i].min_iterations;
    demanding.bound = demands[_i].bound;
    world_agent_keep(&demanding);
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

    world_agent_keep(&world_agent_alice);
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

    world_agent_keep(&world_agent_alice);
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

/* The connection to the agent, of which there is one. */
static int
connection(void)
{
    socklen_t size = sizeof(int);
    int fd, type;

    for (fd = 3; fd < 256; fd++)
        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
            type == SOCK_SEQPACKET)
            return fd;
    ck_abort_msg("there is no connection");
    return -1;
}

/* Which socket a descriptor is. */
static ino_t
socket_of(int fd)
{
    struct stat st;

    ck_assert_int_eq(fstatat(fd, "", &st, AT_EMPTY_PATH), 0);
    return st.st_ino;
}

static void
take_step(struct handshake *h)
{
    client_step(h);
    server_step(h);
}

/* The rest of a login, of which two steps are the whole. */
static bool
finish(struct handshake *h, int steps)
{
    for (; steps < 2; steps++)
        take_step(h);
    client_step(h);
    return handshake_is_complete(h) && derivations == 0;
}

/* Of two logins that were begun the child goes on with one, by a connection of
 * its own, and its parent with the other at the same time. */
START_TEST(a_child_finishes_what_its_parent_began)
{
    struct handshake h[2];
    ino_t parents;
    pid_t child;
    int i, steps, status;

    world_agent_keep(&world_agent_alice);
    for (i = 0; i < 2; i++) {
        handshake_begin(&h[i], &sha_256, NULL, NULL);
        h[i].server_cred = server_cred(&sha_256);
        for (steps = 0; steps <= _i; steps++)
            take_step(&h[i]);
    }
    parents = socket_of(connection());
    child = fork();
    if (child == 0) {
        bool done = finish(&h[0], steps);

        _exit(!done ? 1 : socket_of(connection()) == parents ? 2 : 0);
    }
    ck_assert(finish(&h[1], steps));
    ck_assert_uint_eq(socket_of(connection()), parents);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    for (i = 0; i < 2; i++)
        handshake_end(&h[i]);
}
END_TEST

/* The program closes all descriptors, and has their numbers for its own. */
START_TEST(a_program_may_close_the_connection)
{
    int fd, null;

    world_agent_keep(&world_agent_alice);
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
    world_agent_keep(&world_agent_alice);
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

/* From the lowest one that is free on. */
static void
limit_descriptors(void)
{
    struct rlimit limit;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = (rlim_t)fd;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(a_program_may_have_no_descriptor_left)
{
    struct rlimit limit;
    gss_cred_id_t cred;
    OM_uint32 minor;
    char user[64];

    world_agent_keep(&world_agent_alice);
    close(connection()); /* which is this program's own, to give it that */
    ck_assert_uint_eq(acquire(&minor, NULL, &cred), GSS_S_COMPLETE);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit_descriptors();
    assert_begins_as(cred, "host@server", "alice");
    close(connection());
    limit_descriptors();
    ck_assert_uint_eq(begin_as(&minor, cred, "host@server", user),
                      GSS_S_NO_CRED);
    ck_assert_msg(strstr(sentence(minor), "Too many open files") != NULL, "%s",
                  sentence(minor));
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_logs_in(cred, "alice");
    gss_release_cred(&minor, &cred);
}
END_TEST

/* Of alice's password; written here, as it takes seconds to compute. */
#define TEN_MILLION                                                            \
    "SCRAM-SHA-256$10000000:MDEyMzQ1Njc4OWFiY2RlZg==$"                         \
    "c3N/wT5J9XeLvcuOuR1jxMhqOQLQFu2mNa3gIDXf80E=:"                            \
    "nc7FChLNxbo10zt22LaUC/5ebhK1/jsZ6fEeZvhXcwY="

static void
add_patient_user(void)
{
    struct scram_verifier verifier;
    struct store *store;

    ck_assert_int_eq(scram_verifier_parse(SLICE(TEN_MILLION), &verifier),
                     SCRAM_OK);
    ck_assert_int_eq(
        store_open(WORLD_KINDS, world_store(), STORE_CREATE, &store, NULL),
        SCRAM_OK);
    ck_assert_int_eq(
        store_put(store, SLICE("patient"), &verifier, STORE_ADD, NULL),
        SCRAM_OK);
    store_close(store);
}

#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

/* The agent derives for longer than it may be silent, and says meanwhile that
 * it does; the server's own time is not what is tried. */
START_TEST(a_login_takes_as_long_as_the_most_iterations_do)
{
    struct wire_keep patient = world_agent_alice;

    if (IS_SANITIZED || world_is_brokered()) /* once is enough */
        return;
    world_write("scram.conf", "[scram]\nstore = %s\nhandshake_timeout = 5m\n",
                world_store());
    add_patient_user();
    patient.user = SLICE("patient");
    world_agent_keep(&patient);
    assert_logs_in(GSS_C_NO_CREDENTIAL, "patient");
    assert_logs_in(GSS_C_NO_CREDENTIAL, "patient"); /* with the same keys */
    ck_assert_int_eq(derivations, 0);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, start, world_agent_stop);
    tcase_add_test(tests, a_user_logs_in_without_a_file_and_derives_nothing);
    tcase_add_test(tests,
                   a_server_that_no_login_is_for_is_named_with_the_remedy);
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
    tcase_add_loop_test(tests, a_child_finishes_what_its_parent_began, 0, 2);
    tcase_add_test(tests, a_program_may_close_the_connection);
    tcase_add_test(tests, another_account_is_not_the_agent_s);
    tcase_add_test(tests, a_program_may_have_no_descriptor_left);
    tcase_add_test(tests, a_login_takes_as_long_as_the_most_iterations_do);
}

int
main(void)
{
    return world_run("agent", add, 300);
}
