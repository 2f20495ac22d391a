/*
 * What a store bears in other people's processes: its descriptors closed and
 * their numbers used again, a root folder that has changed, no room to write,
 * no right to, a file that is cut short or written over while it is read, and
 * hundreds of children that were forked beforehand.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stores.h"
#include "unit.h"

#define NAME "users"

enum { CHILDREN = 400, MANY = 2000 };

/* Make a store with some users in it. */
static void
make(const char *name, const char *prefix, unsigned users)
{
    struct store *store = stores_open(name, STORE_CREATE);
    unsigned n;

    store_begin(store);
    for (n = 0; n < users; n++) {
        char user[32];

        snprintf(user, sizeof(user), "%s%05u", prefix, n);
        stores_add(store, user, 2);
    }
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK);
    store_close(store);
}

/* Open a store with three users, and have a process do something with it. */
static void
run_with_store(int (*run)(void *store))
{
    struct store *store;

    make(NAME, "user", 3);
    store = stores_open(NAME, STORE_READ);
    ck_assert_int_eq(stores_run(run, store), 0);
    store_close(store);
}

/* Take every free number up to one of them for sockets. */
static void
fill_numbers(int last)
{
    int pair[2];

    do
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    while (pair[1] < last);
}

/* Whether the numbers from 3 on are all sockets still. */
static bool
are_sockets(int last)
{
    struct stat st;
    int fd;

    for (fd = 3; fd <= last; fd++)
        if (fstat(fd, &st) != 0 || !S_ISSOCK(st.st_mode))
            return false;
    return true;
}

static int
close_and_use_again(void *data)
{
    struct store *store = data;
    struct scram_verifier v = stores_verifier("new", 2);
    struct store *writer;
    unsigned version;

    if (stores_look_up(store, "user00001", &version) != SCRAM_OK)
        return 1;
    if (closefrom(3), stores_look_up(store, "user00001", &version) != SCRAM_OK)
        return 2;
    closefrom(3);
    fill_numbers(60);
    if (stores_look_up(store, "user00001", &version) != SCRAM_OK)
        return 3;
    if (!are_sockets(60))
        return 4;
    if (store_open(STORES_KINDS, stores_location(NAME), STORE_WRITE, &writer,
                   NULL) != SCRAM_OK ||
        store_put(writer, SLICE("new"), &v, STORE_ADD, NULL) != SCRAM_OK)
        return 5;
    store_close(writer);
    if (stores_look_up(store, "new", &version) != SCRAM_OK || version != 2)
        return 6;
    store_close(store);
    return are_sockets(60) ? 0 : 7;
}

START_TEST(numbers_that_the_program_uses_again_are_its_own)
{
    run_with_store(close_and_use_again);
}
END_TEST

/* A program that has the store's own number for a file which it was sent, and
 * in which somebody who sent it stands with a password of their own. */
static int
be_given_another_file(void *data)
{
    struct store *store = data;
    unsigned version;
    int fd;

    if (stores_look_up(store, "user00001", &version) != SCRAM_OK)
        return 1;
    closefrom(3);
    for (fd = 0; fd >= 0 && fd < 60;)
        fd = open(stores_path("sent"), O_RDWR);
    return stores_look_up(store, "user00001", &version) == SCRAM_OK &&
                   version == 2
               ? 0
               : 2;
}

START_TEST(what_has_the_number_by_now_is_not_believed)
{
    struct store *store;

    store = stores_open("sent", STORE_CREATE);
    stores_add(store, "user00000", 4);
    stores_add(store, "user00001", 4);
    stores_add(store, "user00002", 4);
    store_close(store);
    run_with_store(be_given_another_file);
}
END_TEST

static int
open_without_standard_streams(void *data)
{
    struct store *store;
    struct stat st;
    unsigned version;
    int fd;

    (void)data;
    for (fd = 0; fd < 3; fd++)
        close(fd);
    if (store_open(STORES_KINDS, stores_location(NAME), STORE_READ, &store,
                   NULL) != SCRAM_OK)
        return 1;
    for (fd = 0; fd < 3; fd++)
        if (fstat(fd, &st) == 0)
            return 2;
    return stores_look_up(store, "user00001", &version) == SCRAM_OK ? 0 : 3;
}

START_TEST(no_number_of_a_standard_stream_is_taken)
{
    make(NAME, "user", 3);
    ck_assert_int_eq(stores_run(open_without_standard_streams, NULL), 0);
}
END_TEST

/* In a root folder in which there is no such path any more. */
static int
change_root(void *data)
{
    struct store *store = data;
    unsigned version;

    if (stores_look_up(store, "user00001", &version) != SCRAM_OK)
        return 1;
    if (chroot(stores_path("")) != 0 || chdir("/") != 0)
        return 2;
    stores_wait_seen();
    return stores_look_up(store, "user00001", &version) == SCRAM_STORE_ABSENT
               ? 0
               : 3;
}

