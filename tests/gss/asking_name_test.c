/*
 * Every question on every name that there can be.
 */
#include "asking.h"

static gss_OID mechs[] = {&sha_256, &sha_1, &spnego};

static void
ask_what_it_is(gss_OID mech, gss_name_t name)
{
    gss_OID types[] = {GSS_C_NT_USER_NAME,
                       GSS_C_NT_HOSTBASED_SERVICE,
                       GSS_C_NT_EXPORT_NAME,
                       &unknown,
                       &empty,
                       GSS_C_NO_OID};
    gss_buffer_desc text = {0, NULL};
    gss_OID type, its;
    size_t i;
    int is_mn;

    ASK(mech, gss_display_name(&minor, name, &text, &type));
    RELEASE(buffer, text);
    ASK(mech, gss_display_name(&minor, name, &text, NULL));
    RELEASE(buffer, text);
    ASK(mech, gss_display_name(&minor, name, NULL, NULL));
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        text = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
        ASK(mech, gss_display_name_ext(&minor, name, types[i], &text));
        RELEASE(buffer, text);
    }
    its = GSS_C_NO_OID;
    ASK(mech, gss_inquire_name(&minor, name, &is_mn, &its, NULL));
    RELEASE(oid, its);
}

static void
ask_for_attributes(gss_OID mech, gss_name_t name)
{
    gss_buffer_desc attributes[] = {
        {strlen(GSS_SCRAM_ATTR_USER), (void *)GSS_SCRAM_ATTR_USER},
        {strlen(GSS_SCRAM_ATTR_STORE), (void *)GSS_SCRAM_ATTR_STORE},
        *GSS_C_ATTR_LOCAL_LOGIN_USER,
        {0, NULL},
        {0, (void *)""},
        {1, (void *)"\0"},
        {3, (void *)"urn"},
    };
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
    gss_buffer_desc value, display;
    int authenticated, complete, more;
    gss_any_t any;
    size_t i;

    ASK(mech, gss_inquire_name(&minor, name, NULL, NULL, &set));
    RELEASE(buffer_set, set);
    for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        gss_buffer_t a = &attributes[i];

        more = -1;
        value = display = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
        ASK(mech, gss_get_name_attribute(&minor, name, a, &authenticated,
                                         &complete, &value, &display, &more));
        RELEASE(buffer, value);
        RELEASE(buffer, display);
        ASK(mech, gss_get_name_attribute(&minor, name, a, NULL, NULL, NULL,
                                         NULL, &more));
        ASK(mech, gss_set_name_attribute(&minor, name, 1, a, a));
        ASK(mech, gss_delete_name_attribute(&minor, name, a));
        ASK(mech, gss_map_name_to_any(&minor, name, 1, a, &any));
    }
    ASK(mech, gss_get_name_attribute(&minor, name, NULL, NULL, NULL, NULL, NULL,
                                     &more));
}

static void
ask_for_accounts(gss_OID mech, gss_name_t name)
{
    gss_buffer_desc text = {0, NULL};
    gss_name_t user = name_of("daemon", GSS_C_NT_USER_NAME);
    uid_t uid;
    size_t i;

    world_write("scram.conf",
                "[scram]\n store = %s\n local_accounts = same_name\n",
                world_store());
    ASK(mech, gss_localname(&minor, name, GSS_C_NO_OID, &text));
    RELEASE(buffer, text);
    for (i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++) {
        ASK(mechs[i], gss_localname(&minor, name, mechs[i], &text));
        RELEASE(buffer, text);
        ASK(mechs[i], gss_pname_to_uid(&minor, name, mechs[i], &uid));
    }
    ASK(mech, gss_localname(&minor, name, &unknown, &text));
    ASK(mech, gss_localname(&minor, name, GSS_C_NO_OID, NULL));
    ASK(mech, gss_authorize_localname(&minor, name, user));
    ASK(mech, gss_authorize_localname(&minor, name, name));
    ASK(mech, gss_authorize_localname(&minor, name, GSS_C_NO_NAME));
    if (name != GSS_C_NO_NAME) {
        gss_userok(name, "daemon");
        gss_userok(name, "");
    }
    RELEASE(name, user);
}

static void
ask_for_bytes(gss_OID mech, gss_name_t name)
{
    gss_buffer_desc bytes = {0, NULL};

    ASK(mech, gss_export_name(&minor, name, &bytes));
    RELEASE(buffer, bytes);
    ASK(mech, gss_export_name(&minor, name, NULL));
    ASK(mech, gss_export_name_composite(&minor, name, &bytes));
    RELEASE(buffer, bytes);
    ASK(mech, gss_export_name_composite(&minor, name, NULL));
}

static void
ask_for_others(gss_OID mech, gss_name_t name)
{
    gss_OID every[] = {&sha_256, &sha_1, &spnego, &unknown, GSS_C_NO_OID};
    gss_name_t other = name_of("alice", GSS_C_NT_USER_NAME), made;
    gss_OID_set set = GSS_C_NO_OID_SET;
    size_t i;
    int equal;

    for (i = 0; i < sizeof(every) / sizeof(every[0]); i++) {
        gss_OID asked = i < 3 ? every[i] : mech;

        made = GSS_C_NO_NAME;
        ASK(asked, gss_canonicalize_name(&minor, name, every[i], &made));
        ASK(asked, gss_compare_name(&minor, name, made, &equal));
        RELEASE(name, made);
    }
    made = GSS_C_NO_NAME;
    ASK(mech, gss_duplicate_name(&minor, name, &made));
    RELEASE(name, made);
    ASK(mech, gss_duplicate_name(&minor, name, NULL));
    ASK(mech, gss_compare_name(&minor, name, other, &equal));
    ASK(mech, gss_compare_name(&minor, other, name, &equal));
    ASK(mech, gss_compare_name(&minor, name, name, &equal));
    ASK(mech, gss_compare_name(&minor, name, name, NULL));
    ASK(mech, gss_inquire_mechs_for_name(&minor, name, &set));
    RELEASE(oid_set, set);
    RELEASE(name, other);
}

