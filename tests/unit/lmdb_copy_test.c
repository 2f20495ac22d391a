/*
 * Changing a store that another account can write to, and has: what it laid
 * out for LMDB is not believed.
 */
#include "store/lmdb_copy.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stores.h"
#include "unit.h"

#define NAME "users.mdb"
#define NOBODY 65534
#define USERS 200 /* on several pages */

/* Where LMDB has what in a page. */
enum {
    PAGE = 4096,
    FLAGS = 10,    /* 2 bytes */
    LOWER = 12,    /* the end of the list of entries, from the page's begin */
    UPPER = 14,    /* the begin of the entries */
    ENTRIES = 16,  /* 2 bytes for each: where it is */
    FLAG_LEAF = 2, /* the page has entries */
};

/* How a store is another account's to write. */
static void
make_owner_s(void)
{
    if (geteuid() == 0)
        ck_assert_int_eq(chown(stores_path(NAME), NOBODY, NOBODY), 0);
    else
        ck_assert_int_eq(chmod(stores_path(NAME), 0660), 0);
}

static void
make_group_s(void)
{
    ck_assert_int_eq(chmod(stores_path(NAME), 0660), 0);
}

static void
make_everybody_s(void)
{
    ck_assert_int_eq(chmod(stores_path(NAME), 0666), 0);
}

static void
make_folder_s(void)
{
    ck_assert_int_eq(chmod(stores_path(""), 0777), 0);
}

static void (*const make_others[])(void) = {make_owner_s, make_group_s,
                                            make_everybody_s, make_folder_s};

static void
name_user(int i, char *name, size_t size)
{
    snprintf(name, size, "user%03d", i);
}

static void
make(void)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    char name[16];
    int i;

    store_begin(store);
    for (i = 0; i < USERS; i++) {
        name_user(i, name, sizeof(name));
        stores_add(store, name, 2);
    }
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK);
    store_close(store);
}

/* That the users are all there, and what a decoy is made of as well. */
static void
check_all(struct store *store, const struct scram_verifier *decoy)
{
    struct scram_verifier v;
    char name[16];
    int i;

    for (i = 0; i < USERS; i++) {
        name_user(i, name, sizeof(name));
        ck_assert(stores_has(store, name, 2));
    }
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("nobody"), &v, NULL),
        SCRAM_NO_USER);
    ck_assert_uint_eq(v.iterations, decoy->iterations);
    ck_assert_mem_eq(v.salt, decoy->salt, decoy->salt_len);
}

static void
look_up_decoy(struct store *store, struct scram_verifier *decoy)
{
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("nobody"), decoy, NULL),
        SCRAM_NO_USER);
}

START_TEST(all_that_is_in_it_is_kept)
{
    struct scram_verifier decoy;
    struct stat before, after;
    struct store *store;

    make();
    make_others[_i]();
    ck_assert_int_eq(stat(stores_path(NAME), &before), 0);
    store = stores_open(NAME, STORE_WRITE);
    look_up_decoy(store, &decoy);
    stores_add(store, "zoe", 1);
    check_all(store, &decoy);
    ck_assert(stores_has(store, "zoe", 1));
    ck_assert_int_eq(store_remove(store, SLICE("zoe"), NULL), SCRAM_OK);
    check_all(store, &decoy);
    store_close(store);
    ck_assert_int_eq(stat(stores_path(NAME), &after), 0);
    ck_assert_uint_eq(after.st_uid, before.st_uid);
    ck_assert_uint_eq(after.st_gid, before.st_gid);
    ck_assert_uint_eq(after.st_mode, before.st_mode);
    ck_assert_int_ne(access(stores_path(NAME "-new"), F_OK), 0);
}
END_TEST

/* Change each page that has many entries, which are users. */
static void
change_leaves(void (*change)(uint8_t *page))
{
    int fd = open(stores_path(NAME), O_RDWR);
    uint8_t page[PAGE];
    off_t at;

    ck_assert_int_ge(fd, 0);
    for (at = 2 * PAGE; pread(fd, page, PAGE, at) == PAGE; at += PAGE) {
        if ((page[FLAGS] & FLAG_LEAF) == 0 || page[LOWER] < ENTRIES + 2 * 10)
            continue;
        change(page);
        ck_assert_int_eq(pwrite(fd, page, PAGE, at), PAGE);
    }
    close(fd);
}

/* Who writes to a page copies as much as this says, and more than there is. */
static void
set_upper(uint8_t *page)
{
    page[UPPER + 1] = 0xf0;
}

START_TEST(pages_that_lie_about_their_room_are_not_written_to)
{
    struct scram_verifier decoy;
    struct store *store;

    make();
    change_leaves(set_upper);
    make_others[_i]();
    store = stores_open(NAME, STORE_WRITE);
    look_up_decoy(store, &decoy);
    stores_add(store, "zoe", 1);
    check_all(store, &decoy);
    store_close(store);
}
END_TEST

/* The second entry is the first one again. */
static void
repeat_entry(uint8_t *page)
{
    memcpy(page + ENTRIES + 2, page + ENTRIES, 2);
}

static enum scram_status
put(struct sentence *why)
{
    struct scram_verifier v = stores_verifier("zoe", 1);
    struct store *store = stores_open(NAME, STORE_WRITE);
    enum scram_status status =
        store_put(store, SLICE("zoe"), &v, STORE_ADD, why);

    store_close(store);
    return status;
}

/* The first entry says that its value is longer than any. */
static void
lengthen_entry(uint8_t *page)
{
    uint8_t *entry = page + page[ENTRIES] + page[ENTRIES + 1] * 256;

    entry[0] = 0xff;
}

static void (*const damage[])(uint8_t *page) = {repeat_entry, lengthen_entry};

START_TEST(entries_that_are_not_as_they_should_be_are_damage)
{
    struct sentence why = {""};

    make();
    change_leaves(damage[_i]);
    make_others[0]();
    ck_assert_int_eq(put(&why), SCRAM_STORE_FAILED);
    ck_assert_msg(strstr(why.text, "damaged") != NULL, "%s", why.text);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    ck_assert_int_ne(access(stores_path(NAME "-new"), F_OK), 0);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_loop_test(tests, all_that_is_in_it_is_kept, 0,
                        COUNT(make_others));
    tcase_add_loop_test(tests,
                        pages_that_lie_about_their_room_are_not_written_to, 0,
                        COUNT(make_others));
    tcase_add_loop_test(tests,
                        entries_that_are_not_as_they_should_be_are_damage, 0,
                        COUNT(damage));
}

int
main(void)
{
    stores_kind = "lmdb";
    return unit_run("lmdb_copy", add, 30);
}