START_TEST(a_store_that_is_out_of_the_root_folder_is_absent)
{
    if (geteuid() != 0)
        return;
    run_with_store(change_root);
}
END_TEST

/* With no more bytes in a file than there are, and what that raises. */
static int
write_with_a_limit(void *data)
{
    struct scram_verifier v = stores_verifier("new", 2);
    struct rlimit limit = {1000, 1000};
    struct store *store = data;
    struct sentence why = {""};
    unsigned version;

    signal(SIGXFSZ, SIG_DFL);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    if (store_put(store, SLICE("new"), &v, STORE_ADD, &why) !=
            SCRAM_STORE_FAILED ||
        strstr(why.text, stores_path(NAME)) == NULL)
        return 2;
    return stores_look_up(store, "user00001", &version) == SCRAM_OK ? 0 : 3;
}

START_TEST(a_limit_of_file_sizes_fails_the_change_and_kills_nobody)
{
    struct store *store;

    make(NAME, "user", 20);
    store = stores_open(NAME, STORE_WRITE);
    ck_assert_int_eq(stores_run(write_with_a_limit, store), 0);
    stores_add(store, "new", 2); /* where there is no limit */
    ck_assert_int_eq(access(stores_path(NAME ".new"), F_OK), -1);
    store_close(store);
}
END_TEST

static const char *
in_small(const char *name)
{
    static char path[64];

    snprintf(path, sizeof(path), "small/%s", name);
    return path;
}

/* Have a file system of this test's own, which goes with its process, however
 * that ends; false where that is not allowed, as in many containers. */
static bool
mount_small(const char *options)
{
    ck_assert_int_eq(mkdir(stores_path("small"), 0755), 0);
    return unshare(CLONE_NEWNS) == 0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", stores_path("small"), "tmpfs", 0, options) == 0;
}

/* Fill a file system until a store has no room for a change. */
static int
fill_up(void *data)
{
    struct sentence why = {""};
    struct store *store;
    unsigned n, version;

    (void)data;
    store = stores_open(in_small(NAME), STORE_CREATE);
    for (n = 0; n < 100; n++) {
        enum scram_status status;
        char user[64];
        unsigned i;

        store_begin(store);
        for (i = 0, status = SCRAM_OK; i < 200 && status == SCRAM_OK; i++) {
            struct scram_verifier v;

            snprintf(user, sizeof(user), "user%u-%u", n, i);
            v = stores_verifier(user, 2);
            status = store_put(store, slice_of(user), &v, STORE_ADD, &why);
        }
        if (status == SCRAM_OK)
            status = store_commit(store, &why);
        else
            (void)store_commit(store, NULL);
        if (status != SCRAM_OK) {
            if (n == 0 || status != SCRAM_STORE_FAILED ||
                strstr(why.text, NAME) == NULL)
                return 1;
            break;
        }
    }
    if (n == 100)
        return 2;
    if (stores_look_up(store, "user0-7", &version) != SCRAM_OK)
        return 3;
    store_close(store);
    store = stores_open(in_small(NAME), STORE_READ);
    return stores_look_up(store, "user0-7", &version) == SCRAM_OK ? 0 : 4;
}

START_TEST(a_full_disk_fails_the_change_and_leaves_all_as_it_was)
{
    int ended;

    if (geteuid() != 0 || !mount_small("size=512k,mode=755"))
        return;
    ended = stores_run(fill_up, NULL);
    umount2(stores_path("small"), MNT_DETACH);
    ck_assert_int_eq(ended, 0);
}
END_TEST

START_TEST(a_store_on_a_file_system_that_is_read_only_is_read)
{
    struct scram_verifier v = stores_verifier("new", 2);
    struct sentence why = {""};
    struct store *store;

    if (geteuid() != 0 || !mount_small("mode=755"))
        return;
    make(in_small(NAME), "user", 3);
    ck_assert_int_eq(
        mount(NULL, stores_path("small"), NULL, MS_REMOUNT | MS_RDONLY, NULL),
        0);
    store = stores_open(in_small(NAME), STORE_READ);
    ck_assert(stores_has(store, "user00001", 2));
    store_close(store);
    if (store_open(STORES_KINDS, stores_location(in_small(NAME)), STORE_WRITE,
                   &store, &why) == SCRAM_OK) {
        ck_assert_int_ne(store_put(store, SLICE("new"), &v, STORE_ADD, &why),
                         SCRAM_OK);
        store_close(store);
    }
    ck_assert_ptr_nonnull(strstr(why.text, NAME));
    umount2(stores_path("small"), MNT_DETACH);
}
END_TEST