static void (*const questions[])(gss_OID mech, gss_name_t name) = {
    ask_what_it_is, ask_for_attributes, ask_for_accounts, ask_for_bytes,
    ask_for_others};

/* Imported as they stand; 64 KiB where there is a length and no text. Of an
 * empty one, which may be anonymous, libgssapi itself loses the memory. */
static const struct {
    const char *text;
    size_t len;
    gss_OID *type;
} texts[] = {
    {"alice", 5, &GSS_C_NT_USER_NAME},
    {"daemon", 6, &GSS_C_NT_USER_NAME},
    {"root\0", 5, &GSS_C_NT_USER_NAME},
    {"\0\0\0", 3, &GSS_C_NT_USER_NAME},
    {"\xff\xfe", 2, &GSS_C_NT_USER_NAME},
    {NULL, 65536, &GSS_C_NT_USER_NAME},
    {"alice", 5, NULL},
    {"host@server", 11, &GSS_C_NT_HOSTBASED_SERVICE},
    {"host", 4, &GSS_C_NT_HOSTBASED_SERVICE},
    {NULL, 65536, &GSS_C_NT_HOSTBASED_SERVICE},
    {"host@server", 11, &GSS_C_NT_HOSTBASED_SERVICE_X},
    {"0", 1, &GSS_C_NT_STRING_UID_NAME},
    {"\0\0\0\0", 4, &GSS_C_NT_MACHINE_UID_NAME},
    {"WELLKNOWN", 9, &GSS_C_NT_ANONYMOUS},
};

static gss_name_t
imported(int i)
{
    static char filler[65536];
    gss_buffer_desc buffer = {texts[i].len, (void *)texts[i].text};
    gss_name_t name;
    OM_uint32 minor;

    if (texts[i].text == NULL) {
        memset(filler, 'x', sizeof(filler));
        buffer.value = filler;
    }
    ck_assert_uint_eq(
        gss_import_name(&minor, &buffer,
                        texts[i].type == NULL ? GSS_C_NO_OID : *texts[i].type,
                        &name),
        GSS_S_COMPLETE);
    return name;
}

/* It stays as it is, or becomes a mechanism's, if that takes it. */
START_TEST(any_imported_name_may_be_asked_anything)
{
    gss_name_t name = imported(_i / COUNT(questions)), canonical;
    int i;

    questions[_i % COUNT(questions)](&sha_256, name);
    for (i = 0; i < COUNT(mechs); i++) {
        canonical = GSS_C_NO_NAME;
        ASK(mechs[i],
            gss_canonicalize_name(&minor, name, mechs[i], &canonical));
        questions[_i % COUNT(questions)](mechs[i], canonical);
        RELEASE(name, canonical);
    }
    RELEASE(name, name);
}
END_TEST

static void
export_and_ask(gss_OID mech, gss_name_t name, bool composite,
               void (*ask)(gss_OID mech, gss_name_t name))
{
    gss_buffer_desc bytes = {0, NULL};
    gss_name_t again = GSS_C_NO_NAME;

    if (composite)
        ASK(mech, gss_export_name_composite(&minor, name, &bytes));
    else
        ASK(mech, gss_export_name(&minor, name, &bytes));
    ASK(mech, gss_import_name(&minor, &bytes,
                              composite ? GSS_C_NT_COMPOSITE_EXPORT
                                        : GSS_C_NT_EXPORT_NAME,
                              &again));
    ask(mech, again);
    RELEASE(buffer, bytes);
    RELEASE(name, again);
}

START_TEST(any_name_from_a_context_may_be_asked_anything)
{
    void (*ask)(gss_OID, gss_name_t) = questions[_i % COUNT(questions)];
    gss_OID mech = mechs[_i / COUNT(questions)];
    gss_name_t names[5] = {GSS_C_NO_NAME};
    struct handshake h;
    OM_uint32 minor;
    int i;

    handshake_begin(&h, mech, "alice", "wonderland");
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    gss_inquire_context(&minor, h.client, &names[0], &names[1], NULL, NULL,
                        NULL, NULL, NULL);
    gss_inquire_context(&minor, h.server, &names[2], &names[3], NULL, NULL,
                        NULL, NULL, NULL);
    gss_duplicate_name(&minor, h.user, &names[4]);
    handshake_end(&h);
    for (i = 0; i < COUNT(names); i++) {
        ck_assert_ptr_nonnull(names[i]);
        ask(mech, names[i]);
        export_and_ask(mech, names[i], false, ask);
        export_and_ask(mech, names[i], true, ask);
        gss_release_name(&minor, &names[i]);
    }
}
END_TEST

START_TEST(no_name_may_be_asked_anything)
{
    questions[_i](&sha_256, GSS_C_NO_NAME);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, any_imported_name_may_be_asked_anything, 0,
                        COUNT(texts) * COUNT(questions));
    tcase_add_loop_test(tests, any_name_from_a_context_may_be_asked_anything, 0,
                        COUNT(mechs) * COUNT(questions));
    tcase_add_loop_test(tests, no_name_may_be_asked_anything, 0,
                        COUNT(questions));
}

int
main(void)
{
    return world_run("asking_name", add, 60);
}
