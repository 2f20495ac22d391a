#include "scratch.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/credentials.h"

static struct sentence why;
static char path[256];

static void
begin(const char *name, const char *text)
{
    snprintf(path, sizeof(path), "%s", scratch_path(name));
    if (text == NULL)
        return;
    scratch_file(name, text);
    ck_assert_int_eq(chmod(path, 0600), 0);
}

static enum scram_status
set(const char *target, const char *user, const char *password, bool replace,
    bool first)
{
    struct credentials_entry entry = {
        slice_of(target), slice_of(user), slice_of(password), 0, 0, 0};

    return credentials_set(path, &entry,
                           (struct credentials_how){replace, first}, &why);
}

static void
assert_text(const char *wanted)
{
    char text[8192];
    FILE *file = fopen(path, "r");
    size_t n = fread(text, 1, sizeof(text) - 1, file);

    fclose(file);
    text[n] = '\0';
    ck_assert_str_eq(text, wanted);
}

START_TEST(a_file_and_its_folders_are_made_for_the_owner_alone)
{
    struct stat st;

    snprintf(path, sizeof(path), "%s/a/credentials", scratch_path("new"));
    umask(0);
    ck_assert_int_eq(set("*", "alice", "p", false, false), SCRAM_OK);
    assert_text("[*]\n    user = \"alice\"\n    password = \"p\"\n");
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(stat(scratch_path("new/a"), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0700);
    ck_assert_int_eq(stat(scratch_path("new"), &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(no_home_is_made)
{
    snprintf(path, sizeof(path), "%s/.config/gss-scram/credentials",
             scratch_path("home"));
    ck_assert_int_eq(set("*", "alice", "p", false, false), SCRAM_BAD_CONFIG);
    ck_assert_msg(strstr(why.text, "/home as ") != NULL, "%s", why.text);
    ck_assert_int_ne(access(scratch_path("home"), F_OK), 0);
}
END_TEST

#define A "[*]\nuser = a\npassword = 1\n"
#define B "[X@b]\nuser = b\npassword = 2 # no comment\n"
#define NEW "    user = \"c\"\n    password = \"3\"\n"

/* What was there, what is set, and what is there then; NULL: it is refused. */
static const struct {
    const char *before, *target, *user;
    bool replace, first;
    const char *after;
} settings[] = {
    {"", "*", "c", false, false, "[*]\n" NEW},
    {"# top", "*", "c", false, false, "# top\n\n[*]\n" NEW},
    {A, "*@b", "c", false, false, A "\n[*@b]\n" NEW},
    {A, "*", "c", false, false, A "\n[*]\n" NEW},
    {A, "*", "c", false, true, "[*]\n" NEW "\n" A},
    {B A B "user", "*", "c", false, true, NULL}, /* is wrong already */
    {"# x\n" B "# y\n" A, "*", "c", false, true,
     "# x\n" B "# y\n[*]\n" NEW "\n" A},
    {"[*]\nuser = c\npassword = 2\n", "*", "c", false, false, NULL},
    {"[*]\nuser = c\npassword = 2\n", "*", "c", true, false, "[*]\n" NEW},
    {"[*]\nuser = c\npassword = 2\n", "*@b", "c", false, false,
     "[*]\nuser = c\npassword = 2\n\n[*@b]\n" NEW},
    {"# x\n[*]\nuser = c\n# old\npassword = 2\n# y\n" B, "*", "c", true, false,
     "# x\n[*]\n" NEW "# y\n" B},
    {A "[*]\nuser = c\npassword = 2\n" B, "*", "c", true, true,
     "[*]\n" NEW "\n" A B},
    {"[*]\nuser = c\npassword = 2\n" A B, "*", "c", true, true,
     "[*]\n" NEW A B},
    {A "[*]\nuser = c\npassword = 2", "*", "c", true, false, A "[*]\n" NEW},
};

START_TEST(setting_leaves_the_rest_as_it_is)
{
    enum scram_status status;

    begin("set", settings[_i].before);
    status = set(settings[_i].target, settings[_i].user, "3",
                 settings[_i].replace, settings[_i].first);
    if (settings[_i].after == NULL) {
        ck_assert_int_ne(status, SCRAM_OK);
        ck_assert_ptr_nonnull(strstr(why.text, path));
        assert_text(settings[_i].before);
    } else {
        ck_assert_int_eq(status, SCRAM_OK);
        assert_text(settings[_i].after);
    }
}
END_TEST

/* Who has a new password demands no less of servers than before. */
START_TEST(an_entry_keeps_the_least_count_of_the_one_that_it_replaces)
{
    struct credentials_entry entry = {SLICE("*"),      SLICE("a"), SLICE("3"),
                                      _i ? 200000 : 0, 0,          0};

    begin("count", "[*]\n    user = \"a\"\n    password = \"1\"\n"
                   "    min_iterations = 100000\n");
    ck_assert_int_eq(
        credentials_set(path, &entry, (struct credentials_how){true, _i}, &why),
        SCRAM_OK);
    assert_text(_i ? "[*]\n    user = \"a\"\n    password = \"3\"\n"
                     "    min_iterations = 200000\n"
                   : "[*]\n    user = \"a\"\n    password = \"3\"\n"
                     "    min_iterations = 100000\n");
}
END_TEST

START_TEST(a_user_who_is_there_is_said_to_be)
{
    begin("there", A);
    ck_assert_int_eq(set("*", "a", "3", false, false), SCRAM_USER_EXISTS);
    ck_assert_ptr_nonnull(strstr(why.text, "[*] already"));
}
END_TEST

START_TEST(what_cannot_be_written_changes_nothing)
{
    begin("unwritable", A);
    ck_assert_int_eq(set("nonsense", "a", "3", true, false),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(set("*", "a", "", true, false), SCRAM_BAD_ARGUMENT);
    assert_text(A);
}
END_TEST

/* What a function that is called next finds in memory that it does not set:
 * folders upon folders. */
static __attribute__((noinline)) void
litter(void)
{
    volatile char paths[16384];
    size_t i;

    for (i = 0; i < sizeof(paths); i++)
        paths[i] = i % 2 == 0 ? 'x' : '/';
}

START_TEST(a_path_that_is_empty_is_no_file)
{
    path[0] = '\0';
    litter();
    ck_assert_int_eq(set("*", "a", "p", false, false), SCRAM_BAD_CONFIG);
    ck_assert_msg(slice_starts_with(slice_of(why.text), SLICE("cannot write ")),
                  "%s", why.text);
}
END_TEST

static const struct {
    const char *before, *target, *user, *after; /* NULL: there is none */
} removals[] = {
    {A, "*", "a", ""},
    {A, "*", NULL, ""},
    {A B, "*", "a", B},
    {"# x\n" A "# y\n" B "# z\n", "X@b", NULL, "# x\n" A "# y\n# z\n"},
    {A "[*]\nuser = c\npassword = d\n" B, "*", NULL, B},
    {A "[*]\nuser = c\npassword = d\n" B, "*", "c", A B},
    {A, "*", "b", NULL},
    {A, "*@*", "a", NULL},
    {"", "*", NULL, NULL},
};

START_TEST(removing_leaves_the_rest_as_it_is)
{
    const char *user = removals[_i].user;
    enum scram_status status;

    begin("remove", removals[_i].before);
    status = credentials_remove(
        path, slice_of(removals[_i].target),
        user == NULL ? (struct slice){NULL, 0} : slice_of(user), &why);
    ck_assert_int_eq(status,
                     removals[_i].after == NULL ? SCRAM_NO_USER : SCRAM_OK);
    assert_text(removals[_i].after == NULL ? removals[_i].before
                                           : removals[_i].after);
}
END_TEST

START_TEST(removing_makes_no_file)
{
    begin("absent", NULL);
    ck_assert_int_eq(
        credentials_remove(path, SLICE("*"), (struct slice){NULL, 0}, &why),
        SCRAM_NO_USER);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

/* What must not be read must not be written either. */
START_TEST(a_file_that_is_not_to_be_trusted_is_not_changed)
{
    begin("untrusted", A);
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_int_eq(set("*", "c", "3", true, false), SCRAM_BAD_CONFIG);
    assert_text(A);
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_int_eq(symlink(path, scratch_path("untrusted-link")), 0);
    begin("untrusted-link", NULL);
    ck_assert_int_eq(set("*", "c", "3", true, false), SCRAM_BAD_CONFIG);
    assert_text(A);
}
END_TEST

START_TEST(a_file_does_not_outgrow_what_is_read)
{
    static char text[CREDENTIALS_FILE_MAX + 1];

    memset(text, '\n', sizeof(text) - 1);
    begin("grown", text);
    ck_assert_int_eq(set("*", "c", "3", true, false), SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "too large"));
}
END_TEST

/* What was done for a file that is to last, in its order: f, its text was
 * synced; r, it was put in its place; d, the directory was synced. */
static char steps[8];
static char bad_step;

static bool
step(char which)
{
    size_t n = strlen(steps);

    if (n < sizeof(steps) - 1)
        steps[n] = which;
    errno = EIO;
    return which != bad_step;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int
__wrap_fsync(int fd)
{
    struct stat st;

    ck_assert_int_eq(fstat(fd, &st), 0);
    return step(S_ISDIR(st.st_mode) ? 'd' : 'f') ? __real_fsync(fd) : -1;
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int
__wrap_rename(const char *from, const char *to)
{
    return step('r') ? __real_rename(from, to) : -1;
}

static int
count_files(const char *folder_path)
{
    DIR *folder = opendir(folder_path);
    int n;

    ck_assert_ptr_nonnull(folder);
    for (n = 0; readdir(folder) != NULL; n++)
        ;
    closedir(folder);
    return n - 2; /* . and .. */
}

static const struct {
    char bad;
    const char *steps;
    bool changed;
} lasting[] = {
    {'\0', "frd", true},
    {'f', "f", false},
    {'r', "fr", false},
    {'d', "frd", true},
};

/* A crash of the machine leaves the old passwords or the new ones; what could
 * not be made sure of is said, and leaves no file beside. */
START_TEST(new_passwords_are_on_disk_before_they_are_the_file)
{
    char folder[32], name[64];

    snprintf(folder, sizeof(folder), "lasting%d", _i);
    snprintf(name, sizeof(name), "%s/credentials", folder);
    ck_assert_int_eq(mkdir(scratch_path(folder), 0700), 0);
    begin(name, A);
    bad_step = lasting[_i].bad;
    ck_assert_int_eq(set("*", "c", "3", false, false),
                     bad_step == '\0' ? SCRAM_OK : SCRAM_BAD_CONFIG);
    ck_assert_str_eq(steps, lasting[_i].steps);
    if (bad_step != '\0')
        ck_assert_msg(strstr(why.text, "Input/output") != NULL, "%s", why.text);
    assert_text(lasting[_i].changed ? A "\n[*]\n" NEW : A);
    ck_assert_int_eq(count_files(scratch_path(folder)), 1);
}
END_TEST

#define WRITERS 4
#define ROUNDS 10

static void
write_rounds(int writer)
{
    char user[16];
    int i;

    for (i = 0; i < ROUNDS; i++) {
        snprintf(user, sizeof(user), "u%d.%d", writer, i);
        if (set("*", user, "a password", false, i % 2 != 0) != SCRAM_OK)
            _exit(1);
    }
    _exit(0);
}

/* Nothing that one writer sets is lost to another, and who reads meanwhile
 * reads a whole file each time; nothing is left beside it. */
START_TEST(many_may_write_at_once_while_others_read)
{
    struct credentials credentials;
    int i, status, running = WRITERS;

    ck_assert_int_eq(mkdir(scratch_path("crowd"), 0700), 0);
    begin("crowd/credentials", "");
    for (i = 0; i < WRITERS; i++) {
        if (fork() == 0)
            write_rounds(i);
    }
    while (running > 0) {
        ck_assert_int_eq(credentials_read(path, &credentials, &why), SCRAM_OK);
        credentials_clear(&credentials);
        if (waitpid(-1, &status, WNOHANG) > 0) {
            ck_assert_int_eq(status, 0);
            running--;
        }
    }
    ck_assert_int_eq(credentials_read(path, &credentials, &why), SCRAM_OK);
    ck_assert_uint_eq(credentials.count, WRITERS * ROUNDS);
    credentials_clear(&credentials);
    ck_assert_int_eq(count_files(scratch_path("crowd")), 1);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_test(tests, a_file_and_its_folders_are_made_for_the_owner_alone);
    tcase_add_test(tests, no_home_is_made);
    tcase_add_loop_test(tests, setting_leaves_the_rest_as_it_is, 0,
                        COUNT(settings));
    tcase_add_loop_test(
        tests, an_entry_keeps_the_least_count_of_the_one_that_it_replaces, 0,
        2);
    tcase_add_test(tests, a_user_who_is_there_is_said_to_be);
    tcase_add_test(tests, what_cannot_be_written_changes_nothing);
    tcase_add_test(tests, a_path_that_is_empty_is_no_file);
    tcase_add_loop_test(tests, removing_leaves_the_rest_as_it_is, 0,
                        COUNT(removals));
    tcase_add_test(tests, removing_makes_no_file);
    tcase_add_test(tests, a_file_that_is_not_to_be_trusted_is_not_changed);
    tcase_add_test(tests, a_file_does_not_outgrow_what_is_read);
    tcase_add_loop_test(tests,
                        new_passwords_are_on_disk_before_they_are_the_file, 0,
                        COUNT(lasting));
    tcase_add_test(tests, many_may_write_at_once_while_others_read);
}

int
main(void)
{
    return unit_run("credentials_change", add, 60);
}
