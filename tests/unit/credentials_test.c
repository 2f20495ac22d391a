#include "scratch.h"
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/credentials.h"

#define ONE "[*]\nuser = alice\npassword = hunter2\n"

static struct credentials credentials;
static struct sentence why;

/* A file that only its owner may use. */
static const char *
own_file(const char *name, const char *text)
{
    const char *path = scratch_file(name, text);

    ck_assert_int_eq(chmod(path, 0600), 0);
    return path;
}

START_TEST(a_file_of_ones_own_is_read)
{
    ck_assert_int_eq(credentials_read(own_file("own", ONE), &credentials, &why),
                     SCRAM_OK);
    ck_assert_uint_eq(credentials.count, 1);
    ck_assert(slice_equal(credentials.entries[0].password, SLICE("hunter2")));
    credentials_clear(&credentials);
    ck_assert_uint_eq(credentials.count, 0);
    ck_assert_ptr_null(credentials.text.data);
}
END_TEST

START_TEST(a_file_that_is_not_there_has_no_entries)
{
    ck_assert_int_eq(credentials_read(scratch_path("none"), &credentials, &why),
                     SCRAM_OK);
    ck_assert_uint_eq(credentials.count, 0);
    credentials_clear(&credentials);
}
END_TEST

static void
assert_refused(const char *path, const char *reason)
{
    why.text[0] = '\0';
    ck_assert_int_eq(credentials_read(path, &credentials, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, path));
    ck_assert_msg(strstr(why.text, reason) != NULL, "%s", why.text);
    ck_assert_ptr_null(strstr(why.text, "hunter2"));
}

static const mode_t modes[] = {0640, 0620, 0610, 0604, 0602, 0601, 0644, 0666};

START_TEST(a_file_that_others_may_use_is_refused)
{
    const char *path = scratch_file("others", ONE);
    char mode[8];

    snprintf(mode, sizeof(mode), "%04o", modes[_i]);
    ck_assert_int_eq(chmod(path, modes[_i]), 0);
    assert_refused(path, mode);
    ck_assert_ptr_nonnull(strstr(why.text, "chmod 600"));
}
END_TEST

START_TEST(a_file_that_its_owner_may_only_read_will_do)
{
    const char *path = scratch_file("read-only", ONE);

    ck_assert_int_eq(chmod(path, 0400), 0);
    ck_assert_int_eq(credentials_read(path, &credentials, &why), SCRAM_OK);
    credentials_clear(&credentials);
}
END_TEST

static const uid_t owners[] = {1, 65534};

/* Also for root, who could read it. */
START_TEST(a_file_of_another_account_is_refused)
{
    const char *path = own_file("another", ONE);
    char owner[32];

    if (geteuid() != 0)
        return;
    snprintf(owner, sizeof(owner), "belongs to uid %lu and",
             (unsigned long)owners[_i]);
    ck_assert_int_eq(chown(path, owners[_i], (gid_t)-1), 0);
    assert_refused(path, owner);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_not_taken_for_none)
{
    const char *path = own_file("closed", ONE);

    if (geteuid() != 0)
        return;
    scratch_become_nobody();
    assert_refused(path, "cannot read");
    scratch_become_self();
}
END_TEST

START_TEST(a_link_a_folder_and_a_pipe_are_refused)
{
    char target[256];

    snprintf(target, sizeof(target), "%s", own_file("target", ONE));
    ck_assert_int_eq(symlink(target, scratch_path("link")), 0);
    assert_refused(scratch_path("link"), "symbolic link");
    ck_assert_int_eq(mkdir(scratch_path("folder"), 0700), 0);
    assert_refused(scratch_path("folder"), "a directory");
    ck_assert_int_eq(mkfifo(scratch_path("pipe"), 0600), 0);
    assert_refused(scratch_path("pipe"), "not a file");
}
END_TEST

START_TEST(a_file_may_not_be_too_long)
{
    const char *path = own_file("long", ONE);

    ck_assert_int_eq(truncate(path, CREDENTIALS_FILE_MAX + 1), 0);
    assert_refused(path, "65537 bytes");
}
END_TEST

/* Patterns in the order of a file, the target, and which of them is for it,
 * from 0; -1 for none. */
static const struct {
    const char *patterns[5];
    const char *target;
    int found;
} choices[] = {
    {{"*"}, "HTTP@www.example.org", 0},
    {{"*@*"}, "HTTP@www.example.org", 0},
    {{"HTTP@www.example.org"}, "HTTP@www.example.org", 0},
    {{"HTTP@www.example.org"}, "http@WWW.Example.ORG", 0},
    {{"HTTP@www.example.org"}, "ldap@www.example.org", -1},
    {{"HTTP@www.example.org"}, "HTTP@example.org", -1},
    {{"HTTP@www.example.org"}, "HTTP@www.example.org.evil", -1},
    {{"*@www.example.org"}, "ldap@www.example.org", 0},
    {{"*@www.example.org"}, "ldap@ww.example.org", -1},
    {{"HTTP@*"}, "HTTP@anywhere", 0},
    {{"HTTP@*"}, "ldap@anywhere", -1},
    {{"*@*.example.org"}, "HTTP@www.example.org", 0},
    {{"*@*.example.org"}, "HTTP@a.b.EXAMPLE.org", 0},
    {{"*@*.example.org"}, "HTTP@example.org", -1},
    {{"*@*.example.org"}, "HTTP@.example.org", -1},
    {{"*@*.example.org"}, "HTTP@wwwexample.org", -1},
    /* the closest host, then the service, then the first */
    {{"*", "HTTP@*", "*@www.a", "HTTP@www.a"}, "HTTP@www.a", 3},
    {{"HTTP@www.a", "*@www.a", "HTTP@*", "*"}, "ldap@www.a", 1},
    {{"HTTP@*", "*@www.a"}, "HTTP@www.a", 1},
    {{"HTTP@*", "*"}, "HTTP@www.a", 0},
    {{"*", "HTTP@*"}, "HTTP@www.a", 1},
    {{"HTTP@*.a", "*@*.b.a", "*@*"}, "HTTP@www.b.a", 1},
    {{"*@*.a", "HTTP@*.a"}, "HTTP@www.b.a", 1},
    {{"*", "*@*"}, "HTTP@www.a", 0},
    /* what is no service and host */
    {{"HTTP@*"}, "HTTP", 0},
    {{"HTTP@www.a", "*@*.a"}, "HTTP", -1},
    {{"HTTP@www.a", "*"}, "HTTP", 1},
    {{"HTTP@www.a", "*"}, "", 1},
    {{"HTTP@www.a"}, "HTTP@www.a@REALM", -1},
    {{NULL}, "HTTP@www.a", -1},
};

