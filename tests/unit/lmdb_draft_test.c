/*
 * How a store's file comes to be, and another in its place: with its modes,
 * once, and whole, whoever else makes it at the same moment and wherever its
 * maker is killed. What another account lays out is lmdb_place_test.c's.
 */
#include "store/lmdb_draft.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "noise.h"
#include "stores.h"
#include "unit.h"

#define NAME "users.mdb"
#define LOCK NAME "-writer"

/* That a file has the mode and the group that a service needs. */
static void
check_file(const char *name, mode_t mode)
{
    struct group *group = geteuid() == 0 ? getgrnam("gss-scram") : NULL;
    struct stat st;

    ck_assert_int_eq(stat(stores_path(name), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, mode);
    ck_assert_int_eq(st.st_uid, geteuid());
    if (mode != 0600) /* which nobody else opens */
        ck_assert_int_eq(st.st_gid, group == NULL ? getegid() : group->gr_gid);
}

/* That there are these files in the test's directory, and no others. */
static void
check_files(int expected)
{
    DIR *dir = opendir(stores_path(""));
    struct dirent *entry;
    int found = 0;

    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            found++;
    closedir(dir);
    ck_assert_int_eq(found, expected);
}

static const mode_t masks[] = {0, 022, 077, 0777};

START_TEST(a_store_is_made_with_its_modes_whatever_the_mask)
{
    mode_t mask = umask(masks[_i]);

    store_close(stores_open(NAME, STORE_CREATE));
    umask(mask);
    check_file(NAME, 0640);
    check_file(LOCK, 0600);
    check_files(2);
}
END_TEST

START_TEST(a_store_that_is_there_is_opened_as_it_is)
{
    struct store *store = stores_open(NAME, STORE_CREATE);

    stores_add(store, "alice", 1);
    store_close(store);
    ck_assert_int_eq(chmod(stores_path(NAME), 0600), 0);
    store = stores_open(NAME, STORE_CREATE);
    ck_assert(stores_has(store, "alice", 1));
    store_close(store);
    check_file(NAME, 0600);
}
END_TEST

START_TEST(an_empty_file_is_made_a_store)
{
    ck_assert_int_ge(creat(stores_path(NAME), 0600), 0);
    store_close(stores_open(NAME, STORE_CREATE));
    check_file(NAME, 0640);
    store_close(stores_open(NAME, STORE_READ));
}
END_TEST

START_TEST(a_store_is_made_where_a_symbolic_link_points)
{
    struct store *store = stores_open("real.mdb", STORE_CREATE);

    stores_add(store, "alice", 1);
    ck_assert_int_eq(symlink("real.mdb", stores_path(NAME)), 0);
    store_close(store);
    store = stores_open(NAME, STORE_CREATE);
    ck_assert(stores_has(store, "alice", 1));
    store_close(store);
    /* There is one lock file, whatever the store is called. */
    check_files(3);
}
END_TEST

START_TEST(what_a_killed_maker_left_is_done_away_with)
{
    FILE *file = fopen(stores_path(NAME "-new"), "w");

    ck_assert_ptr_nonnull(file);
    fputs("half of a store", file);
    fclose(file);
    store_close(stores_open(NAME, STORE_CREATE));
    check_file(NAME, 0640);
    check_file(LOCK, 0600);
    check_files(2);
}
END_TEST

START_TEST(a_folder_in_the_draft_s_way_is_named)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct scram_verifier v = stores_verifier("alice", 1);
    struct sentence why = {""};

    ck_assert_int_eq(mkdir(stores_path(NAME "-new"), 0700), 0);
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_ADD, &why),
                     SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME "-new")));
    store_close(store);
}
END_TEST

/* An access list in which the account 1 reads too, as the kernel has it. */
static const uint8_t acl[] = {
    2,    0, 0, 0,                          /* the version */
    1,    0, 6, 0, 0xff, 0xff, 0xff, 0xff,  /* the owner */
    2,    0, 4, 0, 1,    0,    0,    0,     /* the account */
    4,    0, 0, 0, 0xff, 0xff, 0xff, 0xff,  /* the group */
    0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,  /* the mask */
    0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}; /* others */

