/*
 * Every question on every credential that there can be.
 */
#include "asking.h"

#include <sys/stat.h>

static gss_OID_desc krb5 = {9, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};

static gss_cred_id_t
acquire(gss_OID mech, const char *name, gss_cred_usage_t usage)
{
    gss_OID_set_desc mechs = {1, mech};
    gss_name_t desired = GSS_C_NO_NAME;
    gss_buffer_desc password = {10, (void *)"wonderland"};
    gss_cred_id_t cred;
    OM_uint32 major, minor;

    if (name != NULL)
        desired =
            name_of(name, usage == GSS_C_ACCEPT ? GSS_C_NT_HOSTBASED_SERVICE
                                                : GSS_C_NT_USER_NAME);
    if (usage == GSS_C_ACCEPT || name == NULL)
        major = gss_acquire_cred(&minor, desired, 0, &mechs, usage, &cred, NULL,
                                 NULL);
    else
        major = gss_acquire_cred_with_password(
            &minor, desired, &password, 0, &mechs, usage, &cred, NULL, NULL);
    ck_assert_msg(major == GSS_S_COMPLETE, "%s", sentence_of(minor, mech));
    gss_release_name(&minor, &desired);
    return cred;
}

static void
ask_what_it_is(gss_OID mech, gss_cred_id_t cred)
{
    gss_name_t name = GSS_C_NO_NAME;
    gss_OID_set mechs = GSS_C_NO_OID_SET;
    gss_cred_usage_t usage;
    OM_uint32 lifetime;

    ASK(mech, gss_inquire_cred(&minor, cred, &name, &lifetime, &usage, &mechs));
    RELEASE(name, name);
    RELEASE(oid_set, mechs);
    ASK(mech, gss_inquire_cred(&minor, cred, NULL, NULL, NULL, NULL));
    ASK(mech, gss_inquire_cred(&minor, cred, &name, NULL, NULL, NULL));
    RELEASE(name, name);
    ASK(mech, gss_inquire_cred(&minor, cred, NULL, NULL, NULL, &mechs));
    RELEASE(oid_set, mechs);
}

static void
ask_by_mech(gss_OID mech, gss_cred_id_t cred)
{
    gss_OID mechs[] = {&sha_256, &sha_1, &spnego,     &krb5,
                       &unknown, &empty, GSS_C_NO_OID};
    gss_name_t name;
    OM_uint32 initiator, acceptor;
    gss_cred_usage_t usage;
    size_t i;

    for (i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++) {
        gss_OID asked = mechs[i] == &unknown || mechs[i] == &empty ||
                                mechs[i] == GSS_C_NO_OID
                            ? mech
                            : mechs[i];

        name = GSS_C_NO_NAME;
        ASK(asked, gss_inquire_cred_by_mech(&minor, cred, mechs[i], &name,
                                            &initiator, &acceptor, &usage));
        RELEASE(name, name);
        ASK(asked, gss_inquire_cred_by_mech(&minor, cred, mechs[i], NULL, NULL,
                                            NULL, NULL));
    }
}

static void
ask_for_rarities(gss_OID mech, gss_cred_id_t cred)
{
    gss_OID oids[] = {&unknown, &empty, &sha_256};
    gss_buffer_desc value = {5, (void *)"hello"}, token = {0, NULL};
    gss_buffer_set_t set;
    size_t i;

    for (i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
        set = GSS_C_NO_BUFFER_SET;
        ASK(mech, gss_inquire_cred_by_oid(&minor, cred, oids[i], &set));
        RELEASE(buffer_set, set);
        ASK(mech, gss_inquire_cred_by_oid(&minor, cred, oids[i], NULL));
        if (cred == GSS_C_NO_CREDENTIAL) /* it would become krb5's */
            continue;
        ASK(mech, gss_set_cred_option(&minor, &cred, oids[i], &value));
        ASK(mech, gss_set_cred_option(&minor, &cred, oids[i], NULL));
    }
    ASK(mech, gss_export_cred(&minor, cred, &token));
    RELEASE(buffer, token);
    ASK(mech, gss_set_neg_mechs(&minor, cred, GSS_C_NO_OID_SET));
}

static void (*const questions[])(gss_OID mech, gss_cred_id_t cred) = {
    ask_what_it_is, ask_by_mech, ask_for_rarities};

