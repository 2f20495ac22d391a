#include "unit.h"

#include <profile.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/config_file.h"
#include "scratch.h"

/* What was visited, as text: "[a];b={};b.x=1;". */
struct visited {
    char text[256];
    size_t len;
};

static enum scram_status
visit(void *data, const struct config_entry *e)
{
    struct visited *v = data;

    if (e->section == NULL)
        v->len += (size_t)snprintf(v->text + v->len, sizeof(v->text) - v->len,
                                   "[%s];", e->name);
    else
        v->len += (size_t)snprintf(v->text + v->len, sizeof(v->text) - v->len,
                                   "%s:%s%s%s=%s;", e->section,
                                   e->subsection == NULL ? "" : e->subsection,
                                   e->subsection == NULL ? "" : ".", e->name,
                                   e->value == NULL ? "{}" : e->value);
    return SCRAM_OK;
}

static enum scram_status
read_all(const char *path, struct visited *v, struct sentence *why)
{
    struct config_file file;
    enum scram_status status = config_file_open(path, &file, why);

    *v = (struct visited){.len = 0};
    if (status == SCRAM_OK) {
        status = config_file_walk(&file, visit, v, why);
        config_file_close(&file);
    }
    return status;
}

static const struct {
    const char *text;
    const char *visited;
} right[] = {
    {"[a]\nx = 1\ny = 2\n", "[a];a:x=1;a:y=2;"},
    {"[a]\nx = 1\n[c]\ny = 2\n", "[a];a:x=1;[c];c:y=2;"},
    {"[a]\nx = 1\nx = 2\n", "[a];a:x=1;a:x=2;"},
    {"[a]\nb = {\nx = 1\n}\ny = 2\n", "[a];a:b={};a:b.x=1;a:y=2;"},
    {"[a]\n  b={\n\tx=1\n  }\n", "[a];a:b={};a:b.x=1;"},
    {"[a]\nx = \"1 # 2\"\n", "[a];a:x=1 # 2;"},
    {"[a]\nx = 1#2;3\n", "[a];a:x=1#2;3;"},
    {"[a]\nx = \"{\"\n", "[a];a:x={;"},
    {"[a]\nx = \"\"\n", "[a];a:x=;"},
    {"# about\n\n  ; it\n[a]\n# x = 0\nx = 1\n", "[a];a:x=1;"},
    {"  [a]  \n", "[a];"},
    {"[a]\r\nx = 1\r\n", "[a];a:x=1;"},
    {"[a]\nx = 1", "[a];a:x=1;"},
    {"\xef\xbb\xbf[a]\nx = 1\n", "[a];a:x=1;"},
    {"\xef\xbb\xbf", ""},
    {"[a]\nincluded = 1\nmodules=2\n", "[a];a:included=1;a:modules=2;"},
    {"# nothing\n", ""},
    {"", ""},
};

START_TEST(what_stands_in_a_file_is_visited)
{
    const char *path = scratch_file("right", right[_i].text);
    struct sentence why = {""};
    struct visited v;

    ck_assert_msg(read_all(path, &v, &why) == SCRAM_OK, "%s", why.text);
    ck_assert_str_eq(v.text, right[_i].visited);
}
END_TEST

/* The names of a section and what they are, by MIT's profile library. */
static void
list_by_library(profile_t profile, const char *const *section,
                struct visited *v)
{
    const char *names[] = {section[0], NULL, NULL};
    struct config_entry e = {.section = section[0]};
    char *name, *value;
    void *iterator;

    if (section[0] != NULL)
        e.subsection = section[1];
    ck_assert_int_eq(profile_iterator_create(profile, section,
                                             PROFILE_ITER_LIST_SECTION,
                                             &iterator),
                     0);
    while (iterator != NULL) {
        ck_assert_int_eq(profile_iterator(&iterator, &name, &value), 0);
        if (name == NULL)
            break;
        e.name = name;
        e.value = value;
        visit(v, &e);
        names[section[0] != NULL] = name;
        if (value == NULL)
            list_by_library(profile, names, v);
        profile_release_string(name);
        profile_release_string(value);
    }
}

START_TEST(the_profile_library_reads_the_same)
{
    static const char *const top[] = {NULL};
    const char *paths[] = {scratch_file("same", right[_i].text), NULL};
    struct visited v = {.len = 0};
    profile_t profile;

    if (right[_i].text[0] == ' ' || right[_i].text[0] == '\xef')
        return; /* it takes a section for none there */
    ck_assert_int_eq(profile_init(paths, &profile), 0);
    list_by_library(profile, top, &v);
    ck_assert_str_eq(v.text, right[_i].visited);
    profile_release(profile);
}
END_TEST

static enum scram_status
refuse(void *data, const struct config_entry *e)
{
    ck_assert_uint_eq(e->line, 1);
    ++*(int *)data;
    return SCRAM_BAD_ARGUMENT;
}

