#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ask/ask.h"
#include "ask/connection.h"
#include "ask/pool.h"
#include "copied.h"
#include "fake_daemon.h"
#include "scratch.h"

#define ANSWER_MAX (FAKE_LONG_LEN - 1)

static char path[256];

/* It says of itself what it says to everything else too. */
static void
echo(struct slice message, struct buffer *answer)
{
    buffer_put(answer, message);
}

static struct fake_daemon fake;

static void
start(enum fake_manner manner)
{
    fake = (struct fake_daemon){path, manner, echo, -1, 0, NULL};
    fake_daemon_start(&fake);
}

static enum scram_status
welcome(struct slice answer, struct sentence *why)
{
    if (slice_equal(answer, SLICE("hello")))
        return SCRAM_OK;
    sentence_write(why, "not you");
    return slice_equal(answer, SLICE("go away")) ? SCRAM_STORE_FORBIDDEN
                                                 : SCRAM_BAD_ENCODING;
}

static struct ask_daemon
asked(uint32_t timeout)
{
    return (struct ask_daemon){.path = path,
                               .timeout = timeout,
                               .name = "fake",
                               .unit = "fake.socket",
                               .limit = "fake_timeout",
                               .hello = SLICE("hello"),
                               .welcome = welcome};
}

static bool
is_same(void *data, struct slice answer)
{
    return slice_equal(answer, slice_of(data));
}

/* Ask for an echo. */
static enum scram_status
ask(uint32_t timeout, const char *question, struct sentence *why)
{
    struct ask_daemon daemon = asked(timeout);
    uint8_t memory[ANSWER_MAX];
    struct buffer answer = BUFFER_ARRAY(memory);

    return ask_call(&daemon,
                    &(struct ask_question){slice_of(question), &answer, is_same,
                                           (void *)question},
                    why);
}

static void
assert_asks(const char *question)
{
    struct sentence why = {""};
    enum scram_status status = ask(60000, question, &why);

    ck_assert_msg(status == SCRAM_OK, "%d: %s", (int)status, why.text);
    /* Nor of an attempt that failed before. */
    ck_assert_str_eq(why.text, "");
}

static void
assert_fails(enum scram_status expected, uint32_t timeout, const char *says)
{
    struct sentence why = {""};
    enum scram_status status = ask(timeout, "what?", &why);

    ck_assert_msg(status == expected, "%d: %s", (int)status, why.text);
    ck_assert_msg(strstr(why.text, says) != NULL, "%s", why.text);
}

static uint64_t
milliseconds_of(void (*work)(void))
{
    uint64_t begun = ask_clock();

    work();
    return ask_clock() - begun;
}

