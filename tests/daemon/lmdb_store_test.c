/*
 * What is of gss-scramd's own store alone: whose file it may be, that one
 * process has it, what becomes of it when it is replaced, damaged, or has no
 * more room, and what it keeps beside verifiers.
 */
#include "daemon/lmdb/store.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/lmdb/change.h"
#include "daemon/lmdb/store_change.h"
#include "noise.h"
#include "stores.h"
#include "unit.h"

#define NAME "users"

static void
make(unsigned users)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    unsigned n;

    store_begin(store);
    for (n = 0; n < users; n++) {
        char user[32];

        snprintf(user, sizeof(user), "user%05u", n);
        stores_add(store, user, n % 8);
    }
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK);
    store_close(store);
}

static enum scram_status
try(enum store_mode mode, struct sentence *why)
{
    struct store *store;
    enum scram_status status =
        store_open(STORES_KINDS, stores_location(NAME), mode, &store, why);

    if (status == SCRAM_OK)
        store_close(store);
    return status;
}

START_TEST(a_new_file_is_its_owners_alone)
{
    struct stat st;
    mode_t old = umask(0);

    make(1);
    umask(old);
    ck_assert_int_eq(stat(stores_path(NAME), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    ck_assert_uint_eq(st.st_nlink, 1);
}
END_TEST

START_TEST(what_is_not_there_is_absent_and_not_made_to_be_read)
{
    struct sentence why = {""};

    ck_assert_int_eq(try(STORE_READ, &why), SCRAM_STORE_ABSENT);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    ck_assert_int_eq(try(STORE_WRITE, &why), SCRAM_STORE_ABSENT);
    ck_assert_int_ne(access(stores_path(NAME), F_OK), 0);
}
END_TEST

static const mode_t open_modes[] = {0640, 0604, 0660, 0602};

START_TEST(a_file_that_others_may_use_is_refused)
{
    struct sentence why = {""};

    make(1);
    ck_assert_int_eq(chmod(stores_path(NAME), open_modes[_i]), 0);
    ck_assert_int_eq(try(STORE_READ, &why), SCRAM_STORE_FORBIDDEN);
    ck_assert_ptr_nonnull(strstr(why.text, "600"));
}
END_TEST

START_TEST(a_file_in_a_folder_that_others_may_write_to_is_refused)
{
    struct sentence why = {""};

    make(1);
    ck_assert_int_eq(chmod(stores_path(""), 0777), 0);
    ck_assert_int_eq(try(STORE_READ, &why), SCRAM_STORE_FORBIDDEN);
}
END_TEST

START_TEST(a_link_is_refused)
{
    struct sentence why = {""};

    make(1);
    ck_assert_int_eq(rename(stores_path(NAME), stores_path("other")), 0);
    ck_assert_int_eq(symlink("other", stores_path(NAME)), 0);
    ck_assert_int_eq(try(STORE_READ, &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, "symbolic link"));
}
END_TEST

static int
open_too(void *data)
{
    struct sentence *why = data;

    return try(STORE_READ, why) == SCRAM_STORE_FAILED &&
                   strstr(why->text, "another process") != NULL
               ? 0
               : 1;
}

/* In another process than a child, which has its parent's stores. */
START_TEST(one_process_alone_has_it_open)
{
    struct sentence why = {""};
    int ready[2], done[2];
    pid_t holder;
    char byte;

    make(1);
    ck_assert_int_eq(pipe(ready) | pipe(done), 0);
    holder = fork();
    if (holder == 0) {
        struct store *store = stores_open(NAME, STORE_READ);

        _exit(write(ready[1], "", 1) != 1 || read(done[0], &byte, 1) != 1 ||
              store == NULL);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(open_too(&why), 0);
    ck_assert_int_eq(write(done[1], "", 1), 1);
    ck_assert_int_eq(stores_wait(holder), 0);
    ck_assert_int_eq(try(STORE_READ, &why), SCRAM_OK); /* it went with it */
}
END_TEST

/* Moved away, replaced by a copy of itself, or taken away. */
START_TEST(a_file_that_is_replaced_is_used_no_more)
{
    struct store *store;
    struct scram_verifier v = stores_verifier("new", 1);
    struct sentence why = {""};
    enum scram_status status;
    unsigned version;
    double start;

    make(3);
    store = stores_open(NAME, STORE_WRITE);
    ck_assert(stores_has(store, "user00001", 1));
    ck_assert(!lmdb_store_replaced(store, &why));
    ck_assert_int_eq(rename(stores_path(NAME), stores_path("old")), 0);
    if (_i == 1) {
        FILE *other = fopen(stores_path(NAME), "w");

        ck_assert_ptr_nonnull(other);
        fclose(other);
    }
    ck_assert_int_eq(store_put(store, SLICE("new"), &v, STORE_ADD, &why),
                     SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, "replaced"));
    start = stores_now();
    while ((status = stores_look_up(store, "user00001", &version)) == SCRAM_OK)
        ck_assert(stores_within(start, 20));
    ck_assert_int_eq(status, SCRAM_STORE_FAILED);
    ck_assert(lmdb_store_replaced(store, &why));
    /* Nor is it, once it is back: it may have been written meanwhile. */
    ck_assert_int_eq(rename(stores_path("old"), stores_path(NAME)), 0);
    ck_assert_int_eq(stores_look_up(store, "user00001", &version),
                     SCRAM_STORE_FAILED);
    store_close(store);
    store = stores_open(NAME, STORE_READ);
    ck_assert(stores_has(store, "user00001", 1));
    ck_assert(!stores_has(store, "new", 1));
    store_close(store);
}
END_TEST

static uint8_t *
read_file(size_t *len)
{
    FILE *file = fopen(stores_path(NAME), "r");
    struct stat st;
    uint8_t *bytes;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &st), 0);
    *len = (size_t)st.st_size;
    bytes = malloc(*len + 1);
    ck_assert_uint_eq(fread(bytes, 1, *len + 1, file), *len);
    fclose(file);
    return bytes;
}

