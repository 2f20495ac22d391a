/*
 * How a process has a store's file open: once, for all of its stores, so that
 * none loses the locks of the others; and what is in the lock file of those
 * that died.
 */
#include "store/lmdb_env.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/big_endian.h"
#include "store/lmdb_meta.h"
#include "stores.h"
#include "unit.h"

#define NAME "users.mdb"
#define LOCK NAME LMDB_LOCK_SUFFIX

/* Whether another process has the lock file in use, as LMDB sees it. */
static int
is_in_use(void *data)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    int fd = open(stores_path(LOCK), O_RDWR);

    (void)data;
    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

START_TEST(closing_one_store_leaves_the_others_their_locks)
{
    struct store *first = stores_open(NAME, STORE_CREATE);
    struct store *second = stores_open(NAME, STORE_READ);
    struct store *third;

    ck_assert_int_eq(symlink(NAME, stores_path("link.mdb")), 0);
    third = stores_open("link.mdb", STORE_WRITE);
    store_close(second);
    ck_assert_int_eq(stores_run(is_in_use, NULL), 1);
    store_close(third);
    ck_assert_int_eq(stores_run(is_in_use, NULL), 1);
    stores_add(first, "alice", 1);
    store_close(first);
    ck_assert_int_eq(stores_run(is_in_use, NULL), 0);
}
END_TEST

START_TEST(a_reader_goes_on_when_its_process_begins_to_write)
{
    struct store *writer = stores_open(NAME, STORE_CREATE), *reader;

    store_close(writer);
    reader = stores_open(NAME, STORE_READ);
    ck_assert(!stores_has(reader, "alice", 1));
    writer = stores_open(NAME, STORE_WRITE);
    stores_add(writer, "alice", 1);
    ck_assert(stores_has(reader, "alice", 1));
    store_close(writer);
    ck_assert(stores_has(reader, "alice", 1));
    ck_assert_int_eq(stores_run(is_in_use, NULL), 1);
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
    ck_assert_int_ge(ours, 2);
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

/* How many slots of the lock file are taken. */
static int
count_line(const char *line, void *data)
{
    /* The first line is a heading, or says that there are none. */
    *(int *)data += strchr(line, '(') == NULL;
    return 0;
}

static int
slots_taken(void *data)
{
    MDB_env *env = open_raw(MDB_RDONLY, 126);
    int lines = 0;

    (void)data;
    if (env == NULL || mdb_reader_list(env, count_line, &lines) < 0)
        return 99;
    return lines == 0 ? 0 : lines - 1;
}

START_TEST(one_thread_takes_one_slot)
{
    struct store *first = stores_open(NAME, STORE_CREATE);
    struct store *second = stores_open(NAME, STORE_READ);
    int i;

    for (i = 0; i < 100; i++) {
        ck_assert(!stores_has(first, "alice", 1));
        ck_assert(!stores_has(second, "alice", 1));
    }
    ck_assert_int_eq(stores_run(slots_taken, NULL), 1);
    store_close(first);
    store_close(second);
}
END_TEST

static int
read_and_die(void *data)
{
    unsigned version;
    struct store *store;

    (void)data;
    if (store_open(stores_location(NAME), STORE_READ, &store, NULL) != SCRAM_OK)
        return 1;
    stores_look_up(store, "alice", &version);
    raise(SIGKILL);
    return 2;
}

START_TEST(the_slots_of_the_dead_are_freed)
{
    struct store *keeper = stores_open(NAME, STORE_CREATE);
    int i;

    for (i = 0; i < 5; i++)
        ck_assert_int_eq(stores_run(read_and_die, NULL), 100 + SIGKILL);
    /* Each frees those before it when it opens. */
    ck_assert_int_eq(stores_run(slots_taken, NULL), 2);
    store_close(keeper);
}
END_TEST

/* A process that takes slots of a lock file which has few. */
struct taker {
    unsigned slots; /* that there are */
    unsigned takes;
    int said[2];
    pid_t process;
};

static int
take_slots(void *data)
{
    const struct taker *t = data;
    MDB_env *env = open_raw(MDB_RDONLY, t->slots);
    unsigned i;

    for (i = 0; i < t->takes; i++) {
        MDB_txn *txn;

        if (env == NULL || mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) != 0)
            return 1;
    }
    if (write(t->said[1], "", 1) != 1)
        return 2;
    pause();
    return 0;
}

