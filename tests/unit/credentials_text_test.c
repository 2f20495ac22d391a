#include "scratch.h"
#include "unit.h"

#include <profile.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/credentials_text.h"
#include "base/ini.h"

static struct credentials credentials;
static struct sentence why;

static enum scram_status
parse(struct slice text)
{
    struct secret copy;
    enum scram_status status;

    why.text[0] = '\0';
    ck_assert(secret_copy(&copy, text));
    status = credentials_parse("FILE", &copy, &credentials, &why);
    ck_assert_ptr_null(copy.data);
    return status;
}

static void
assert_slice(struct slice s, struct slice wanted)
{
    ck_assert_msg(slice_equal(s, wanted), "\"%.*s\" is not \"%.*s\"",
                  (int)s.len, s.data, (int)wanted.len, wanted.data);
}

static const struct {
    const char *text, *user, *password;
} sections[] = {
    {"[*]\nuser=a\npassword=b", "a", "b"},
    {"[*]\n  password = \"b\"  \r\n\tuser = a \r\n", "a", "b"},
    {"# c\n\n ; d\n[*]\n#e\nuser = a#b\npassword = x;y\n", "a#b", "x;y"},
    {"[*] \nuser = a b  c\npassword = \" d \"\n", "a b  c", " d "},
    {"[*]\nuser = a\npassword = \"\\\"q\\\\ \\n\\t\\b\\x\"\n", "a",
     "\"q\\ \n\t\bx"},
    {"[*]\nuser = a\npassword = q\\n\"x\"\n", "a", "q\\n\"x\""},
    {"[*]\nuser = \"[a]\"\npassword = \"}\"\n", "[a]", "}"},
    {"[*]\nuser = \xc3\xa4\npassword = \"=\"\n", "\xc3\xa4", "="},
    {"[*]\nuser = a\npassword = {x\n", "a", "{x"},
    {"[*]\nuser = include /etc/passwd\npassword = }\n", "include /etc/passwd",
     "}"},
};

START_TEST(a_section_has_a_user_and_a_password)
{
    ck_assert_int_eq(parse(slice_of(sections[_i].text)), SCRAM_OK);
    ck_assert_uint_eq(credentials.count, 1);
    assert_slice(credentials.entries[0].target, SLICE("*"));
    assert_slice(credentials.entries[0].user, slice_of(sections[_i].user));
    assert_slice(credentials.entries[0].password,
                 slice_of(sections[_i].password));
    credentials_clear(&credentials);
}
END_TEST

/* A byte behind a value is nobody's to read: a page that is not there. */
START_TEST(a_backslash_at_the_end_of_a_value_ends_there)
{
    const struct slice cut = SLICE("\"a\\");
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct slice value = {memory + page - cut.len, cut.len};

    ck_assert(memory != MAP_FAILED);
    ck_assert_int_eq(mprotect(memory + page, page, PROT_NONE), 0);
    memcpy(memory + page - cut.len, cut.data, cut.len);
    ck_assert(!ini_unquote(&value, memory));
    munmap(memory, 2 * page);
}
END_TEST

/* MIT's profile library is asked for the same. */
START_TEST(the_profile_library_reads_the_same)
{
    const char *paths[] = {scratch_file("same", sections[_i].text), NULL};
    profile_t profile;
    char *user, *password;

    ck_assert_int_eq(profile_init(paths, &profile), 0);
    ck_assert_int_eq(
        profile_get_string(profile, "*", "user", NULL, NULL, &user), 0);
    ck_assert_int_eq(
        profile_get_string(profile, "*", "password", NULL, NULL, &password), 0);
    ck_assert_str_eq(user, sections[_i].user);
    ck_assert_str_eq(password, sections[_i].password);
    profile_release_string(user);
    profile_release_string(password);
    profile_release(profile);
}
END_TEST

static const struct {
    const char *text;
    uint32_t min_iterations; /* 0: it is refused */
} counts[] = {
    {"min_iterations = 4096\n", 4096},
    {"min_iterations = \"100000\"\n", 100000},
    {"min_iterations = 2147483647", 2147483647},
    {"min_iterations = 4095\n", 0},
    {"min_iterations = 0\n", 0},
    {"min_iterations = 2147483648\n", 0},
    {"min_iterations = 18446744073709555712\n", 0},
    {"min_iterations = 0100000\n", 0},
    {"min_iterations = -100000\n", 0},
    {"min_iterations = many\n", 0},
    {"min_iterations =\n", 0},
    {"min_iterations = 5000\nmin_iterations = 5000\n", 0},
};

