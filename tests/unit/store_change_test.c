/*
 * Changing a store: what is put, set and removed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stores.h"
#include "unit.h"

#define NAME "users"

static struct store *store;

static void
open_store(void)
{
    store = stores_open(NAME, STORE_CREATE);
}

static void
close_store(void)
{
    store_close(store);
}

static enum scram_status
put(const char *user, const struct scram_verifier *v, enum store_put how)
{
    return store_put(store, slice_of(user), v, how, NULL);
}

START_TEST(a_user_is_added_once)
{
    struct scram_verifier first = stores_verifier("alice", 1);
    struct scram_verifier second = stores_verifier("alice", 2);
    struct sentence why = {""};

    ck_assert_int_eq(put("alice", &first, STORE_ADD), SCRAM_OK);
    ck_assert_int_eq(store_put(store, SLICE("alice"), &second, STORE_ADD, &why),
                     SCRAM_USER_EXISTS);
    ck_assert_ptr_nonnull(strstr(why.text, "alice"));
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    ck_assert(stores_has(store, "alice", 1));
}
END_TEST

START_TEST(only_a_user_who_is_there_is_replaced)
{
    struct scram_verifier first = stores_verifier("alice", 1);
    struct scram_verifier second = stores_verifier("alice", 2);
    struct sentence why = {""};

    ck_assert_int_eq(
        store_put(store, SLICE("alice"), &first, STORE_REPLACE, &why),
        SCRAM_NO_USER);
    ck_assert_ptr_nonnull(strstr(why.text, "alice"));
    ck_assert(!stores_has(store, "alice", 1));
    ck_assert_int_eq(put("alice", &first, STORE_ADD), SCRAM_OK);
    ck_assert_int_eq(put("alice", &second, STORE_REPLACE), SCRAM_OK);
    ck_assert(stores_has(store, "alice", 2));
}
END_TEST

START_TEST(a_verifier_is_put_whether_or_not_it_is_there)
{
    struct scram_verifier first = stores_verifier("alice", 0);
    struct scram_verifier second = stores_verifier("alice", 1), found;

    ck_assert_int_eq(put("alice", &first, STORE_EITHER), SCRAM_OK);
    ck_assert_int_eq(put("alice", &second, STORE_EITHER), SCRAM_OK);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("alice"), &found, NULL),
        SCRAM_OK);
    stores_check_equal(&found, &second);
}
END_TEST

/* A verifier that differs in one thing alone takes the other's place. */
START_TEST(what_differs_in_anything_is_put)
{
    struct scram_verifier v = stores_verifier("alice", 1), found;
    uint8_t *const bytes[] = {&v.stored_key.data[31], &v.stored_key.data[0],
                              &v.server_key.data[31], &v.server_key.data[0],
                              &v.salt[v.salt_len - 1]};

    v.enabled = _i >= COUNT(bytes);
    ck_assert_int_eq(put("alice", &v, STORE_EITHER), SCRAM_OK);
    if (_i < COUNT(bytes))
        *bytes[_i] ^= 1;
    else if (_i == COUNT(bytes))
        v.iterations++;
    else
        v.enabled = !v.enabled;
    ck_assert_int_eq(put("alice", &v, STORE_EITHER), SCRAM_OK);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("alice"), &found, NULL),
        SCRAM_OK);
    stores_check_equal(&found, &v);
    v.enabled = true;
    ck_assert_int_eq(put("alice", &v, STORE_EITHER), SCRAM_OK);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("alice"), &found, NULL),
        SCRAM_OK);
    stores_check_equal(&found, &v);
}
END_TEST

static const struct {
    enum store_put how;
    enum scram_status there, absent;
} many[] = {
    {STORE_ADD, SCRAM_USER_EXISTS, SCRAM_OK},
    {STORE_REPLACE, SCRAM_OK, SCRAM_NO_USER},
    {STORE_EITHER, SCRAM_OK, SCRAM_OK},
};

START_TEST(many_are_put_each_by_itself_and_bad_ones_not_at_all)
{
    struct scram_verifier old = stores_verifier("there", 0), found;
    struct scram_verifier new = stores_verifier("there", 1);
    struct scram_verifier bad = new;
    struct store_entry entries[] = {
        {SLICE("there"), &new, SCRAM_OK},
        {SLICE("absent"), &new, SCRAM_OK},
        {SLICE("there"), &bad, SCRAM_OK},
        {SLICE(""), &new, SCRAM_OK},
    };

    bad.salt_len = 0;
    ck_assert_int_eq(put("there", &old, STORE_ADD), SCRAM_OK);
    ck_assert_int_eq(store_put_many(store, entries, 4, many[_i].how, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(entries[0].status, many[_i].there);
    ck_assert_int_eq(entries[1].status, many[_i].absent);
    ck_assert_int_eq(entries[2].status, SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(entries[3].status, SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("there"), &found, NULL),
        SCRAM_OK);
    stores_check_equal(&found, many[_i].there == SCRAM_OK ? &new : &old);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("absent"), &found, NULL),
        many[_i].absent);
}
END_TEST