START_TEST(a_changed_store_keeps_who_may_do_what_with_it)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    gid_t group = geteuid() == 0 ? 1 : getegid();
    uid_t owner = geteuid() == 0 ? 2 : geteuid();
    uint8_t now[sizeof(acl) + 1];
    struct stat st;
    bool lists;

    ck_assert_int_eq(chmod(stores_path(NAME), 0604), 0);
    ck_assert_int_eq(chown(stores_path(NAME), owner, group), 0);
    stores_add(store, "alice", 1);
    ck_assert_int_eq(stat(stores_path(NAME), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0604);
    ck_assert_int_eq(st.st_uid, owner);
    ck_assert_int_eq(st.st_gid, group);
    lists = setxattr(stores_path(NAME), "system.posix_acl_access", acl,
                     sizeof(acl), 0) == 0; /* or there are none here */
    stores_add(store, "bob", 1);
    if (lists) {
        ck_assert_int_eq(getxattr(stores_path(NAME), "system.posix_acl_access",
                                  now, sizeof(now)),
                         sizeof(acl));
        ck_assert_mem_eq(now, acl, sizeof(acl));
    }
    store_close(store);
    check_files(2);
}
END_TEST

static int
put_as_nobody(void *data)
{
    struct scram_verifier v = stores_verifier("alice", 1);
    struct store *store;

    (void)data;
    stores_become_nobody();
    return store_open(stores_location(NAME), STORE_WRITE, &store, NULL) ==
                       SCRAM_OK &&
                   store_put(store, SLICE("alice"), &v, STORE_ADD, NULL) ==
                       SCRAM_STORE_FORBIDDEN
               ? 0
               : 1;
}

START_TEST(a_store_is_not_changed_by_who_cannot_keep_its_owner)
{
    struct stat st;

    if (geteuid() != 0)
        return; /* all is ours then */
    store_close(stores_open(NAME, STORE_CREATE));
    ck_assert_int_eq(unlink(stores_path(LOCK)), 0);
    ck_assert_int_eq(chmod(stores_path(NAME), 0666), 0);
    ck_assert_int_eq(chmod(stores_path(""), 0777), 0);
    ck_assert_int_eq(stores_run(put_as_nobody, NULL), 0);
    ck_assert_int_eq(stat(stores_path(NAME), &st), 0);
    ck_assert_int_eq(st.st_uid, 0);
    ck_assert_int_ne(access(stores_path(NAME "-new"), F_OK), 0);
}
END_TEST

START_TEST(what_a_store_no_longer_needs_is_used_again)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct stat few, many;
    int i;

    for (i = 0; i < 10; i++) {
        stores_add(store, "alice", 1);
        ck_assert_int_eq(store_remove(store, SLICE("alice"), NULL), SCRAM_OK);
    }
    ck_assert_int_eq(stat(stores_path(NAME), &few), 0);
    for (i = 0; i < 100; i++) {
        stores_add(store, "alice", 1);
        ck_assert_int_eq(store_remove(store, SLICE("alice"), NULL), SCRAM_OK);
    }
    ck_assert_int_eq(stat(stores_path(NAME), &many), 0);
    ck_assert_int_le(many.st_size, few.st_size * 2);
    store_close(store);
}
END_TEST

/* Make the store, or open it, and add a user to it. */
static int
make_and_add(void *data)
{
    const char *user = data;
    struct scram_verifier v = stores_verifier(user, 1);
    struct store *store;

    if (store_open(stores_location(NAME), STORE_CREATE, &store, NULL) !=
        SCRAM_OK)
        return 1;
    if (store_put(store, slice_of(user), &v, STORE_ADD, NULL) != SCRAM_OK)
        return 2;
    store_close(store);
    return 0;
}

enum { MAKERS = 8, RACES = 10 };