START_TEST(a_section_may_say_how_few_iterations_will_do)
{
    char text[128];
    bool good = counts[_i].min_iterations != 0;

    snprintf(text, sizeof(text), "[*]\nuser=a\npassword=b\n%s",
             counts[_i].text);
    ck_assert_int_eq(parse(slice_of(text)), good ? SCRAM_OK : SCRAM_BAD_CONFIG);
    if (!good) {
        ck_assert_ptr_nonnull(strstr(why.text, "FILE: line "));
        return;
    }
    ck_assert_uint_eq(credentials.entries[0].min_iterations,
                      counts[_i].min_iterations);
    credentials_clear(&credentials);
}
END_TEST

/* A wrong file, and what its sentence has to say of it. */
static const struct {
    const char *text, *says;
} wrong[] = {
    {"user = hunter2\n", "line 1 stands before the first section"},
    {"\n\nhunter2\n[*]\n", "line 3 stands before"},
    {"include /etc/passwd\n", "line 1 stands before"},
    {"module /tmp/x.so:y\n", "line 1 stands before"},
    {" [*]\nuser = a\npassword = hunter2\n", "line 1 begins a section, but"},
    {"[*]\nuser = a\npassword = b\n [*@b]\n", "line 4 begins a section, but"},
    {"[*\nuser = a\n", "line 1 begins a section without a ]"},
    {"[*]*\n", "line 1 begins a section without a ]"},
    {"[]\n", "line 1 has no pattern"},
    {"[www.example.org]\n", "line 1 has no pattern"},
    {"[HTTP@]\n", "line 1 has no pattern"},
    {"[@www]\n", "line 1 has no pattern"},
    {"[HTTP@w*]\n", "line 1 has no pattern"},
    {"[H*@www]\n", "line 1 has no pattern"},
    {"[HTTP @www]\n", "line 1 has no pattern"},
    {"[HTTP@*.]\n", "line 1 has no pattern"},
    {"[HTTP@*.*]\n", "line 1 has no pattern"},
    {"[HTTP@a]]\n", "line 1 has no pattern"},
    {"[*]\nhunter2\n", "line 2 is no section"},
    {"[*]\nhunter2 = x\n", "line 2 has a key that is not known"},
    {"[*]\nUser = hunter2\n", "line 2 has a key that is not known"},
    {"[*]\nuser* = hunter2\n", "line 2 has a key that is not known"},
    {"[*]\nuser = a\nuser = hunter2\n", "line 3 gives the section a second"},
    {"[*]\nuser = a\npassword = \"hunter2\n", "line 3 has quotes that do not"},
    {"[*]\nuser = a\npassword = \"hunter2\" x\n", "line 3 has quotes that do"},
    {"[*]\nuser = a\npassword = \"hunter2\\\n", "line 3 has quotes that do"},
    {"[*]\nuser = a\npassword = \"hunter2\\\"\n", "line 3 has quotes that do"},
    {"[*]\nuser = a\npassword = \"\n", "line 3 has quotes that do"},
    {"[*]\nuser = a\npassword = \n", "line 3 has no value"},
    {"[*]\nuser = a\npassword = \"\"\n", "line 3 has no value"},
    {"[*]\nuser = a\npassword = {\n", "line 3 begins a group"},
    {"[*]\nuser = a\n", "[*] has no password"},
    {"[*]\npassword = hunter2\n", "[*] has no user"},
    {"[A@b]\npassword = hunter2\n[*]\n", "[A@b] has no user"},
    {"[*]\nuser=a\npassword=hunter2\n[*]\nuser=a\npassword=c\n",
     "[*] occurs twice for the same user"},
};

START_TEST(a_mistake_is_said_with_its_line_and_without_what_stands_there)
{
    ck_assert_int_eq(parse(slice_of(wrong[_i].text)), SCRAM_BAD_CONFIG);
    ck_assert_int_eq(strncmp(why.text, "FILE: ", 6), 0);
    ck_assert_msg(
        strncmp(why.text + 6, wrong[_i].says, strlen(wrong[_i].says)) == 0,
        "%s", why.text);
    ck_assert_ptr_null(strstr(why.text, "hunter2"));
}
END_TEST