#define MANY 20000 /* more than the map has room for at first */

START_TEST(many_more_than_the_file_has_room_for_are_put)
{
    struct scram_verifier v = stores_verifier("", 0), found;
    struct store_entry *entries = calloc(MANY, sizeof(*entries));
    char(*names)[16] = calloc(MANY, sizeof(*names));
    size_t i;

    ck_assert(entries != NULL && names != NULL);
    for (i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "user%zu", i);
        entries[i] = (struct store_entry){slice_of(names[i]), &v, SCRAM_OK};
    }
    ck_assert_int_eq(store_put_many(store, entries, MANY, STORE_ADD, NULL),
                     SCRAM_OK);
    for (i = 0; i < MANY; i++) {
        ck_assert_int_eq(entries[i].status, SCRAM_OK);
        ck_assert_int_eq(
            store_look_up(store, SCRAM_SHA_256, entries[i].user, &found, NULL),
            SCRAM_OK);
    }
    free(entries);
    free(names);
}
END_TEST

START_TEST(a_user_is_set_to_have_these_verifiers_and_no_others)
{
    struct scram_verifier both[] = {stores_verifier("alice", 1),
                                    stores_sha1_verifier("alice")};
    struct scram_verifier again = stores_verifier("alice", 2), v;
    struct sentence why = {""};

    stores_add(store, "alice2", 1);
    ck_assert_int_eq(
        store_set(store, SLICE("alice"), both, 2, STORE_REPLACE, &why),
        SCRAM_NO_USER);
    ck_assert_ptr_nonnull(strstr(why.text, "alice is not"));
    ck_assert_int_eq(store_set(store, SLICE("alice"), both, 2, STORE_ADD, NULL),
                     SCRAM_OK);
    ck_assert(stores_has(store, "alice", 1));
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_1, SLICE("alice"), &v, NULL), SCRAM_OK);

    ck_assert_int_eq(
        store_set(store, SLICE("alice"), &again, 1, STORE_ADD, &why),
        SCRAM_USER_EXISTS);
    ck_assert_ptr_nonnull(strstr(why.text, "alice is already"));
    ck_assert(stores_has(store, "alice", 1));
    ck_assert_int_eq(
        store_set(store, SLICE("alice"), &again, 1, STORE_REPLACE, NULL),
        SCRAM_OK);
    ck_assert(stores_has(store, "alice", 2));
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_1, SLICE("alice"), &v, NULL),
        SCRAM_NO_USER);
    ck_assert(stores_has(store, "alice2", 1));
    ck_assert_int_eq(
        store_set(store, SLICE("alice"), &again, 0, STORE_REPLACE, &why),
        SCRAM_BAD_ARGUMENT);
}
END_TEST

/* The user's verifier, looked up anew. */
static struct scram_verifier
found(const char *user)
{
    struct scram_verifier v;

    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, slice_of(user), &v, NULL),
        SCRAM_OK);
    return v;
}

#define DAY UINT64_C(86400)

START_TEST(when_a_user_expires_is_put_and_changed_with_the_verifier)
{
    struct scram_verifier v = stores_verifier("alice", 0), is;
    struct sentence why = {""};

    v.expires = 20000 * DAY;
    ck_assert_int_eq(put("alice", &v, STORE_ADD), SCRAM_OK);
    is = found("alice");
    stores_check_equal(&is, &v);
    v.expires = 30000 * DAY; /* all else is the same */
    ck_assert_int_eq(put("alice", &v, STORE_REPLACE), SCRAM_OK);
    close_store();
    open_store();
    is = found("alice");
    stores_check_equal(&is, &v);
    v = stores_verifier("alice", 2);
    v.expires = 0;
    ck_assert_int_eq(put("alice", &v, STORE_REPLACE), SCRAM_OK);
    is = found("alice");
    stores_check_equal(&is, &v);
    v.expires = UINT64_C(253402300801);
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_EITHER, &why),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(why.text, "expires"));
}
END_TEST

