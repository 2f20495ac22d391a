/*
 * Names, as the mechglue hands them to the mechanism (RFC 5802, section 8.3).
 */
#include "world.h"

static gss_OID_desc unknown = {3, (void *)"\x2a\x03\x04"};
static gss_OID_desc empty = {0, (void *)""};
static gss_OID unknown_type = &unknown, empty_type = &empty;

static const struct {
    const char *text;
    size_t len;
    gss_OID *type;
    const char *shown; /* NULL: refused */
} names[] = {
    {"alice", 5, &GSS_C_NT_USER_NAME, "alice"},
    {"alice", 6, &GSS_C_NT_USER_NAME, "alice"}, /* with its NUL */
    {"I\xc2\xadX", 4, &GSS_C_NT_USER_NAME, "IX"},
    {"a,b=c", 5, &GSS_C_NT_USER_NAME, "a,b=c"},
    {"", 0, &GSS_C_NT_USER_NAME, NULL},
    {"\xff", 1, &GSS_C_NT_USER_NAME, NULL},
    {"a\0b", 3, &GSS_C_NT_USER_NAME, NULL},
    {"host@server", 11, &GSS_C_NT_HOSTBASED_SERVICE, "host@server"},
    {"host@server", 12, &GSS_C_NT_HOSTBASED_SERVICE, "host@server"},
    {"host@server", 11, &GSS_C_NT_HOSTBASED_SERVICE_X, "host@server"},
    {"a\0b", 3, &GSS_C_NT_HOSTBASED_SERVICE, NULL},
    {"", 0, &GSS_C_NT_HOSTBASED_SERVICE, NULL},
    {"", 0, &GSS_C_NT_ANONYMOUS, NULL},
    {"alice", 5, &GSS_C_NT_ANONYMOUS, NULL},
    {"\0", 1, &GSS_C_NT_USER_NAME, NULL},
    {"\0", 1, &GSS_C_NT_HOSTBASED_SERVICE, NULL},
    {"alice\0\0", 7, &GSS_C_NT_USER_NAME, NULL},
    /* an account's number makes nobody the user of that name */
    {"0", 1, &GSS_C_NT_STRING_UID_NAME, NULL},
    {"\0\0\0\0", 4, &GSS_C_NT_MACHINE_UID_NAME, NULL},
    {"alice", 5, &unknown_type, NULL},
    {"alice", 5, &empty_type, NULL},
};

START_TEST(a_name_is_taken_prepared_or_refused)
{
    gss_buffer_desc text = {names[_i].len, (void *)names[_i].text}, shown;
    gss_name_t name, canonical;
    OM_uint32 minor, major;
    gss_OID type;

    /* libgssapi keeps the bytes, if there are any; naming the mechanism
     * makes it ask. */
    major = gss_import_name(&minor, &text, *names[_i].type, &name);
    if (names[_i].len == 0 && GSS_ERROR(major))
        return;
    ck_assert_uint_eq(major, GSS_S_COMPLETE);
    major = gss_canonicalize_name(&minor, name, &sha_256, &canonical);
    gss_release_name(&minor, &name);
    if (names[_i].shown == NULL) {
        ck_assert(GSS_ERROR(major));
        return;
    }
    ck_assert_uint_eq(major, GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_display_name(&minor, canonical, &shown, &type),
                      GSS_S_COMPLETE);
    ck_assert(buffer_is(&shown, names[_i].shown));
    ck_assert(gss_oid_equal(type, *names[_i].type) ||
              gss_oid_equal(type, GSS_C_NT_HOSTBASED_SERVICE));
    gss_release_buffer(&minor, &shown);
    gss_release_name(&minor, &canonical);
}
END_TEST

static gss_name_t
canonical(const char *text, gss_OID type, gss_OID mech)
{
    gss_name_t name = name_of(text, type), result;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_canonicalize_name(&minor, name, mech, &result),
                      GSS_S_COMPLETE);
    gss_release_name(&minor, &name);
    return result;
}

