/*
 * What must not hurt: servers to which somebody logs in all the time (crowd.h)
 * while gss-scramd is killed, stopped or busy, and while the servers' own
 * processes close their descriptors, change their root, limits or account, or
 * may not connect any more. The store is gss-scramd's own.
 *
 * It takes half a minute on an idle machine, half of it for a million users:
 * each of some 4,000 batches is on the disk before the next one comes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "../unit/listener.h"
#include "asker.h"
#include "crowd.h"
#include "importer.h"
#include "served.h"

#define KILLS 100u
#ifdef __SANITIZE_ADDRESS__ /* which has nothing more to find in a million */
#define USERS 100000u
#else
#define USERS 1000000u
#endif
#define PATIENT 60000 /* milliseconds: nobody's time is up */
#define MADE 2        /* users, by served_make_users */

static struct served served;
static int held[2] = {-1, -1}; /* sockets, as systemd holds them */

static int
listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), above;

    snprintf(address.sun_path, sizeof(address.sun_path), "%.107s", path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(chmod(path, 0666), 0);
    ck_assert_int_eq(listen(fd, SOMAXCONN), 0);
    above = fcntl(fd, F_DUPFD_CLOEXEC, 100);
    close(fd);
    return above;
}

/* served.before: in the process that becomes gss-scramd. */
static int
hand_over(void)
{
    char pid[32];

    if (dup2(held[0], 3) != 3 || dup2(held[1], 4) != 4)
        return -1;
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "2", 1);
    return 0;
}

/*
 * Serve with sockets that this process holds, or that gss-scramd makes itself;
 * and have the crowd log in.
 *
 * @param timeout   the module's broker_timeout, in milliseconds
 * @param accounts  of gss-scramd's configuration
 */
static struct crowd *
begin(bool is_held, unsigned timeout, const char *accounts)
{
    char lines[4096];

    snprintf(lines, sizeof(lines), "    handshake_timeout = 3m\n%s", accounts);
    served_make_users();
    served_configure(&served, "one", lines);
    snprintf(served.debug, sizeof(served.debug), "/dev/null");
    served.before = NULL;
    if (is_held) {
        held[0] = listen_at(served.broker);
        held[1] = listen_at(served.admin);
        served.before = hand_over;
    }
    served_start(&served);
    world_write("scram.conf",
                "[scram]\n    broker = %s\n    broker_timeout = %ums\n"
                "    handshake_timeout = 3m\n",
                served.broker, timeout);
    ck_assert_int_eq(chmod(world_path("."), 0755), 0);
    return crowd_start();
}

static void
restart(void)
{
    served_kill(&served);
    served_start(&served);
}

/* For how long the module tries a connection again that is refused: the sum of
 * its pauses, in milliseconds. */
#define TRIED_FOR 121

/* Kill gss-scramd, and start it again, whenever each member has logged in twice
 * since it was last; no login fails. Without a socket that outlives gss-scramd,
 * those may that were tried again for as long as the module does, before
 * anybody listened. */
static void
kill_again_and_again(struct crowd *c)
{
    unsigned i, gone, late = 0;
    double began, took = 0, longest = 0;

    for (i = 0; i < KILLS; i++) {
        gone = crowd_count(c, CROWD_GONE);
        began = stores_now();
        restart();
        took = (stores_now() - began) * 1000;
        longest = took > longest ? took : longest;
        crowd_wait(c, CROWD_IN, 2);
        gone = crowd_count(c, CROWD_GONE) - gone;
        ck_assert_msg(gone == 0 || (served.before == NULL && took >= TRIED_FOR),
                      "%u logins failed for a restart of %g ms", gone, took);
        late += gone != 0;
    }
    printf("killed %u times, back after %.0f ms at most; too late %u times\n",
           KILLS, longest, late);
}

