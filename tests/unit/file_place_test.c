/*
 * Where a file of users is changed, by whom, and by how many at once.
 */
#include "store/file_place.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "stores.h"
#include "unit.h"

#define NAME "users"
#define NOBODY 65534

static void
make(const char *name)
{
    struct store *store = stores_open(name, STORE_CREATE);

    stores_add(store, "alice", 2);
    store_close(store);
}

static enum scram_status
change(const char *name, struct sentence *why)
{
    struct scram_verifier v = stores_verifier("bob", 2);
    struct store *store;
    enum scram_status status = store_open(STORES_KINDS, stores_location(name),
                                          STORE_WRITE, &store, why);

    if (status != SCRAM_OK)
        return status;
    status = store_put(store, SLICE("bob"), &v, STORE_EITHER, why);
    store_close(store);
    return status;
}

START_TEST(nobody_else_may_write_to_a_folder_in_which_root_does)
{
    static const struct {
        mode_t mode;
        uid_t owner;
        enum scram_status status;
    } folders[] = {
        {0755, 0, SCRAM_OK},
        {0750, 0, SCRAM_OK},
        {0775, 0, SCRAM_STORE_FORBIDDEN},
        {0757, 0, SCRAM_STORE_FORBIDDEN},
        {01777, 0, SCRAM_STORE_FORBIDDEN},
        {0755, NOBODY, SCRAM_STORE_FORBIDDEN},
    };
    struct sentence why = {""};
    int i;

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(stores_path("d"), 0755), 0);
    make("d/" NAME);
    for (i = 0; i < COUNT(folders); i++) {
        ck_assert_int_eq(chown(stores_path("d"), folders[i].owner, 0), 0);
        ck_assert_int_eq(chmod(stores_path("d"), folders[i].mode), 0);
        ck_assert_int_eq(change("d/" NAME, &why), folders[i].status);
    }
    ck_assert_ptr_nonnull(strstr(why.text, stores_path("d/" NAME)));
}
END_TEST

START_TEST(root_goes_through_what_others_share_and_no_further)
{
    static const struct {
        mode_t mode;
        uid_t owner;
        enum scram_status status;
    } folders[] = {
        {01777, 0, SCRAM_OK}, /* as /tmp is */
        {0777, 0, SCRAM_STORE_FORBIDDEN},
        {01777, NOBODY, SCRAM_STORE_FORBIDDEN},
        {0755, NOBODY, SCRAM_STORE_FORBIDDEN},
    };
    int i;

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(stores_path("d"), 0755), 0);
    ck_assert_int_eq(mkdir(stores_path("d/e"), 0755), 0);
    make("d/e/" NAME);
    for (i = 0; i < COUNT(folders); i++) {
        ck_assert_int_eq(chown(stores_path("d"), folders[i].owner, 0), 0);
        ck_assert_int_eq(chmod(stores_path("d"), folders[i].mode), 0);
        ck_assert_int_eq(change("d/e/" NAME, NULL), folders[i].status);
    }
}
END_TEST

