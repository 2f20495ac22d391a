/*
 * Names, and what may be asked of contexts and mechanisms, while each call
 * under them fails in turn.
 */
#include "ends.h"
#include "trial.h"

static struct exchange both;
static gss_name_t name, other;
static gss_buffer_desc one, two, three;
static gss_buffer_set_t buffers;
static gss_OID_set oids;

static void
release(void)
{
    OM_uint32 minor;

    gss_release_name(&minor, &name);
    gss_release_name(&minor, &other);
    gss_release_buffer(&minor, &one);
    gss_release_buffer(&minor, &two);
    gss_release_buffer(&minor, &three);
    gss_release_buffer_set(&minor, &buffers);
    gss_release_oid_set(&minor, &oids);
}

/* Whether a call worked that was to give a name. */
static bool
gave_name(OM_uint32 major, OM_uint32 minor, gss_name_t given)
{
    if (!trial_failed(major, minor))
        return true;
    ck_assert_ptr_null(given);
    return false;
}

static bool
gave_set(OM_uint32 major, OM_uint32 minor, const void *set)
{
    if (!trial_failed(major, minor))
        return true;
    ck_assert_ptr_null(set);
    return false;
}

static bool
import(const void *text, size_t len, gss_OID type, gss_name_t *to)
{
    gss_buffer_desc buffer = {len, (void *)(uintptr_t)text};
    OM_uint32 minor, major = gss_import_name(&minor, &buffer, type, to);

    return gave_name(major, minor, *to);
}

/* Past ASCII, where libidn is asked. */
static bool
import_names(void)
{
    release();
    return import("\xc3\xa1lice", 6, GSS_C_NT_USER_NAME, &name) &&
           import("host@server", 11, GSS_C_NT_HOSTBASED_SERVICE, &other);
}

static bool
copy_names(void)
{
    OM_uint32 minor, major, ignored;

    release();
    if (!import("alice", 5, GSS_C_NT_USER_NAME, &name))
        return false;
    major = gss_duplicate_name(&minor, name, &other);
    if (!gave_name(major, minor, other))
        return false;
    gss_release_name(&ignored, &other);
    major = gss_display_name(&minor, name, &one, NULL);
    if (!gave_buffer(major, minor, &one))
        return false;
    major = gss_export_name(&minor, name, &two);
    if (!gave_buffer(major, minor, &two) ||
        !import(two.value, two.length, GSS_C_NT_EXPORT_NAME, &other))
        return false;
    gss_release_name(&ignored, &other);
    major = gss_export_name_composite(&minor, both.user, &three);
    return gave_buffer(major, minor, &three) &&
           import(three.value, three.length, GSS_C_NT_COMPOSITE_EXPORT, &other);
}

static bool
ask_name(void)
{
    gss_buffer_desc attribute = {strlen(GSS_SCRAM_ATTR_STORE),
                                 (void *)GSS_SCRAM_ATTR_STORE};
    OM_uint32 minor, major;
    int authenticated, complete, more = -1;

    release();
    major = gss_inquire_name(&minor, both.user, NULL, NULL, &buffers);
    if (!gave_set(major, minor, buffers))
        return false;
    major =
        gss_get_name_attribute(&minor, both.user, &attribute, &authenticated,
                               &complete, &one, &two, &more);
    if (!gave_buffer(major, minor, &one)) {
        ck_assert_ptr_null(two.value);
        return false;
    }
    return true;
}

static bool
ask_account(void)
{
    gss_buffer_desc account = {6, (void *)"daemon"};
    OM_uint32 minor, major;

    release();
    if (!import("daemon", 6, GSS_C_NT_USER_NAME, &name))
        return false;
    major = gss_localname(&minor, name, GSS_C_NO_OID, &one);
    if (!gave_buffer(major, minor, &one))
        return false;
    /* Not in a public header: libgssapi calls it for gss_userok. */
    OM_uint32 gssspi_authorize_localname(OM_uint32 *, const gss_name_t,
                                         gss_const_buffer_t, gss_const_OID);
    major =
        gssspi_authorize_localname(&minor, name, &account, GSS_C_NT_USER_NAME);
    return !trial_failed(major, minor);
}

static bool
ask_context(void)
{
    gss_OID_desc key = {11, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x05"
                                    "\x05"};
    OM_uint32 minor, major;

    release();
    major = gss_inquire_context(&minor, both.client, &name, &other, NULL, NULL,
                                NULL, NULL, NULL);
    if (!gave_name(major, minor, name)) {
        ck_assert_ptr_null(other);
        return false;
    }
    major = gss_inquire_sec_context_by_oid(&minor, both.client, &key, &buffers);
    return gave_set(major, minor, buffers);
}

static bool
ask_mechanism(void)
{
    OM_uint32 minor, major, ignored;

    release();
    major = gss_indicate_mechs(&minor, &oids);
    if (!gave_set(major, minor, oids))
        return false;
    gss_release_oid_set(&ignored, &oids);
    major = gss_inquire_names_for_mech(&minor, &sha_256, &oids);
    if (!gave_set(major, minor, oids))
        return false;
    gss_release_oid_set(&ignored, &oids);
    major = gss_inquire_attrs_for_mech(&minor, &sha_256, &oids, NULL);
    if (!gave_set(major, minor, oids))
        return false;
    major = gss_inquire_saslname_for_mech(&minor, &sha_256, &one, &two, &three);
    if (!gave_buffer(major, minor, &one)) {
        ck_assert_ptr_null(two.value);
        ck_assert_ptr_null(three.value);
        return false;
    }
    return true;
}

static bool
ask_sentence(void)
{
    OM_uint32 minor, more, major;

    release();
    major = gss_display_status(&minor, GSS_SCRAM_BAD_PROOF, GSS_C_MECH_CODE,
                               &sha_256, &more, &one);
    return gave_buffer(major, minor, &one);
}

static void
begin(void)
{
    ends_begin(&both, true);
    ck_assert(ends_run(&both));
}

static void
finish(void)
{
    release();
    ends_release(&both);
}

static bool (*const questions[])(void) = {
    import_names, copy_names,    ask_name,     ask_account,
    ask_context,  ask_mechanism, ask_sentence,
};

START_TEST(an_answer_is_whole_or_none)
{
    const struct trial trial = {begin, questions[_i], NULL, finish};

    trial_run(&trial);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, ends_configure, NULL);
    tcase_add_loop_test(tests, an_answer_is_whole_or_none, 0, COUNT(questions));
}

int
main(void)
{
    return world_run("names_faults", add, 300);
}