static void
race(void)
{
    static char names[MAKERS][24];
    pid_t makers[MAKERS];
    struct store *store;
    int i;

    for (i = 0; i < MAKERS; i++) {
        snprintf(names[i], sizeof(names[i]), "maker%d", i);
        makers[i] = stores_start(make_and_add, names[i]);
    }
    for (i = 0; i < MAKERS; i++)
        ck_assert_int_eq(stores_wait(makers[i]), 0);
    store = stores_open(NAME, STORE_READ);
    for (i = 0; i < MAKERS; i++)
        ck_assert(stores_has(store, names[i], 1));
    store_close(store);
    check_files(2);
}

START_TEST(of_many_makers_at_once_none_loses_a_user)
{
    int i;

    for (i = 0; i < RACES; i++) {
        race();
        /* Every other time there is an empty file to begin with. */
        ck_assert_int_eq(i % 2 == 0 ? truncate(stores_path(NAME), 0)
                                    : unlink(stores_path(NAME)),
                         0);
    }
}
END_TEST

enum { KILLS = 100 };

START_TEST(a_maker_that_is_killed_leaves_all_or_nothing)
{
    struct noise noise = {(uint64_t)getpid()};
    int i;

    for (i = 0; i < KILLS; i++) {
        pid_t maker = stores_start(make_and_add, (void *)"maker");
        struct sentence why = {""};
        enum scram_status status;
        struct store *store;

        usleep((useconds_t)noise_below(&noise, 12000));
        kill(maker, SIGKILL);
        stores_wait(maker);
        status = store_open(stores_location(NAME), STORE_READ, &store, &why);
        ck_assert_msg(status == SCRAM_OK || status == SCRAM_STORE_ABSENT, "%s",
                      why.text);
        if (status == SCRAM_OK)
            store_close(store);
        ck_assert_int_le(make_and_add((void *)"next"), 0);
        check_file(NAME, 0640);
        check_file(LOCK, 0600);
        ck_assert_int_eq(unlink(stores_path(NAME)), 0);
    }
}
END_TEST

/* A lock that the test holds, and that its child is not to hold with it. */
static int held = -1;

static int
make_without_lock(void *data)
{
    close(held);
    return make_and_add(data);
}

START_TEST(a_maker_waits_for_the_one_at_work)
{
    pid_t maker;
    double start;

    held = creat(stores_path(LOCK), 0600);
    ck_assert_int_eq(flock(held, LOCK_EX), 0);
    maker = stores_start(make_without_lock, (void *)"maker");
    /* It gets the time in which it would do wrong. */
    for (start = stores_now(); stores_within(start, 0.1);)
        ck_assert_int_ne(access(stores_path(NAME), F_OK), 0);
    ck_assert_int_eq(close(held), 0);
    ck_assert_int_eq(stores_wait(maker), 0);
    check_files(2);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_loop_test(tests, a_store_is_made_with_its_modes_whatever_the_mask,
                        0, COUNT(masks));
    tcase_add_test(tests, a_store_that_is_there_is_opened_as_it_is);
    tcase_add_test(tests, an_empty_file_is_made_a_store);
    tcase_add_test(tests, a_store_is_made_where_a_symbolic_link_points);
    tcase_add_test(tests, what_a_killed_maker_left_is_done_away_with);
    tcase_add_test(tests, a_folder_in_the_draft_s_way_is_named);
    tcase_add_test(tests, a_changed_store_keeps_who_may_do_what_with_it);
    tcase_add_test(tests, a_store_is_not_changed_by_who_cannot_keep_its_owner);
    tcase_add_test(tests, what_a_store_no_longer_needs_is_used_again);
    tcase_add_test(tests, of_many_makers_at_once_none_loses_a_user);
    tcase_add_test(tests, a_maker_that_is_killed_leaves_all_or_nothing);
    tcase_add_test(tests, a_maker_waits_for_the_one_at_work);
}

int
main(void)
{
    stores_kind = "lmdb";
    return unit_run("lmdb_draft", add, 60);
}