static void
write_file(const uint8_t *bytes, size_t len)
{
    FILE *file = fopen(stores_path(NAME), "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
}

/* store_visit */
static enum scram_status
check_visited(void *data, struct slice user, const struct scram_verifier *v)
{
    char name[SCRAM_USER_MAX + 1];
    unsigned version;

    snprintf(name, sizeof(name), "%.*s", (int)user.len,
             (const char *)user.data);
    *(bool *)data = *(bool *)data || !stores_is_verifier(v, name, &version);
    return SCRAM_OK;
}

/* Use all that a damaged file lets be used. A user is right, or not there, or
 * the store says that it cannot be read. */
static int
use_damaged(void *data)
{
    struct store *store;
    bool wrong = false;
    unsigned n, version;

    (void)data;
    if (store_open(STORES_KINDS, stores_location(NAME), STORE_WRITE, &store,
                   NULL) != SCRAM_OK)
        return 0;
    for (n = 0; n < 400; n += 7) {
        enum scram_status status;
        char user[32];

        snprintf(user, sizeof(user), "user%05u", n);
        status = stores_look_up(store, user, &version);
        if ((status == SCRAM_OK && version != n % 8) ||
            (status != SCRAM_OK && status != SCRAM_NO_USER &&
             status != SCRAM_STORE_FAILED))
            return 1;
    }
    (void)store_iterate(store, check_visited, &wrong, NULL);
    for (n = 0; n < 400; n += 50) {
        struct scram_verifier v;
        char user[32];

        snprintf(user, sizeof(user), "user%05u", n);
        v = stores_verifier(user, 1);
        (void)store_put(store, slice_of(user), &v, STORE_EITHER, NULL);
    }
    store_close(store);
    return wrong ? 2 : 0;
}

enum { DAMAGES = 150 };

START_TEST(damaged_bytes_end_no_process_and_make_nobody_else)
{
    struct noise noise = {(uint64_t)_i + 1};
    uint8_t *bytes, *damaged;
    size_t len;
    unsigned i, n;

    make(400);
    bytes = read_file(&len);
    damaged = malloc(len);
    for (i = 0; i < DAMAGES; i++) {
        int ended;

        memcpy(damaged, bytes, len);
        for (n = 0; n <= i % 4; n++) {
            /* Half of them in what stands at the beginning of a page. */
            size_t at = noise_below(&noise, len);

            if (noise_below(&noise, 2) == 0)
                at = at / 4096 * 4096 + noise_below(&noise, 64);
            damaged[at] ^= (uint8_t)(1 + noise_below(&noise, 255));
        }
        write_file(damaged, len);
        ended = stores_run(use_damaged, NULL);
        ck_assert_msg(ended == 0, "damage %u ends with %d", i, ended);
    }
    free(bytes);
    free(damaged);
}
END_TEST

/* Put bytes in the place of others, wherever they are in the file. */
static void
replace_bytes(struct slice from, struct slice to)
{
    uint8_t *bytes, *at, *end;
    size_t len;
    unsigned count = 0;

    ck_assert_uint_eq(from.len, to.len);
    bytes = read_file(&len);
    end = bytes + len;
    for (at = bytes;
         (at = memmem(at, (size_t)(end - at), from.data, from.len)) != NULL;
         count++)
        memcpy(at, to.data, to.len);
    ck_assert_uint_gt(count, 0);
    write_file(bytes, len);
    free(bytes);
}

START_TEST(a_user_whose_record_is_damaged_is_there_and_of_no_use)
{
    const struct store_edit enable = {.what = STORE_EDIT_ENABLED,
                                      .enabled = true};
    struct scram_verifier v = stores_verifier("user00001", 1), other = v;
    struct lmdb_change *c;
    struct lmdb_user found;
    struct store *store;
    unsigned version;

    make(3);
    other.stored_key.data[0] ^= 1;
    replace_bytes(SLICE_ARRAY(v.stored_key.data),
                  SLICE_ARRAY(other.stored_key.data));
    store = stores_open(NAME, STORE_WRITE);
    ck_assert_int_eq(stores_look_up(store, "user00001", &version),
                     SCRAM_STORE_FAILED);
    ck_assert_int_eq(lmdb_store_user(store, SLICE("user00001"), &found, NULL),
                     SCRAM_STORE_FAILED);
    ck_assert_int_eq(lmdb_change_begin(lmdb_store_of(store)->shared, &c, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(lmdb_change_edit(c, SLICE("user00001"), &enable, NULL),
                     SCRAM_STORE_FAILED);
    lmdb_change_drop(c);
    ck_assert(stores_has(store, "user00002", 2));
    store_close(store);
}
END_TEST

START_TEST(a_file_whose_users_are_in_disorder_is_refused)
{
    struct sentence why = {""};

    make(3);
    replace_bytes(SLICE("user00001"), SLICE("user99999"));
    ck_assert_int_eq(try(STORE_READ, &why), SCRAM_STORE_FAILED);
    ck_assert_msg(strstr(why.text, "users are in disorder") != NULL, "%s",
                  why.text);
}
END_TEST

START_TEST(a_file_of_another_format_is_refused)
{
    struct sentence why = {""};

    make(3);
    replace_bytes(SLICE("\0format\0\0\0\1"), SLICE("\0format\0\0\0\7"));
    ck_assert_int_eq(try(STORE_READ, &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
}
END_TEST

/* What a page of LMDB's is, in its header, and what is wrong once it is
 * spoiled: a leaf's first node begins before the nodes do, and a branch has its
 * first child twice. */
static const struct {
    uint16_t flags;
    const char *said;
} spoiled[] = {
    {2, "a node is out of its page"},
    {1, "a page has two uses"},
};

START_TEST(a_page_that_is_spoiled_is_refused)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t header = sizeof(size_t) + 4 * sizeof(uint16_t);
    struct sentence why = {""};
    uint16_t parts[4], nodes[2]; /* pad, flags, lower, upper */
    uint8_t *bytes;
    size_t len, at;

    make(400);
    bytes = read_file(&len);
    for (at = 2 * page; at < len; at += page) {
        memcpy(parts, bytes + at + sizeof(size_t), sizeof(parts));
        if (parts[1] != spoiled[_i].flags)
            continue;
        memcpy(nodes, bytes + at + header, sizeof(nodes));
        if (_i == 0) {
            nodes[0] = (uint16_t)(parts[3] - 2);
            memcpy(bytes + at + header, nodes, sizeof(nodes));
        } else {
            memcpy(bytes + at + nodes[1], bytes + at + nodes[0], 6);
        }
    }
    write_file(bytes, len);
    free(bytes);
    ck_assert_int_eq(try(STORE_READ, &why), SCRAM_STORE_FAILED);
    ck_assert_msg(strstr(why.text, spoiled[_i].said) != NULL, "%s", why.text);
}
END_TEST

START_TEST(a_file_that_is_cut_short_is_refused)
{
    struct sentence why = {""};
    uint8_t *bytes;
    size_t len, cut;

    make(400);
    bytes = read_file(&len);
    for (cut = 0; cut < len; cut += 3000) {
        write_file(bytes, cut);
        ck_assert_int_eq(try(STORE_WRITE, &why), SCRAM_STORE_FAILED);
        ck_assert_ptr_nonnull(strstr(why.text, "damaged"));
    }
    write_file(bytes, len);
    ck_assert_int_eq(try(STORE_READ, &why), SCRAM_OK);
    free(bytes);
}
END_TEST

/* What a file says of its own size takes no memory that the file has not. */
START_TEST(a_file_that_claims_pages_without_end_is_refused)
{
    const size_t at = 32 + 13 * sizeof(size_t), many = (size_t)25 << 24;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct sentence why = {""};
    uint8_t *bytes;
    size_t len;

    make(1);
    bytes = read_file(&len);
    memcpy(bytes + at, &many, sizeof(many));
    memcpy(bytes + page + at, &many, sizeof(many));
    write_file(bytes, len);
    ck_assert_int_eq(try(STORE_READ, &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, "damaged"));
    free(bytes);
}
END_TEST

/* What machines of other kinds wrote, of the same two users:
 * tests/daemon/foreign has files that LMDB made there. The last kind is one
 * that Debian has not. */
static const struct {
    const char *file;
    size_t word;
    int order;
} machines[] = {
    {"amd64", 8, __ORDER_LITTLE_ENDIAN__},
    {"i386", 4, __ORDER_LITTLE_ENDIAN__},
    {"s390x", 8, __ORDER_BIG_ENDIAN__},
    {"s390x", 4, __ORDER_BIG_ENDIAN__},
};

/* Put a machine's file in the place of the store. */
static void
take_file(int machine)
{
    uint8_t bytes[3 * 4096];
    char path[PATH_MAX];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", FOREIGN, machines[machine].file);
    file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(bytes, 1, sizeof(bytes), file), sizeof(bytes));
    fclose(file);
    if (machine == COUNT(machines) - 1)
        /* A page's header is four bytes shorter there. */
        memmove(bytes + 12, bytes + 16, 4096 - 16);
    make(1);
    write_file(bytes, sizeof(bytes));
}

START_TEST(a_file_of_another_machine_is_called_that)
{
    bool order = machines[_i].order == __BYTE_ORDER__;
    bool word = machines[_i].word == sizeof(size_t);
    struct sentence why = {""};
    struct scram_verifier v;
    struct store *store;

    take_file(_i);
    if (!order || !word) {
        ck_assert_int_eq(try(STORE_READ, &why), SCRAM_STORE_FAILED);
        ck_assert_msg(strstr(why.text, order ? "of another word size"
                                             : "of another byte order"),
                      "%s", why.text);
        return;
    }
    store = stores_open(NAME, STORE_READ);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("bob"), &v, &why), SCRAM_OK);
    ck_assert_uint_eq(v.iterations, 15000);
    ck_assert_uint_eq(v.salt_len, 20);
    ck_assert_mem_eq(v.salt, "00000000000000001000", 20);
    store_close(store);
}
END_TEST

/* Readers, while a writer makes the map grow. */
enum { THREADS = 6, TOGETHER = 1000, ENOUGH = 24 << 20 };

static struct store *shared;
static atomic_uint added;
static atomic_bool done;

static void
long_name(char *user, unsigned n)
{
    snprintf(user, SCRAM_USER_MAX, "%0200u", n);
}

static void *
look_up_until_done(void *data)
{
    struct noise noise = {(uintptr_t)&data};

    while (!atomic_load(&done)) {
        unsigned there = atomic_load(&added), version, n;
        enum scram_status status;
        char user[SCRAM_USER_MAX];

        status = stores_look_up(shared, "nobody", &version);
        if (status != SCRAM_NO_USER)
            return (void *)(uintptr_t) "nobody was there";
        if (there == 0)
            continue;
        n = (unsigned)noise_below(&noise, there);
        long_name(user, n);
        status = stores_look_up(shared, user, &version);
        if (status != SCRAM_OK || version != n % 8)
            return (void *)(uintptr_t) "somebody who was added is not there";
    }
    return NULL;
}

static off_t
file_size(void)
{
    struct stat st;

    ck_assert_int_eq(stat(stores_path(NAME), &st), 0);
    return st.st_size;
}

START_TEST(the_map_grows_under_readers)
{
    pthread_t threads[THREADS];
    unsigned n, i;
    void *wrong;

    shared = stores_open(NAME, STORE_CREATE);
    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, look_up_until_done, NULL), 0);
    for (n = 0; file_size() < ENOUGH; atomic_store(&added, n)) {
        store_begin(shared);
        for (i = 0; i < TOGETHER; i++, n++) {
            char user[SCRAM_USER_MAX];

            long_name(user, n);
            stores_add(shared, user, n % 8);
        }
        ck_assert_int_eq(store_commit(shared, NULL), SCRAM_OK);
    }
    atomic_store(&done, true);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &wrong);
        ck_assert_msg(wrong == NULL, "%s", (const char *)wrong);
    }
    store_close(shared);
}
END_TEST

