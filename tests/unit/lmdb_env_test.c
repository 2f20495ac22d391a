/*
 * How a process has a store's file open: for itself, with nothing in it that
 * another process can write to, and nothing left of it when it is closed.
 */
#include "store/lmdb_env.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/big_endian.h"
#include "store/lmdb_meta.h"
#include "stores.h"
#include "unit.h"

#define NAME "users.mdb"

START_TEST(a_reader_goes_on_when_its_process_begins_to_write)
{
    struct store *writer = stores_open(NAME, STORE_CREATE), *reader;

    store_close(writer);
    reader = stores_open(NAME, STORE_READ);
    ck_assert(!stores_has(reader, "alice", 1));
    writer = stores_open(NAME, STORE_WRITE);
    stores_add(writer, "alice", 1);
    ck_assert(stores_has(writer, "alice", 1));
    ck_assert(stores_has(reader, "alice", 1));
    store_close(writer);
    ck_assert(stores_has(reader, "alice", 1));
    store_close(reader);
}
END_TEST

START_TEST(stores_of_different_files_are_different)
{
    struct store *a = stores_open("a.mdb", STORE_CREATE);
    struct store *b = stores_open("b.mdb", STORE_CREATE);

    stores_add(a, "alice", 1);
    stores_add(b, "bob", 1);
    ck_assert(stores_has(a, "alice", 1));
    ck_assert(!stores_has(a, "bob", 1));
    ck_assert(stores_has(b, "bob", 1));
    store_close(a);
    ck_assert(stores_has(b, "bob", 1));
    store_close(b);
}
END_TEST

START_TEST(a_program_that_is_run_inherits_nothing)
{
    struct store *writer = stores_open(NAME, STORE_CREATE);
    struct store *reader = stores_open(NAME, STORE_READ);
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;
    int ours = 0;

    store_begin(writer);
    stores_add(writer, "alice", 1); /* so that there is a draft */
    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL) {
        char file[512] = "";

        if (readlinkat(dirfd(dir), entry->d_name, file, sizeof(file) - 1) < 0 ||
            strstr(file, NAME) == NULL)
            continue;
        ours++;
        ck_assert_msg(fcntl(atoi(entry->d_name), F_GETFD) == FD_CLOEXEC, "%s",
                      file);
    }
    closedir(dir);
    ck_assert_int_ge(ours, 5);
    store_close(reader);
    store_close(writer);
}
END_TEST

static int
descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

START_TEST(opening_and_closing_keeps_nothing)
{
    int i, before;

    store_close(stores_open(NAME, STORE_CREATE));
    before = descriptors();
    for (i = 0; i < 50; i++) {
        struct store *writer = stores_open(NAME, STORE_CREATE), *none;
        struct store *reader = stores_open(NAME, STORE_READ);

        ck_assert_int_ne(
            store_open(stores_location("none/x"), STORE_CREATE, &none, NULL),
            SCRAM_OK);
        store_begin(writer);
        stores_add(writer, "alice", 1);
        store_close(writer);
        store_close(reader);
    }
    ck_assert_int_eq(descriptors(), before);
}
END_TEST

/* A file of LMDB's opened as our module does not do it. */
static MDB_env *
open_raw(unsigned flags, unsigned readers)
{
    MDB_env *env;

    if (mdb_env_create(&env) != 0 ||
        mdb_env_set_maxdbs(env, LMDB_DATABASES) != 0 ||
        mdb_env_set_maxreaders(env, readers) != 0 ||
        mdb_env_open(env, stores_path(NAME), MDB_NOSUBDIR | MDB_NOTLS | flags,
                     0600) != 0)
        return NULL;
    return env;
}