START_TEST(root_follows_a_link_to_a_folder_where_only_root_makes_links)
{
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(stores_path("d"), 0755), 0);
    ck_assert_int_eq(mkdir(stores_path("shared"), 0755), 0);
    make("d/" NAME);
    ck_assert_int_eq(symlink("d", stores_path("link")), 0);
    ck_assert_int_eq(symlink("../d", stores_path("shared/link")), 0);
    ck_assert_int_eq(symlink(stores_path("d"), stores_path("absolute")), 0);
    ck_assert_int_eq(symlink("circle", stores_path("circle")), 0);
    ck_assert_int_eq(change("link/" NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(change("absolute/" NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(change("shared/link/../d/" NAME, NULL), SCRAM_OK);
    ck_assert_int_ne(change("circle/" NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(chmod(stores_path("shared"), 01777), 0);
    ck_assert_int_eq(change("shared/link/" NAME, NULL), SCRAM_STORE_FORBIDDEN);
}
END_TEST

START_TEST(a_file_that_is_a_link_is_read_and_not_changed)
{
    struct sentence why = {""};
    struct store *store;

    make("real");
    ck_assert_int_eq(symlink("real", stores_path(NAME)), 0);
    store = stores_open(NAME, STORE_READ);
    ck_assert(stores_has(store, "alice", 2));
    store_close(store);
    ck_assert_int_eq(change(NAME, &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, "symbolic link"));
    ck_assert_int_eq(change("real", &why), SCRAM_OK);
}
END_TEST

/* What stands in the places of the new file and the lock file, and whether a
 * change is made all the same. */
static void
lay_link(const char *name)
{
    ck_assert_int_eq(symlink("precious", stores_path(name)), 0);
}

static void
lay_folder(const char *name)
{
    ck_assert_int_eq(mkdir(stores_path(name), 0755), 0);
}

static void
lay_hard_link(const char *name)
{
    ck_assert_int_eq(link(stores_path("precious"), stores_path(name)), 0);
}

static const struct {
    const char *name;
    void (*lay)(const char *name);
    enum scram_status status;
} traps[] = {
    {NAME ".new", lay_link, SCRAM_OK},
    {NAME ".new", lay_hard_link, SCRAM_OK},
    {NAME ".new", lay_folder, SCRAM_STORE_FAILED},
    {NAME ".lock", lay_link, SCRAM_STORE_FAILED},
    {NAME ".lock", lay_hard_link, SCRAM_STORE_FAILED},
    {NAME ".lock", lay_folder, SCRAM_STORE_FAILED},
};

START_TEST(what_is_laid_out_for_a_writer_is_harmed_by_none)
{
    FILE *file = fopen(stores_path("precious"), "w");
    struct stat before, after;

    ck_assert_int_ge(fputs("precious", file), 0);
    fclose(file);
    make(NAME);
    remove(stores_path(traps[_i].name));
    traps[_i].lay(traps[_i].name);
    ck_assert_int_eq(stat(stores_path("precious"), &before), 0);
    ck_assert_int_eq(change(NAME, NULL), traps[_i].status);
    ck_assert_int_eq(stat(stores_path("precious"), &after), 0);
    ck_assert_int_eq(after.st_size, before.st_size);
    ck_assert_int_eq(after.st_mode, before.st_mode);
}
END_TEST

/* Who can open it can hold it, and with it keep everybody from changes. */
START_TEST(the_lock_file_is_the_owners_alone)
{
    struct file_place place;
    struct stat st;

    make(NAME);
    ck_assert_int_eq(chmod(stores_path(NAME ".lock"), 0666), 0);
    ck_assert_int_eq(change(NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(stat(stores_path(NAME ".lock"), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(unlink(stores_path(NAME ".lock")), 0);
    ck_assert_int_eq(chown(stores_path(NAME), NOBODY, NOBODY), 0);
    ck_assert_int_eq(file_place_take(stores_path(NAME), &place, NULL),
                     SCRAM_OK);
    file_place_leave(&place);
    ck_assert_int_eq(stat(stores_path(NAME ".lock"), &st), 0);
    ck_assert_uint_eq(st.st_uid, NOBODY);
}
END_TEST

START_TEST(links_that_lead_in_circles_lead_nowhere)
{
    ck_assert_int_eq(symlink("circle", stores_path("circle")), 0);
    ck_assert_int_ne(change("circle/" NAME, NULL), SCRAM_OK);
    ck_assert_int_ne(
        file_place_take(stores_path("circle/" NAME),
                        &(struct file_place){.folder = -1, .lock = -1}, NULL),
        SCRAM_OK);
}
END_TEST

/* What mode a file has before it gets its owner and mode: of the last one. */
static mode_t mode_before;

int
fchown(int fd, uid_t uid, gid_t gid)
{
    static int (*next)(int, uid_t, gid_t);
    struct stat st;

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "fchown");
    if (fstat(fd, &st) == 0)
        mode_before = st.st_mode & 07777;
    return next(fd, uid, gid);
}

START_TEST(a_new_file_is_the_owners_alone_until_it_is_written)
{
    mode_t before = umask(0);

    make(NAME);
    ck_assert_uint_eq(mode_before, 0600);
    ck_assert_int_eq(chmod(stores_path(NAME), 0644), 0);
    mode_before = 0;
    ck_assert_int_eq(change(NAME, NULL), SCRAM_OK);
    ck_assert_uint_eq(mode_before, 0600);
    umask(before);
}
END_TEST

START_TEST(a_change_keeps_owner_group_mode_and_access_list)
{
    /* user::rw-, user:1:r--, group::r--, mask::r--, other::--- */
    static const uint8_t acl[] = {
        2, 0, 0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,  4,
        0, 1, 0,   0,   0,   4,   0,  4, 0,   255, 255, 255, 255, 16, 0,
        4, 0, 255, 255, 255, 255, 32, 0, 0,   0,   255, 255, 255, 255};
    struct stat st;
    uint8_t kept[sizeof(acl)];

    make(NAME);
    ck_assert_int_eq(chmod(stores_path(NAME), 0604), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(chown(stores_path(NAME), 0, NOBODY), 0);
    ck_assert_int_eq(change(NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(stat(stores_path(NAME), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0604);
    if (geteuid() == 0)
        ck_assert_int_eq(st.st_gid, NOBODY);
    ck_assert_int_eq(stat(stores_path(NAME ".lock"), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    if (setxattr(stores_path(NAME), "system.posix_acl_access", acl, sizeof(acl),
                 0) != 0)
        return; /* a file system without such lists */
    ck_assert_int_eq(change(NAME, NULL), SCRAM_OK);
    ck_assert_int_eq(getxattr(stores_path(NAME), "system.posix_acl_access",
                              kept, sizeof(kept)),
                     sizeof(acl));
    ck_assert_mem_eq(kept, acl, sizeof(acl));
}
END_TEST

static int
change_as_nobody(void *data)
{
    (void)data;
    stores_become_nobody();
    return change(NAME, NULL) == SCRAM_OK ? 0 : 1;
}

START_TEST(an_account_changes_its_own_file)
{
    if (geteuid() != 0)
        return;
    make(NAME);
    ck_assert_int_eq(chown(stores_path(NAME), NOBODY, NOBODY), 0);
    ck_assert_int_eq(remove(stores_path(NAME ".lock")), 0);
    ck_assert_int_eq(stores_run(change_as_nobody, NULL), 1);
    ck_assert_int_eq(chown(stores_path(""), NOBODY, NOBODY), 0);
    ck_assert_int_eq(stores_run(change_as_nobody, NULL), 0);
}
END_TEST

START_TEST(a_writer_that_has_to_wait_for_too_long_says_so)
{
    struct sentence why = {""};
    int lock;

    make(NAME);
    lock = open(stores_path(NAME ".lock"), O_RDWR);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    ck_assert_int_eq(change(NAME, &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, "ten seconds"));
    close(lock);
    ck_assert_int_eq(change(NAME, &why), SCRAM_OK);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests, nobody_else_may_write_to_a_folder_in_which_root_does);
    tcase_add_test(tests, root_goes_through_what_others_share_and_no_further);
    tcase_add_test(tests,
                   root_follows_a_link_to_a_folder_where_only_root_makes_links);
    tcase_add_test(tests, a_file_that_is_a_link_is_read_and_not_changed);
    tcase_add_loop_test(tests, what_is_laid_out_for_a_writer_is_harmed_by_none,
                        0, COUNT(traps));
    tcase_add_test(tests, the_lock_file_is_the_owners_alone);
    tcase_add_test(tests, links_that_lead_in_circles_lead_nowhere);
    tcase_add_test(tests, a_new_file_is_the_owners_alone_until_it_is_written);
    tcase_add_test(tests, a_change_keeps_owner_group_mode_and_access_list);
    tcase_add_test(tests, an_account_changes_its_own_file);
    tcase_add_test(tests, a_writer_that_has_to_wait_for_too_long_says_so);
}

int
main(void)
{
    return unit_run("file_place", add, 120);
}
