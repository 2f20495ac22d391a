/*
 * Names' attributes, and the composite form that takes them along (RFC 6680).
 */
#include "world.h"

static gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};
static gss_OID mechs[] = {&sha_256, &sha_1, &spnego};

struct attribute {
    char value[600]; /* "(none)" where the name does not have it */
    int authenticated, complete, more;
};

static struct attribute
attribute_of(gss_name_t name, const char *urn)
{
    gss_buffer_desc wanted = {strlen(urn), (void *)urn}, value, display;
    struct attribute a = {"(none)", -1, -1, -1};
    OM_uint32 minor, major;

    major = gss_get_name_attribute(&minor, name, &wanted, &a.authenticated,
                                   &a.complete, &value, &display, &a.more);
    if (major == GSS_S_UNAVAILABLE) {
        ck_assert_ptr_null(value.value);
        ck_assert_ptr_null(display.value);
        return a;
    }
    ck_assert_uint_eq(major, GSS_S_COMPLETE);
    ck_assert_int_eq(a.complete, 1);
    ck_assert(a.more == 0 || strcmp(urn, GSS_SCRAM_ATTR_GROUP) == 0);
    ck_assert_uint_eq(value.length, display.length);
    snprintf(a.value, sizeof(a.value), "%.*s", (int)value.length,
             value.length == 0 ? "" : (char *)value.value);
    ck_assert(buffer_is(&display, a.value));
    gss_release_buffer(&minor, &value);
    gss_release_buffer(&minor, &display);
    return a;
}

static void
assert_attribute(gss_name_t name, const char *urn, const char *value,
                 int authenticated)
{
    struct attribute a = attribute_of(name, urn);

    ck_assert_str_eq(a.value, value);
    ck_assert_int_eq(a.authenticated, authenticated);
}

/* How many attributes are listed; each of them must be there. */
static size_t
count_of_attributes(gss_name_t name)
{
    gss_buffer_set_t set;
    OM_uint32 minor;
    size_t i, count;

    ck_assert_uint_eq(gss_inquire_name(&minor, name, NULL, NULL, &set),
                      GSS_S_COMPLETE);
    count = set == GSS_C_NO_BUFFER_SET ? 0 : set->count;
    for (i = 0; i < count; i++) {
        char urn[100];

        snprintf(urn, sizeof(urn), "%.*s", (int)set->elements[i].length,
                 (char *)set->elements[i].value);
        ck_assert_str_ne(attribute_of(name, urn).value, "(none)");
    }
    gss_release_buffer_set(&minor, &set);
    return count;
}

static gss_name_t
logged_in(const char *user, const char *password, gss_OID mech)
{
    struct handshake h;
    gss_name_t name;
    OM_uint32 minor;

    handshake_begin(&h, mech, user, password);
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    ck_assert_uint_eq(gss_duplicate_name(&minor, h.user, &name),
                      GSS_S_COMPLETE);
    handshake_end(&h);
    return name;
}

static gss_name_t
canonical(const char *text, gss_OID type)
{
    gss_name_t name = name_of(text, type), result;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_canonicalize_name(&minor, name, &sha_256, &result),
                      GSS_S_COMPLETE);
    gss_release_name(&minor, &name);
    return result;
}