/* In one change that is larger than the map. */
START_TEST(a_change_that_is_larger_than_the_map_is_made)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    char user[SCRAM_USER_MAX];
    unsigned n;

    store_begin(store);
    for (n = 0; n < 70000; n++) {
        long_name(user, n);
        stores_add(store, user, n % 8);
    }
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK);
    ck_assert_int_gt(file_size(), 17 << 20);
    for (n = 0; n < 70000; n += 999) {
        long_name(user, n);
        ck_assert(stores_has(store, user, n % 8));
    }
    store_close(store);
}
END_TEST

static const char *
in_small(void)
{
    return "small/users";
}

static int
fill_up(void *data)
{
    struct sentence why = {""};
    struct store *store = stores_open(in_small(), STORE_CREATE);
    enum scram_status status = SCRAM_OK;
    unsigned n, version;
    char user[64];

    (void)data;
    for (n = 0; n < 100000 && status == SCRAM_OK; n++) {
        struct scram_verifier v;

        snprintf(user, sizeof(user), "user%u", n);
        v = stores_verifier(user, 2);
        status = store_put(store, slice_of(user), &v, STORE_ADD, &why);
    }
    if (n < 100 || status != SCRAM_STORE_FAILED ||
        strstr(why.text, in_small()) == NULL)
        return 1;
    if (stores_look_up(store, user, &version) != SCRAM_NO_USER ||
        stores_look_up(store, "user7", &version) != SCRAM_OK)
        return 2;
    store_close(store);
    store = stores_open(in_small(), STORE_WRITE);
    if (stores_look_up(store, user, &version) != SCRAM_NO_USER)
        return 3;
    for (; n > 1; n--) {
        snprintf(user, sizeof(user), "user%u", n - 2);
        if (stores_look_up(store, user, &version) != SCRAM_OK)
            return 4;
    }
    return 0;
}

