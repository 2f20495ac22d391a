/*
 * A writer in a folder in which another account may write, and lays things out
 * for it: root, as a rule, and what comes to harm would be another file. As
 * root, the tests that need another account have one.
 */
#include "store/lmdb_place.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "stores.h"
#include "unit.h"

#define NAME "users.mdb"
#define LOCK NAME LMDB_LOCK_SUFFIX
#define DRAFT NAME LMDB_DRAFT_SUFFIX
#define NOBODY 65534
#define SECRET "this is nobody's to read or to write"

/* A file that is to stay as it is, out of the other account's reach. */
static void
make_victim(void)
{
    FILE *file;

    ck_assert_int_eq(mkdir(stores_path("ours"), 0700), 0);
    file = fopen(stores_path("ours/victim"), "w");
    ck_assert_ptr_nonnull(file);
    fputs(SECRET, file);
    fclose(file);
    ck_assert_int_eq(chmod(stores_path("ours/victim"), 0600), 0);
}

static void
check_victim(void)
{
    FILE *file = fopen(stores_path("ours/victim"), "r");
    char text[128] = "";
    struct stat st;

    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
    ck_assert_str_eq(text, SECRET);
    ck_assert_int_eq(fstat(fileno(file), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(st.st_uid, geteuid());
    ck_assert_int_eq(st.st_gid, getegid());
    fclose(file);
}

/* What putting a user says. */
static enum scram_status
put(const char *name, struct sentence *why)
{
    struct scram_verifier v = stores_verifier("alice", 1);
    enum scram_status status;
    struct store *store;

    status = store_open(stores_location(name), STORE_CREATE, &store, why);
    if (status != SCRAM_OK)
        return status;
    status = store_put(store, SLICE("alice"), &v, STORE_EITHER, why);
    store_close(store);
    return status;
}

static void
check_refused(const char *name, const char *named)
{
    struct sentence why = {""};

    ck_assert_int_eq(put(name, &why), SCRAM_STORE_FAILED);
    ck_assert_msg(strstr(why.text, stores_path(named)) != NULL, "%s", why.text);
}

START_TEST(no_link_is_followed_that_is_laid_out_for_a_draft)
{
    make_victim();
    ck_assert_int_eq(symlink("ours/victim", stores_path(DRAFT)), 0);
    ck_assert_int_eq(put(NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(symlink("ours/none", stores_path(DRAFT)), 0);
    ck_assert_int_eq(put(NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(link(stores_path("ours/victim"), stores_path(DRAFT)), 0);
    ck_assert_int_eq(put(NAME, NULL), SCRAM_OK);
    ck_assert_int_ne(access(stores_path("ours/none"), F_OK), 0);
    check_victim();
}
END_TEST

START_TEST(no_link_is_followed_that_is_laid_out_for_a_lock_file)
{
    make_victim();
    ck_assert_int_eq(symlink("ours/victim", stores_path(LOCK)), 0);
    check_refused(NAME, LOCK);
    ck_assert_int_eq(unlink(stores_path(LOCK)), 0);
    ck_assert_int_eq(symlink("ours/none", stores_path(LOCK)), 0);
    check_refused(NAME, LOCK);
    ck_assert_int_ne(access(stores_path("ours/none"), F_OK), 0);
    ck_assert_int_eq(unlink(stores_path(LOCK)), 0);
    ck_assert_int_eq(link(stores_path("ours/victim"), stores_path(LOCK)), 0);
    check_refused(NAME, LOCK);
    check_victim();
}
END_TEST

static const mode_t modes[] = {0620, 0602, 0640, 0604, 0666};

START_TEST(a_lock_file_that_others_can_open_is_taken_from_them)
{
    int fd = creat(stores_path(LOCK), 0600);
    struct stat st;

    ck_assert_int_eq(fchmod(fd, modes[_i]), 0);
    ck_assert_int_eq(put(NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(fstat(fd, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    ck_assert_uint_eq(st.st_nlink, 1); /* it is the lock file still */
    close(fd);
}
END_TEST

START_TEST(a_lock_file_of_another_account_is_refused)
{
    if (geteuid() != 0)
        return; /* there is no other */
    close(creat(stores_path(LOCK), 0600));
    ck_assert_int_eq(chown(stores_path(LOCK), NOBODY, NOBODY), 0);
    check_refused(NAME, LOCK);
}
END_TEST

START_TEST(a_lock_file_that_is_no_file_is_refused)
{
    ck_assert_int_eq(mkfifo(stores_path(LOCK), 0600), 0);
    check_refused(NAME, LOCK);
}
END_TEST

START_TEST(a_link_that_another_account_made_is_not_written_through)
{
    struct store *store;

    if (geteuid() != 0)
        return; /* there is no other */
    ck_assert_int_eq(mkdir(stores_path("ours"), 0700), 0);
    store = stores_open("ours/" NAME, STORE_CREATE);
    ck_assert_int_eq(symlink("ours/" NAME, stores_path("link.mdb")), 0);
    ck_assert_int_eq(put("link.mdb", NULL), SCRAM_OK); /* which we made */
    ck_assert_int_eq(store_remove(store, SLICE("alice"), NULL), SCRAM_OK);
    ck_assert_int_eq(lchown(stores_path("link.mdb"), NOBODY, NOBODY), 0);
    check_refused("link.mdb", "link.mdb");
    ck_assert(!stores_has(store, "alice", 1));
    store_close(store);
}
END_TEST

START_TEST(links_in_a_circle_are_an_error)
{
    struct sentence why = {""};

    ck_assert_int_eq(symlink("b.mdb", stores_path("a.mdb")), 0);
    ck_assert_int_eq(symlink("a.mdb", stores_path("b.mdb")), 0);
    ck_assert_int_eq(put("a.mdb", &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path("a.mdb")));
}
END_TEST

/* The owner of a store can write to it after root has, and the other way
 * round. */
static int
put_as_owner(void *data)
{
    struct sentence why = {""};

    (void)data;
    stores_become_nobody();
    if (put(NAME, &why) == SCRAM_OK)
        return 0;
    fprintf(stderr, "%s\n", why.text);
    return 1;
}

START_TEST(root_and_the_owner_of_a_store_write_by_turns)
{
    struct stat st;

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(chown(stores_path(""), NOBODY, NOBODY), 0);
    ck_assert_int_eq(stores_run(put_as_owner, NULL), 0);
    ck_assert_int_eq(unlink(stores_path(LOCK)), 0);
    ck_assert_int_eq(put(NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(stores_run(put_as_owner, NULL), 0);
    ck_assert_int_eq(put(NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(stat(stores_path(NAME), &st), 0);
    ck_assert_int_eq(st.st_uid, NOBODY);
    ck_assert_int_eq(st.st_mode & 07777, 0640);
}
END_TEST

/* Put a link in the place of whatever root makes, as fast as it can be. */
static int
swap_until_killed(void *data)
{
    char target[512], bait[512], victim[512];
    struct stat st;

    snprintf(target, sizeof(target), "%s", stores_path(data));
    snprintf(bait, sizeof(bait), "%s", stores_path("bait"));
    snprintf(victim, sizeof(victim), "%s", stores_path("ours/victim"));
    stores_become_nobody();
    for (;;) {
        if (symlink(victim, bait) != 0)
            return 1;
        while (lstat(target, &st) != 0 || S_ISLNK(st.st_mode))
            ;
        if (rename(bait, target) != 0)
            return 2;
    }
}

static const char *const swapped[] = {DRAFT, LOCK, NAME};

START_TEST(what_is_swapped_while_root_writes_harms_no_other_file)
{
    pid_t swapper;
    double start;

    if (geteuid() != 0)
        return; /* there is no other */
    make_victim();
    ck_assert_int_eq(chown(stores_path(""), NOBODY, NOBODY), 0);
    swapper = stores_start(swap_until_killed, (void *)(uintptr_t)swapped[_i]);
    for (start = stores_now(); stores_within(start, 1.0);) {
        put(NAME, NULL); /* which may work or not */
        check_victim();
        unlink(stores_path(NAME));
        unlink(stores_path(LOCK));
    }
    kill(swapper, SIGKILL);
    ck_assert_int_eq(stores_wait(swapper), 100 + SIGKILL);
    check_victim();
}
END_TEST

/* Who can read the store and its folder, as a server can. */
static int
open_lock(void *data)
{
    (void)data;
    stores_become_nobody();
    return open(stores_path(NAME), O_RDONLY) >= 0 &&
                   open(stores_path(LOCK), O_RDONLY) < 0 &&
                   open(stores_path(LOCK), O_RDWR) < 0
               ? 0
               : 1;
}

START_TEST(who_reads_a_store_cannot_make_writers_wait)
{
    if (geteuid() != 0)
        return; /* all is ours then */
    ck_assert_int_eq(put(NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(chmod(stores_path(NAME), 0644), 0);
    ck_assert_int_eq(stores_run(open_lock, NULL), 0);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests, no_link_is_followed_that_is_laid_out_for_a_draft);
    tcase_add_test(tests, no_link_is_followed_that_is_laid_out_for_a_lock_file);
    tcase_add_loop_test(tests,
                        a_lock_file_that_others_can_open_is_taken_from_them, 0,
                        COUNT(modes));
    tcase_add_test(tests, a_lock_file_of_another_account_is_refused);
    tcase_add_test(tests, a_lock_file_that_is_no_file_is_refused);
    tcase_add_test(tests,
                   a_link_that_another_account_made_is_not_written_through);
    tcase_add_test(tests, links_in_a_circle_are_an_error);
    tcase_add_test(tests, root_and_the_owner_of_a_store_write_by_turns);
    tcase_add_loop_test(tests,
                        what_is_swapped_while_root_writes_harms_no_other_file,
                        0, COUNT(swapped));
    tcase_add_test(tests, who_reads_a_store_cannot_make_writers_wait);
}

int
main(void)
{
    stores_kind = "lmdb";
    return unit_run("lmdb_place", add, 30);
}