START_TEST(a_visit_may_end_the_walk)
{
    struct config_file file;
    int visits = 0;

    ck_assert_int_eq(
        config_file_open(scratch_file("end", "[a]\nx = 1\ny = 2"), &file, NULL),
        SCRAM_OK);
    ck_assert_int_eq(config_file_walk(&file, refuse, &visits, NULL),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(visits, 1);
    config_file_close(&file);
}
END_TEST

START_TEST(a_file_may_include_others)
{
    char text[512], folder[256];
    struct visited v;

    snprintf(folder, sizeof(folder), "%s", scratch_path("folder"));
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    scratch_file("folder/one.conf", "[c]\nx = 3\n");
    scratch_file("folder/one.conf~", "no configuration");
    scratch_file("folder/.one", "no configuration");
    snprintf(text, sizeof(text), "include %s\n[a]\ny = 2\nincludedir  %s\n",
             scratch_file("included", "[a]\nx = 1\n"), folder);
    ck_assert_int_eq(read_all(scratch_file("including", text), &v, NULL),
                     SCRAM_OK);
    ck_assert_str_eq(v.text, "[a];a:y=2;[a];a:x=1;[c];c:x=3;");
}
END_TEST

START_TEST(what_is_wrong_in_an_included_file_is_said_of_that)
{
    char text[512];
    struct sentence why = {""};
    struct visited v;

    snprintf(text, sizeof(text), "[a]\ninclude %s\n",
             scratch_file("included", "[a]\n\nb = {\n"));
    ck_assert_int_eq(read_all(scratch_file("including", text), &v, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "/included: line 3 begins b = {"));
}
END_TEST

START_TEST(files_that_include_each_other_come_to_an_end)
{
    char text[512];
    struct sentence why = {""};
    struct visited v;

    snprintf(text, sizeof(text), "include %s\n", scratch_path("loop"));
    ck_assert_int_eq(read_all(scratch_file("loop", text), &v, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_msg(strstr(why.text, "see whether one of them includes itself") !=
                      NULL,
                  "%s", why.text);
}
END_TEST

static const struct {
    const char *text;
    const char *reason;
} wrong[] = {
    {"x = 1\n", "line 1 stands before the first section"},
    {"\n b = {\n}\n[a]\n", "line 2 stands before the first section"},
    {"[a]\n[a\n", "line 2 is no section header"},
    {"[a] # first\n", "line 1 is no section header"},
    {"[]\n", "line 1 is no section header"},
    {"[a]*\n", "line 1 is no section header"},
    {"[a]\nx\n", "line 2 is no section, no comment and no relation"},
    {"[a]\n= 1\n", "line 2 is no relation"},
    {"[a]\nx y = 1\n", "line 2 is no relation"},
    {"[a]\n}\n", "line 2 ends a section"},
    {"[a]\nb = {\n}\n}\n", "line 4 ends a section"},
    {"[a]\nb = {\n} # b\n", "line 3 has something behind a section's }"},
    {"[a]\nb = { # b\n}\n", "line 2 has something behind a section's {"},
    {"[a]\nb = { x = 1 }\n", "line 2 has something behind a section's {"},
    {"[a]\nx =\ny = 1\n", "line 2 has no value"},
    {"[a]\nx = 1\nb = {\ny = 2\n", "line 3 begins b = { and no line ends it"},
    {"[a]\nb = {\n[c]\n", "line 2 begins b = { and no line ends it"},
    {"[a]\nb = {\nc = {\n}\n}\n", "line 3 begins a section within"},
    {"[a]\nx = 1 # one\n", "line 2 has a comment behind its value"},
    {"[a]\nx = 1\t; one\n", "line 2 has a comment behind its value"},
    {"[a]\nx = # one\n", "line 2 has a comment behind its value"},
    {"[a]\nx = \"1\" # one\n", "line 2 has quotes that do not end"},
    {"[a]\nx = \"1\n", "line 2 has quotes that do not end"},
    {"[a]\nx = \"1\\\n", "line 2 has quotes that do not end"},
    {"\n\xef\xbb\xbf[a]\n", "line 2 is no section, no comment"},
    {"\xff\xfe[a]\n", "line 1 is no section, no comment"},
    {"include /nonexistent\n[a]\n", "line 1: cannot read /nonexistent as"},
    {"includedir /nonexistent\n", "line 1: cannot read /nonexistent as"},
    {"include scram.d/x\n[a]\n", "line 1 includes what does not begin with /"},
    {"[a]\nb = {\ninclude /x\n}\n", "line 3 includes a file between {"},
    {"[a]\ninclude = /x\n", "line 2 includes what does not begin with /"},
    {"module /nonexistent:x\n", "line 1 names a module"},
};

START_TEST(a_file_in_another_format_is_refused_with_the_line_and_the_reason)
{
    const char *path = scratch_file("wrong", wrong[_i].text);
    struct sentence why = {""};
    struct visited v;

    ck_assert_int_eq(read_all(path, &v, &why), SCRAM_BAD_CONFIG);
    ck_assert_msg(strncmp(why.text, path, strlen(path)) == 0, "%s", why.text);
    ck_assert_msg(strstr(why.text, wrong[_i].reason) != NULL, "%s", why.text);
    ck_assert_int_eq(read_all(path, &v, NULL), SCRAM_BAD_CONFIG);
}
END_TEST

START_TEST(a_line_is_not_cut)
{
    char text[3000] = "[a]\nx = ";
    size_t head = strlen(text);
    struct sentence why = {""};
    struct visited v;

    memset(text + head, '1', 2046 - 4 + 1);
    ck_assert_int_eq(read_all(scratch_file("long", text), &v, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "line 2 is too long; 2046 bytes"));
    text[head + 2046 - 4] = '\0';
    ck_assert_int_eq(read_all(scratch_file("longest", text), &v, NULL),
                     SCRAM_OK);
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
    const char *path = scratch_file("nul", "[a]\n");
    struct sentence why = {""};
    struct visited v;

    ck_assert_int_eq(truncate(path, 5), 0);
    ck_assert_int_eq(read_all(path, &v, &why), SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "line 2 has a NUL byte"));
}
END_TEST

static void
assert_refused(const char *path, const char *reason)
{
    struct sentence why = {""};
    struct visited v;

    ck_assert_int_eq(read_all(path, &v, &why), SCRAM_BAD_CONFIG);
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
    char *text = malloc(CONFIG_FILE_MAX + 2);
    struct visited v;

    ck_assert_ptr_nonnull(text);
    memset(text, '\n', CONFIG_FILE_MAX + 1);
    text[CONFIG_FILE_MAX] = '\0';
    ck_assert_int_eq(read_all(scratch_file("large", text), &v, NULL), SCRAM_OK);
    text[CONFIG_FILE_MAX] = '\n';
    text[CONFIG_FILE_MAX + 1] = '\0';
    assert_refused(scratch_file("larger", text), "1048577 bytes");
    free(text);
}
END_TEST

START_TEST(a_missing_file_has_nothing_in_it)
{
    struct visited v;

    ck_assert_int_eq(read_all(scratch_path("missing"), &v, NULL), SCRAM_OK);
    ck_assert_str_eq(v.text, "");
    ck_assert_int_eq(read_all(scratch_path("no/folder"), &v, NULL), SCRAM_OK);
}
END_TEST

START_TEST(a_link_that_leads_nowhere_is_no_missing_file)
{
    ck_assert_int_eq(symlink("/nonexistent/x", scratch_path("dangling")), 0);
    assert_refused(scratch_path("dangling"), "leads nowhere");
    assert_refused(scratch_path("dangling/below"), "leads nowhere");
    ck_assert_int_eq(symlink("circle", scratch_path("circle")), 0);
    assert_refused(scratch_path("circle"), "Too many levels");
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
        if (read_all(path, &v, NULL) != SCRAM_OK ||
            (strcmp(v.text, "[a];a:x=1;") != 0 &&
             strcmp(v.text, "[a];a:x=2;") != 0))
            return NULL;
    } while (!atomic_load(&written));
    return path;
}

START_TEST(threads_read_while_the_file_is_replaced)
{
    char path[256], new[256];
    struct timespec pause = {0, 2000000};
    pthread_t threads[4];
    void *good;
    int i;

    snprintf(path, sizeof(path), "%s", scratch_file("changing", "[a]\nx = 1"));
    for (i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, read_again_and_again, path), 0);
    for (i = 0; i < 200; i++) {
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

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_loop_test(tests, what_stands_in_a_file_is_visited, 0,
                        COUNT(right));
    tcase_add_loop_test(tests, the_profile_library_reads_the_same, 0,
                        COUNT(right));
    tcase_add_test(tests, a_visit_may_end_the_walk);
    tcase_add_test(tests, a_file_may_include_others);
    tcase_add_test(tests, what_is_wrong_in_an_included_file_is_said_of_that);
    tcase_add_test(tests, files_that_include_each_other_come_to_an_end);
    tcase_add_loop_test(
        tests, a_file_in_another_format_is_refused_with_the_line_and_the_reason,
        0, COUNT(wrong));
    tcase_add_test(tests, a_line_is_not_cut);
    tcase_add_test(tests, a_nul_byte_is_refused);
    tcase_add_test(tests, what_is_no_file_is_refused);
    tcase_add_test(tests, a_file_that_may_not_be_read_is_refused);
    tcase_add_test(tests, a_file_may_have_a_mebibyte_and_no_more);
    tcase_add_test(tests, a_missing_file_has_nothing_in_it);
    tcase_add_test(tests, a_link_that_leads_nowhere_is_no_missing_file);
    tcase_add_test(tests, threads_read_while_the_file_is_replaced);
}

int
main(void)
{
    return unit_run("config_file", add, 60);
}
