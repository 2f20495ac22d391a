/*
 * Who may ask gss-scramd: by what the kernel says of a peer, and with every
 * message of it. Most of it needs root, to be several accounts.
 */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asker.h"
#include "served.h"

#define SECTIONS                                                               \
    "[accounts]\n"                                                             \
    "    61234 = {\n        store = file:%s/users\n    }\n"                    \
    "    61235 = {\n        store = file:%s/users\n    }\n"                    \
    "    61236 = {\n        handshake_timeout = 10s\n    }\n"
#define NO_STORE 61236 /* has a section, without a store in it */
#define GROUP "bin"    /* one that every machine has */

static struct served served;

static bool
is_root(void)
{
    return geteuid() == 0;
}

static void
begin(void)
{
    served_make_users();
    served_configure(&served, "one",
                     SECTIONS "[broker]\n    group = " GROUP "\n");
    served_start(&served);
}

static void
end(void)
{
    served_stop(&served);
}

/* How a child asks: returns a status, or 80 for a connection that has ended. */
#define CHILD_ENDED 80

static int
child_status(int status)
{
    return status == ASKER_ENDED ? CHILD_ENDED : status;
}

struct account {
    uid_t uid;
    gid_t gid;
    gid_t supplementary;   /* 0: none */
    struct sentence *said; /* shared with the test */
};

/* Be an account, and log alice in. */
static int
log_in_as(void *data)
{
    const struct account *account = data;
    struct asker a;
    int status;

    if (setgroups(account->supplementary != 0, &account->supplementary) != 0 ||
        setgid(account->gid) != 0 || setuid(account->uid) != 0)
        return SERVED_BROKEN;
    status = asker_begin(&a, served.broker);
    if (status == SCRAM_OK)
        status = asker_log_in(&a, "alice", "wonderland");
    else if (!asker_has_ended(a.fd))
        return SERVED_BROKEN;
    *account->said = a.sentence;
    return child_status(status);
}

static struct sentence *said;

static int
status_of(struct account account)
{
    said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    account.said = said;
    return stores_run(log_in_as, &account);
}

START_TEST(an_account_with_a_store_of_its_own_may_ask)
{
    ck_assert_int_eq(status_of((struct account){61234, 61234, 0, NULL}),
                     SCRAM_OK);
}
END_TEST

START_TEST(an_account_that_is_not_entitled_is_told_so)
{
    static const uid_t uids[] = {61237, NO_STORE};

    ck_assert_int_eq(status_of((struct account){uids[_i], uids[_i], 0, NULL}),
                     SCRAM_STORE_FORBIDDEN);
    ck_assert_ptr_nonnull(
        strstr(said->text, "usermod --append --groups " GROUP));
    served_wait_said(&served, " is refused: the account with uid ");
    ck_assert_ptr_nonnull(strstr(served_said(&served), said->text));
}
END_TEST

START_TEST(a_process_that_has_the_group_may_ask)
{
    gid_t gid = getgrnam(GROUP)->gr_gid;

    ck_assert_int_eq(status_of((struct account){61237, gid, 0, NULL}),
                     SCRAM_OK);
    ck_assert_int_eq(status_of((struct account){61237, 61237, gid, NULL}),
                     SCRAM_OK);
    ck_assert_int_eq(status_of((struct account){61237, 61237, gid + 1, NULL}),
                     SCRAM_STORE_FORBIDDEN);
}
END_TEST

/* Be an account in all respects but for the way back. */
static void
be(uid_t uid)
{
    if (seteuid(0) != 0 || setresuid(uid, uid, 0) != 0)
        _exit(SERVED_BROKEN);
}

/* Change the account between two messages. */
static int
change_account(void *data)
{
    struct asker a;

    (void)data;
    be(61234);
    if (asker_begin(&a, served.broker) != SCRAM_OK ||
        asker_first(&a, "alice") != SCRAM_OK ||
        !asker_answer(&a, "wonderland", SLICE("")))
        return SERVED_BROKEN;
    be(61235); /* which is entitled as well */
    return child_status(asker_final(&a));
}

START_TEST(a_process_that_changes_its_account_is_listened_to_no_more)
{
    ck_assert_int_eq(stores_run(change_account, NULL), CHILD_ENDED);
    served_wait_shown(&served, "its message is from another account");
}
END_TEST

/* Use a connection that another account made. */
static int
use_root_connection(void *data)
{
    struct asker *a = data;

    served_become(61234, 61234);
    return child_status(asker_log_in(a, "alice", "wonderland"));
}

START_TEST(a_connection_that_is_handed_on_to_another_account_ends)
{
    struct asker a;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(stores_run(use_root_connection, &a), CHILD_ENDED);
    asker_end(&a);
}
END_TEST

