/*
 * A program that closes descriptors that it did not open, as a server does
 * that becomes a daemon, and gets their numbers again for its own: whatever
 * the module does afterwards, they stay the program's.
 */
#include "apart.h"
#include "world_broker.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST 3
#define LAST 64

/* What the program has under each number. */
static struct stat own[LAST + 1];

static void
close_all(void)
{
    int fd;

    for (fd = FIRST; fd <= LAST; fd++)
        close(fd);
}

static void
note_own(void)
{
    int fd;

    for (fd = FIRST; fd <= LAST; fd++)
        fstat(fd, &own[fd]);
}

/* Close all numbers, and have pairs of sockets get them: 3 and 4 are one. */
static bool
take_numbers(void)
{
    int pair[2], next = FIRST;

    close_all();
    for (; next <= LAST; next += 2)
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0 ||
            pair[0] != next || pair[1] != next + 1)
            return false;
    note_own();
    return true;
}

/* Whether a number still is what it was when it was noted. */
static bool
is_own(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_dev == own[fd].st_dev &&
           st.st_ino == own[fd].st_ino && fcntl(fd, F_GETFD) == 0;
}

/* Whether what is sent by one socket is all that the other has to receive. */
static bool
passes(int from, int to)
{
    char got[8];

    return send(from, "ping", 4, MSG_NOSIGNAL) == 4 &&
           recv(to, got, sizeof(got), 0) == 4 && !memcmp(got, "ping", 4) &&
           recv(to, got, sizeof(got), 0) < 0 && errno == EAGAIN;
}

static const char *
not_own(const char *after)
{
    int fd;

    for (fd = FIRST; fd <= LAST; fd++)
        if (!is_own(fd))
            return apart_wrong("descriptor %d is no longer the program's %s",
                               fd, after);
    for (fd = FIRST; fd + 1 <= LAST; fd += 2)
        if (!passes(fd, fd + 1) || !passes(fd + 1, fd))
            return apart_wrong("the pair %d, %d is broken %s", fd, fd + 1,
                               after);
    return NULL;
}

/* What a program logs in with. */
struct program {
    gss_cred_id_t alice, bob, server;
};

/* Every second time the module writes its trace meanwhile. */
static void
trace_if(bool wanted)
{
    if (wanted)
        setenv("GSS_SCRAM_TRACE", world_path("trace"), 1);
}

static const char *
begin(struct program *p, bool defaults)
{
    p->alice = user_cred("alice", "wonderland", &sha_256);
    p->bob = user_cred("bob", "builder", &sha_256);
    p->server = defaults ? GSS_C_NO_CREDENTIAL : server_cred(&sha_256);
    return apart_login(p->alice, p->server) ? NULL : "the first login failed";
}

static const char *
change_and_log_in(void *data)
{
    const struct program *p = data;

    if (!take_numbers())
        return "the sockets did not get the numbers";
    if (!apart_add_user("bob", "builder"))
        return "the store could not be changed";
    if (!apart_login_until(p->bob, p->server, true))
        return "the changed store is not noticed";
    return not_own("after a login by a changed store");
}

static const char *
change_the_store(void *data)
{
    struct program p;

    (void)data;
    return begin(&p, false) ?: change_and_log_in(&p);
}

START_TEST(a_store_that_changes_costs_the_program_no_descriptor)
{
    trace_if(_i == 1);
    apart_run(change_the_store, NULL);
}
END_TEST

/* It was opened in the parent, and the child has its numbers. */
START_TEST(nor_a_child_of_a_program_that_opened_it)
{
    struct program p;
    OM_uint32 minor;

    trace_if(_i == 1);
    ck_assert_ptr_null(begin(&p, false));
    apart_run(change_and_log_in, &p);
    /* The parent has its own as before, and sees the change too. */
    ck_assert(apart_login_until(p.bob, p.server, true));
    gss_release_cred(&minor, &p.alice);
    gss_release_cred(&minor, &p.bob);
    gss_release_cred(&minor, &p.server);
}
END_TEST

static const char *
release(void *data)
{
    struct program p;
    const char *wrong = begin(&p, false);
    OM_uint32 minor;

    (void)data;
    if (wrong != NULL)
        return wrong;
    if (!take_numbers())
        return "the sockets did not get the numbers";
    gss_release_cred(&minor, &p.server);
    gss_release_cred(&minor, &p.bob);
    wrong = not_own("after the release of a credential");
    if (wrong != NULL)
        return wrong;
    p.server = apart_server_cred();
    if (p.server == GSS_C_NO_CREDENTIAL || !apart_login(p.alice, p.server))
        return "no login with another credential";
    gss_release_cred(&minor, &p.server);
    return not_own("after a login with another credential");
}

START_TEST(a_credential_that_is_released_costs_the_program_no_descriptor)
{
    trace_if(_i == 1);
    apart_run(release, NULL);
}
END_TEST

/* What is kept is let go of when the configuration names another store. */
static const char *
change_the_configuration(void *data)
{
    struct program p;
    const char *wrong = begin(&p, true);

    (void)data;
    if (wrong != NULL)
        return wrong;
    if (!take_numbers())
        return "the sockets did not get the numbers";
    world_write("scram.conf", "[scram]\n    store = %s\n",
                world_store_at("empty"));
    if (!apart_login_until(p.alice, p.server, false))
        return "the changed configuration is not noticed";
    return not_own("after a change of the configuration");
}

