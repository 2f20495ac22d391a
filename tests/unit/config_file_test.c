#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/config_file.h"
#include "scratch.h"

/* What was visited, as text: "name=value;" or "name={};". */
struct visited {
    char text[256];
    size_t len;
};

static enum scram_status
visit(void *data, const char *name, const char *value)
{
    struct visited *v = data;

    v->len += (size_t)snprintf(v->text + v->len, sizeof(v->text) - v->len,
                               "%s=%s;", name, value == NULL ? "{}" : value);
    return SCRAM_OK;
}

static enum scram_status
read_section(const char *path, const char *const *section, struct visited *v,
             struct sentence *why)
{
    struct config_file file;
    enum scram_status status = config_file_open(path, &file, why);

    *v = (struct visited){.len = 0};
    if (status == SCRAM_OK) {
        status = config_file_each(&file, section, visit, v, why);
        config_file_close(&file);
    }
    return status;
}

static const char *const top[] = {NULL};
static const char *const a[] = {"a", NULL};
static const char *const a_b[] = {"a", "b", NULL};

static const struct {
    const char *text;
    const char *const *section;
    const char *visited;
} sections[] = {
    {"[a]\nx = 1\ny = 2\n", top, "a={};"},
    {"[a]\nx = 1\ny = 2\n", a, "x=1;y=2;"},
    {"[a]\nx = 1\n[c]\ny = 2\n", a, "x=1;"},
    {"[a]\nx = 1\nx = 2\n", a, "x=1;x=2;"},
    {"[a]\nx = 1\n[a]\nx = 2\n", a, "x=1;x=2;"},
    {"[a]\nb = {\nx = 1\n}\ny = 2\n", a, "b={};y=2;"},
    {"[a]\nb = {\nx = 1\n}\ny = 2\n", a_b, "x=1;"},
    {"[a]\nb = 1\n", a_b, ""},
    {"[a]\nx = \"1 # 2\"\n", a, "x=1 # 2;"},
    {"# about\n\n  ; it\n[a]\n# x = 0\nx = 1\n", a, "x=1;"},
    {"[a]\r\nx = 1\r\n", a, "x=1;"},
    {"[a]\n", a, ""},
    {"[c]\n", a, ""},
    {"# nothing\n", top, ""},
    {"", top, ""},
};

START_TEST(a_section_s_entries_are_visited)
{
    const char *path = scratch_file("sections", sections[_i].text);
    struct sentence why = {""};
    struct visited v;

    ck_assert_msg(read_section(path, sections[_i].section, &v, &why) ==
                      SCRAM_OK,
                  "%s", why.text);
    ck_assert_str_eq(v.text, sections[_i].visited);
}
END_TEST

static enum scram_status
refuse(void *data, const char *name, const char *value)
{
    (void)name;
    (void)value;
    ++*(int *)data;
    return SCRAM_BAD_ARGUMENT;
}

START_TEST(a_visit_may_end_the_iteration)
{
    struct config_file file;
    int visits = 0;

    ck_assert_int_eq(
        config_file_open(scratch_file("end", "[a]\nx = 1\ny = 2"), &file, NULL),
        SCRAM_OK);
    ck_assert_int_eq(config_file_each(&file, a, refuse, &visits, NULL),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(visits, 1);
    config_file_close(&file);
}
END_TEST

START_TEST(a_file_may_include_another)
{
    char text[512];
    struct visited v;

    snprintf(text, sizeof(text), "include %s\n[a]\ny = 2\n",
             scratch_file("included", "[a]\nx = 1\n"));
    ck_assert_int_eq(read_section(scratch_file("including", text), a, &v, NULL),
                     SCRAM_OK);
    ck_assert_str_eq(v.text, "x=1;y=2;");
}
END_TEST

static const struct {
    const char *text;
    const char *reason;
} wrong[] = {
    {"x = 1\n", "line 1 stands before the first section"},
    {"# about\n [a]\nx = 1\n", "line 2 stands before the first section"},
    {"\xef\xbb\xbf[a]\n", "line 1 stands before the first section"},
    {"[a\n", "section header"},
    {"[a]\nx\n", "relation"},
    {"[a]\nx y = 1\n", "relation"},
    {"[a]\n}\n", "brace"},
    {"[a]\nx =\ny = 1\n", "brace"},
    {"[a]\nb = {\n[c]\n", "top level"},
    {"include /nonexistent\n[a]\n", "could not be read"},
    {"module /nonexistent:x\n", "module"},
};

START_TEST(a_file_in_another_format_is_refused_with_the_reason)
{
    const char *path = scratch_file("wrong", wrong[_i].text);
    struct sentence why = {""};
    struct visited v;

    ck_assert_int_eq(read_section(path, top, &v, &why), SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, path));
    ck_assert_msg(strstr(why.text, wrong[_i].reason) != NULL, "%s", why.text);
}
END_TEST

static void
assert_refused(const char *path, const char *reason)
{
    struct sentence why = {""};
    struct visited v;

    ck_assert_int_eq(read_section(path, top, &v, &why), SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, path));
    ck_assert_msg(strstr(why.text, reason) != NULL, "%s", why.text);
}