START_TEST(no_login_fails_while_gss_scramd_is_killed_and_its_socket_stays)
{
    struct crowd *c = begin(true, PATIENT, "");
    struct importer *importer = importer_start(&served, USERS);
    unsigned imported;

    kill_again_and_again(c);
    crowd_stop(c, "killed, with a socket that is held");
    crowd_check(c, 0, PATIENT);
    imported = importer_kill(importer);
    printf("%u users imported meanwhile\n", imported);
    ck_assert_uint_gt(imported, 0);
    ck_assert_uint_ge(importer_list(&served), imported + MADE);
    served_stop(&served);
}
END_TEST

START_TEST(no_login_fails_while_gss_scramd_is_killed_and_back_at_once)
{
    struct crowd *c = begin(false, PATIENT, "");

    kill_again_and_again(c);
    crowd_stop(c, "killed, with a socket of its own");
    crowd_check(c, CROWD_BIT(CROWD_GONE), PATIENT);
    served_stop(&served);
}
END_TEST

START_TEST(a_million_users_are_imported_meanwhile)
{
    struct crowd *c = begin(true, PATIENT, "");
    unsigned before[CROWD_MEMBERS], i;
    double began = stores_now();
    struct importer *importer;

    /* gss-scramd and who imports have to get a turn on a busy machine. */
    atomic_store(&c->pause, 10);
    for (i = 0; i < CROWD_MEMBERS; i++)
        before[i] = atomic_load(&c->members[i].ended[CROWD_IN]);
    importer = importer_start(&served, USERS);
    importer_wait(importer);
    for (i = 0; i < CROWD_MEMBERS; i++)
        ck_assert_uint_gt(atomic_load(&c->members[i].ended[CROWD_IN]),
                          before[i]);
    printf("%u users imported in %.1f s\n", USERS, stores_now() - began);
    crowd_stop(c, "while they were");
    crowd_check(c, 0, PATIENT);
    ck_assert_uint_eq(importer_list(&served), USERS + MADE);
    served_stop(&served);
}
END_TEST

#define SHORT 1500 /* milliseconds */

START_TEST(each_call_is_back_in_time_while_gss_scramd_is_stopped)
{
    struct crowd *c = begin(true, SHORT, "");

    ck_assert_int_eq(kill(served.pid, SIGSTOP), 0);
    crowd_wait(c, CROWD_SLOW, 2);
    ck_assert_int_eq(kill(served.pid, SIGCONT), 0);
    crowd_wait(c, CROWD_IN, 2);
    crowd_stop(c, "stopped for longer than broker_timeout");
    crowd_check(c, CROWD_BIT(CROWD_SLOW), SHORT);
    ck_assert_ptr_null(crowd_says_not(c, CROWD_SLOW, "broker_timeout"));
    served_stop(&served);
}
END_TEST

/* What a process of the crowd has opened with the numbers that it closed: files
 * and sockets in turns, as nobody can write a message into a file. */
#define OPENED 48

static struct opened {
    int fd;
    struct stat is;
} opened[OPENED];

static const char *
close_and_reuse_all(void)
{
    struct opened *o = opened;
    int pair[2];

    closefrom(3);
    while (o < opened + OPENED) {
        if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
            return "no sockets";
        o++->fd = pair[0];
        o++->fd = pair[1];
        o++->fd = memfd_create("mine", 0);
    }
    for (o = opened; o < opened + OPENED; o++) {
        if (o->fd < 3 || o->fd >= 3 + OPENED || fstat(o->fd, &o->is) != 0)
            return "the numbers are not those that were closed";
    }
    return NULL;
}

