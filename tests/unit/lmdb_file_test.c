/*
 * What is said when a store's file, or the directory that it is in, is not
 * what it should be. Accounts matter here: as root, the tests that are about
 * another account become nobody in a child; as another account, that one is
 * the one that may not.
 */
#include "store/lmdb_file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <lmdb.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "stores.h"
#include "unit.h"

#define NAME "users.mdb"
#define NOBODY 65534

static void
make_store(void)
{
    struct store *store = stores_open(NAME, STORE_CREATE);

    stores_add(store, "alice", 0);
    store_close(store);
}

/* What opening is to say, in a child of another account. */
struct expected {
    enum store_mode mode;
    enum scram_status status;
    const char *name; /* of the file that is to be named */
    const char *reason;
    const char *advice; /* a part of it */
};

static int
open_as_nobody(void *data)
{
    const struct expected *e = data;
    struct sentence why = {""};
    char account[64];
    struct store *store;
    enum scram_status status;

    stores_become_nobody();
    config_account(account, sizeof(account));
    status = store_open(stores_location(NAME), e->mode, &store, &why);
    if (status == e->status && strstr(why.text, stores_path(e->name)) != NULL &&
        (status != SCRAM_STORE_FORBIDDEN ||
         strstr(why.text, account) != NULL) &&
        strstr(why.text, e->reason) != NULL &&
        strstr(why.text, e->advice) != NULL)
        return 0;
    fprintf(stderr, "%d: %s\n", status, why.text);
    return 1;
}

static void
check_as_nobody(struct expected e)
{
    ck_assert_int_eq(stores_run(open_as_nobody, &e), 0);
}

static int
read_as_nobody(void *data)
{
    struct scram_verifier v = stores_verifier("bob", 0);
    struct store *store;
    unsigned version;

    (void)data;
    stores_become_nobody();
    if (store_open(stores_location(NAME), STORE_READ, &store, NULL) != SCRAM_OK)
        return 1;
    if (stores_look_up(store, "alice", &version) != SCRAM_OK)
        return 2;
    if (store_put(store, SLICE("bob"), &v, STORE_ADD, NULL) !=
        SCRAM_STORE_FORBIDDEN)
        return 3;
    store_close(store);
    return store_open(stores_location(NAME), STORE_WRITE, &store, NULL) ==
                   SCRAM_STORE_FORBIDDEN
               ? 0
               : 4;
}

START_TEST(an_account_that_can_only_read_reads_and_does_not_write)
{
    make_store();
    ck_assert_int_eq(chmod(stores_path(NAME), 0444), 0);
    ck_assert_int_eq(unlink(stores_path(NAME "-writer")), 0);
    ck_assert_int_eq(chmod(stores_path(""), 0555), 0);
    ck_assert_int_eq(stores_run(read_as_nobody, NULL), 0);
    ck_assert_int_eq(chmod(stores_path(""), 0755), 0);
}
END_TEST

START_TEST(a_store_that_only_its_group_reads_is_forbidden_to_others)
{
    struct expected e = {STORE_READ, SCRAM_STORE_FORBIDDEN, NAME,
                         "Permission denied", "to the group bin"};
    struct group *bin = getgrnam("bin");

    if (geteuid() != 0 || bin == NULL)
        return; /* the file is of our own group then */
    make_store();
    ck_assert_int_eq(chown(stores_path(NAME), 0, bin->gr_gid), 0);
    check_as_nobody(e);
    ck_assert_int_eq(chown(stores_path(NAME), 0, 0), 0);
    e.advice = "chgrp"; /* nobody shall join root's group for this */
    check_as_nobody(e);
}
END_TEST

START_TEST(a_store_that_only_its_owner_reads_is_forbidden)
{
    struct expected e = {STORE_READ, SCRAM_STORE_FORBIDDEN, NAME,
                         "Permission denied",
                         geteuid() == 0 ? "with chgrp and chmod g+r" : "mode"};

    make_store();
    ck_assert_int_eq(chmod(stores_path(NAME), geteuid() == 0 ? 0600 : 0), 0);
    check_as_nobody(e);
}
END_TEST