START_TEST(the_closest_pattern_is_the_targets)
{
    char text[1024] = "";
    const struct credentials_entry *e;
    int i;

    for (i = 0; i < 5 && choices[_i].patterns[i] != NULL; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text),
                 "[%s]\nuser = %d\npassword = x\n", choices[_i].patterns[i], i);
    ck_assert_int_eq(
        credentials_read(own_file("choice", text), &credentials, &why),
        SCRAM_OK);
    e = credentials_find(&credentials, slice_of(choices[_i].target), NULL,
                         NULL);
    ck_assert_int_eq(e == NULL ? -1 : e->user.data[0] - '0', choices[_i].found);
    credentials_clear(&credentials);
}
END_TEST

static bool
is_user(void *data, struct slice user)
{
    return slice_equal(user, slice_of(data));
}

START_TEST(a_user_may_be_asked_for)
{
    static const struct {
        const char *user, *password;
    } users[] = {{"alice", "1"}, {"bob", "2"}, {"carol", "3"}};
    const struct credentials_entry *e;
    int i;

    ck_assert_int_eq(
        credentials_read(own_file("users", "[*@h]\nuser = alice\npassword = 1\n"
                                           "[*@h]\nuser = bob\npassword = 2\n"
                                           "[*]\nuser = carol\npassword = 3\n"),
                         &credentials, &why),
        SCRAM_OK);
    for (i = 0; i < 3; i++) {
        e = credentials_find(&credentials, SLICE("HTTP@h"), is_user,
                             (void *)users[i].user);
        ck_assert(slice_equal(e->password, slice_of(users[i].password)));
    }
    ck_assert_ptr_null(credentials_find(&credentials, SLICE("HTTP@h"), is_user,
                                        (void *)"dave"));
    ck_assert_ptr_null(credentials_find(&credentials, SLICE("HTTP@i"), is_user,
                                        (void *)"bob"));
    credentials_clear(&credentials);
}
END_TEST

/* GSS_SCRAM_CREDENTIALS, XDG_CONFIG_HOME, HOME, and the path. */
static const struct {
    const char *named, *config, *home, *path;
} paths[] = {
    {"/n", "/x", "/h", "/n"},
    {"", "/x", "/h", "/x/gss-scram/credentials"},
    {NULL, "/x", "/h", "/x/gss-scram/credentials"},
    {NULL, NULL, "/h", "/h/.config/gss-scram/credentials"},
    {NULL, "", "/h", "/h/.config/gss-scram/credentials"},
    {NULL, "relative", "/h", "/h/.config/gss-scram/credentials"},
    {NULL, NULL, NULL, NULL},
    {NULL, NULL, "relative", NULL},
};

static void
set(const char *name, const char *value)
{
    if (value == NULL)
        unsetenv(name);
    else
        setenv(name, value, 1);
}

START_TEST(the_environment_says_where_the_file_is)
{
    char path[CREDENTIALS_PATH_MAX];

    set("GSS_SCRAM_CREDENTIALS", paths[_i].named);
    set("XDG_CONFIG_HOME", paths[_i].config);
    set("HOME", paths[_i].home);
    ck_assert_int_eq(credentials_path(path), paths[_i].path != NULL);
    if (paths[_i].path != NULL)
        ck_assert_str_eq(path, paths[_i].path);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_test(tests, a_file_of_ones_own_is_read);
    tcase_add_test(tests, a_file_that_is_not_there_has_no_entries);
    tcase_add_loop_test(tests, a_file_that_others_may_use_is_refused, 0,
                        COUNT(modes));
    tcase_add_test(tests, a_file_that_its_owner_may_only_read_will_do);
    tcase_add_loop_test(tests, a_file_of_another_account_is_refused, 0,
                        COUNT(owners));
    tcase_add_test(tests, a_file_that_cannot_be_read_is_not_taken_for_none);
    tcase_add_test(tests, a_link_a_folder_and_a_pipe_are_refused);
    tcase_add_test(tests, a_file_may_not_be_too_long);
    tcase_add_loop_test(tests, the_closest_pattern_is_the_targets, 0,
                        COUNT(choices));
    tcase_add_test(tests, a_user_may_be_asked_for);
    tcase_add_loop_test(tests, the_environment_says_where_the_file_is, 0,
                        COUNT(paths));
}

int
main(void)
{
    return unit_run("credentials", add, 30);
}