START_TEST(groups_are_put_and_changed_with_the_verifier)
{
    static const char blanks[] = "a b:c%d,g";
    struct scram_verifier v = stores_verifier("alice", 0), is;
    struct sentence why = {""};

    ck_assert(groups_set(&v.groups, slice_of(blanks)));
    ck_assert_int_eq(put("alice", &v, STORE_ADD), SCRAM_OK);
    is = found("alice");
    stores_check_equal(&is, &v);
    ck_assert(groups_set(&v.groups, SLICE("web,staff"))); /* the rest stays */
    v.expires = 20000 * DAY;
    ck_assert_int_eq(put("alice", &v, STORE_REPLACE), SCRAM_OK);
    close_store();
    open_store();
    is = found("alice");
    stores_check_equal(&is, &v);
    v.groups.len = 0;
    ck_assert_int_eq(put("alice", &v, STORE_REPLACE), SCRAM_OK);
    is = found("alice");
    stores_check_equal(&is, &v);
    memset(v.groups.text, 'x', sizeof(v.groups.text));
    v.groups.text[0] = 'y';
    v.groups.len = GROUPS_NAME_MAX;
    ck_assert_int_eq(put("alice", &v, STORE_REPLACE), SCRAM_OK);
    is = found("alice");
    stores_check_equal(&is, &v);
    v.groups.len++;
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_EITHER, &why),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(why.text, "groups"));
    v.groups.len = UINT16_MAX;
    ck_assert_int_eq(put("alice", &v, STORE_EITHER), SCRAM_BAD_ARGUMENT);
}
END_TEST

START_TEST(a_new_verifier_keeps_what_it_does_not_say_itself)
{
    struct scram_verifier old = {.expires = 7, .groups = {3, "web"}};
    struct scram_verifier new = {.enabled = true};

    store_keep(&old, &new);
    ck_assert(!new.enabled);
    ck_assert_uint_eq(new.expires, 7);
    ck_assert(slice_equal(groups_slice(&new.groups), SLICE("web")));
    old = (struct scram_verifier){
        .enabled = true, .expires = 8, .groups = {5, "staff"}};
    store_keep(&old, &new);
    ck_assert(slice_equal(groups_slice(&new.groups), SLICE("web")));
    ck_assert(!new.enabled);
    ck_assert_uint_eq(new.expires, 7);
}
END_TEST

START_TEST(an_edit_changes_what_it_names_alone)
{
    struct scram_verifier v = {
        .enabled = true, .expires = 7, .groups = {3, "web"}};
    struct store_edit edit = {.what = STORE_EDIT_ENABLED};

    store_edit_apply(&edit, &v);
    ck_assert(!v.enabled);
    ck_assert_uint_eq(v.expires, 7);
    edit = (struct store_edit){.what = STORE_EDIT_EXPIRES, .enabled = true};
    store_edit_apply(&edit, &v);
    ck_assert(!v.enabled);
    ck_assert_uint_eq(v.expires, 0);
    ck_assert_uint_eq(v.groups.len, 3);
    edit = (struct store_edit){.what = STORE_EDIT_GROUPS, .expires = 7};
    store_edit_apply(&edit, &v);
    ck_assert_uint_eq(v.expires, 0);
    ck_assert_uint_eq(v.groups.len, 0);
    ck_assert_int_eq(store_check_edit(&edit, NULL), SCRAM_OK);
    edit.what = 0;
    ck_assert_int_eq(store_check_edit(&edit, NULL), SCRAM_BAD_ARGUMENT);
    edit.what = STORE_EDIT_ALL + 1;
    ck_assert_int_eq(store_check_edit(&edit, NULL), SCRAM_BAD_ARGUMENT);
    edit.what = STORE_EDIT_EXPIRES;
    edit.groups = (struct groups){2, "a,"};
    ck_assert_int_eq(store_check_edit(&edit, NULL), SCRAM_BAD_ARGUMENT);
    edit.groups.len = 1;
    ck_assert_int_eq(store_check_edit(&edit, NULL), SCRAM_OK);
    edit.expires = UINT64_MAX;
    ck_assert_int_eq(store_check_edit(&edit, NULL), SCRAM_BAD_ARGUMENT);
}
END_TEST