START_TEST(a_nul_byte_and_a_long_line_are_mistakes)
{
    char text[INI_LINE_MAX + 64] = "[*]\nuser = a\npassword = ";
    size_t len = strlen(text), line = strlen("password = ");

    ck_assert_int_eq(parse(SLICE("[*]\nuser = a\0b\npassword = c\n")),
                     SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "line 2 has a NUL"));
    memset(text + len, 'x', INI_LINE_MAX - line);
    ck_assert_int_eq(parse(slice_of(text)), SCRAM_OK);
    ck_assert_uint_eq(credentials.entries[0].password.len, INI_LINE_MAX - line);
    credentials_clear(&credentials);
    strcat(text, "x");
    ck_assert_int_eq(parse(slice_of(text)), SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "line 3 is too long"));
}
END_TEST

static const char *
format(struct slice user, struct slice password)
{
    static uint8_t memory[CREDENTIALS_ENTRY_MAX + 1];
    struct buffer out = {memory, 0, CREDENTIALS_ENTRY_MAX, false};
    struct credentials_entry entry = {
        SLICE("*@*.example.org"), user, password, 123456, 0, 0};

    ck_assert_int_eq(credentials_format(&entry, &out, &why), SCRAM_OK);
    memory[out.len] = '\0';
    return (const char *)memory;
}

/* Each byte of a text in turn becomes each other. What is taken then can be
 * written down, and is read from that as it was. */
START_TEST(a_text_that_was_changed_is_refused_or_another)
{
    static const char text[] =
        "# x\n[HTTP@*.a]\n user = a \\ b\npassword=\"c\\\"\\n\"\n[*]\n"
        "user=d\npassword=e";
    char copy[sizeof(text)];
    struct credentials read;
    size_t at, i;

    memcpy(copy, text, sizeof(text));
    for (at = 0; at < sizeof(text) - 1; at++) {
        copy[at] = (char)_i;
        if (parse((struct slice){(uint8_t *)copy, sizeof(text) - 1}) ==
            SCRAM_OK) {
            read = credentials;
            for (i = 0; i < read.count; i++) {
                ck_assert_int_eq(
                    parse(slice_of(format(read.entries[i].user,
                                          read.entries[i].password))),
                    SCRAM_OK);
                assert_slice(credentials.entries[0].user, read.entries[i].user);
                assert_slice(credentials.entries[0].password,
                             read.entries[i].password);
                credentials_clear(&credentials);
            }
            credentials_clear(&read);
        }
        copy[at] = text[at];
    }
}
END_TEST

START_TEST(an_empty_text_has_no_sections)
{
    ck_assert_int_eq(parse(SLICE("")), SCRAM_OK);
    ck_assert_uint_eq(credentials.count, 0);
    credentials_clear(&credentials);
    ck_assert_int_eq(parse(SLICE("\n# nothing\n")), SCRAM_OK);
    ck_assert_uint_eq(credentials.count, 0);
    credentials_clear(&credentials);
}
END_TEST

START_TEST(a_section_knows_where_it_stands)
{
    struct slice text =
        SLICE("# x\n[*]\nuser=a\npassword=b\n# y\n[*@h]\npassword=c\nuser=d");

    ck_assert_int_eq(parse(text), SCRAM_OK);
    ck_assert_uint_eq(credentials.count, 2);
    ck_assert_uint_eq(credentials.entries[0].begin, 4);
    ck_assert_uint_eq(credentials.entries[0].end, 26);
    ck_assert_uint_eq(credentials.entries[1].begin, 30);
    ck_assert_uint_eq(credentials.entries[1].end, text.len);
    credentials_clear(&credentials);
}
END_TEST

/* Users and passwords that have to be the same again. */
static const struct slice odd[] = {
    {(const uint8_t *)"plain", 5},
    {(const uint8_t *)" blanks ", 8},
    {(const uint8_t *)"\"", 1},
    {(const uint8_t *)"\"in quotes\"", 11},
    {(const uint8_t *)"\\", 1},
    {(const uint8_t *)"\\\"\\n\\", 5},
    {(const uint8_t *)"#;[*]{}=", 8},
    {(const uint8_t *)"{", 1},
    {(const uint8_t *)"}", 1},
    {(const uint8_t *)"a\nb\tc\bd\re\vf\fg\x7fh\x01", 16},
    {(const uint8_t *)"\xce\x94\xf0\x9f\x94\x91", 6},
    {(const uint8_t *)"\xff\xfe\x80", 3},
};

START_TEST(what_is_written_is_read_as_it_was)
{
    ck_assert_int_eq(parse(slice_of(format(odd[_i], odd[_i]))), SCRAM_OK);
    ck_assert_uint_eq(credentials.count, 1);
    assert_slice(credentials.entries[0].target, SLICE("*@*.example.org"));
    assert_slice(credentials.entries[0].user, odd[_i]);
    assert_slice(credentials.entries[0].password, odd[_i]);
    credentials_clear(&credentials);
}
END_TEST

