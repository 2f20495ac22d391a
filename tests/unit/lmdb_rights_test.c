/*
 * Who may do what with a file is what counts for the one in its place, and
 * nothing besides. That a changed store keeps it is lmdb_draft_test.c's.
 */
#include "store/lmdb_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "stores.h"
#include "unit.h"

#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"

/* An access list in which the account 1 reads and writes, and the group
 * nothing, as the kernel has it. */
static const uint8_t acl[] = {
    2,    0, 0, 0,                         /* the version */
    1,    0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* the owner */
    2,    0, 6, 0, 1,    0,    0,    0,    /* the account */
    4,    0, 0, 0, 0xff, 0xff, 0xff, 0xff, /* the group */
    0x10, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* the mask */
    0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff  /* others */
};

static int
make(const char *name, mode_t mode)
{
    int fd = open(stores_path(name), O_RDWR | O_CREAT | O_EXCL, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    return fd;
}

static mode_t
mode_of(int fd)
{
    struct stat st;

    ck_assert_int_eq(fstat(fd, &st), 0);
    return st.st_mode & 07777;
}

static const mode_t modes[] = {0600, 0640, 0644, 0400, 0660};

START_TEST(a_mode_is_copied)
{
    int from = make("from", modes[_i]), to = make("to", 0600);

    ck_assert_int_eq(lmdb_rights_copy(from, to), 0);
    ck_assert_uint_eq(mode_of(to), modes[_i]);
    close(from);
    close(to);
}
END_TEST

START_TEST(an_access_list_is_copied)
{
    int from = make("from", 0600), to = make("to", 0600);
    uint8_t found[sizeof(acl) + 1];

    if (fsetxattr(from, ACCESS, acl, sizeof(acl), 0) == 0) {
        ck_assert_int_eq(lmdb_rights_copy(from, to), 0);
        ck_assert_int_eq(fgetxattr(to, ACCESS, found, sizeof(found)),
                         sizeof(acl));
        ck_assert_mem_eq(found, acl, sizeof(acl));
        ck_assert_uint_eq(mode_of(to), 0660); /* of which 6 is the mask */
    }
    close(from);
    close(to);
}
END_TEST

START_TEST(an_access_list_that_the_folder_gives_is_not_kept)
{
    int from = make("from", 0640), to;
    uint8_t found[sizeof(acl)];

    if (setxattr(stores_path(""), DEFAULT, acl, sizeof(acl), 0) == 0) {
        to = make("to", 0600);
        ck_assert_int_eq(fgetxattr(to, ACCESS, found, sizeof(found)),
                         sizeof(acl));
        ck_assert_int_eq(lmdb_rights_copy(from, to), 0);
        ck_assert_int_lt(fgetxattr(to, ACCESS, found, sizeof(found)), 0);
        ck_assert_int_eq(errno, ENODATA);
        ck_assert_uint_eq(mode_of(to), 0640);
        close(to);
    }
    close(from);
}
END_TEST

static const struct {
    uid_t uid; /* 0: our own */
    mode_t mode;
    bool of_others;
} files[] = {
    {0, 0600, false}, {0, 0640, false}, {0, 0644, false}, {0, 0660, true},
    {0, 0620, true},  {0, 0602, true},  {1, 0600, true},
};

START_TEST(a_file_is_others_that_they_can_write_to)
{
    struct stat st = {.st_uid = geteuid(), .st_mode = S_IFREG};

    st.st_mode |= files[_i].mode;
    if (files[_i].uid != 0)
        st.st_uid += files[_i].uid;
    ck_assert_int_eq(lmdb_rights_of_others(&st), files[_i].of_others);
    if (files[_i].uid == 0) { /* root may do so in any case */
        st.st_uid = 0;
        ck_assert_int_eq(lmdb_rights_of_others(&st), files[_i].of_others);
    }
}
END_TEST

START_TEST(a_new_file_is_for_its_group_to_read)
{
    int fd = make("new", 0600);

    ck_assert_int_eq(lmdb_rights_begin(fd), 0);
    ck_assert_uint_eq(mode_of(fd), 0640);
    close(fd);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_loop_test(tests, a_mode_is_copied, 0, COUNT(modes));
    tcase_add_test(tests, an_access_list_is_copied);
    tcase_add_test(tests, an_access_list_that_the_folder_gives_is_not_kept);
    tcase_add_loop_test(tests, a_file_is_others_that_they_can_write_to, 0,
                        COUNT(files));
    tcase_add_test(tests, a_new_file_is_for_its_group_to_read);
}

int
main(void)
{
    stores_kind = "lmdb";
    return unit_run("lmdb_rights", add, 10);
}