START_TEST(a_long_name_is_refused)
{
    static char text[65536];
    gss_buffer_desc buffer = {sizeof(text), text};
    gss_name_t name, canonical_name = GSS_C_NO_NAME;
    OM_uint32 minor;

    memset(text, 'x', sizeof(text));
    ck_assert_uint_eq(
        gss_import_name(&minor, &buffer,
                        _i ? GSS_C_NT_HOSTBASED_SERVICE : GSS_C_NT_USER_NAME,
                        &name),
        GSS_S_COMPLETE);
    ck_assert_uint_eq(
        gss_canonicalize_name(&minor, name, &sha_256, &canonical_name),
        GSS_S_BAD_NAME);
    ck_assert_ptr_null(canonical_name);
    gss_release_name(&minor, &name);
}
END_TEST

START_TEST(an_exported_name_comes_back)
{
    gss_OID mech = _i % 2 ? &sha_1 : &sha_256;
    gss_OID type = _i / 2 ? GSS_C_NT_COMPOSITE_EXPORT : GSS_C_NT_EXPORT_NAME;
    gss_name_t name = canonical("a,b=c", GSS_C_NT_USER_NAME, mech), again;
    gss_buffer_desc exported, exported_again;
    OM_uint32 minor;
    int equal;

    ck_assert_uint_eq(gss_export_name(&minor, name, &exported), GSS_S_COMPLETE);
    ck_assert_uint_eq(exported.length, 10 + 6 + 5);
    ck_assert_mem_eq((char *)exported.value + 6, mech->elements, 6);
    ck_assert_uint_eq(gss_import_name(&minor, &exported, type, &again),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_compare_name(&minor, name, again, &equal),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(equal, 1);
    ck_assert_uint_eq(gss_export_name(&minor, again, &exported_again),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(exported.length, exported_again.length);
    ck_assert_mem_eq(exported.value, exported_again.value, exported.length);
    gss_release_buffer(&minor, &exported);
    gss_release_buffer(&minor, &exported_again);
    gss_release_name(&minor, &name);
    gss_release_name(&minor, &again);
}
END_TEST

#define HEAD "\x04\x01\x00\x08\x06\x06\x2b\x06\x01\x05\x05\x12"

static const struct {
    const char *bytes;
    size_t len;
} broken[] = {
#define B(bytes)                                                               \
    {                                                                          \
        bytes, sizeof(bytes) - 1                                               \
    }
    B(HEAD "\0\0\0"),
    B(HEAD "\0\0\0\x05"
           "alic"),
    B(HEAD "\0\0\0\x03"
           "alic"),
    B(HEAD "\xff\xff\xff\xff"
           "alic"),
    B(HEAD "\0\0\0\0"),
    B(HEAD "\0\0\0\x01x\0"),
    B("\x04\x03\x00\x08\x06\x06\x2b\x06\x01\x05\x05\x12\0\0\0\x01x"),
    B(HEAD "\0\0\0\x01\xff"),
    B("\x04\x01\x00\x09\x06\x06\x2b\x06\x01\x05\x05\x12\0\0\0\x01x"),
    B("\x04\x01\x00\x08\x06\x06\x2b\x06\x01\x05\x05\x13\0\0\0\x01x"),
    B(HEAD),
};

START_TEST(a_broken_exported_name_is_refused)
{
    gss_buffer_desc buffer = {broken[_i].len, (void *)broken[_i].bytes};
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor;

    ck_assert(GSS_ERROR(
        gss_import_name(&minor, &buffer, GSS_C_NT_EXPORT_NAME, &name)));
    ck_assert_ptr_null(name);
    ck_assert(GSS_ERROR(
        gss_import_name(&minor, &buffer, GSS_C_NT_COMPOSITE_EXPORT, &name)));
    ck_assert_ptr_null(name);
}
END_TEST

/* A user of a store whose location has one odd character in it. */
START_TEST(what_goes_into_logs_with_a_name_has_no_control_characters)
{
    char bytes[] = "\x04\x02\x00\x08\x06\x06\x2b\x06\x01\x05\x05\x12\x01"
                   "\0\0\0\0\x01x\0\0\0\x06"
                   "file:/\0\0\0\0";
    gss_buffer_desc buffer = {sizeof(bytes) - 1, bytes};
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor, major;
    const size_t at = sizeof(bytes) - 1 - 5;
    int c;

    ck_assert_int_eq(bytes[at], '/');
    for (c = 0; c < 0x80; c++) {
        bytes[at] = (char)c;
        major =
            gss_import_name(&minor, &buffer, GSS_C_NT_COMPOSITE_EXPORT, &name);
        ck_assert_msg(
            major == (c < 0x20 || c == 0x7f ? GSS_S_BAD_NAME : GSS_S_COMPLETE),
            "%d", c);
        gss_release_name(&minor, &name);
    }
}
END_TEST

START_TEST(names_compare_as_prepared)
{
    gss_name_t a = canonical("I\xc2\xadX", GSS_C_NT_USER_NAME, &sha_256);
    gss_name_t b = canonical("\xe2\x85\xa8", GSS_C_NT_USER_NAME, &sha_256);
    gss_name_t c = canonical("ix", GSS_C_NT_USER_NAME, &sha_256), d;
    OM_uint32 minor;
    int equal = 0;

    gss_compare_name(&minor, a, b, &equal);
    ck_assert_int_eq(equal, 1);
    gss_compare_name(&minor, a, c, &equal);
    ck_assert_int_eq(equal, 0);
    ck_assert_uint_eq(gss_duplicate_name(&minor, a, &d), GSS_S_COMPLETE);
    gss_compare_name(&minor, a, d, &equal);
    ck_assert_int_eq(equal, 1);
    gss_release_name(&minor, &a);
    gss_release_name(&minor, &b);
    gss_release_name(&minor, &c);
    gss_release_name(&minor, &d);
}
END_TEST

START_TEST(a_canonical_name_is_the_mechanism_s)
{
    gss_name_t name = canonical("alice", GSS_C_NT_USER_NAME, &sha_256);
    OM_uint32 minor;
    gss_OID mech;
    int is_mn;

    ck_assert_uint_eq(gss_inquire_name(&minor, name, &is_mn, &mech, NULL),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(is_mn, 1);
    ck_assert(gss_oid_equal(mech, &sha_256));
    gss_release_oid(&minor, &mech);
    gss_release_name(&minor, &name);
}
END_TEST

static struct slice
bytes_of(const gss_buffer_desc *buffer)
{
    return (struct slice){buffer->value, buffer->length};
}

/* Their exported forms are the same. */
START_TEST(a_user_and_a_service_of_that_name_are_equal)
{
    gss_name_t user = canonical("ldap@host", GSS_C_NT_USER_NAME, &sha_256);
    gss_name_t service =
        canonical("ldap@host", GSS_C_NT_HOSTBASED_SERVICE, &sha_256);
    gss_name_t other = canonical("ldap@host", GSS_C_NT_USER_NAME, &sha_1);
    gss_buffer_desc exported[3];
    OM_uint32 minor;
    int equal = 0;

    gss_compare_name(&minor, user, service, &equal);
    ck_assert_int_eq(equal, 1);
    gss_compare_name(&minor, user, other, &equal);
    ck_assert_int_eq(equal, 0);
    gss_export_name(&minor, user, &exported[0]);
    gss_export_name(&minor, service, &exported[1]);
    gss_export_name(&minor, other, &exported[2]);
    ck_assert(slice_equal(bytes_of(&exported[0]), bytes_of(&exported[1])));
    ck_assert(!slice_equal(bytes_of(&exported[0]), bytes_of(&exported[2])));
    gss_release_buffer(&minor, &exported[0]);
    gss_release_buffer(&minor, &exported[1]);
    gss_release_buffer(&minor, &exported[2]);
    gss_release_name(&minor, &user);
    gss_release_name(&minor, &service);
    gss_release_name(&minor, &other);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_name_is_taken_prepared_or_refused, 0,
                        COUNT(names));
    tcase_add_loop_test(tests, an_exported_name_comes_back, 0, 4);
    tcase_add_loop_test(tests, a_broken_exported_name_is_refused, 0,
                        COUNT(broken));
    tcase_add_test(tests,
                   what_goes_into_logs_with_a_name_has_no_control_characters);
    tcase_add_test(tests, names_compare_as_prepared);
    tcase_add_test(tests, a_user_and_a_service_of_that_name_are_equal);
    tcase_add_test(tests, a_canonical_name_is_the_mechanism_s);
    tcase_add_loop_test(tests, a_long_name_is_refused, 0, 2);
}

int
main(void)
{
    return world_run("names", add, 30);
}