/* A server whose account got into the group after it was started. */
static int
open_without_groups(void *data)
{
    const struct group *daemon = getgrnam("daemon");
    struct sentence why = {""};
    struct store *store;

    (void)data;
    if (daemon == NULL || setgroups(0, NULL) != 0 ||
        setresgid(daemon->gr_gid, daemon->gr_gid, daemon->gr_gid) != 0 ||
        setresuid(NOBODY, NOBODY, NOBODY) != 0)
        return 1;
    if (store_open(stores_location(NAME), STORE_READ, &store, &why) !=
        SCRAM_STORE_FORBIDDEN)
        return 2;
    fprintf(stderr, "%s\n", why.text);
    return strstr(why.text, "start the program again") != NULL ? 0 : 3;
}

START_TEST(a_process_that_has_not_its_accounts_groups_is_to_start_again)
{
    const struct passwd *nobody = getpwuid(NOBODY);

    if (geteuid() != 0 || nobody == NULL)
        return; /* nobody else can be somebody else */
    make_store();
    ck_assert_int_eq(chown(stores_path(NAME), 0, nobody->pw_gid), 0);
    ck_assert_int_eq(stores_run(open_without_groups, NULL), 0);
    ck_assert_int_eq(chown(stores_path(NAME), 0, 0), 0);
    ck_assert_int_eq(chown(stores_path(""), 0, nobody->pw_gid), 0);
    ck_assert_int_eq(chmod(stores_path(""), 0750), 0);
    ck_assert_int_eq(stores_run(open_without_groups, NULL), 0);
    ck_assert_int_eq(chmod(stores_path(""), 0755), 0);
    ck_assert_int_eq(chown(stores_path(""), 0, 0), 0);
}
END_TEST

START_TEST(a_store_that_cannot_be_written_is_forbidden_to_writers)
{
    struct expected e = {STORE_WRITE, SCRAM_STORE_FORBIDDEN, NAME,
                         "Permission denied",
                         geteuid() == 0 ? "run this as root" : "mode"};

    make_store();
    ck_assert_int_eq(chmod(stores_path(NAME), 0444), 0);
    check_as_nobody(e);
    e.mode = STORE_CREATE;
    check_as_nobody(e);
}
END_TEST

START_TEST(a_directory_that_cannot_be_searched_is_named)
{
    struct expected e = {STORE_READ, SCRAM_STORE_FORBIDDEN, NAME,
                         "Permission denied", "search the directory"};

    make_store();
    ck_assert_int_eq(chmod(stores_path(""), geteuid() == 0 ? 0700 : 0600), 0);
    check_as_nobody(e);
    e.mode = STORE_CREATE;
    check_as_nobody(e);
    ck_assert_int_eq(chmod(stores_path(""), 0755), 0);
}
END_TEST

START_TEST(the_group_that_may_search_a_directory_is_what_to_join)
{
    struct expected e = {STORE_READ, SCRAM_STORE_FORBIDDEN, NAME,
                         "Permission denied", "to the group bin"};
    struct group *bin = getgrnam("bin");

    if (geteuid() != 0 || bin == NULL)
        return; /* the directory is our own then */
    make_store();
    ck_assert_int_eq(chown(stores_path(""), 0, bin->gr_gid), 0);
    ck_assert_int_eq(chmod(stores_path(""), 02750), 0);
    check_as_nobody(e);
    ck_assert_int_eq(chown(stores_path(""), 0, 0), 0);
    e.advice = "let this account search the directory";
    check_as_nobody(e);
    ck_assert_int_eq(chmod(stores_path(""), 0755), 0);
}
END_TEST

START_TEST(a_directory_that_cannot_be_written_is_no_place_for_a_new_store)
{
    struct expected e = {STORE_CREATE, SCRAM_STORE_FORBIDDEN, NAME,
                         "Permission denied", "may write to its directory"};

    ck_assert_int_eq(chmod(stores_path(""), 0555), 0);
    check_as_nobody(e);
    ck_assert_int_eq(chmod(stores_path(""), 0755), 0);
}
END_TEST