START_TEST(who_logged_in_has_a_user_a_mechanism_and_a_store)
{
    gss_name_t name = logged_in("alice", "wonderland", mechs[_i]);
    OM_uint32 minor;

    assert_attribute(name, GSS_SCRAM_ATTR_USER, "alice", 1);
    assert_attribute(name, GSS_SCRAM_ATTR_MECHANISM,
                     mechs[_i] == &sha_1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256", 1);
    assert_attribute(name, GSS_SCRAM_ATTR_STORE, world_store(), 1);
    ck_assert_uint_eq(count_of_attributes(name), 3);
    gss_release_name(&minor, &name);
}
END_TEST

/* All values of the attribute, with a comma between them, as mod_auth_gssapi
 * and others ask for them. */
static void
assert_groups(gss_name_t name, const char *expected, int authenticated)
{
    gss_buffer_desc wanted = {strlen(GSS_SCRAM_ATTR_GROUP),
                              (void *)GSS_SCRAM_ATTR_GROUP};
    gss_buffer_desc value, display;
    char all[200] = "";
    OM_uint32 minor;
    int is, complete, more = -1;

    do {
        ck_assert_uint_eq(gss_get_name_attribute(&minor, name, &wanted, &is,
                                                 &complete, &value, &display,
                                                 &more),
                          GSS_S_COMPLETE);
        ck_assert_int_eq(is, authenticated);
        ck_assert_int_eq(complete, 1);
        ck_assert_uint_eq(value.length, display.length);
        ck_assert_mem_eq(value.value, display.value, value.length);
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%.*s",
                 all[0] == '\0' ? "" : ",", (int)value.length,
                 (char *)value.value);
        gss_release_buffer(&minor, &value);
        gss_release_buffer(&minor, &display);
    } while (more != 0);
    ck_assert_str_eq(all, expected);
    more = 99;
    ck_assert_uint_eq(gss_get_name_attribute(&minor, name, &wanted, &is,
                                             &complete, &value, &display,
                                             &more),
                      GSS_S_UNAVAILABLE);
}

START_TEST(each_group_of_who_logged_in_is_a_value_of_one_attribute)
{
    gss_OID mech = _i == 0 ? &sha_256 : &spnego;
    gss_name_t name = logged_in("carol", "heart", mech);
    OM_uint32 minor;

    assert_groups(name, WORLD_GROUPS, 1);
    ck_assert_uint_eq(count_of_attributes(name), 4);
    /* They give no right by themselves. */
    ck_assert_int_eq(gss_userok(name, "web"), 0);
    ck_assert_int_eq(gss_userok(name, "carol"), 0);
    assert_attribute(name, "local-login-user", "", 0);
    gss_release_name(&minor, &name);
}
END_TEST