/* Send a HELLO with credentials of one's own choice. */
static bool
send_hello_as(int fd, uid_t uid)
{
    static const uint8_t hello[] = {WIRE_HELLO, 1, 1};
    struct ucred ucred = {getpid(), uid, getegid()};
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(ucred))];
    } control = {.bytes = ""};
    struct iovec bytes = {(void *)hello, sizeof(hello)};
    struct msghdr header = {.msg_iov = &bytes,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_CREDENTIALS;
    c->cmsg_len = CMSG_LEN(sizeof(ucred));
    memcpy(CMSG_DATA(c), &ucred, sizeof(ucred));
    return sendmsg(fd, &header, MSG_NOSIGNAL) == sizeof(hello);
}

/* A server that has another account as its effective one alone: its messages
 * are stamped with its real one, unless it says which is meant. */
static int
ask_as_effective(void *data)
{
    bool says = *(bool *)data;
    struct asker a = {.fd = -1};
    uint8_t answer[64];

    if (setresuid(61235, 61234, 0) != 0)
        return SERVED_BROKEN;
    a.fd = asker_connect(served.broker);
    if (says ? !send_hello_as(a.fd, 61234)
             : asker_hello(&a, 1, 1) != ASKER_ENDED)
        return SERVED_BROKEN;
    return !says || asker_receive(a.fd, answer, sizeof(answer)) > 0
               ? 0
               : CHILD_ENDED;
}

START_TEST(a_message_is_of_the_account_that_it_says)
{
    bool says = _i;
    struct asker a = {.fd = asker_connect(served.broker)};

    ck_assert_int_eq(stores_run(ask_as_effective, &says), 0);
    /* Root may say that it is anybody, and then it is. */
    ck_assert(send_hello_as(a.fd, 61234));
    ck_assert(asker_has_ended(a.fd));
    asker_end(&a);
}
END_TEST

static unsigned
descriptors_of(pid_t pid)
{
    char path[64];
    unsigned count = 0;
    int i;

    for (i = 0; i < 1024; i++) {
        snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid, i);
        count += faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    }
    return count;
}

/* One that has been told HELLO; and one that has not. */
START_TEST(a_descriptor_that_is_passed_ends_the_connection)
{
    static const uint8_t hello[] = {WIRE_HELLO, 1, 1};
    struct asker a = {.fd = asker_connect(served.broker)}, b;
    unsigned before;
    int passed = open("/dev/null", O_RDONLY | O_CLOEXEC);

    ck_assert_int_eq(asker_begin(&b, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_hello(&a, 1, 1), SCRAM_OK);
    before = descriptors_of(served.pid);
    ck_assert(asker_send_descriptor(a.fd, SLICE_ARRAY(hello), passed));
    ck_assert(asker_has_ended(a.fd));
    served_wait_shown(&served, "its message passes descriptors");
    /* The connection's is gone, and none has come. */
    ck_assert_int_eq(asker_hello(&b, 1, 1), SCRAM_OK);
    if (is_root())
        ck_assert_uint_eq(descriptors_of(served.pid), before - 1);
    asker_end(&a);
    asker_end(&b);
    close(passed);
}
END_TEST

/* An account that is taken out of the configuration. */
START_TEST(who_is_entitled_no_more_is_asked_to_leave)
{
    struct asker a, root;

    ck_assert_int_eq(asker_begin(&root, served.broker), SCRAM_OK);
    be(61234);
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(setresuid(0, 0, 0), 0);
    served_configure(&served, "one", "");
    served_reload(&served);
    ck_assert(asker_has_ended(a.fd));
    ck_assert_int_eq(asker_log_in(&root, "alice", "wonderland"), SCRAM_OK);
    ck_assert_int_eq(status_of((struct account){61234, 61234, 0, NULL}),
                     SCRAM_STORE_FORBIDDEN);
    asker_end(&a);
    asker_end(&root);
}
END_TEST

static bool
write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done =
        fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return done;
}

/* Be in a container, which has a number for root and for nobody else. */
static int
contain(void)
{
    return unshare(CLONE_NEWUSER) == 0 &&
                   write_text("/proc/self/uid_map", "0 0 1") &&
                   write_text("/proc/self/setgroups", "deny") &&
                   write_text("/proc/self/gid_map", "0 0 1")
               ? 0
               : -1;
}

