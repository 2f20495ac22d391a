/*
 * Which user may act as which local account: nobody unless the configuration
 * says so, and nobody as root.
 */
#include "world.h"

static gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};

/* What the configuration says, and who may act as whom then. "daemon" is an
 * account of every Debian machine. */
static const struct {
    const char *local_accounts, *user, *account;
    bool may;
} cases[] = {
    {"none", "daemon", "daemon", false},
    {"none", "root", "root", false},
    {"same_name", "daemon", "daemon", true},
    {"same_name", "daemon", "root", false},
    {"same_name", "daemon", "nobody", false},
    {"same_name", "daemon", "Daemon", false},
    {"same_name", "daemon", "daemo", false},
    {"same_name", "root", "root", false},
    {"same_name", "root", "daemon", false},
    {"same_name", "Daemon", "Daemon", false},
    {"same_name", "Daemon", "daemon", false},
    {"same_name", "no-such-account", "no-such-account", false},
};

static void
configure(const char *local_accounts)
{
    world_write("scram.conf", "[scram]\n store = %s\n local_accounts = %s\n",
                world_store(), local_accounts);
}

/* The user's name, as a server gets it from a context. */
static gss_name_t
logged_in(const char *user, gss_OID mech)
{
    struct handshake h;
    gss_name_t name;
    OM_uint32 minor;

    handshake_begin(&h, mech, user, "a password");
    handshake_run(&h);
    ck_assert_msg(handshake_is_complete(&h), "%s",
                  sentence_of(h.client_minor, mech));
    ck_assert_uint_eq(gss_inquire_context(&minor, h.server, &name, NULL, NULL,
                                          NULL, NULL, NULL, NULL),
                      GSS_S_COMPLETE);
    handshake_end(&h);
    return name;
}

/* That gss_localname says @p account, or refuses where that is NULL: whether
 * it is asked in the mechanism's name or not. */