START_TEST(the_default_credential_costs_the_program_no_descriptor)
{
    struct store *store;

    trace_if(_i == 1);
    ck_assert_int_eq(store_open(WORLD_KINDS, world_store_at("empty"),
                                STORE_CREATE, &store, NULL),
                     SCRAM_OK);
    store_close(store);
    world_let_settle(world_path("scram.conf"));
    apart_run(change_the_configuration, NULL);
}
END_TEST

/* The file is gone, so that there is nothing to be opened anew. */
static const char *
remove_the_store(void *data)
{
    const char *path = strchr(world_store(), ':') + 1;
    struct program p;
    const char *wrong = begin(&p, false);
    OM_uint32 minor;

    (void)data;
    if (wrong != NULL)
        return wrong;
    if (!take_numbers())
        return "the sockets did not get the numbers";
    if (rename(path, world_path("aside")) != 0)
        return "the store cannot be moved away";
    if (!apart_login_until(p.alice, p.server, false))
        return "that the store is gone is not noticed";
    gss_release_cred(&minor, &p.server);
    rename(world_path("aside"), path);
    return not_own("after a login by a store that is gone");
}

START_TEST(a_store_that_is_gone_costs_the_program_no_descriptor)
{
    trace_if(_i == 1);
    apart_run(remove_the_store, NULL);
}
END_TEST

/* The numbers are files this time, which have all that a store has: another
 * password for alice. Nothing may be read by a number alone. */
static const char *
take_numbers_for_another_store(void *data)
{
    const char *other = strchr(world_store_at("other"), ':') + 1;
    gss_cred_id_t stranger = user_cred("alice", "different", &sha_256);
    struct program p;
    const char *wrong = begin(&p, false);
    int i, fd;

    (void)data;
    if (wrong != NULL)
        return wrong;
    close_all();
    do
        fd = open(other, O_RDWR);
    while (fd >= 0 && fd < LAST);
    note_own();
    for (i = 0; i < 100; i++) {
        if (apart_login(stranger, p.server))
            return "the program's file was read as if it were the store";
        if (!apart_login(p.alice, p.server))
            return "the store was not opened anew";
    }
    for (fd = FIRST; fd <= LAST; fd++)
        if (!is_own(fd))
            return apart_wrong("descriptor %d is no longer the program's", fd);
    return NULL;
}

START_TEST(the_program_s_file_is_not_read_as_if_it_were_the_store)
{
    trace_if(_i == 1);
    world_set_password(world_store_at("other"), "alice", "different");
    apart_run(take_numbers_for_another_store, NULL);
}
END_TEST

/* A system's log in a mount namespace of this process' own, which goes away
 * with it; -1 where that cannot be had. */
static int
make_log(void)
{
    struct sockaddr_un name = {AF_UNIX, "/dev/log"};
    int log = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/dev", "tmpfs", 0, NULL) != 0 ||
        bind(log, (struct sockaddr *)&name, sizeof(name)) != 0) {
        close(log);
        return -1;
    }
    return log;
}

/* Lines that have come. */
static int
read_log(int log)
{
    char line[2048];
    int count = 0;

    while (recv(log, line, sizeof(line), 0) > 0)
        count++;
    return count;
}

/* Whether a login was logged: by gss-scramd, where that decides it, and not by
 * this process. */
static bool
is_logged(int log)
{
    return read_log(log) == (world_is_brokered() ? 0 : 1);
}

/* The system's log is moved out of the way of the numbers. */
static const char *
log_a_login(void *data)
{
    int low = make_log(), log = fcntl(low, F_DUPFD_CLOEXEC, LAST + 10);
    struct program p;
    const char *wrong;
    int i;

    (void)data;
    if (low < 0)
        return NULL; /* there is nothing to be seen here */
    close(low);
    wrong = begin(&p, false);
    if (wrong != NULL)
        return wrong;
    if (!is_logged(log))
        return "the first login is not in the log";
    for (i = 0; i < 3; i++) {
        if (!take_numbers())
            return "the sockets did not get the numbers";
        if (!apart_login(p.alice, p.server))
            return "a login failed";
        wrong = not_own("after a login that is logged");
        if (wrong != NULL)
            return wrong;
        if (!is_logged(log))
            return "a login is not in the log";
    }
    return NULL;
}

START_TEST(the_audit_log_costs_the_program_no_descriptor)
{
    world_write("scram.conf", "[scram]\n store = %s\n audit = syslog\n",
                world_store());
    apart_run(log_a_login, NULL);
}
END_TEST

static void
remove_bob(void)
{
    struct store *store;

    ck_assert_int_eq(
        store_open(WORLD_KINDS, world_store(), STORE_WRITE, &store, NULL),
        SCRAM_OK);
    (void)store_remove(store, SLICE("bob"), NULL);
    store_close(store);
}

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, remove_bob, NULL);
    tcase_add_loop_test(
        tests, a_store_that_changes_costs_the_program_no_descriptor, 0, 2);
    tcase_add_loop_test(tests, nor_a_child_of_a_program_that_opened_it, 0, 2);
    tcase_add_loop_test(
        tests, a_credential_that_is_released_costs_the_program_no_descriptor, 0,
        2);
    tcase_add_loop_test(
        tests, the_default_credential_costs_the_program_no_descriptor, 0, 2);
    tcase_add_loop_test(
        tests, a_store_that_is_gone_costs_the_program_no_descriptor, 0, 2);
    tcase_add_loop_test(
        tests, the_program_s_file_is_not_read_as_if_it_were_the_store, 0, 2);
    tcase_add_test(tests, the_audit_log_costs_the_program_no_descriptor);
}

int
main(void)
{
    return world_run("descriptors", add, 120);
}