/* Cut the file at each of many places while it is open, and put it back. */
START_TEST(a_store_that_is_cut_short_and_put_back_kills_nobody)
{
    struct store *store;
    struct stat st;
    off_t len;

    make("whole", "user", 200);
    make(NAME, "user", 200);
    store = stores_open(NAME, STORE_READ);
    ck_assert_int_eq(stat(stores_path("whole"), &st), 0);
    for (len = st.st_size - 1; len >= 0; len -= st.st_size / 50) {
        enum scram_status status;
        unsigned version;

        ck_assert_int_eq(truncate(stores_path(NAME), len), 0);
        status = stores_look_up(store, "user00001", &version);
        ck_assert(status == SCRAM_STORE_FAILED ||
                  status == SCRAM_STORE_ABSENT || status == SCRAM_OK ||
                  status == SCRAM_NO_USER);
        ck_assert_msg(status != SCRAM_OK || version == 2, "at %ld", (long)len);
        stores_overwrite("whole", NAME);
        ck_assert_int_eq(stores_look_up(store, "user00100", &version),
                         SCRAM_OK);
    }
    store_close(store);
}
END_TEST

static int
look_up_again_and_again(void *data)
{
    struct store *store = data;
    double start = stores_now();

    while (stores_now() - start < 0.5) {
        unsigned version;
        enum scram_status status = stores_look_up(store, "user00100", &version);

        if (status == SCRAM_OK && version != 2)
            return 1;
        if (status != SCRAM_OK && status != SCRAM_STORE_FAILED &&
            status != SCRAM_STORE_ABSENT && status != SCRAM_NO_USER)
            return 2;
    }
    return 0;
}

START_TEST(a_store_that_is_copied_over_kills_no_reader)
{
    pid_t readers[4];
    struct store *store;
    int i;

    make("whole", "user", MANY);
    make(NAME, "user", MANY);
    store = stores_open(NAME, STORE_READ);
    for (i = 0; i < COUNT(readers); i++)
        readers[i] = stores_start(look_up_again_and_again, store);
    for (i = 0; i < 20; i++) {
        ck_assert_int_eq(truncate(stores_path(NAME), 0), 0);
        stores_overwrite("whole", NAME);
    }
    for (i = 0; i < COUNT(readers); i++)
        ck_assert_int_eq(stores_wait(readers[i]), 0);
    ck_assert(stores_has(store, "user00100", 2));
    store_close(store);
}
END_TEST

static int
look_up_when_told(void *data)
{
    struct store *store = data;
    unsigned version;

    return stores_look_up(store, "late", &version) == SCRAM_OK ? 0 : 1;
}

/* Children that were forked beforehand, of which each looks after a change. */
START_TEST(hundreds_of_children_see_one_change)
{
    struct store *store;
    pid_t children[CHILDREN];
    struct rusage before, after;
    int i;

    make(NAME, "user", MANY);
    store = stores_open(NAME, STORE_READ);
    ck_assert(!stores_has(store, "late", 2));
    {
        struct store *writer = stores_open(NAME, STORE_WRITE);

        stores_add(writer, "late", 2);
        store_close(writer);
    }
    getrusage(RUSAGE_CHILDREN, &before);
    for (i = 0; i < CHILDREN; i++)
        children[i] = stores_start(look_up_when_told, store);
    for (i = 0; i < CHILDREN; i++)
        ck_assert_int_eq(stores_wait(children[i]), 0);
    getrusage(RUSAGE_CHILDREN, &after);
    printf("%d children spent %ld ms on a change among %d users\n", CHILDREN,
           (after.ru_utime.tv_sec - before.ru_utime.tv_sec +
            after.ru_stime.tv_sec - before.ru_stime.tv_sec) *
                   1000L +
               (after.ru_utime.tv_usec - before.ru_utime.tv_usec +
                after.ru_stime.tv_usec - before.ru_stime.tv_usec) /
                   1000,
           MANY);
    store_close(store);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests, numbers_that_the_program_uses_again_are_its_own);
    tcase_add_test(tests, what_has_the_number_by_now_is_not_believed);
    tcase_add_test(tests, no_number_of_a_standard_stream_is_taken);
    tcase_add_test(tests, a_store_that_is_out_of_the_root_folder_is_absent);
    tcase_add_test(tests,
                   a_limit_of_file_sizes_fails_the_change_and_kills_nobody);
    tcase_add_test(tests,
                   a_full_disk_fails_the_change_and_leaves_all_as_it_was);
    tcase_add_test(tests, a_store_on_a_file_system_that_is_read_only_is_read);
    tcase_add_test(tests, a_store_that_is_cut_short_and_put_back_kills_nobody);
    tcase_add_test(tests, a_store_that_is_copied_over_kills_no_reader);
    tcase_add_test(tests, hundreds_of_children_see_one_change);
}

int
main(void)
{
    return unit_run("store_contract", add, 120);
}
