#include "unit.h"

#include "format.h"

#define VERIFIER                                                               \
    "SCRAM-SHA-256$4096:c2FsdA==$"                                             \
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=:"                            \
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="

static const struct {
    const struct format *format;
    struct slice text;
    enum format_status status;
    struct slice user;
} files[] = {
    {&format_postgresql, SLICE("alice|" VERIFIER), FORMAT_RECORD,
     SLICE("alice")},
    {&format_postgresql, SLICE("alice\t" VERIFIER), FORMAT_RECORD,
     SLICE("alice")},
    /* a NUL separates nothing */
    {&format_postgresql, SLICE("alice\0" VERIFIER), FORMAT_BAD, SLICE("")},
    {&format_postgresql, SLICE("--\0--\nalice|" VERIFIER), FORMAT_BAD,
     SLICE("")},
    {&format_ldif, SLICE("dn: uid=\\61l,dc=x\nauthPassword: " VERIFIER),
     FORMAT_RECORD, SLICE("al")},
    /* and control characters are no digits */
    {&format_ldif, SLICE("dn: uid=\\\x16\x11l,dc=x\nauthPassword: " VERIFIER),
     FORMAT_RECORD, SLICE("\x16\x11l")},
};

START_TEST(a_file_is_read_as_its_format_has_it)
{
    struct source *source = calloc(1, sizeof(*source));
    struct record record = {.user = SLICE("")};
    struct sentence why = {""};

    ck_assert_ptr_nonnull(source);
    source->input.file = fmemopen((void *)(uintptr_t)files[_i].text.data,
                                  files[_i].text.len, "r");
    ck_assert_ptr_nonnull(source->input.file);
    ck_assert_int_eq(files[_i].format->read(source, &record, &why),
                     files[_i].status);
    ck_assert(slice_equal(record.user, files[_i].user));
    ck_assert_int_eq(why.text[0] != '\0', files[_i].status == FORMAT_BAD);
    fclose(source->input.file);
    free(source);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_file_is_read_as_its_format_has_it, 0,
                        COUNT(files));
}

int
main(void)
{
    return unit_run("format", add, 10);
}