/* In a file system that goes with the process, however it ends. */
START_TEST(a_full_disk_fails_the_change_and_leaves_all_as_it_was)
{
    ck_assert_int_eq(mkdir(stores_path("small"), 0755), 0);
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", stores_path("small"), "tmpfs", 0, "size=256k,mode=755") !=
            0)
        return;
    ck_assert_int_eq(stores_run(fill_up, NULL), 0);
    umount2(stores_path("small"), MNT_DETACH);
}
END_TEST

static void
put_with(struct store *store, const char *user, uint32_t iterations,
         uint8_t salt_len)
{
    struct scram_verifier v = stores_verifier(user, 0);

    v.iterations = iterations;
    v.salt_len = salt_len;
    ck_assert_int_eq(store_put(store, slice_of(user), &v, STORE_EITHER, NULL),
                     SCRAM_OK);
}

/* How many of 64 strangers get a count. */
static unsigned
strangers(struct store *store, uint32_t iterations)
{
    unsigned i, count = 0;

    for (i = 0; i < 64; i++) {
        struct scram_verifier v;
        char user[32];

        snprintf(user, sizeof(user), "stranger%u", i);
        ck_assert_int_eq(
            store_look_up(store, SCRAM_SHA_256, slice_of(user), &v, NULL),
            SCRAM_NO_USER);
        count += v.iterations == iterations;
    }
    return count;
}