static void
assert_localname_of(gss_name_t name, gss_OID mech, const char *account)
{
    gss_buffer_desc local;
    OM_uint32 major, minor;
    uid_t uid = 4711;

    major = gss_localname(&minor, name, mech, &local);
    if (account == NULL) {
        ck_assert_uint_eq(major, GSS_S_UNAVAILABLE);
        ck_assert_ptr_null(local.value);
        ck_assert(GSS_ERROR(gss_pname_to_uid(&minor, name, mech, &uid)));
        ck_assert_uint_eq(uid, 4711);
        return;
    }
    ck_assert_uint_eq(major, GSS_S_COMPLETE);
    ck_assert(buffer_is(&local, account));
    gss_release_buffer(&minor, &local);
    ck_assert_uint_eq(gss_pname_to_uid(&minor, name, mech, &uid),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(uid, 1);
}

static void
assert_localname(gss_name_t name, const char *account)
{
    assert_localname_of(name, GSS_C_NO_OID, account);
    assert_localname_of(name, &sha_256, account);
}

static gss_OID mechs[] = {&sha_256, &spnego};

START_TEST(a_user_may_act_as_an_account_where_the_configuration_says_so)
{
    gss_OID mech = mechs[_i % 2];
    const char *account = cases[_i / 2].account;
    bool same_name = !strcmp(cases[_i / 2].local_accounts, "same_name");
    gss_name_t name, local = name_of(account, GSS_C_NT_USER_NAME);
    OM_uint32 minor;

    configure(cases[_i / 2].local_accounts);
    name = logged_in(cases[_i / 2].user, mech);
    ck_assert_int_eq(gss_userok(name, account) != 0, cases[_i / 2].may);
    ck_assert_uint_eq(gss_authorize_localname(&minor, name, local),
                      cases[_i / 2].may ? GSS_S_COMPLETE : GSS_S_UNAUTHORIZED);
    assert_localname(name, same_name && !strcmp(cases[_i / 2].user, "daemon")
                               ? "daemon"
                               : NULL);
    gss_release_name(&minor, &name);
    gss_release_name(&minor, &local);
}
END_TEST

START_TEST(a_refusal_says_why)
{
    static const char *const whys[][3] = {
        {"none", "daemon", "does not say local_accounts = same_name"},
        {"same_name", "root", "the account has uid 0"},
        {"same_name", "nobody-here", "no local account nobody-here"},
        {"perhaps", "daemon", "it must be none or same_name"},
    };
    gss_name_t name = name_of(whys[_i][1], GSS_C_NT_USER_NAME);
    gss_buffer_desc local;
    OM_uint32 major, minor;
    const char *why;

    configure(whys[_i][0]);
    major = gss_localname(&minor, name, &sha_256, &local);
    ck_assert_uint_eq(major, GSS_S_UNAVAILABLE);
    why = sentence_of(minor, &sha_256);
    ck_assert_msg(strstr(why, whys[_i][2]) != NULL, "%s", why);
    gss_release_name(&minor, &name);
}
END_TEST

/* Without the configuration there is no telling what it says. */
START_TEST(nobody_may_where_the_configuration_is_wrong)
{
    gss_name_t name;
    OM_uint32 minor;

    configure("same_name");
    name = logged_in("daemon", mechs[_i]);
    ck_assert_int_eq(gss_userok(name, "daemon"), 1);
    configure("perhaps");
    ck_assert_int_eq(gss_userok(name, "daemon"), 0);
    assert_localname(name, NULL);
    gss_release_name(&minor, &name);
}
END_TEST

/* Policy is about names, wherever a program has them from. */
START_TEST(an_imported_name_maps_as_the_user_s_own)
{
    gss_name_t name = name_of("daemon", GSS_C_NT_USER_NAME), canonical;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_canonicalize_name(&minor, name, &sha_256, &canonical),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(gss_userok(canonical, "daemon"), 0);
    configure("same_name");
    ck_assert_int_eq(gss_userok(canonical, "daemon"), 1);
    assert_localname(canonical, "daemon");
    gss_release_name(&minor, &name);
    gss_release_name(&minor, &canonical);
}
END_TEST

START_TEST(a_service_is_no_account)
{
    gss_name_t name = name_of("daemon", GSS_C_NT_HOSTBASED_SERVICE), canonical;
    OM_uint32 minor;

    configure("same_name");
    ck_assert_uint_eq(gss_canonicalize_name(&minor, name, &sha_256, &canonical),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(gss_userok(canonical, "daemon"), 0);
    assert_localname(canonical, NULL);
    gss_release_name(&minor, &name);
    gss_release_name(&minor, &canonical);
}
END_TEST

START_TEST(an_account_is_named_as_a_user)
{
    gss_name_t name = name_of("daemon", GSS_C_NT_USER_NAME), canonical;
    gss_name_t number = name_of("1", GSS_C_NT_STRING_UID_NAME);
    OM_uint32 minor;

    configure("same_name");
    gss_canonicalize_name(&minor, name, &sha_256, &canonical);
    ck_assert_uint_eq(gss_authorize_localname(&minor, canonical, number),
                      GSS_S_BAD_NAMETYPE);
    gss_release_name(&minor, &name);
    gss_release_name(&minor, &number);
    gss_release_name(&minor, &canonical);
}
END_TEST

static void
add(TCase *tests)
{
    world_add_user("daemon", "a password", SCRAM_SHA_256, true);
    world_add_user("Daemon", "a password", SCRAM_SHA_256, true);
    world_add_user("root", "a password", SCRAM_SHA_256, true);
    world_add_user("no-such-account", "a password", SCRAM_SHA_256, true);
    tcase_add_loop_test(
        tests, a_user_may_act_as_an_account_where_the_configuration_says_so, 0,
        2 * COUNT(cases));
    tcase_add_loop_test(tests, a_refusal_says_why, 0, 4);
    tcase_add_loop_test(tests, nobody_may_where_the_configuration_is_wrong, 0,
                        COUNT(mechs));
    tcase_add_test(tests, an_imported_name_maps_as_the_user_s_own);
    tcase_add_test(tests, a_service_is_no_account);
    tcase_add_test(tests, an_account_is_named_as_a_user);
}

int
main(void)
{
    return world_run("localname", add, 60);
}