static const char *
look_at_all(void)
{
    struct opened *o;
    struct stat is;
    char byte;

    for (o = opened; o < opened + OPENED; o++) {
        if (fstat(o->fd, &is) != 0 || is.st_ino != o->is.st_ino)
            return "a descriptor of the program's was closed";
        if (is.st_size != 0)
            return "something was written into a file of the program's";
        if (S_ISSOCK(is.st_mode) &&
            (recv(o->fd, &byte, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN))
            return "something was sent over a socket of the program's";
    }
    return NULL;
}

START_TEST(a_program_closes_all_descriptors_and_has_their_numbers_again)
{
    struct crowd *c = begin(true, PATIENT, "");

    crowd_do(c, close_and_reuse_all);
    crowd_wait(c, CROWD_IN, 5);
    crowd_do(c, look_at_all);
    restart();
    crowd_wait(c, CROWD_IN, 5);
    crowd_do(c, look_at_all);
    crowd_stop(c, "all descriptors closed");
    crowd_check(c, 0, PATIENT);
    served_stop(&served);
}
END_TEST

static char inside[128];

static const char *
change_root(void)
{
    return chroot(inside) == 0 && chdir("/") == 0 ? NULL : "chroot failed";
}

/* Make all folders of a path. */
static void
make_folders(const char *path)
{
    char folder[512];
    const char *slash;

    for (slash = strchr(path + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
        ck_assert(mkdir(folder, 0755) == 0 || errno == EEXIST);
    }
}

/* What there is of a connection goes on; a new one needs the socket inside. */
/* Have each process keep as many connections as its threads can need at once:
 * none gets an answer for a moment, so that all wait for one. */
static void
fill_pools(const struct crowd *c)
{
    ck_assert_int_eq(kill(served.pid, SIGSTOP), 0);
    usleep(100000);
    ck_assert_int_eq(kill(served.pid, SIGCONT), 0);
    crowd_wait(c, CROWD_IN, 1);
}

START_TEST(a_program_changes_its_root)
{
    bool has_socket = _i == 0;
    struct crowd *c;
    char path[512];

    snprintf(inside, sizeof(inside), "%s", stores_path("inside"));
    c = begin(true, PATIENT, "");
    snprintf(path, sizeof(path), "%s%s", inside, served.broker);
    make_folders(path);
    if (has_socket)
        ck_assert_int_eq(link(served.broker, path), 0);
    fill_pools(c);
    crowd_do(c, change_root);
    crowd_wait(c, CROWD_IN, 5);
    ck_assert_uint_eq(crowd_count(c, CROWD_GONE), 0);
    restart();
    crowd_wait(c, has_socket ? CROWD_IN : CROWD_GONE, 2);
    crowd_stop(c, has_socket ? "in a chroot with the socket"
                             : "in a chroot without the socket");
    crowd_check(c, has_socket ? 0 : CROWD_BIT(CROWD_GONE), PATIENT);
    if (!has_socket)
        ck_assert_ptr_null(
            crowd_says_not(c, CROWD_GONE, "In a chroot the socket has to be"));
    served_stop(&served);
}
END_TEST

static struct rlimit limit;

static const char *
take_all_descriptors(void)
{
    struct rlimit low;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return "no limit";
    low = (struct rlimit){64, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &low) != 0)
        return "the limit cannot be set";
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
        ;
    return errno == EMFILE ? NULL : "descriptors without an end";
}

static const char *
take_those_of_the_module_too(void)
{
    closefrom(3);
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
        ;
    return errno == EMFILE ? NULL : "descriptors without an end";
}

static const char *
raise_limit(void)
{
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? NULL : "no limit again";
}

/* How many logins of the processes that have one thread, and so one connection
 * from their first login on, have found no descriptor. */
static unsigned
refused_with_a_connection(const struct crowd *c)
{
    unsigned i, count = 0;

    for (i = CROWD_THREADS; i < CROWD_MEMBERS; i++)
        count += atomic_load(&c->members[i].ended[CROWD_NO_RESOURCES]);
    return count;
}

/* A connection that is lost gives its number to the next one. More threads than
 * had one at a time before may want one more. */
START_TEST(a_program_has_as_many_descriptors_as_it_may)
{
    struct crowd *c = begin(true, PATIENT, "");
    unsigned refused;

    crowd_do(c, take_all_descriptors);
    crowd_wait(c, CROWD_IN, 5);
    restart();
    crowd_wait(c, CROWD_IN, 5);
    ck_assert_uint_eq(refused_with_a_connection(c), 0);
    crowd_do(c, take_those_of_the_module_too);
    crowd_wait(c, CROWD_NO_RESOURCES, 2);
    crowd_do(c, raise_limit);
    crowd_wait(c, CROWD_IN, 1);
    refused = crowd_count(c, CROWD_NO_RESOURCES);
    crowd_wait(c, CROWD_IN, 2);
    ck_assert_uint_eq(crowd_count(c, CROWD_NO_RESOURCES), refused);
    crowd_stop(c, "RLIMIT_NOFILE reached");
    crowd_check(c, CROWD_BIT(CROWD_NO_RESOURCES), PATIENT);
    ck_assert_ptr_null(crowd_says_not(c, CROWD_NO_RESOURCES, "no descriptor"));
    served_stop(&served);
}
END_TEST

static const char *
become_another(void)
{
    return seteuid(SERVED_STRANGER) == 0 ? NULL : "seteuid";
}

static const char *
become_root_again(void)
{
    return seteuid(0) == 0 ? NULL : "seteuid(0)";
}

static const char *
become_another_for_good(void)
{
    return setuid(SERVED_STRANGER) == 0 && setuid(0) != 0 ? NULL : "setuid";
}

static unsigned
logins_of(uid_t uid)
{
    char name[128];

    snprintf(name, sizeof(name),
             "gss_scram_logins_total{uid=\"%lu\",outcome=\"established\"} ",
             (unsigned long)uid);
    return importer_metric(&served, name);
}

/* Have the crowd change its account: from then on its logins are that one's,
 * and nobody else's. Of each member one login is begun by the one before. */
static void
change_account(struct crowd *c, crowd_act *act, uid_t uid)
{
    uid_t other = uid == 0 ? SERVED_STRANGER : 0;
    unsigned before;

    crowd_do(c, act);
    before = logins_of(other);
    crowd_wait(c, CROWD_IN, 3);
    ck_assert_uint_eq(logins_of(other), before);
    ck_assert_uint_ge(logins_of(uid), 3 * CROWD_MEMBERS);
}

START_TEST(a_program_changes_its_account_after_acquiring)
{
    char accounts[512];
    struct crowd *c;

    snprintf(accounts, sizeof(accounts),
             "[accounts]\n    %d = {\n        store = %s\n    }\n",
             SERVED_STRANGER, stores_location("users"));
    c = begin(true, PATIENT, accounts);
    change_account(c, become_another, SERVED_STRANGER);
    change_account(c, become_root_again, 0);
    change_account(c, become_another_for_good, SERVED_STRANGER);
    restart();
    crowd_wait(c, CROWD_IN, 2);
    crowd_stop(c, "seteuid, and setuid");
    crowd_check(c, CROWD_BIT(CROWD_ANEW), PATIENT);
    ck_assert_uint_le(crowd_count(c, CROWD_ANEW), 3 * CROWD_MEMBERS);
    served_stop(&served);
}
END_TEST

static const char *
forbid_connect(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_connect, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT(code), code};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                   syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                           SECCOMP_FILTER_FLAG_TSYNC, &program) == 0 &&
                   connect(-1, NULL, 0) != 0 && errno == EPERM
               ? NULL
               : "seccomp";
}