/* The one for all that have none has a section, and is a real account's. */
START_TEST(an_account_without_a_number_may_not_ask)
{
    struct asker a;

    served_stop(&served);
    served_configure(&served, "one",
                     "[accounts]\n    nobody = {\n        store = "
                     "file:%s/users\n    }\n    65534 = {\n        store = "
                     "file:%s/users\n    }\n");
    served.before = contain;
    served_start(&served);
    ck_assert_int_eq(status_of((struct account){61234, 61234, 0, NULL}),
                     SCRAM_STORE_FORBIDDEN);
    ck_assert_ptr_nonnull(strstr(said->text, "user namespace"));
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    asker_end(&a);
}
END_TEST

#define MANY 5000

struct crowd {
    int ready[2], go[2]; /* pipes */
};

/* Have as many connections as one can, and then log in over the last. */
static int
crowd(void *data)
{
    static struct asker askers[MANY];
    const struct crowd *c = data;
    const struct rlimit limit = {MANY + 100, MANY + 100};
    unsigned i, ended = 0;
    uint8_t byte;

    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return SERVED_BROKEN;
    served_become(61234, 61234);
    for (i = 0; i < MANY; i++) {
        askers[i].fd = asker_connect(served.broker);
        if (askers[i].fd < 0 || asker_hello(&askers[i], 1, 1) != SCRAM_OK)
            return SERVED_BROKEN;
    }
    if (write(c->ready[1], "", 1) != 1 || read(c->go[0], &byte, 1) != 1)
        return SERVED_BROKEN;
    /* The ones that were idle longest have given way. */
    for (i = 0; i < MANY; i++)
        ended += recv(askers[i].fd, &byte, 1, MSG_DONTWAIT) == 0;
    if (ended < MANY - 1024 || recv(askers[0].fd, &byte, 1, MSG_DONTWAIT) != 0)
        return SERVED_BROKEN + 1;
    return child_status(asker_log_in(&askers[MANY - 1], "alice", "wonderland"));
}

START_TEST(one_accounts_idle_connections_keep_no_other_out)
{
    struct asker before, after;
    struct crowd c;
    uint8_t byte;
    pid_t pid;

    ck_assert(pipe(c.ready) == 0 && pipe(c.go) == 0);
    ck_assert_int_eq(asker_begin(&before, served.broker), SCRAM_OK);
    pid = stores_start(crowd, &c);
    ck_assert_int_eq(read(c.ready[0], &byte, 1), 1);
    ck_assert_int_eq(asker_log_in(&before, "alice", "wonderland"), SCRAM_OK);
    ck_assert_int_eq(asker_begin(&after, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&after, "alice", "wonderland"), SCRAM_OK);
    ck_assert_int_eq(status_of((struct account){61235, 61235, 0, NULL}),
                     SCRAM_OK);
    ck_assert_int_eq(write(c.go[1], "", 1), 1);
    ck_assert_int_eq(stores_wait(pid), SCRAM_OK);
    asker_end(&before);
    asker_end(&after);
}
END_TEST

/* The socket for root. */
static int
connect_to_admin(void *data)
{
    int fd;

    (void)data;
    served_become(61234, 61234);
    fd = asker_connect(served.admin);
    return fd < 0 || asker_has_ended(fd) ? CHILD_ENDED : SCRAM_OK;
}

START_TEST(the_admin_socket_is_for_root)
{
    ck_assert_int_eq(chmod(served.admin, 0666), 0);
    ck_assert_int_eq(stores_run(connect_to_admin, NULL), CHILD_ENDED);
}
END_TEST

/* Whether there are such containers here. */
static bool
can_be_contained(void)
{
    int status = 1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(contain() == 0 ? 0 : 1);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_descriptor_that_is_passed_ends_the_connection);
    if (!is_root()) {
        puts("not tried: other accounts, as this is not root");
        return;
    }
    tcase_add_test(tests, an_account_with_a_store_of_its_own_may_ask);
    tcase_add_loop_test(tests, an_account_that_is_not_entitled_is_told_so, 0,
                        2);
    tcase_add_test(tests, a_process_that_has_the_group_may_ask);
    tcase_add_test(tests,
                   a_process_that_changes_its_account_is_listened_to_no_more);
    tcase_add_test(tests,
                   a_connection_that_is_handed_on_to_another_account_ends);
    tcase_add_loop_test(tests, a_message_is_of_the_account_that_it_says, 0, 2);
    tcase_add_test(tests, who_is_entitled_no_more_is_asked_to_leave);
    tcase_add_test(tests, one_accounts_idle_connections_keep_no_other_out);
    tcase_add_test(tests, the_admin_socket_is_for_root);
    if (can_be_contained())
        tcase_add_test(tests, an_account_without_a_number_may_not_ask);
    else
        puts("not tried: containers, as there are no user namespaces here");
}

int
main(void)
{
    return unit_run("peers", add, 120);
}