START_TEST(decoys_follow_what_users_have)
{
    struct store *store = stores_open(NAME, STORE_CREATE);

    ck_assert_uint_eq(strangers(store, 600000), 64);
    put_with(store, "alice", 5000, 16);
    ck_assert_uint_eq(strangers(store, 5000), 64);
    put_with(store, "bob", 7000, 12);
    ck_assert_uint_gt(strangers(store, 5000), 8);
    ck_assert_uint_gt(strangers(store, 7000), 8);
    store_close(store);
    store = stores_open(NAME, STORE_WRITE); /* by what is in the file */
    ck_assert_uint_gt(strangers(store, 5000), 8);
    ck_assert_uint_gt(strangers(store, 7000), 8);
    put_with(store, "alice", 7000, 12);
    ck_assert_uint_eq(strangers(store, 7000), 64);
    ck_assert_int_eq(store_remove(store, SLICE("bob"), NULL), SCRAM_OK);
    ck_assert_int_eq(store_remove(store, SLICE("alice"), NULL), SCRAM_OK);
    ck_assert_uint_eq(strangers(store, 600000), 64);
    store_begin(store);
    put_with(store, "carol", 9000, 16);
    ck_assert_uint_eq(strangers(store, 600000), 64);
    store_close(store); /* without a commit */
    store = stores_open(NAME, STORE_READ);
    ck_assert_uint_eq(strangers(store, 600000), 64);
    store_close(store);
}
END_TEST