static int
write_format(void *data)
{
    uint8_t version[4] = {0, 0, 0, 77};
    MDB_env *env = open_raw(0, 126);
    MDB_val key = lmdb_val(SLICE("format"));
    MDB_val value = lmdb_val(SLICE_ARRAY(version));
    MDB_txn *txn;
    MDB_dbi meta;

    (void)data;
    return env == NULL || mdb_txn_begin(env, NULL, 0, &txn) != 0 ||
           mdb_dbi_open(txn, LMDB_META, 0, &meta) != 0 ||
           mdb_put(txn, meta, &key, &value, 0) != 0 || mdb_txn_commit(txn) != 0;
}

START_TEST(another_format_is_refused_by_its_number)
{
    struct sentence why = {""};
    struct store *store;
    int mode;

    store_close(stores_open(NAME, STORE_CREATE));
    ck_assert_int_eq(stores_run(write_format, NULL), 0);
    for (mode = STORE_READ; mode <= STORE_CREATE; mode++) {
        ck_assert_int_eq(store_open(stores_location(NAME),
                                    (enum store_mode)mode, &store, &why),
                         SCRAM_STORE_FAILED);
        ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
        ck_assert_ptr_nonnull(strstr(why.text, "format 77"));
        ck_assert_ptr_nonnull(strstr(why.text, "format 1"));
    }
}
END_TEST

/*
 * Whether this process has mapped a file of the test's directory, as the line
 * of /proc/self/maps says that has its path.
 *
 * @param how  what the line has of who may do what, "w" say; or ""
 */
static bool
has_mapped(const char *name, const char *how)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    const char *path = stores_path(name);
    char line[1024], flags[8];
    bool found = false;

    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof(line), maps) != NULL)
        if (strstr(line, path) != NULL && sscanf(line, "%*s %7s", flags) == 1 &&
            strstr(flags, how) != NULL)
            found = true;
    fclose(maps);
    return found;
}

START_TEST(nothing_is_mapped_that_another_process_can_write)
{
    struct store *writer = stores_open(NAME, STORE_CREATE);
    struct store *reader = stores_open(NAME, STORE_READ);

    store_begin(writer);
    stores_add(writer, "alice", 1);
    ck_assert(has_mapped(NAME, "r--s"));
    ck_assert(has_mapped(NAME "-new", "r--s"));
    ck_assert(!has_mapped("", "w"));
    ck_assert(!has_mapped(NAME "-writer", ""));
    ck_assert(!has_mapped(NAME "-lock", ""));
    store_close(writer);
    store_close(reader);
    ck_assert(!has_mapped("", ""));
}
END_TEST

START_TEST(a_file_that_was_replaced_is_let_go)
{
    struct store *reader = stores_open(NAME, STORE_CREATE);
    struct store *writer = stores_open(NAME, STORE_WRITE);
    int before = descriptors(), i;

    for (i = 0; i < 5; i++) {
        stores_add(writer, "alice", 1);
        ck_assert(has_mapped(NAME " (deleted)", ""));
        ck_assert(stores_has(reader, "alice", 1));
        ck_assert(!has_mapped(NAME " (deleted)", ""));
        ck_assert_int_eq(store_remove(writer, SLICE("alice"), NULL), SCRAM_OK);
    }
    ck_assert(!stores_has(reader, "alice", 1));
    ck_assert(!stores_has(writer, "alice", 1));
    ck_assert_int_eq(descriptors(), before);
    store_close(writer);
    store_close(reader);
}
END_TEST

START_TEST(any_number_of_stores_may_be_open)
{
    struct store *stores[300];
    int i;

    store_close(stores_open(NAME, STORE_CREATE));
    for (i = 0; i < COUNT(stores); i++)
        stores[i] = stores_open(NAME, STORE_READ);
    for (i = 0; i < COUNT(stores); i++)
        ck_assert(!stores_has(stores[i], "alice", 1));
    for (i = 0; i < COUNT(stores); i++)
        store_close(stores[i]);
}
END_TEST

/* A lock file that LMDB itself makes, as it does for who does not write as we
 * do. */