START_TEST(groups_go_with_a_context_to_another_process)
{
    gss_buffer_desc token;
    struct handshake h;
    gss_name_t name;
    OM_uint32 minor;

    handshake_begin(&h, &sha_256, "carol", "heart");
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    ck_assert_uint_eq(gss_export_sec_context(&minor, &h.server, &token),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_import_sec_context(&minor, &token, &h.server),
                      GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
    ck_assert_uint_eq(gss_inquire_context(&minor, h.server, &name, NULL, NULL,
                                          NULL, NULL, NULL, NULL),
                      GSS_S_COMPLETE);
    assert_groups(name, WORLD_GROUPS, 1);
    gss_release_name(&minor, &name);
    handshake_end(&h);
}
END_TEST

START_TEST(the_local_account_is_an_attribute_where_there_is_one)
{
    gss_name_t name = logged_in("daemon", "a password", mechs[_i]);
    OM_uint32 minor;

    assert_attribute(name, "local-login-user", "", 0);
    ck_assert_uint_eq(count_of_attributes(name), 3);
    world_write("scram.conf", "[scram]\n local_accounts = same_name\n");
    assert_attribute(name, "local-login-user", "daemon", 1);
    ck_assert_uint_eq(count_of_attributes(name), 4);
    gss_release_name(&minor, &name);
}
END_TEST

START_TEST(nobody_vouches_for_a_name_that_was_imported)
{
    gss_name_t name = canonical("alice", GSS_C_NT_USER_NAME);
    gss_name_t service = canonical("host@server", GSS_C_NT_HOSTBASED_SERVICE);
    OM_uint32 minor;

    assert_attribute(name, GSS_SCRAM_ATTR_USER, "alice", 0);
    assert_attribute(name, GSS_SCRAM_ATTR_MECHANISM, "SCRAM-SHA-256", 0);
    assert_attribute(name, GSS_SCRAM_ATTR_STORE, "(none)", 0);
    ck_assert_uint_eq(count_of_attributes(name), 2);
    assert_attribute(service, GSS_SCRAM_ATTR_USER, "(none)", 0);
    assert_attribute(service, GSS_SCRAM_ATTR_MECHANISM, "SCRAM-SHA-256", 0);
    ck_assert_uint_eq(count_of_attributes(service), 1);
    gss_release_name(&minor, &name);
    gss_release_name(&minor, &service);

    /* Nor does a local account of the same name. */
    world_write("scram.conf", "[scram]\n local_accounts = same_name\n");
    name = canonical("daemon", GSS_C_NT_USER_NAME);
    assert_attribute(name, "local-login-user", "daemon", 0);
    ck_assert_uint_eq(count_of_attributes(name), 2);
    gss_release_name(&minor, &name);
}
END_TEST

START_TEST(a_client_does_not_vouch_for_itself)
{
    struct handshake h;
    gss_name_t source, target;
    OM_uint32 minor;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    handshake_run(&h);
    ck_assert_uint_eq(gss_inquire_context(&minor, h.client, &source, &target,
                                          NULL, NULL, NULL, NULL, NULL),
                      GSS_S_COMPLETE);
    assert_attribute(source, GSS_SCRAM_ATTR_USER, "alice", 0);
    assert_attribute(source, GSS_SCRAM_ATTR_STORE, "(none)", 0);
    assert_attribute(target, GSS_SCRAM_ATTR_MECHANISM, "SCRAM-SHA-256", 0);
    gss_release_name(&minor, &source);
    gss_release_name(&minor, &target);
    handshake_end(&h);
}
END_TEST

static const char *const others[] = {
    "",
    "urn:oid:2.25.174413562148261219532326005289630689956",
    GSS_SCRAM_ATTR_GROUP, /* which alice has none of */
    "urn:oid:2.25.174413562148261219532326005289630689956.4",
    GSS_SCRAM_ATTR_USER " ",
    "local-login-use",
    "urn:mspac:",
};

START_TEST(there_is_no_other_attribute)
{
    gss_name_t name = logged_in("alice", "wonderland", &sha_256);
    gss_buffer_desc attribute = {strlen(others[_i]), (void *)others[_i]};
    gss_buffer_desc value = {1, (void *)"x"};
    OM_uint32 minor;

    assert_attribute(name, others[_i], "(none)", 0);
    ck_assert_uint_eq(
        gss_set_name_attribute(&minor, name, 1, &attribute, &value),
        GSS_S_UNAVAILABLE);
    ck_assert_uint_eq(gss_delete_name_attribute(&minor, name, &attribute),
                      GSS_S_UNAVAILABLE);
    gss_release_name(&minor, &name);
}
END_TEST

START_TEST(attributes_cannot_be_changed)
{
    gss_name_t name = logged_in("alice", "wonderland", &sha_256);
    gss_buffer_desc attribute = {strlen(GSS_SCRAM_ATTR_USER),
                                 (void *)GSS_SCRAM_ATTR_USER};
    gss_buffer_desc value = {3, (void *)"bob"};
    OM_uint32 minor;

    ck_assert_uint_eq(
        gss_set_name_attribute(&minor, name, 1, &attribute, &value),
        GSS_S_UNAVAILABLE);
    ck_assert_uint_eq(gss_delete_name_attribute(&minor, name, &attribute),
                      GSS_S_UNAVAILABLE);
    assert_attribute(name, GSS_SCRAM_ATTR_USER, "alice", 1);
    gss_release_name(&minor, &name);
}
END_TEST

/* A composite name may be imported as either type: libgssapi and krb5 take it
 * as both, and who keeps exported names knows of one. */
static const gss_OID *const types[] = {&GSS_C_NT_COMPOSITE_EXPORT,
                                       &GSS_C_NT_EXPORT_NAME};

static gss_name_t
through_composite(gss_name_t name, gss_OID type)
{
    gss_buffer_desc exported;
    gss_name_t again;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_export_name_composite(&minor, name, &exported),
                      GSS_S_COMPLETE);
    ck_assert_mem_eq(exported.value, "\x04\x02\x00\x08\x06\x06", 6);
    ck_assert_uint_eq(gss_import_name(&minor, &exported, type, &again),
                      GSS_S_COMPLETE);
    gss_release_buffer(&minor, &exported);
    return again;
}