START_TEST(a_user_is_removed_with_all_mechanisms_and_alone)
{
    struct scram_verifier sha1 = stores_sha1_verifier("alice"), v;
    struct sentence why = {""};

    stores_add(store, "alic", 1);
    stores_add(store, "alice", 1);
    stores_add(store, "alice2", 1);
    ck_assert_int_eq(put("alice", &sha1, STORE_ADD), SCRAM_OK);
    ck_assert_int_eq(store_remove(store, SLICE("alice"), NULL), SCRAM_OK);
    ck_assert(!stores_has(store, "alice", 1));
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_1, SLICE("alice"), &v, NULL),
        SCRAM_NO_USER);
    ck_assert(stores_has(store, "alic", 1));
    ck_assert(stores_has(store, "alice2", 1));
    ck_assert_int_eq(store_remove(store, SLICE("alice"), &why), SCRAM_NO_USER);
    ck_assert_ptr_nonnull(strstr(why.text, "alice"));
}
END_TEST

START_TEST(what_is_put_together_is_seen_at_once_or_not_at_all)
{
    struct store *reader = stores_open(NAME, STORE_READ);
    struct scram_verifier v = stores_verifier("alice", 2);

    store_begin(store);
    stores_add(store, "alice", 1);
    stores_add(store, "bob", 1);
    /* What was put before is there for what is put after it. */
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_ADD, NULL),
                     SCRAM_USER_EXISTS);
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_REPLACE, NULL),
                     SCRAM_OK);
    ck_assert(!stores_has(reader, "bob", 1));
    ck_assert(!stores_has(store, "bob", 1));
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK);
    ck_assert(stores_has(reader, "alice", 2));
    ck_assert(stores_has(reader, "bob", 1));
    ck_assert(stores_has(store, "bob", 1));
    stores_add(store, "carol", 1); /* alone again */
    ck_assert(stores_has(store, "carol", 1));
    store_close(reader);
}
END_TEST

START_TEST(what_was_begun_and_not_committed_is_not_there)
{
    stores_add(store, "alice", 1);
    store_begin(store);
    stores_add(store, "bob", 1);
    store_close(store);
    store = stores_open(NAME, STORE_WRITE);
    ck_assert(stores_has(store, "alice", 1));
    ck_assert(!stores_has(store, "bob", 1));
    store_begin(store);
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK); /* nothing */
    ck_assert(stores_has(store, "alice", 1));
}
END_TEST

#ifndef STORES_LMDB /* of which one process has one */

/* Nothing is in the folder but files of users and their locks. */
static void
check_no_draft(void)
{
    DIR *folder = opendir(stores_path("."));
    struct dirent *e;

    ck_assert_ptr_nonnull(folder);
    while ((e = readdir(folder)) != NULL)
        ck_assert_msg(e->d_name[0] == '.' || strcmp(e->d_name, NAME) == 0 ||
                          strcmp(e->d_name, NAME ".lock") == 0 ||
                          strcmp(e->d_name, "other.lock") == 0,
                      "%s", e->d_name);
    closedir(folder);
}