START_TEST(another_lock_file_is_left_alone)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct stat before, after;
    MDB_env *env;

    store_close(store);
    env = open_raw(0, 126);
    ck_assert_ptr_nonnull(env);
    mdb_env_close(env);
    ck_assert_int_eq(stat(stores_path(NAME "-lock"), &before), 0);
    store = stores_open(NAME, STORE_WRITE);
    stores_add(store, "alice", 1);
    ck_assert(stores_has(store, "alice", 1));
    store_close(store);
    ck_assert_int_eq(stat(stores_path(NAME "-lock"), &after), 0);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    ck_assert_int_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}
END_TEST

START_TEST(what_cannot_be_mapped_is_an_error)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct rlimit old, none = {0, RLIM_INFINITY};
    struct sentence why = {""};

    store_close(store);
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &old), 0);
    none.rlim_max = old.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
    ck_assert_int_eq(
        store_open(stores_location(NAME), STORE_READ, &store, &why),
        SCRAM_NO_MEMORY);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &old), 0);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    store_close(stores_open(NAME, STORE_READ));
}
END_TEST

static void
look_up_decoy(struct store *store, struct scram_verifier *decoy)
{
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("nobody"), decoy, NULL),
        SCRAM_NO_USER);
}

START_TEST(what_is_written_over_a_store_is_seen)
{
    struct store *other = stores_open("other.mdb", STORE_CREATE);
    struct store *reader = stores_open(NAME, STORE_CREATE);
    struct scram_verifier ours, theirs;

    stores_add(other, "alice", 1);
    stores_add(reader, "bob", 1);
    look_up_decoy(other, &theirs);
    look_up_decoy(reader, &ours);
    ck_assert_mem_ne(ours.salt, theirs.salt, ours.salt_len);
    stores_overwrite("other.mdb", NAME);
    lmdb_file_wait_seen();
    ck_assert(stores_has(reader, "alice", 1));
    ck_assert(!stores_has(reader, "bob", 1));
    look_up_decoy(reader, &ours); /* whose secret was read long before */
    ck_assert_mem_eq(ours.salt, theirs.salt, ours.salt_len);
    store_close(other);
    store_close(reader);
}
END_TEST

/* An account that has changed since, so that it cannot go there any more. */
static int
lose_sight(void *data)
{
    struct store *reader = stores_open(NAME, STORE_READ);
    enum scram_status status;
    unsigned version;

    (void)data;
    if (chmod(stores_path(""), geteuid() == 0 ? 0700 : 0) != 0)
        return 1;
    stores_become_nobody();
    lmdb_file_wait_seen();
    status = stores_look_up(reader, "alice", &version);
    store_close(reader);
    return status == SCRAM_STORE_FORBIDDEN ? 0 : 2;
}

START_TEST(who_can_no_longer_see_the_store_lets_nobody_in)
{
    struct store *store = stores_open(NAME, STORE_CREATE);

    stores_add(store, "alice", 1);
    store_close(store);
    ck_assert_int_eq(stores_run(lose_sight, NULL), 0);
    ck_assert_int_eq(chmod(stores_path(""), 0755), 0);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests, a_reader_goes_on_when_its_process_begins_to_write);
    tcase_add_test(tests, stores_of_different_files_are_different);
    tcase_add_test(tests, a_program_that_is_run_inherits_nothing);
    tcase_add_test(tests, opening_and_closing_keeps_nothing);
    tcase_add_test(tests, another_format_is_refused_by_its_number);
    tcase_add_test(tests, nothing_is_mapped_that_another_process_can_write);
    tcase_add_test(tests, a_file_that_was_replaced_is_let_go);
    tcase_add_test(tests, any_number_of_stores_may_be_open);
    tcase_add_test(tests, another_lock_file_is_left_alone);
    tcase_add_test(tests, what_cannot_be_mapped_is_an_error);
    tcase_add_test(tests, what_is_written_over_a_store_is_seen);
    tcase_add_test(tests, who_can_no_longer_see_the_store_lets_nobody_in);
}

int
main(void)
{
    stores_kind = "lmdb";
    return unit_run("lmdb_env", add, 30);
}