static void
start_taker(struct taker *t)
{
    char byte;

    store_close(stores_open(NAME, STORE_CREATE));
    ck_assert_int_eq(unlink(stores_path(LOCK)), 0);
    ck_assert_int_eq(pipe(t->said), 0);
    t->process = stores_start(take_slots, t);
    ck_assert_int_eq(read(t->said[0], &byte, 1), 1);
}

static void
kill_taker(struct taker *t)
{
    kill(t->process, SIGKILL);
    ck_assert_int_eq(stores_wait(t->process), 100 + SIGKILL);
}

START_TEST(when_all_slots_are_taken_it_is_said)
{
    struct taker taker = {.slots = 2, .takes = 2};
    struct sentence why = {""};
    struct store *store;

    start_taker(&taker);
    ck_assert_int_eq(
        store_open(stores_location(NAME), STORE_READ, &store, &why),
        SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    ck_assert_ptr_nonnull(strstr(why.text, "stop some of them"));
    kill_taker(&taker);
    store_close(stores_open(NAME, STORE_READ));
}
END_TEST

START_TEST(who_finds_no_slot_takes_one_of_the_dead)
{
    struct taker taker = {.slots = 3, .takes = 2};
    struct store *store;
    unsigned seats[2];

    start_taker(&taker);
    store = stores_open(NAME, STORE_READ);
    ck_assert(!stores_has(store, "alice", 1));
    kill_taker(&taker);
    /* Go to the next seat, which has no slot yet, as another thread would. */
    seats[0] = store_seat_take();
    seats[1] = store_seat_take();
    store_seat_leave(seats[0]);
    store_seat_leave(seats[1]);
    ck_assert(!stores_has(store, "alice", 1));
    store_close(store);
}
END_TEST

/* Lock what a reader with its parent's process id locks. */
static int
play_namesake(void *data)
{
    struct flock lock = {.l_type = F_WRLCK,
                         .l_whence = SEEK_SET,
                         .l_start = getppid(),
                         .l_len = 1};
    int fd = open(stores_path(LOCK), O_RDWR);

    if (fcntl(fd, F_SETLK, &lock) != 0 || write(*(int *)data, "", 1) != 1)
        return 1;
    pause();
    return 0;
}

START_TEST(a_process_of_the_same_id_is_taken_for_another_container_s)
{
    struct sentence why = {""};
    struct store *store;
    pid_t namesake;
    int said[2];
    char byte;

    store_close(stores_open(NAME, STORE_CREATE));
    ck_assert_int_eq(pipe(said), 0);
    namesake = stores_start(play_namesake, &said[1]);
    ck_assert_int_eq(read(said[0], &byte, 1), 1);
    ck_assert_int_eq(
        store_open(stores_location(NAME), STORE_READ, &store, &why),
        SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, "container"));
    kill(namesake, SIGKILL);
    stores_wait(namesake);
    store_close(stores_open(NAME, STORE_READ));
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
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests, closing_one_store_leaves_the_others_their_locks);
    tcase_add_test(tests, a_reader_goes_on_when_its_process_begins_to_write);
    tcase_add_test(tests, stores_of_different_files_are_different);
    tcase_add_test(tests, a_program_that_is_run_inherits_nothing);
    tcase_add_test(tests, opening_and_closing_keeps_nothing);
    tcase_add_test(tests, another_format_is_refused_by_its_number);
    tcase_add_test(tests, one_thread_takes_one_slot);
    tcase_add_test(tests, the_slots_of_the_dead_are_freed);
    tcase_add_test(tests, when_all_slots_are_taken_it_is_said);
    tcase_add_test(tests, who_finds_no_slot_takes_one_of_the_dead);
    tcase_add_test(tests,
                   a_process_of_the_same_id_is_taken_for_another_container_s);
    tcase_add_test(tests, what_cannot_be_mapped_is_an_error);
}

int
main(void)
{
    return unit_run("lmdb_env", add, 30);
}