/* How many descriptors there are. */
static int
descriptors(void)
{
    int fd, count = 0;

    for (fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

START_TEST(a_connection_is_kept_and_greeted_once)
{
    int i, before;

    start(FAKE_GOOD);
    before = descriptors();
    for (i = 0; i < 100; i++)
        assert_asks("echo");
    ck_assert_uint_eq(fake.seen->connections, 1);
    ck_assert_uint_eq(fake.seen->messages, 101);
    ck_assert_int_eq(descriptors(), before + 1);
    fake_daemon_stop(&fake);
}
END_TEST

/* A thread that somebody cancels while it asks goes after the call. */
static void *
ask_cancelled(void *data)
{
    struct sentence why = {""};
    enum scram_status status;
    int state;

    pthread_cancel(pthread_self());
    status = ask(60000, "echo", &why);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    *(bool *)data = status == SCRAM_OK && state == PTHREAD_CANCEL_ENABLE;
    return NULL;
}

START_TEST(a_thread_that_is_cancelled_asks_to_the_end)
{
    bool asked = false;
    pthread_t thread;

    start(FAKE_GOOD);
    ck_assert_int_eq(pthread_create(&thread, NULL, ask_cancelled, &asked), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert(asked);
    fake_daemon_stop(&fake);
}
END_TEST

/* The lowest of those that are there, and whether it outlives exec. */
START_TEST(its_number_is_above_two_and_closed_on_exec)
{
    int fd, saved[3];

    start(FAKE_GOOD);
    for (fd = 0; fd < 3; fd++) {
        saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
        close(fd);
    }
    assert_asks("echo");
    for (fd = 0; fd < 3; fd++) {
        ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
        dup2(saved[fd], fd);
    }
    for (fd = 3; fd < 100; fd++) {
        int type = 0;
        socklen_t size = sizeof(type);

        if (fd != fake.listener &&
            getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
            type == SOCK_SEQPACKET)
            ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    }
    fake_daemon_stop(&fake);
}
END_TEST

START_TEST(a_daemon_that_closes_after_each_answer_is_not_noticed)
{
    int i;

    start(FAKE_HASTY);
    for (i = 0; i < 20; i++)
        assert_asks("echo");
    ck_assert_uint_ge(fake.seen->connections, 20);
    fake_daemon_stop(&fake);
}
END_TEST

/* The socket is systemd's, and stays. */
START_TEST(a_daemon_that_is_killed_between_two_questions_is_not_noticed)
{
    int i;

    start(FAKE_GOOD);
    for (i = 0; i < 20; i++) {
        assert_asks("echo");
        fake_daemon_kill(&fake);
        fake_daemon_go_on(&fake);
    }
    fake_daemon_stop(&fake);
}
END_TEST

/* What goes wrong, and what is said; six times, for what is tried again. */
static const struct {
    enum fake_manner manner;
    enum scram_status status;
    const char *says;
    unsigned connections;
} manners[] = {
    {FAKE_DROPS, SCRAM_BROKER_GONE, "Is fake.socket started?", 6},
    {FAKE_EMPTY, SCRAM_BROKER_GONE, "Is fake.socket started?", 6},
    {FAKE_LONG, SCRAM_STORE_FORBIDDEN, "is too long, or has a descriptor", 1},
    {FAKE_DESCRIPTOR, SCRAM_STORE_FORBIDDEN, "has a descriptor with it", 1},
};

/* As in a chroot without the socket. */
START_TEST(a_program_that_cannot_connect_goes_on_with_what_is_kept)
{
    struct ask_connection *first;
    char away[sizeof(path) + 8];

    snprintf(away, sizeof(away), "%s.away", path);
    start(FAKE_GOOD);
    assert_asks("over the first");
    first = ask_pool_take(path, geteuid());
    assert_asks("over the second");
    ck_assert_int_eq(shutdown(first->fd, SHUT_RDWR), 0);
    ask_pool_leave(first);
    ck_assert_int_eq(rename(path, away), 0);
    assert_asks("over the second, as the first is lost");
    assert_asks("which is kept");
    ck_assert_uint_eq(fake.seen->connections, 2);
    ck_assert_int_eq(rename(away, path), 0);
    fake_daemon_stop(&fake);
}
END_TEST

START_TEST(a_daemon_that_answers_badly_is_not_asked_again)
{
    int before;

    start(manners[_i].manner);
    before = descriptors();
    assert_fails(manners[_i].status, 60000, manners[_i].says);
    ck_assert_uint_eq(fake.seen->connections, manners[_i].connections);
    ck_assert_int_eq(descriptors(), before);
    fake_daemon_stop(&fake);
}
END_TEST

START_TEST(an_answer_that_nobody_knows_ends_the_connection)
{
    struct ask_daemon daemon;
    struct sentence why = {""};
    uint8_t memory[ANSWER_MAX];
    struct buffer answer = BUFFER_ARRAY(memory);

    start(FAKE_GOOD);
    daemon = asked(60000);
    ck_assert_int_eq(
        ask_call(&daemon,
                 &(struct ask_question){SLICE("one"), &answer, is_same,
                                        (void *)"another"},
                 &why),
        SCRAM_STORE_FORBIDDEN);
    ck_assert_ptr_nonnull(strstr(why.text, "same version"));
    assert_asks("echo");
    ck_assert_uint_eq(fake.seen->connections, 2);
    fake_daemon_stop(&fake);
}
END_TEST

START_TEST(who_is_not_welcome_is_told_why)
{
    struct ask_daemon daemon;
    struct sentence why = {""};

    start(FAKE_GOOD);
    daemon = asked(60000);
    daemon.hello = SLICE("go away");
    ck_assert_int_eq(ask_check(&daemon, &why), SCRAM_STORE_FORBIDDEN);
    ck_assert_str_eq(why.text, "not you");
    daemon.hello = SLICE("rubbish");
    ck_assert_int_eq(ask_check(&daemon, &why), SCRAM_STORE_FORBIDDEN);
    ck_assert_ptr_nonnull(strstr(why.text, "same version"));
    fake_daemon_stop(&fake);
}
END_TEST

static void
ask_for_a_moment(void)
{
    assert_fails(SCRAM_BROKER_SLOW, 300, "300 ms that fake_timeout");
}

/* How late a call may be for a machine that has more to do; that it waits by
 * what the last call had set would be ten seconds. */
#define LATE_BY 5000

static const enum fake_manner waiting[] = {FAKE_SILENT, FAKE_LATE, FAKE_DEAF};

START_TEST(a_call_ends_in_time)
{
    uint64_t took;

    start(waiting[_i]);
    if (waiting[_i] == FAKE_DEAF) { /* fill its queue */
        struct ask_connection filling = {.fd = -1};

        while (ask_connection_open(&filling, path, geteuid(),
                                   ask_clock() + 100) == 0)
            filling.fd = -1;
    }
    took = milliseconds_of(ask_for_a_moment);
    ck_assert_uint_ge(took, 299);
    ck_assert_uint_lt(took, LATE_BY);
    fake_daemon_stop(&fake);
}
END_TEST

START_TEST(a_late_answer_is_not_the_next_question_s)
{
    start(FAKE_LATE);
    ask_for_a_moment();
    assert_asks("another question");
    fake_daemon_stop(&fake);
}
END_TEST

/* The connection is there, with ten minutes as its limit. */
START_TEST(each_call_has_its_own_limit)
{
    struct sentence why;

    start(FAKE_GOOD);
    ck_assert_int_eq(ask(600000, "echo", &why), SCRAM_OK);
    fake_daemon_suspend(&fake);
    ck_assert_uint_lt(milliseconds_of(ask_for_a_moment), LATE_BY);
    ck_assert_int_eq(kill(fake.pid, SIGCONT), 0);
    assert_asks("echo");
    fake_daemon_stop(&fake);
}
END_TEST

START_TEST(a_socket_that_is_not_there_is_said)
{
    int before;

    assert_fails(SCRAM_BROKER_GONE, 60000,
                 "No such file or directory. Is fake.socket started?");
    start(FAKE_GOOD);
    fake_daemon_kill(&fake);
    close(fake.listener);
    before = descriptors();
    assert_fails(SCRAM_BROKER_GONE, 60000,
                 "Connection refused. Is fake.socket started?");
    ck_assert_int_eq(descriptors(), before);
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* Of the pauses between attempts the last one would end beyond it. A machine
 * that has more to do may itself be late, but not each time. */
START_TEST(no_attempt_is_made_beyond_the_call_s_time)
{
    enum scram_status status = SCRAM_BROKER_SLOW;
    int tries;

    for (tries = 0; status != SCRAM_BROKER_GONE && tries < 20; tries++)
        status = ask(100, "what?", NULL);
    ck_assert_int_eq(status, SCRAM_BROKER_GONE);
}
END_TEST

START_TEST(a_call_without_time_left_does_not_wait)
{
    struct ask_connection c = {.fd = -1};
    uint8_t memory[ANSWER_MAX];
    struct buffer answer = BUFFER_ARRAY(memory);

    start(FAKE_GOOD);
    ck_assert_int_eq(ask_connection_open(&c, path, geteuid(), ask_clock()),
                     EAGAIN);
    ck_assert_int_eq(
        ask_connection_open(&c, path, geteuid(), ask_clock() + 60000), 0);
    ck_assert_int_eq(ask_connection_send(&c, SLICE("hello"), ask_clock()),
                     EAGAIN);
    ck_assert_int_eq(ask_connection_receive(&c, &answer, ask_clock()), EAGAIN);
    ask_connection_close(&c);
    fake_daemon_stop(&fake);
}
END_TEST

/* With each place of the pool taken: a connection of the call's own. */
START_TEST(a_connection_without_a_place_ends_with_its_call)
{
    struct ask_connection *taken[ASK_POOL_MAX];
    int i, before;

    start(FAKE_GOOD);
    for (i = 0; i < ASK_POOL_MAX; i++) {
        taken[i] = ask_pool_take(path, geteuid());
        ck_assert_ptr_nonnull(taken[i]);
    }
    ck_assert_ptr_null(ask_pool_take(path, geteuid()));
    before = descriptors();
    assert_asks("echo");
    ck_assert_int_eq(descriptors(), before);
    for (i = 0; i < ASK_POOL_MAX; i++)
        ask_pool_leave(taken[i]);
    fake_daemon_stop(&fake);
}
END_TEST

/* With an idle connection in each place, all of them for one daemon. */
START_TEST(a_connection_is_for_one_daemon_and_one_account)
{
    struct ask_connection *c, *taken[ASK_POOL_MAX];
    int i, before;

    start(FAKE_GOOD);
    before = descriptors();
    for (i = 0; i < ASK_POOL_MAX; i++) {
        taken[i] = ask_pool_take(path, geteuid());
        ck_assert_int_eq(
            ask_connection_open(taken[i], path, geteuid(), ask_clock() + 60000),
            0);
    }
    for (i = 0; i < ASK_POOL_MAX; i++)
        ask_pool_leave(taken[i]);
    c = ask_pool_take(path, geteuid());
    ck_assert_int_gt(c->fd, 2);
    ask_pool_leave(c);
    c = ask_pool_take(path, geteuid() + 1);
    ck_assert_int_eq(c->fd, -1);
    ck_assert_int_eq(descriptors(), before + ASK_POOL_MAX - 1);
    taken[0] = ask_pool_take("/elsewhere", geteuid());
    ck_assert_int_eq(taken[0]->fd, -1);
    ck_assert_int_eq(descriptors(), before + ASK_POOL_MAX - 2);
    ask_pool_leave(taken[0]);
    ask_pool_leave(c);
    fake_daemon_stop(&fake);
}
END_TEST

/* The program closes what it does not know, and has the numbers again. */
START_TEST(descriptors_of_the_program_are_left_alone)
{
    int pair[2], fd, mine[64], count = 0;
    struct stat before[64], now;
    bool theirs[64]; /* Check's, and the listener */
    char byte;

    start(FAKE_GOOD);
    for (fd = 0; fd < 64; fd++)
        theirs[fd] = fcntl(fd, F_GETFD) != -1;
    assert_asks("echo");
    for (fd = 0; fd < 64; fd++)
        if (!theirs[fd])
            close(fd);
    while (count < 16) {
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
        mine[count++] = pair[0];
        mine[count++] = pair[1];
    }
    for (fd = 0; fd < count; fd++)
        ck_assert_int_eq(fstat(mine[fd], &before[fd]), 0);
    assert_asks("echo");
    for (fd = 0; fd < count; fd++) {
        ck_assert_int_eq(fstat(mine[fd], &now), 0);
        ck_assert_uint_eq(now.st_ino, before[fd].st_ino);
        ck_assert_int_eq(recv(mine[fd], &byte, 1, MSG_DONTWAIT), -1);
        ck_assert_int_eq(errno, EAGAIN);
    }
    fake_daemon_stop(&fake);
}
END_TEST

static int
run_child(void (*work)(void))
{
    pid_t pid = fork();
    int status;

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        work();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static int before_fork;

static void
ask_in_child(void)
{
    int i;

    if (descriptors() != before_fork - 1) /* its parent's connection */
        _exit(2);
    if (ask_pool_is_welcome(path, geteuid())) /* as its parent was */
        _exit(5);
    for (i = 0; i < 10; i++)
        if (ask(60000, "child", NULL) != SCRAM_OK)
            _exit(3);
    if (fake.seen->pid != (unsigned)getpid())
        _exit(4);
}

START_TEST(a_child_has_connections_of_its_own)
{
    int i;

    start(FAKE_GOOD);
    assert_asks("parent");
    before_fork = descriptors();
    for (i = 0; i < 5; i++) {
        ask_pool_welcomed(path, geteuid());
        ck_assert_int_eq(run_child(ask_in_child), 0);
        assert_asks("parent");
    }
    ck_assert_uint_eq(fake.seen->connections, 6);
    fake_daemon_stop(&fake);
}
END_TEST

/* A bare clone(2) runs no handlers: the child leaves alone what it inherited.
 */
START_TEST(a_child_without_handlers_has_connections_of_its_own)
{
    int status;
    pid_t pid;

    start(FAKE_GOOD);
    assert_asks("parent");
    pid = copied_clone();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(ask(60000, "child", NULL) != SCRAM_OK ||
              fake.seen->connections != 2);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    assert_asks("parent");
    ck_assert_uint_eq(fake.seen->connections, 2);
    fake_daemon_stop(&fake);
}
END_TEST

START_TEST(every_message_says_which_account_asks)
{
    start(FAKE_GOOD);
    assert_asks("echo");
    ck_assert_uint_eq(fake.seen->uid, geteuid());
    ck_assert_uint_eq(fake.seen->gid, getegid());
    ck_assert_uint_eq(fake.seen->pid, (unsigned)getpid());
    if (geteuid() != 0) {
        fake_daemon_stop(&fake);
        return;
    }
    ck_assert_int_eq(seteuid(65534), 0);
    assert_asks("echo");
    ck_assert_uint_eq(fake.seen->uid, 65534);
    ck_assert_int_eq(seteuid(0), 0);
    assert_asks("echo");
    ck_assert_uint_eq(fake.seen->uid, 0);
    /* one for each, and root's was still there */
    ck_assert_uint_eq(fake.seen->connections, 2);
    fake_daemon_stop(&fake);
}
END_TEST

/* Having read the socket's path once more, no number is free for it. */
START_TEST(without_a_number_there_is_a_sentence)
{
    struct rlimit limit, low;

    start(FAKE_GOOD);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = (struct rlimit){0, limit.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_fails(SCRAM_NO_RESOURCES, 60000, "no descriptor");
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_asks("echo");
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_asks("echo"); /* over the connection that there is */
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    fake_daemon_stop(&fake);
}
END_TEST

static void
ask_in_a_root_of_its_own(void)
{
    struct sentence why = {""};

    if (chroot(scratch_path("inside")) != 0 || chdir("/") != 0)
        _exit(2);
    if (ask(60000, "echo", &why) != SCRAM_BROKER_GONE ||
        strstr(why.text, "In a chroot the socket has to be inside") == NULL)
        _exit(3);
    snprintf(path, sizeof(path), "/socket");
    if (ask(60000, "echo", &why) != SCRAM_OK)
        _exit(4);
}

START_TEST(in_a_chroot_the_socket_has_to_be_inside)
{
    char outside[256];

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(scratch_path("inside"), 0755), 0);
    memcpy(outside, path, sizeof(outside));
    snprintf(path, sizeof(path), "%s", scratch_path("inside/socket"));
    start(FAKE_GOOD);
    memcpy(path, outside, sizeof(outside));
    ck_assert_int_eq(run_child(ask_in_a_root_of_its_own), 0);
    snprintf(path, sizeof(path), "%s", scratch_path("inside/socket"));
    fake_daemon_stop(&fake);
}
END_TEST

/* Whose the folders above a socket may be; as root asks, and as nobody. */
static const struct {
    uid_t above_owner;
    mode_t above;
    uid_t owner;
    mode_t mode;
    uid_t asks;
    bool trusted;
} folders[] = {
    {0, 0755, 0, 0755, 0, true},
    {0, 0755, 0, 0755, 65534, true},
    {0, 0755, 1000, 0755, 0, true}, /* the listener's own */
    {0, 0755, 1000, 0775, 0, false},
    {0, 0755, 1000, 0757, 0, false},
    {0, 0755, 0, 0777, 0, false},
    {0, 0755, 0, 01777, 0, true},
    {0, 0777, 0, 0755, 0, false},
    {1000, 0755, 0, 0755, 0, false}, /* and only the last */
    {1000, 0755, 1000, 0755, 1000, true},
    {1000, 0755, 1000, 0755, 65534, false},
    {0, 01777, 0, 0755, 0, true},
    {0, 01777, 65534, 0755, 65534, true},
    {0, 01777, 1000, 0755, 0, false}, /* whoever was there first */
};

START_TEST(folders_that_others_may_write_to_are_not_trusted)
{
    char above[256], folder[256];
    struct sentence why = {""};

    if (geteuid() != 0)
        return;
    snprintf(above, sizeof(above), "%s", scratch_path("above"));
    snprintf(folder, sizeof(folder), "%s", scratch_path("above/folder"));
    snprintf(path, sizeof(path), "%s", scratch_path("above/folder/socket"));
    mkdir(above, 0755);
    mkdir(folder, 0755);
    ck_assert_int_eq(chown(above, folders[_i].above_owner, 0), 0);
    ck_assert_int_eq(chmod(above, folders[_i].above), 0);
    ck_assert_int_eq(chown(folder, folders[_i].owner, 0), 0);
    ck_assert_int_eq(chmod(folder, folders[_i].mode), 0);
    start(FAKE_GOOD);
    ck_assert_int_eq(seteuid(folders[_i].asks), 0);
    ck_assert_int_eq(ask(60000, "echo", &why),
                     folders[_i].trusted ? SCRAM_OK : SCRAM_STORE_FORBIDDEN);
    ck_assert_int_eq(strstr(why.text, "is not trusted") == NULL,
                     folders[_i].trusted);
    ck_assert_int_eq(seteuid(0), 0);
    fake_daemon_stop(&fake);
}
END_TEST

/* Who listens, in a folder of root's: root, who asks, or another. */
static const struct {
    uid_t listens, asks;
    bool trusted;
} listeners[] = {{0, 0, true},
                 {0, 65534, true},
                 {65534, 65534, true},
                 {65534, 0, false},
                 {65534, 1000, false}};

START_TEST(who_listens_is_root_the_folder_s_owner_or_oneself)
{
    struct sentence why = {""};

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(chmod(scratch_path("."), 01777), 0);
    ck_assert_int_eq(seteuid(listeners[_i].listens), 0);
    start(FAKE_GOOD);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(seteuid(listeners[_i].asks), 0);
    ck_assert_int_eq(ask(60000, "echo", &why),
                     listeners[_i].trusted ? SCRAM_OK : SCRAM_STORE_FORBIDDEN);
    ck_assert_int_eq(strstr(why.text, "runs as uid 65534") == NULL,
                     listeners[_i].trusted);
    ck_assert_int_eq(seteuid(0), 0);
    fake_daemon_stop(&fake);
}
END_TEST

START_TEST(a_link_to_a_folder_of_another_s_is_not_trusted)
{
    char target[256];
    struct sentence why = {""};

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(scratch_path("theirs"), 0755), 0);
    ck_assert_int_eq(mkdir(scratch_path("theirs/roots"), 0755), 0);
    ck_assert_int_eq(chown(scratch_path("theirs"), 1000, 0), 0);
    snprintf(target, sizeof(target), "%s", scratch_path("theirs/roots"));
    ck_assert_int_eq(symlink(target, scratch_path("link")), 0);
    snprintf(path, sizeof(path), "%s", scratch_path("link/socket"));
    start(FAKE_GOOD);
    ck_assert_int_eq(ask(60000, "echo", &why), SCRAM_STORE_FORBIDDEN);
    ck_assert_ptr_nonnull(strstr(why.text, "theirs, which"));
    fake_daemon_stop(&fake);
}
END_TEST

START_TEST(a_welcome_counts_for_a_second_and_a_failure_does_not)
{
    struct ask_daemon daemon;

    daemon = asked(60000);
    ck_assert_int_eq(ask_check(&daemon, NULL), SCRAM_BROKER_GONE);
    start(FAKE_GOOD);
    ck_assert_int_eq(ask_check(&daemon, NULL), SCRAM_OK);
    ck_assert(ask_pool_is_welcome(path, geteuid()));
    ck_assert(!ask_pool_is_welcome(path, geteuid() + 1));
    ck_assert(!ask_pool_is_welcome("/elsewhere", geteuid()));
    while (ask_pool_is_welcome(path, geteuid()))
        ck_assert_int_eq(usleep(10000), 0);
    ck_assert_int_eq(ask_check(&daemon, NULL), SCRAM_OK);
    ck_assert_uint_eq(fake.seen->connections, 2);
    fake_daemon_stop(&fake);
}
END_TEST

/* Threads that ask while the daemon is killed again and again, whenever each of
 * them has had an answer since it was last. */
#define THREADS 20
#define KILLS 100

static atomic_bool enough;
static atomic_uint failed_count;

static void *
keep_asking(void *data)
{
    atomic_uint *count = data;
    struct sentence why = {""};
    char question[32];

    while (!atomic_load(&enough)) {
        snprintf(question, sizeof(question), "%p %u", data, *count);
        if (ask(60000, question, &why) != SCRAM_OK) {
            printf("%s\n", why.text);
            atomic_fetch_add(&failed_count, 1);
        }
        atomic_fetch_add(count, 1);
    }
    return NULL;
}

START_TEST(no_question_fails_while_the_daemon_is_killed_again_and_again)
{
    pthread_t threads[THREADS];
    static atomic_uint counts[THREADS];
    unsigned before[THREADS], all = 0;
    int i, kills;

    start(FAKE_GOOD);
    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, keep_asking, &counts[i]), 0);
    for (kills = 0; kills < KILLS; kills++) {
        for (i = 0; i < THREADS; i++)
            before[i] = atomic_load(&counts[i]);
        for (i = 0; i < THREADS; i++)
            while (atomic_load(&counts[i]) - before[i] < 2)
                sched_yield();
        fake_daemon_kill(&fake);
        fake_daemon_go_on(&fake);
    }
    atomic_store(&enough, true);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        all += counts[i];
    }
    printf("%u questions, %u failed\n", all, failed_count);
    ck_assert_uint_eq(failed_count, 0);
    fake_daemon_stop(&fake);
}
END_TEST

static void
have_path(void)
{
    snprintf(path, sizeof(path), "%s", scratch_path("socket"));
}

/* An answer that is not the last one. */
struct progress {
    bool more;
    int answers;
    const char *last;
    bool kills; /* the daemon, at the first answer */
};

static bool
is_progress(void *data, struct slice answer)
{
    struct progress *p = data;

    if (p->answers++ == 0 && p->kills)
        fake_daemon_kill(&fake);
    p->more = slice_equal(answer, slice_of("working"));
    return p->more || slice_equal(answer, slice_of(p->last));
}

static enum scram_status
ask_until(uint32_t timeout, struct progress *progress)
{
    struct ask_daemon daemon = asked(timeout);
    uint8_t memory[ANSWER_MAX];
    struct buffer answer = BUFFER_ARRAY(memory);

    progress->last = "what?";
    return ask_call_until(
        &daemon,
        &(struct ask_question){SLICE("what?"), &answer, is_progress, progress},
        &progress->more, NULL);
}

/* Eight tenths of a second in all, of which each is in time. */
START_TEST(a_daemon_that_works_is_waited_for)
{
    struct progress progress = {.more = false};

    start(FAKE_WORKING);
    ck_assert_int_eq(ask_until(700, &progress), SCRAM_OK);
    ck_assert_int_eq(progress.answers, 1 + FAKE_WORKING_TIMES);
    /* The next question has its own answers. */
    progress.answers = 0;
    ck_assert_int_eq(ask_until(700, &progress), SCRAM_OK);
    ck_assert_int_eq(progress.answers, 1 + FAKE_WORKING_TIMES);
    ck_assert_uint_eq(fake.seen->connections, 1);
    fake_daemon_stop(&fake);
}
END_TEST

START_TEST(a_daemon_that_stops_working_is_not)
{
    struct progress progress = {.more = false};
    uint64_t begun = ask_clock();

    start(FAKE_WORKING);
    ck_assert_int_eq(ask_until(50, &progress), SCRAM_BROKER_SLOW);
    ck_assert_uint_lt(ask_clock() - begun, 700);
    fake_daemon_stop(&fake);
}
END_TEST

_Static_assert(FAKE_ENDLESS_TIMES > ASK_ANSWERS_MAX, "more than is taken");

START_TEST(a_daemon_that_works_for_ever_is_not_waited_for)
{
    struct progress progress = {.more = false};

    start(FAKE_ENDLESS);
    ck_assert_int_eq(ask_until(60000, &progress), SCRAM_BROKER_SLOW);
    ck_assert_int_eq(progress.answers, ASK_ANSWERS_MAX);
    fake_daemon_stop(&fake);
}
END_TEST

/* What it worked at has gone with it: whoever asks is told so, and at once. */
START_TEST(a_daemon_that_dies_at_its_work_is_not_asked_again)
{
    struct progress progress = {.more = false};

    start(FAKE_WORKING);
    ck_assert_int_eq(ask_until(700, &progress), SCRAM_OK);
    progress = (struct progress){.kills = true};
    ck_assert_int_eq(ask_until(700, &progress), SCRAM_BROKER_GONE);
    ck_assert_int_eq(progress.answers, 1);
    fake.manner = FAKE_GOOD;
    fake_daemon_go_on(&fake);
    assert_asks("what?");
    ck_assert_uint_eq(fake.seen->connections, 2);
    fake_daemon_stop(&fake);
}
END_TEST

/* One that is asked once: no second attempt but for a connection that was kept.
 */
START_TEST(a_daemon_that_is_asked_once_is)
{
    struct ask_daemon daemon = asked(60000);
    uint8_t memory[ANSWER_MAX];
    struct buffer answer = BUFFER_ARRAY(memory);
    struct ask_question question = {SLICE("echo"), &answer, is_same,
                                    (void *)(uintptr_t) "echo"};
    unsigned connections;

    daemon.once = true;
    ck_assert_int_eq(ask_call(&daemon, &question, NULL), SCRAM_BROKER_GONE);
    start(FAKE_GOOD);
    ck_assert_int_eq(ask_call(&daemon, &question, NULL), SCRAM_OK);
    fake_daemon_kill(&fake);
    fake_daemon_go_on(&fake);
    ck_assert_int_eq(ask_call(&daemon, &question, NULL), SCRAM_OK);
    fake_daemon_stop(&fake);

    start(FAKE_DROPS);
    ck_assert_int_eq(ask_call(&daemon, &question, NULL), SCRAM_BROKER_GONE);
    connections = fake.seen->connections;
    ck_assert_uint_eq(connections, 1);
    fake_daemon_stop(&fake);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_checked_fixture(tests, have_path, NULL);
    tcase_add_test(tests, a_connection_is_kept_and_greeted_once);
    tcase_add_test(tests, a_daemon_that_works_is_waited_for);
    tcase_add_test(tests, a_daemon_that_stops_working_is_not);
    tcase_add_test(tests, a_daemon_that_works_for_ever_is_not_waited_for);
    tcase_add_test(tests, a_daemon_that_dies_at_its_work_is_not_asked_again);
    tcase_add_test(tests, a_daemon_that_is_asked_once_is);
    tcase_add_test(tests, a_thread_that_is_cancelled_asks_to_the_end);
    tcase_add_test(tests, its_number_is_above_two_and_closed_on_exec);
    tcase_add_test(tests,
                   a_daemon_that_closes_after_each_answer_is_not_noticed);
    tcase_add_test(
        tests, a_daemon_that_is_killed_between_two_questions_is_not_noticed);
    tcase_add_test(tests,
                   a_program_that_cannot_connect_goes_on_with_what_is_kept);
    tcase_add_loop_test(tests, a_daemon_that_answers_badly_is_not_asked_again,
                        0, COUNT(manners));
    tcase_add_test(tests, an_answer_that_nobody_knows_ends_the_connection);
    tcase_add_test(tests, who_is_not_welcome_is_told_why);
    tcase_add_loop_test(tests, a_call_ends_in_time, 0, COUNT(waiting));
    tcase_add_test(tests, a_late_answer_is_not_the_next_question_s);
    tcase_add_test(tests, each_call_has_its_own_limit);
    tcase_add_test(tests, a_socket_that_is_not_there_is_said);
    tcase_add_test(tests, no_attempt_is_made_beyond_the_call_s_time);
    tcase_add_test(tests, a_call_without_time_left_does_not_wait);
    tcase_add_test(tests, a_connection_without_a_place_ends_with_its_call);
    tcase_add_test(tests, a_connection_is_for_one_daemon_and_one_account);
    tcase_add_test(tests, descriptors_of_the_program_are_left_alone);
    tcase_add_test(tests, a_child_has_connections_of_its_own);
    tcase_add_test(tests, a_child_without_handlers_has_connections_of_its_own);
    tcase_add_test(tests, every_message_says_which_account_asks);
    tcase_add_test(tests, without_a_number_there_is_a_sentence);
    tcase_add_test(tests, in_a_chroot_the_socket_has_to_be_inside);
    tcase_add_loop_test(tests, folders_that_others_may_write_to_are_not_trusted,
                        0, COUNT(folders));
    tcase_add_loop_test(tests,
                        who_listens_is_root_the_folder_s_owner_or_oneself, 0,
                        COUNT(listeners));
    tcase_add_test(tests, a_link_to_a_folder_of_another_s_is_not_trusted);
    tcase_add_test(tests, a_welcome_counts_for_a_second_and_a_failure_does_not);
    tcase_add_test(
        tests, no_question_fails_while_the_daemon_is_killed_again_and_again);
}

int
main(void)
{
    return unit_run("ask", add, 120);
}