/* Change a user in one of the ways that admin.h offers. */
static void
change(struct store *store, const struct scram_verifier *v, bool password)
{
    struct lmdb_change *c;

    ck_assert_int_eq(lmdb_change_begin(lmdb_store_of(store)->shared, &c, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(
        lmdb_change_put(c, SLICE("alice"), v, STORE_EITHER, password, NULL),
        SCRAM_OK);
    ck_assert_int_eq(lmdb_change_commit(c, NULL), SCRAM_OK);
    lmdb_change_drop(c);
}

static bool
has_earlier(struct store *store, const struct scram_verifier *v)
{
    struct lmdb_user found;
    const struct lmdb_record *r = &found.records[SCRAM_SHA_256];

    struct scram_verifier seen;

    ck_assert_int_eq(lmdb_store_user(store, SLICE("alice"), &found, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("alice"), &seen, NULL),
        SCRAM_OK);
    ck_assert_int_eq(seen.has_earlier, r->replaced != 0);
    ck_assert_mem_eq(&seen.earlier_key, &r->earlier, sizeof(r->earlier));
    return r->replaced != 0 &&
           memcmp(&r->earlier, &v->stored_key, sizeof(r->earlier)) == 0;
}

START_TEST(a_new_password_keeps_the_earlier_key_and_nothing_else_does)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct scram_verifier first = stores_verifier("alice", 0), next, third;

    next = first;
    next.stored_key.data[0] ^= 1;
    third = next;
    third.stored_key.data[0] ^= 2;
    change(store, &first, true);
    ck_assert(!has_earlier(store, &first)); /* there was none before */
    change(store, &next, true);
    ck_assert(has_earlier(store, &first));
    change(store, &next, true); /* which changes nothing */
    ck_assert(has_earlier(store, &first));
    next.enabled = false;
    change(store, &next, false);
    ck_assert(has_earlier(store, &first)); /* it is the same password */
    change(store, &third, false);          /* an import */
    ck_assert(!has_earlier(store, &next));
    first.iterations++;
    change(store, &first, true); /* a key of another count is of no use */
    ck_assert(!has_earlier(store, &third));
    store_close(store);
}
END_TEST

START_TEST(a_user_is_edited_with_all_mechanisms)
{
    struct store_edit edit = {.what = STORE_EDIT_ALL};
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct scram_verifier both[2] = {stores_verifier("alice", 0)};
    struct lmdb_change *c;
    struct lmdb_user found;
    int i;

    both[1] = both[0];
    both[1].mechanism = SCRAM_SHA_1;
    ck_assert_int_eq(store_set(store, SLICE("alice"), both, 2, STORE_ADD, NULL),
                     SCRAM_OK);
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(
            lmdb_change_begin(lmdb_store_of(store)->shared, &c, NULL),
            SCRAM_OK);
        edit.enabled = i;
        edit.expires = 7 + (uint64_t)i;
        ck_assert_int_eq(lmdb_change_edit(c, SLICE("bob"), &edit, NULL),
                         SCRAM_NO_USER);
        ck_assert_int_eq(lmdb_change_edit(c, SLICE("alice"), &edit, NULL),
                         SCRAM_OK);
        ck_assert_int_eq(lmdb_change_commit(c, NULL), SCRAM_OK);
        lmdb_change_drop(c);
        ck_assert_int_eq(lmdb_store_user(store, SLICE("alice"), &found, NULL),
                         SCRAM_OK);
        ck_assert_int_eq(found.records[SCRAM_SHA_1].verifier.enabled, i);
        ck_assert_int_eq(found.records[SCRAM_SHA_256].verifier.enabled, i);
        ck_assert_uint_eq(found.records[SCRAM_SHA_1].verifier.expires,
                          edit.expires);
        ck_assert_uint_eq(found.records[SCRAM_SHA_256].verifier.expires,
                          edit.expires);
        ck_assert_mem_eq(&found.records[SCRAM_SHA_256].verifier.stored_key,
                         &both[0].stored_key, 32);
    }
    store_close(store);
}
END_TEST