/* Open, as ourselves, what is not a store; what is said has to name it. */
static void
check_refused(const char *name, enum store_mode mode, enum scram_status status,
              const char *part)
{
    struct sentence why = {""};
    struct store *store = NULL;

    ck_assert_int_eq(store_open(stores_location(name), mode, &store, &why),
                     status);
    ck_assert_ptr_null(store);
    ck_assert_msg(strstr(why.text, stores_path(name)) != NULL &&
                      strstr(why.text, part) != NULL,
                  "%s", why.text);
    /* Nobody needs to want to know. */
    ck_assert_int_eq(store_open(stores_location(name), mode, &store, NULL),
                     status);
}

static int
put_as_nobody(void *data)
{
    struct scram_verifier v = stores_verifier("bob", 0);
    struct sentence why = {""};
    struct store *store;

    (void)data;
    stores_become_nobody();
    if (store_open(stores_location(NAME), STORE_WRITE, &store, NULL) !=
        SCRAM_OK)
        return 1;
    if (store_put(store, SLICE("bob"), &v, STORE_ADD, &why) !=
        SCRAM_STORE_FORBIDDEN)
        return 2;
    store_close(store);
    return strstr(why.text, "may write to its directory") != NULL ? 0 : 3;
}

START_TEST(a_store_in_a_directory_that_cannot_be_written_is_not_changed)
{
    make_store();
    ck_assert_int_eq(chmod(stores_path(NAME), 0666), 0);
    ck_assert_int_eq(unlink(stores_path(NAME "-writer")), 0);
    ck_assert_int_eq(chmod(stores_path(""), 0555), 0);
    ck_assert_int_eq(stores_run(put_as_nobody, NULL), 0);
    ck_assert_int_eq(chmod(stores_path(""), 0755), 0);
}
END_TEST

/* tmpfs has no room, and LMDB calls what was not written an error of I/O. */
START_TEST(a_full_disk_may_be_called_a_broken_one)
{
    struct sentence why = {""};

    ck_assert_int_eq(lmdb_file_failed("/x", "write", EIO, &why),
                     SCRAM_STORE_FAILED);
    ck_assert_msg(strstr(why.text, "the file system is full") != NULL, "%s",
                  why.text);
}
END_TEST

START_TEST(a_store_that_is_not_there_is_absent)
{
    check_refused(NAME, STORE_READ, SCRAM_STORE_ABSENT, "gss-scram user add");
    check_refused(NAME, STORE_WRITE, SCRAM_STORE_ABSENT, "gss-scram user add");
    ck_assert_int_ne(access(stores_path(NAME), F_OK), 0);
    ck_assert_int_ne(access(stores_path(NAME "-writer"), F_OK), 0);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_named)
{
    const char *missing = stores_path("none");
    int mode;

    for (mode = STORE_READ; mode <= STORE_CREATE; mode++)
        check_refused("none/" NAME, (enum store_mode)mode, SCRAM_STORE_ABSENT,
                      "does not exist");
    ck_assert_int_ne(access(missing, F_OK), 0);
}
END_TEST

START_TEST(a_directory_is_not_a_store)
{
    ck_assert_int_eq(mkdir(stores_path(NAME), 0755), 0);
    check_refused(NAME, STORE_READ, SCRAM_STORE_FAILED, "regular file");
    check_refused(NAME, STORE_CREATE, SCRAM_STORE_FAILED, "regular file");
}
END_TEST