START_TEST(a_composite_name_brings_its_attributes_and_no_proof_of_them)
{
    gss_OID inner = mechs[_i / COUNT(types)], type = *types[_i % COUNT(types)];
    gss_name_t name = logged_in("alice", "wonderland", inner);
    gss_name_t again = through_composite(name, type), copy;
    OM_uint32 minor;
    gss_OID mech;
    int equal = 0;

    if (inner != &spnego) { /* whose names are the inner one's, exported */
        gss_compare_name(&minor, name, again, &equal);
        ck_assert_int_eq(equal, 1);
    }
    assert_attribute(again, GSS_SCRAM_ATTR_USER, "alice", 0);
    assert_attribute(again, GSS_SCRAM_ATTR_STORE, world_store(), 0);
    ck_assert_uint_eq(count_of_attributes(again), 3);
    ck_assert_uint_eq(gss_inquire_name(&minor, again, NULL, &mech, NULL),
                      GSS_S_COMPLETE);
    ck_assert(gss_oid_equal(mech, inner == &sha_1 ? &sha_1 : &sha_256));
    gss_release_oid(&minor, &mech);

    copy = through_composite(again, type);
    assert_attribute(copy, GSS_SCRAM_ATTR_STORE, world_store(), 0);
    gss_release_name(&minor, &copy);
    gss_release_name(&minor, &name);
    gss_release_name(&minor, &again);
}
END_TEST

START_TEST(a_composite_name_brings_groups_that_nobody_vouches_for)
{
    gss_name_t name = logged_in("carol", "heart", mechs[_i * 2]);
    gss_name_t again = through_composite(name, GSS_C_NT_COMPOSITE_EXPORT);
    OM_uint32 minor;

    assert_groups(again, WORLD_GROUPS, 0);
    gss_release_name(&minor, &name);
    gss_release_name(&minor, &again);
}
END_TEST

START_TEST(a_composite_service_stays_a_service)
{
    gss_name_t name = canonical("host@server", GSS_C_NT_HOSTBASED_SERVICE);
    gss_name_t again = through_composite(name, *types[_i]);
    gss_buffer_desc text;
    OM_uint32 minor;
    gss_OID type;

    ck_assert_uint_eq(gss_display_name(&minor, again, &text, &type),
                      GSS_S_COMPLETE);
    ck_assert(buffer_is(&text, "host@server"));
    ck_assert(gss_oid_equal(type, GSS_C_NT_HOSTBASED_SERVICE));
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &name);
    gss_release_name(&minor, &again);
}
END_TEST

/* Import bytes, which must go well or be refused; a name that comes of it is
 * asked for all that it has. */
static bool
is_taken_as(gss_OID type, const void *bytes, size_t len)
{
    gss_buffer_desc buffer = {len, (void *)bytes};
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor, major;

    major = gss_import_name(&minor, &buffer, type, &name);
    if (major != GSS_S_COMPLETE) {
        ck_assert_ptr_null(name);
        return false;
    }
    count_of_attributes(name);
    ck_assert_int_ne(attribute_of(name, GSS_SCRAM_ATTR_USER).authenticated, 1);
    gss_release_name(&minor, &name);
    return true;
}

/* The same as a composite name, under both types. */
static bool
is_taken(const void *bytes, size_t len)
{
    bool taken = is_taken_as(GSS_C_NT_COMPOSITE_EXPORT, bytes, len);

    ck_assert_int_eq(is_taken_as(GSS_C_NT_EXPORT_NAME, bytes, len), taken);
    return taken;
}