/* Where it is from: GSS_C_NO_CREDENTIAL, a call, a call that had the file of
 * passwords alone, or another credential's bytes. */
enum source { DEFAULT, CALL, CREDENTIALS_FILE, EXPORTED };

static const struct {
    enum source source;
    const char *name; /* NULL: without */
    gss_cred_usage_t usage;
} kinds[] = {
    {DEFAULT, NULL, GSS_C_ACCEPT},
    {CALL, NULL, GSS_C_ACCEPT},
    {CALL, "host@server", GSS_C_ACCEPT},
    {CALL, "host", GSS_C_ACCEPT},
    {CALL, "alice", GSS_C_INITIATE},
    {CALL, "alice", GSS_C_BOTH},
    {CREDENTIALS_FILE, NULL, GSS_C_INITIATE},
    {CREDENTIALS_FILE, NULL, GSS_C_BOTH},
    {EXPORTED, NULL, GSS_C_ACCEPT},
    {EXPORTED, "alice", GSS_C_INITIATE},
};

static gss_cred_id_t
make(int kind, gss_OID mech)
{
    gss_buffer_desc token = {0, NULL};
    gss_cred_id_t cred, copy = GSS_C_NO_CREDENTIAL;

    remove(world_path("credentials"));
    if (kinds[kind].source == DEFAULT)
        return GSS_C_NO_CREDENTIAL;
    if (kinds[kind].source == CREDENTIALS_FILE) {
        world_write("credentials",
                    "[*]\nuser = alice\npassword = wonderland\n");
        ck_assert_int_eq(chmod(world_path("credentials"), 0600), 0);
    }
    cred = acquire(mech, kinds[kind].name, kinds[kind].usage);
    if (kinds[kind].source != EXPORTED)
        return cred;
    ck_assert_uint_eq(ASK(mech, gss_export_cred(&minor, cred, &token)),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(ASK(mech, gss_import_cred(&minor, &token, &copy)),
                      GSS_S_COMPLETE);
    RELEASE(buffer, token);
    RELEASE(cred, cred);
    return copy;
}

static gss_OID mechs[] = {&sha_256, &sha_1, &spnego};

START_TEST(any_credential_may_be_asked_anything)
{
    void (*ask)(gss_OID, gss_cred_id_t) = questions[_i % COUNT(questions)];
    gss_OID mech = mechs[_i / COUNT(questions) % COUNT(mechs)];
    int kind = _i / COUNT(questions) / COUNT(mechs);
    gss_cred_id_t cred = make(kind, mech);

    ask(mech, cred);
    ask(mech, cred);
    RELEASE(cred, cred);
}
END_TEST

START_TEST(a_credential_is_what_it_was_acquired_as)
{
    gss_OID mech = mechs[_i % 2];
    int kind = 1 + _i / 2;
    gss_cred_id_t cred = make(kind, mech);
    gss_name_t name;
    gss_buffer_desc text;
    gss_cred_usage_t usage;
    OM_uint32 minor, initiator, acceptor;

    ck_assert_uint_eq(gss_inquire_cred_by_mech(&minor, cred, mech, &name,
                                               &initiator, &acceptor, &usage),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(usage, kinds[kind].usage);
    ck_assert_uint_eq(initiator, usage == GSS_C_ACCEPT ? 0 : GSS_C_INDEFINITE);
    ck_assert_uint_eq(acceptor, usage == GSS_C_INITIATE ? 0 : GSS_C_INDEFINITE);
    ck_assert_uint_eq(gss_display_name(&minor, name, &text, NULL),
                      GSS_S_COMPLETE);
    if (kinds[kind].source == CREDENTIALS_FILE)
        ck_assert(buffer_is(&text, "alice"));
    else if (kinds[kind].name != NULL)
        ck_assert(buffer_is(&text, kinds[kind].name));
    else
        ck_assert_mem_eq(text.value, "host@", 5);
    RELEASE(buffer, text);
    RELEASE(name, name);
    RELEASE(cred, cred);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, any_credential_may_be_asked_anything, 0,
                        COUNT(kinds) * COUNT(mechs) * COUNT(questions));
    tcase_add_loop_test(tests, a_credential_is_what_it_was_acquired_as, 0,
                        2 * (COUNT(kinds) - 1));
}

int
main(void)
{
    return world_run("asking_cred", add, 60);
}
