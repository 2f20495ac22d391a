#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/private_file.h"
#include "scratch.h"

/* A file with that text and that mode. */
static const char *
file(const char *text, mode_t mode)
{
    const char *path = scratch_file("secret", text);

    ck_assert_int_eq(chmod(path, mode), 0);
    return path;
}

static const struct {
    const char *text, *contents;
} good[] = {
    {"secret", "secret"},
    {"secret\n", "secret"},
    {"secret\n\n", "secret\n"},
    {" secret ", " secret "},
};

START_TEST(what_is_in_it_is_read_without_the_newline_at_its_end)
{
    struct secret contents CLEANUP_SECRET = {0};

    ck_assert_int_eq(
        private_file_read(file(good[_i].text, 0600), &contents, NULL),
        SCRAM_OK);
    ck_assert(
        slice_equal(secret_slice(&contents), slice_of(good[_i].contents)));
}
END_TEST

static const mode_t open_modes[] = {0640, 0620, 0604, 0602, 0601, 0777};

START_TEST(one_that_others_may_use_is_refused)
{
    struct secret contents = {0};
    struct sentence why = {""};

    ck_assert_int_eq(
        private_file_read(file("secret", open_modes[_i]), &contents, &why),
        SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "chmod 600"));
    ck_assert_ptr_null(contents.data);
}
END_TEST

START_TEST(one_that_is_empty_too_long_or_no_file_is_refused)
{
    char text[PRIVATE_FILE_MAX + 2];
    struct secret contents = {0};
    struct sentence why = {""};

    ck_assert_int_eq(private_file_read(file("\n", 0600), &contents, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "empty"));
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ck_assert_int_eq(private_file_read(file(text, 0600), &contents, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "too long"));
    ck_assert_int_eq(private_file_read(scratch_path("."), &contents, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_int_eq(
        private_file_read(scratch_path("missing"), &contents, &why),
        SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "missing"));
    ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0600), 0);
    ck_assert_int_eq(private_file_read(scratch_path("fifo"), &contents, &why),
                     SCRAM_BAD_CONFIG);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_loop_test(tests,
                        what_is_in_it_is_read_without_the_newline_at_its_end, 0,
                        COUNT(good));
    tcase_add_loop_test(tests, one_that_others_may_use_is_refused, 0,
                        COUNT(open_modes));
    tcase_add_test(tests, one_that_is_empty_too_long_or_no_file_is_refused);
}

int
main(void)
{
    return unit_run("private_file", add, 30);
}