START_TEST(what_is_no_file_is_refused)
{
    ck_assert_int_eq(mkdir(scratch_path("directory"), 0755), 0);
    assert_refused(scratch_path("directory"), "is a directory");
    ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0644), 0);
    assert_refused(scratch_path("fifo"), "not a file");
    scratch_file("plain", "");
    assert_refused(scratch_path("plain/scram.conf"), "Not a directory");
}
END_TEST

START_TEST(a_file_that_may_not_be_read_is_refused)
{
    const char *path = scratch_file("forbidden", "[a]\n");

    ck_assert_int_eq(chmod(path, 0), 0);
    scratch_become_nobody();
    assert_refused(path, "Permission denied");
    scratch_become_self();
}
END_TEST

START_TEST(a_file_may_have_a_mebibyte_and_no_more)
{
    const char *path = scratch_file("large", "[a]\n");
    struct visited v;

    ck_assert_int_eq(truncate(path, CONFIG_FILE_MAX), 0);
    ck_assert_int_eq(read_section(path, top, &v, NULL), SCRAM_OK);
    ck_assert_int_eq(truncate(path, CONFIG_FILE_MAX + 1), 0);
    assert_refused(path, "1048577 bytes");
}
END_TEST

START_TEST(a_missing_file_has_no_section)
{
    struct visited v;

    ck_assert_int_eq(read_section(scratch_path("missing"), top, &v, NULL),
                     SCRAM_OK);
    ck_assert_str_eq(v.text, "");
    ck_assert_int_eq(read_section(scratch_path("no/folder"), top, &v, NULL),
                     SCRAM_OK);
}
END_TEST

static atomic_bool written;

/* Read for as long as the file is changed under our eyes: it is always one of
 * the two. Returns whether it was. */
static void *
read_again_and_again(void *path)
{
    struct visited v;

    do {
        if (read_section(path, a, &v, NULL) != SCRAM_OK ||
            (strcmp(v.text, "x=1;") != 0 && strcmp(v.text, "x=2;") != 0))
            return NULL;
    } while (!atomic_load(&written));
    return path;
}

START_TEST(threads_read_while_the_file_is_replaced)
{
    char path[256], new[256];
    struct timespec pause = {0, 2000000};
    time_t start = time(NULL);
    pthread_t threads[4];
    void *good;
    int i;

    snprintf(path, sizeof(path), "%s", scratch_file("changing", "[a]\nx = 1"));
    for (i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, read_again_and_again, path), 0);
    /* The library looks at the file again when the clock's seconds change. */
    for (i = 0; time(NULL) - start < 2; i++) {
        snprintf(new, sizeof(new), "%s",
                 scratch_file("new", i % 2 ? "[a]\nx = 1" : "[a]\nx = 2"));
        ck_assert_int_eq(rename(new, path), 0);
        nanosleep(&pause, NULL);
    }
    atomic_store(&written, true);
    for (i = 0; i < COUNT(threads); i++) {
        ck_assert_int_eq(pthread_join(threads[i], &good), 0);
        ck_assert_ptr_nonnull(good);
    }
}
END_TEST

START_TEST(a_child_reads_though_another_thread_was_reading_at_the_fork)
{
    char path[256];
    struct visited v;
    pthread_t thread;
    void *good;
    int i, code;
    pid_t child;

    snprintf(path, sizeof(path), "%s", scratch_file("forking", "[a]\nx = 1"));
    ck_assert_int_eq(pthread_create(&thread, NULL, read_again_and_again, path),
                     0);
    for (i = 0; i < 200; i++) {
        child = fork();
        if (child == 0)
            _exit(read_section(path, a, &v, NULL) == SCRAM_OK ? 0 : 1);
        ck_assert_int_eq(waitpid(child, &code, 0), child);
        ck_assert_int_eq(code, 0);
    }
    atomic_store(&written, true);
    ck_assert_int_eq(pthread_join(thread, &good), 0);
    ck_assert_ptr_nonnull(good);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_loop_test(tests, a_section_s_entries_are_visited, 0,
                        COUNT(sections));
    tcase_add_test(tests, a_visit_may_end_the_iteration);
    tcase_add_test(tests, a_file_may_include_another);
    tcase_add_loop_test(tests,
                        a_file_in_another_format_is_refused_with_the_reason, 0,
                        COUNT(wrong));
    tcase_add_test(tests, what_is_no_file_is_refused);
    tcase_add_test(tests, a_file_that_may_not_be_read_is_refused);
    tcase_add_test(tests, a_file_may_have_a_mebibyte_and_no_more);
    tcase_add_test(tests, a_missing_file_has_no_section);
    tcase_add_test(tests, threads_read_while_the_file_is_replaced);
    tcase_add_test(tests,
                   a_child_reads_though_another_thread_was_reading_at_the_fork);
}

int
main(void)
{
    return unit_run("config_file", add, 60);
}