START_TEST(the_profile_library_reads_what_is_written_as_it_was)
{
    const char *paths[] = {scratch_file("written", format(odd[_i], odd[_i])),
                           NULL};
    profile_t profile;
    char *password;

    ck_assert_int_eq(profile_init(paths, &profile), 0);
    ck_assert_int_eq(profile_get_string(profile, "*@*.example.org", "password",
                                        NULL, NULL, &password),
                     0);
    assert_slice(slice_of(password), odd[_i]);
    profile_release_string(password);
    profile_release(profile);
}
END_TEST

static const struct {
    struct slice target, user, password;
} unwritable[] = {
    {{(const uint8_t *)"", 0},
     {(const uint8_t *)"a", 1},
     {(const uint8_t *)"b", 1}},
    {{(const uint8_t *)"a]b@c", 5},
     {(const uint8_t *)"a", 1},
     {(const uint8_t *)"b", 1}},
    {{(const uint8_t *)"a@b\nc", 5},
     {(const uint8_t *)"a", 1},
     {(const uint8_t *)"b", 1}},
    {{(const uint8_t *)"*", 1},
     {(const uint8_t *)"", 0},
     {(const uint8_t *)"b", 1}},
    {{(const uint8_t *)"*", 1},
     {(const uint8_t *)"a", 1},
     {(const uint8_t *)"", 0}},
    {{(const uint8_t *)"*", 1},
     {(const uint8_t *)"a", 1},
     {(const uint8_t *)"b\0c", 3}},
    {{(const uint8_t *)"*", 1},
     {(const uint8_t *)"a\0", 2},
     {(const uint8_t *)"b", 1}},
};

START_TEST(what_has_no_place_in_a_file_is_refused)
{
    uint8_t memory[CREDENTIALS_ENTRY_MAX];
    struct buffer out = BUFFER_ARRAY(memory);
    struct credentials_entry entry = {unwritable[_i].target,
                                      unwritable[_i].user,
                                      unwritable[_i].password,
                                      0,
                                      0,
                                      0};

    why.text[0] = '\0';
    ck_assert_int_eq(credentials_format(&entry, &out, &why),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_str_ne(why.text, "");
}
END_TEST

START_TEST(an_entry_that_is_as_long_as_may_be_fits)
{
    uint8_t memory[CREDENTIALS_ENTRY_MAX], text[INI_LINE_MAX];
    struct buffer out = BUFFER_ARRAY(memory);
    struct slice longest = {text, INI_LINE_MAX - strlen("    password = \"\"")};
    struct credentials_entry entry = {
        SLICE("*"), longest, longest, CREDENTIALS_ITERATIONS_MAX, 0, 0};

    memset(text, 'x', sizeof(text));
    entry.user.len += 4;
    ck_assert_int_eq(credentials_format(&entry, &out, &why), SCRAM_OK);
    out.len = 0;
    entry.user.len++;
    ck_assert_int_eq(credentials_format(&entry, &out, &why),
                     SCRAM_BAD_ARGUMENT);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_loop_test(tests, a_section_may_say_how_few_iterations_will_do, 0,
                        COUNT(counts));
    tcase_add_loop_test(tests, a_section_has_a_user_and_a_password, 0,
                        COUNT(sections));
    tcase_add_test(tests, a_backslash_at_the_end_of_a_value_ends_there);
    tcase_add_loop_test(tests, the_profile_library_reads_the_same, 0,
                        COUNT(sections));
    tcase_add_loop_test(
        tests, a_mistake_is_said_with_its_line_and_without_what_stands_there, 0,
        COUNT(wrong));
    tcase_add_test(tests, a_nul_byte_and_a_long_line_are_mistakes);
    tcase_add_loop_test(tests, a_text_that_was_changed_is_refused_or_another, 0,
                        256);
    tcase_add_test(tests, an_empty_text_has_no_sections);
    tcase_add_test(tests, a_section_knows_where_it_stands);
    tcase_add_loop_test(tests, what_is_written_is_read_as_it_was, 0,
                        COUNT(odd));
    tcase_add_loop_test(tests,
                        the_profile_library_reads_what_is_written_as_it_was, 0,
                        COUNT(odd));
    tcase_add_loop_test(tests, what_has_no_place_in_a_file_is_refused, 0,
                        COUNT(unwritable));
    tcase_add_test(tests, an_entry_that_is_as_long_as_may_be_fits);
}

int
main(void)
{
    return unit_run("credentials_text", add, 30);
}