static void
write_file(const char *name, const void *bytes, size_t len)
{
    FILE *file = fopen(stores_path(name), "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(an_empty_file_is_not_a_store_yet)
{
    write_file(NAME, "", 0);
    check_refused(NAME, STORE_READ, SCRAM_STORE_ABSENT, "empty");
    check_refused(NAME, STORE_WRITE, SCRAM_STORE_ABSENT, "empty");
}
END_TEST

static const size_t garbage[] = {1, 15, 16, 4095, 4096, 8191, 8192, 100000};

START_TEST(garbage_is_not_a_store)
{
    static uint8_t bytes[100000];

    memset(bytes, 0x5a, sizeof(bytes));
    write_file(NAME, bytes, garbage[_i]);
    check_refused(NAME, STORE_READ, SCRAM_STORE_FAILED, "not a store");
    check_refused(NAME, STORE_CREATE, SCRAM_STORE_FAILED, "not a store");
}
END_TEST

START_TEST(any_file_of_lmdb_s_is_not_a_store)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val value = {1, (void *)"x"};

    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_open(env, stores_path(NAME), MDB_NOSUBDIR, 0600),
                     0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
    ck_assert_int_eq(mdb_put(txn, dbi, &value, &value, 0), 0);
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
    check_refused(NAME, STORE_READ, SCRAM_STORE_FAILED, "not a store of veri");
    check_refused(NAME, STORE_WRITE, SCRAM_STORE_FAILED, "not a store of veri");
}
END_TEST

static const off_t cuts[] = {1, 4095, 4096, 4097, 8192, 12288, 20000};

START_TEST(a_store_that_was_cut_short_is_refused)
{
    make_store();
    ck_assert_int_eq(truncate(stores_path(NAME), cuts[_i]), 0);
    check_refused(NAME, STORE_READ, SCRAM_STORE_FAILED, "backup");
    check_refused(NAME, STORE_WRITE, SCRAM_STORE_FAILED, "backup");
}
END_TEST

static const struct {
    int error;
    enum scram_status status;
    const char *part;
} failures[] = {
    {ENOSPC, SCRAM_STORE_FAILED, "no room for another file"},
    {EDQUOT, SCRAM_STORE_FAILED, "the quota has no room"},
    {EBUSY, SCRAM_STORE_FAILED, "mount its directory"},
    {EROFS, SCRAM_STORE_FAILED, "Read-only"},
    {ENOMEM, SCRAM_NO_MEMORY, "out of memory"},
    {MDB_CORRUPTED, SCRAM_STORE_FAILED, "backup"},
};

START_TEST(what_went_wrong_is_said_so_that_it_helps)
{
    struct sentence why = {""};

    ck_assert_int_eq(
        lmdb_file_failed("/x/users.mdb", "write", failures[_i].error, &why),
        failures[_i].status);
    ck_assert_msg(strstr(why.text, "/x/users.mdb") != NULL &&
                      strstr(why.text, failures[_i].part) != NULL,
                  "%s", why.text);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_loop_test(tests, what_went_wrong_is_said_so_that_it_helps, 0,
                        COUNT(failures));
    tcase_add_test(tests,
                   an_account_that_can_only_read_reads_and_does_not_write);
    tcase_add_test(tests,
                   a_store_that_only_its_group_reads_is_forbidden_to_others);
    tcase_add_test(tests, a_store_that_only_its_owner_reads_is_forbidden);
    tcase_add_test(
        tests, a_process_that_has_not_its_accounts_groups_is_to_start_again);
    tcase_add_test(tests,
                   a_store_that_cannot_be_written_is_forbidden_to_writers);
    tcase_add_test(tests, a_directory_that_cannot_be_searched_is_named);
    tcase_add_test(tests,
                   the_group_that_may_search_a_directory_is_what_to_join);
    tcase_add_test(
        tests, a_directory_that_cannot_be_written_is_no_place_for_a_new_store);
    tcase_add_test(
        tests, a_store_in_a_directory_that_cannot_be_written_is_not_changed);
    tcase_add_test(tests, a_full_disk_may_be_called_a_broken_one);
    tcase_add_test(tests, a_store_that_is_not_there_is_absent);
    tcase_add_test(tests, a_directory_that_is_not_there_is_named);
    tcase_add_test(tests, a_directory_is_not_a_store);
    tcase_add_test(tests, an_empty_file_is_not_a_store_yet);
    tcase_add_loop_test(tests, garbage_is_not_a_store, 0, COUNT(garbage));
    tcase_add_test(tests, any_file_of_lmdb_s_is_not_a_store);
    tcase_add_loop_test(tests, a_store_that_was_cut_short_is_refused, 0,
                        COUNT(cuts));
}

int
main(void)
{
    stores_kind = "lmdb";
    return unit_run("lmdb_file", add, 20);
}