START_TEST(a_program_may_not_connect_any_more)
{
    struct crowd *c = begin(true, PATIENT, "");

    fill_pools(c);
    crowd_do(c, forbid_connect);
    crowd_wait(c, CROWD_IN, 5);
    ck_assert_uint_eq(crowd_count(c, CROWD_GONE), 0);
    restart();
    crowd_wait(c, CROWD_GONE, 2);
    crowd_stop(c, "without connect(2)");
    crowd_check(c, CROWD_BIT(CROWD_GONE), PATIENT);
    ck_assert_ptr_null(crowd_says_not(c, CROWD_GONE, "not permitted"));
    served_stop(&served);
}
END_TEST

/* As many requests as an account may have under way; two accounts' are all that
 * may wait for directories. */
#define ALL_OF_ONE 512

/* In a child: begin that many logins, and wait for none. */
static int
fill(void *data)
{
    const uid_t *uid = data;
    const struct rlimit limits = {ALL_OF_ONE + 64, ALL_OF_ONE + 64};
    uint8_t memory[256];
    struct asker a;
    int i;

    if (setrlimit(RLIMIT_NOFILE, &limits) != 0)
        return SERVED_BROKEN;
    served_become(*uid, *uid);
    for (i = 0; i < ALL_OF_ONE; i++) {
        const struct wire_first first = {SCRAM_SHA_256,
                                         SLICE("n=alice,r=abcdefgh")};
        struct buffer request = BUFFER_ARRAY(memory);

        wire_put_first(&first, &request);
        if (asker_begin(&a, served.broker) != SCRAM_OK ||
            !asker_send(a.fd, buffer_slice(&request)))
            return SERVED_BROKEN;
    }
    for (;;)
        pause();
}