START_TEST(what_took_the_place_meanwhile_is_not_written_over)
{
    struct store *other = stores_open("other", STORE_CREATE);
    struct sentence why = {""};

    stores_add(other, "carol", 1);
    store_close(other);
    store_begin(store);
    stores_add(store, "alice", 1);
    ck_assert_int_eq(rename(stores_path("other"), stores_path(NAME)), 0);
    ck_assert_int_eq(store_commit(store, &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    check_no_draft();
    ck_assert(stores_has(store, "carol", 1));
    stores_add(store, "alice", 1);
    check_no_draft();
    ck_assert(stores_has(store, "carol", 1));
    ck_assert(stores_has(store, "alice", 1));
}
END_TEST

START_TEST(what_was_written_meanwhile_is_not_written_over)
{
    struct store *other = stores_open("other", STORE_CREATE);
    struct sentence why = {""};

    stores_add(other, "carol", 1);
    store_close(other);
    stores_add(store, "alice", 1);
    store_begin(store);
    stores_add(store, "bob", 1);
    stores_overwrite("other", NAME);
    ck_assert_int_eq(store_commit(store, &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    ck_assert(stores_has(store, "carol", 1));
    ck_assert(!stores_has(store, "alice", 1));
}
END_TEST

START_TEST(what_may_be_done_with_a_store_may_change_meanwhile)
{
    struct stat st;

    ck_assert_int_eq(chmod(stores_path(NAME), 0644), 0);
    store_begin(store);
    stores_add(store, "alice", 1);
    ck_assert_int_eq(chmod(stores_path(NAME), 0600), 0);
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK);
    ck_assert(stores_has(store, "alice", 1));
    ck_assert_int_eq(stat(stores_path(NAME), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
}
END_TEST

/* A key that this version does not know stays, as far as there is room. */
START_TEST(a_line_that_would_be_too_long_is_not_written)
{
    struct scram_verifier v = stores_verifier("zed", 1), found;
    FILE *file = fopen(stores_path(NAME), "a");
    uint8_t space[256];
    struct buffer text = BUFFER_ARRAY(space);
    struct sentence why = {""};

    scram_verifier_format(&v, &text);
    ck_assert_ptr_nonnull(file);
    fprintf(file, "zed:%.*s x=%0*d\n", (int)text.len, (const char *)space,
            2048 - 7 - (int)text.len, 0);
    ck_assert_int_eq(fclose(file), 0);
    v.salt_len = SCRAM_SALT_MAX;
    ck_assert_int_eq(store_put(store, SLICE("zed"), &v, STORE_REPLACE, &why),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(why.text, "2048"));
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("zed"), &found, NULL),
        SCRAM_OK);
    ck_assert_uint_ne(found.salt_len, SCRAM_SALT_MAX);
}
END_TEST

/* A child of who has begun something closes the store that it got. */
static int
close_inherited(void *data)
{
    (void)data;
    store_close(store);
    return 0;
}

START_TEST(a_child_leaves_the_lock_to_its_parent)
{
    char lock[512];
    int fd;

    store_begin(store);
    stores_add(store, "alice", 1);
    snprintf(lock, sizeof(lock), "%s.lock", stores_path(NAME));
    ck_assert_int_eq(stores_run(close_inherited, NULL), 0);
    fd = open(lock, O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_ne(flock(fd, LOCK_EX | LOCK_NB), 0);
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK);
    ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
    close(fd);
}
END_TEST

/* Add a user as soon as others let us. */
static int
add_dave(void *data)
{
    struct store *own = stores_open(NAME, STORE_WRITE);

    (void)data;
    stores_add(own, "dave", 1);
    store_close(own);
    return 0;
}

START_TEST(others_wait_until_what_was_begun_is_committed)
{
    double start;
    pid_t other;

    /* Before the first change nobody waits. */
    store_begin(store);
    ck_assert_int_eq(stores_run(add_dave, NULL), 0);
    ck_assert_int_eq(store_remove(store, SLICE("dave"), NULL), SCRAM_OK);
    other = stores_start(add_dave, NULL);
    stores_add(store, "alice", 1);
    /* It gets the time in which it would do wrong. */
    for (start = stores_now(); stores_within(start, 0.1);)
        ;
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK);
    ck_assert_int_eq(stores_wait(other), 0);
    ck_assert(stores_has(store, "alice", 1));
    ck_assert(stores_has(store, "dave", 1));
}
END_TEST

#endif

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, open_store, close_store);
    tcase_add_test(tests, a_user_is_added_once);
    tcase_add_test(tests, only_a_user_who_is_there_is_replaced);
    tcase_add_test(tests, a_verifier_is_put_whether_or_not_it_is_there);
    tcase_add_loop_test(tests, what_differs_in_anything_is_put, 0, 7);
    tcase_add_loop_test(tests,
                        many_are_put_each_by_itself_and_bad_ones_not_at_all, 0,
                        COUNT(many));
    tcase_add_test(tests, many_more_than_the_file_has_room_for_are_put);
    tcase_add_test(tests, a_user_is_set_to_have_these_verifiers_and_no_others);
    tcase_add_test(tests,
                   when_a_user_expires_is_put_and_changed_with_the_verifier);
    tcase_add_test(tests, groups_are_put_and_changed_with_the_verifier);
    tcase_add_test(tests, a_new_verifier_keeps_what_it_does_not_say_itself);
    tcase_add_test(tests, an_edit_changes_what_it_names_alone);
    tcase_add_test(tests, a_user_is_removed_with_all_mechanisms_and_alone);
    tcase_add_test(tests, what_is_put_together_is_seen_at_once_or_not_at_all);
    tcase_add_test(tests, what_was_begun_and_not_committed_is_not_there);
#ifndef STORES_LMDB
    tcase_add_test(tests, what_took_the_place_meanwhile_is_not_written_over);
    tcase_add_test(tests, what_was_written_meanwhile_is_not_written_over);
    tcase_add_test(tests, what_may_be_done_with_a_store_may_change_meanwhile);
    tcase_add_test(tests, a_line_that_would_be_too_long_is_not_written);
    tcase_add_test(tests, a_child_leaves_the_lock_to_its_parent);
    tcase_add_test(tests, others_wait_until_what_was_begun_is_committed);
#endif
}

int
main(void)
{
    return unit_run("store_change", add, 60);
}