START_TEST(a_composite_name_that_was_tampered_with_is_refused_or_harmless)
{
    gss_name_t name = logged_in("alice", "wonderland", &sha_256);
    gss_buffer_desc exported;
    uint8_t bytes[1024];
    OM_uint32 minor;
    size_t i, len;

    ck_assert_uint_eq(gss_export_name_composite(&minor, name, &exported),
                      GSS_S_COMPLETE);
    len = exported.length;
    ck_assert_uint_lt(len, sizeof(bytes));
    memcpy(bytes, exported.value, len);
    gss_release_buffer(&minor, &exported);
    gss_release_name(&minor, &name);

    ck_assert(is_taken(bytes, len));
    for (i = 0; i < len; i++)
        ck_assert(!is_taken(bytes, i)); /* cut short */
    bytes[len] = 0;
    ck_assert(!is_taken(bytes, len + 1)); /* something behind it */
    for (i = 0; i < 8 * len; i++) {
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        is_taken(bytes, len);
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}
END_TEST

#define HEAD "\x04\x02\x00\x08\x06\x06\x2b\x06\x01\x05\x05\x12"

static const struct {
    const char *bytes;
    size_t len;
    bool taken;
} composites[] = {
#define B(bytes, taken)                                                        \
    {                                                                          \
        bytes, sizeof(bytes) - 1, taken                                        \
    }
    B(HEAD "\1\0\0\0\0\x01x\0\0\0\0\0\0\0\0", true),
    B(HEAD "\1\1\0\0\0\x01x\0\0\0\1y\0\0\0\0", true),
    B(HEAD "\1\1\0\0\0\x01x\0\0\0\1y\0\0\0\3a,b", true),
    B(HEAD "\0\0\0\0\0\x01x\0\0\0\0\0\0\0\0", false),     /* version */
    B(HEAD "\2\0\0\0\0\x01x\0\0\0\0\0\0\0\0", false),     /* version */
    B(HEAD "\1\2\0\0\0\x01x\0\0\0\0\0\0\0\0", false),     /* kind */
    B(HEAD "\1\0\0\0\0\0\0\0\0\0\0\0\0\0", false),        /* no name */
    B(HEAD "\1\1\0\0\0\0\0\0\0\0\0\0\0\0", false),        /* no name */
    B(HEAD "\1\0\0\0\0\1\xff\0\0\0\0\0\0\0\0", false),    /* no UTF-8 */
    B(HEAD "\1\1\0\0\0\1\0\0\0\0\0\0\0\0\0", false),      /* a NUL in it */
    B(HEAD "\1\0\0\0\0\1x\0\0\0\1\n\0\0\0\0", false),     /* a line end, */
    B(HEAD "\1\0\0\0\0\1x\0\0\0\1\x7f\0\0\0\0", false),   /* or so, in store */
    B(HEAD "\1\0\xff\xff\xff\xffx\0\0\0\0\0\0\0", false), /* too long */
    B(HEAD "\1\0\0\0\0\1x\xff\xff\xff\xff\0\0\0\0", false),
    B(HEAD "\1\0\0\0\0\1x\0\0\0\0\0\0\0\2a,", false), /* no groups */
    B(HEAD "\1\0\0\0\0\1x\0\0\0\0\0\0\0\3a,a", false),
    B(HEAD "\1\0\0\0\0\1x\0\0\0\0\0\0\0\1\n", false),
    B(HEAD "\1\0\0\0\0\1x\0\0\0\0\0\0\4\1", false),
    B("\x04\x01" HEAD, false),
    B(HEAD, false),
};

START_TEST(a_composite_name_is_what_its_format_says)
{
    ck_assert_int_eq(is_taken(composites[_i].bytes, composites[_i].len),
                     composites[_i].taken);
}
END_TEST

static void
add(TCase *tests)
{
    world_add_user("daemon", "a password", SCRAM_SHA_256, true);
    world_add_user("daemon", "a password", SCRAM_SHA_1, true);
    tcase_add_loop_test(tests, who_logged_in_has_a_user_a_mechanism_and_a_store,
                        0, COUNT(mechs));
    tcase_add_loop_test(tests,
                        the_local_account_is_an_attribute_where_there_is_one, 0,
                        COUNT(mechs));
    tcase_add_loop_test(
        tests, each_group_of_who_logged_in_is_a_value_of_one_attribute, 0, 2);
    tcase_add_test(tests, groups_go_with_a_context_to_another_process);
    tcase_add_loop_test(
        tests, a_composite_name_brings_groups_that_nobody_vouches_for, 0, 2);
    tcase_add_test(tests, nobody_vouches_for_a_name_that_was_imported);
    tcase_add_test(tests, a_client_does_not_vouch_for_itself);
    tcase_add_loop_test(tests, there_is_no_other_attribute, 0, COUNT(others));
    tcase_add_test(tests, attributes_cannot_be_changed);
    tcase_add_loop_test(
        tests, a_composite_name_brings_its_attributes_and_no_proof_of_them, 0,
        COUNT(mechs) * COUNT(types));
    tcase_add_loop_test(tests, a_composite_service_stays_a_service, 0,
                        COUNT(types));
    tcase_add_test(
        tests, a_composite_name_that_was_tampered_with_is_refused_or_harmless);
    tcase_add_loop_test(tests, a_composite_name_is_what_its_format_says, 0,
                        COUNT(composites));
}

int
main(void)
{
    return world_run("attributes", add, 60);
}