/* Accounts whose users are in a directory that says nothing. */
static const uid_t filling[] = {SERVED_OTHER, SERVED_OTHER + 1};

static void
add_account(char *text, size_t size, uid_t uid, const char *url)
{
    size_t len = strlen(text);

    snprintf(text + len, size - len,
             "    %lu = {\n        store = %s\n"
             "        ldap_base = dc=example\n"
             "        ldap_decoy_iterations = 4096\n"
             "        ldap_total_timeout = 60s\n"
             "        ldap_connect_timeout = 60s\n"
             "        ldap_lookup_timeout = 60s\n"
             "        broker_timeout = 60s\n    }\n",
             (unsigned long)uid, url);
}

START_TEST(a_full_queue_is_said_and_hurts_nobody_else)
{
    char accounts[2048] = "[accounts]\n";
    struct listener listener;
    pid_t fillers[COUNT(filling)];
    double began;
    struct crowd *c;
    int i;

    listener_start(&listener, LISTENER_SILENT);
    add_account(accounts, sizeof(accounts), SERVED_STRANGER, listener.url);
    for (i = 0; i < COUNT(filling); i++)
        add_account(accounts, sizeof(accounts), filling[i], listener.url);
    c = begin(true, PATIENT, accounts);
    for (i = 0; i < COUNT(filling); i++)
        fillers[i] = stores_start(fill, (void *)&filling[i]);
    began = stores_now();
    /* That for the metrics is one, too. */
    while (importer_metric(&served, "\ngss_scram_requests ") <
           ALL_OF_ONE * COUNT(filling) + 1)
        ck_assert(stores_within(began, 50));
    crowd_do(c, become_another);
    crowd_wait(c, CROWD_NO_RESOURCES, 2);
    crowd_do(c, become_root_again);
    crowd_wait(c, CROWD_IN, 5);
    crowd_stop(c, "a full queue");
    crowd_check(c, CROWD_BIT(CROWD_NO_RESOURCES) | CROWD_BIT(CROWD_ANEW),
                PATIENT);
    ck_assert_ptr_null(
        crowd_says_not(c, CROWD_NO_RESOURCES, "too many logins wait"));
    for (i = 0; i < COUNT(filling); i++) {
        ck_assert_int_eq(kill(fillers[i], SIGKILL), 0);
        ck_assert_int_eq(stores_wait(fillers[i]), 100 + SIGKILL);
    }
    served_stop(&served);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(
        tests, no_login_fails_while_gss_scramd_is_killed_and_its_socket_stays);
    tcase_add_test(tests,
                   no_login_fails_while_gss_scramd_is_killed_and_back_at_once);
    tcase_add_test(tests, a_million_users_are_imported_meanwhile);
    tcase_add_test(tests,
                   each_call_is_back_in_time_while_gss_scramd_is_stopped);
    tcase_add_test(
        tests, a_program_closes_all_descriptors_and_has_their_numbers_again);
    tcase_add_test(tests, a_program_has_as_many_descriptors_as_it_may);
    tcase_add_test(tests, a_program_may_not_connect_any_more);
    if (geteuid() != 0) {
        puts("not tried: chroot and other accounts, as this is not root");
        return;
    }
    tcase_add_loop_test(tests, a_program_changes_its_root, 0, 2);
    tcase_add_test(tests, a_program_changes_its_account_after_acquiring);
    tcase_add_test(tests, a_full_queue_is_said_and_hurts_nobody_else);
}

int
main(void)
{
    return world_run("crowd", add, 600);
}