START_TEST(a_change_that_changes_nothing_writes_nothing)
{
    struct store *store;
    struct stat before, after;

    make(3);
    store = stores_open(NAME, STORE_WRITE);
    ck_assert_int_eq(stat(stores_path(NAME), &before), 0);
    {
        struct scram_verifier v = stores_verifier("user00001", 1);

        ck_assert_int_eq(
            store_put(store, SLICE("user00001"), &v, STORE_EITHER, NULL),
            SCRAM_OK);
    }
    ck_assert_int_eq(stat(stores_path(NAME), &after), 0);
    ck_assert_int_eq(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
    ck_assert_int_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    store_close(store);
}
END_TEST

/* lmdb_visit: the first one is enough. */
static enum scram_status
take_name(void *data, struct slice user, const struct lmdb_record *record)
{
    (void)record;
    snprintf(data, 32, "%.*s", (int)user.len, (const char *)user.data);
    return SCRAM_USER_EXISTS;
}

START_TEST(a_visit_goes_on_behind_a_name)
{
    static const struct {
        const char *after, *next;
    } steps[] = {
        {"", "user00000"},      {"user00000", "user00001"},
        {"user0", "user00000"}, {"user00001x", "user00002"},
        {"user00002", ""},      {"user000010", "user00002"},
    };
    struct store *store;
    struct lmdb_stat stat_now;
    size_t i;

    make(3);
    store = stores_open(NAME, STORE_READ);
    for (i = 0; i < COUNT(steps); i++) {
        char name[32] = "";

        lmdb_store_visit(store, slice_of(steps[i].after), take_name, name,
                         NULL);
        ck_assert_str_eq(name, steps[i].next);
    }
    ck_assert_int_eq(lmdb_store_stat(store, &stat_now, NULL), SCRAM_OK);
    ck_assert_uint_eq(stat_now.verifiers, 3);
    ck_assert_uint_eq(stat_now.bytes, (uint64_t)file_size());
    store_close(store);
}
END_TEST

START_TEST(another_decoy_key_makes_other_salts)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct secret_key key = {"0123456789"};
    struct scram_verifier before, after, again;
    struct lmdb_change *c;

    store_look_up(store, SCRAM_SHA_256, SLICE("mallory"), &before, NULL);
    ck_assert_int_eq(lmdb_change_begin(lmdb_store_of(store)->shared, &c, NULL),
                     SCRAM_OK);
    lmdb_change_decoy_key(c, &key);
    ck_assert_int_eq(lmdb_change_commit(c, NULL), SCRAM_OK);
    lmdb_change_drop(c);
    store_look_up(store, SCRAM_SHA_256, SLICE("mallory"), &after, NULL);
    ck_assert_mem_ne(before.salt, after.salt, SCRAM_SALT_LEN);
    store_close(store);
    store = stores_open(NAME, STORE_READ);
    store_look_up(store, SCRAM_SHA_256, SLICE("mallory"), &again, NULL);
    ck_assert_mem_eq(again.salt, after.salt, SCRAM_SALT_LEN);
    store_close(store);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests, a_new_file_is_its_owners_alone);
    tcase_add_test(tests, what_is_not_there_is_absent_and_not_made_to_be_read);
    tcase_add_loop_test(tests, a_file_that_others_may_use_is_refused, 0,
                        COUNT(open_modes));
    tcase_add_test(tests,
                   a_file_in_a_folder_that_others_may_write_to_is_refused);
    tcase_add_test(tests, a_link_is_refused);
    tcase_add_test(tests, one_process_alone_has_it_open);
    tcase_add_loop_test(tests, a_file_that_is_replaced_is_used_no_more, 0, 2);
    tcase_add_loop_test(
        tests, damaged_bytes_end_no_process_and_make_nobody_else, 0, 3);
    tcase_add_test(tests,
                   a_user_whose_record_is_damaged_is_there_and_of_no_use);
    tcase_add_test(tests, a_file_whose_users_are_in_disorder_is_refused);
    tcase_add_test(tests, a_file_of_another_format_is_refused);
    tcase_add_loop_test(tests, a_page_that_is_spoiled_is_refused, 0,
                        COUNT(spoiled));
    tcase_add_test(tests, a_file_that_is_cut_short_is_refused);
    tcase_add_test(tests, a_file_that_claims_pages_without_end_is_refused);
    tcase_add_loop_test(tests, a_file_of_another_machine_is_called_that, 0,
                        COUNT(machines));
    tcase_add_test(tests, the_map_grows_under_readers);
    tcase_add_test(tests, a_change_that_is_larger_than_the_map_is_made);
    tcase_add_test(tests,
                   a_full_disk_fails_the_change_and_leaves_all_as_it_was);
    tcase_add_test(tests, decoys_follow_what_users_have);
    tcase_add_test(tests,
                   a_new_password_keeps_the_earlier_key_and_nothing_else_does);
    tcase_add_test(tests, a_user_is_edited_with_all_mechanisms);
    tcase_add_test(tests, a_change_that_changes_nothing_writes_nothing);
    tcase_add_test(tests, a_visit_goes_on_behind_a_name);
    tcase_add_test(tests, another_decoy_key_makes_other_salts);
}

int
main(void)
{
    return unit_run("lmdb_store", add, 120);
}
