/*
 * Acquiring, asking about, storing and handing on a credential, while each call
 * under it fails in turn.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "ends.h"
#include "trial.h"

static gss_cred_id_t cred, other;
static gss_OID_set mechs;
static gss_name_t name;
static gss_buffer_desc token;

static void
nothing(void)
{
}

static void
release_all(void)
{
    OM_uint32 minor;

    gss_release_cred(&minor, &cred);
    gss_release_cred(&minor, &other);
    gss_release_oid_set(&minor, &mechs);
    gss_release_name(&minor, &name);
    gss_release_buffer(&minor, &token);
}

/* Whether that worked; where not, there is no credential and no set. */
static bool
acquired(OM_uint32 major, OM_uint32 minor)
{
    if (!trial_failed(major, minor))
        return true;
    ck_assert_ptr_null(cred);
    ck_assert_ptr_null(mechs);
    return false;
}

static bool
acquire_acceptor(void)
{
    gss_OID_set_desc desired = {1, &sha_256};
    OM_uint32 minor, major;

    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &desired, GSS_C_ACCEPT,
                             &cred, &mechs, NULL);
    return acquired(major, minor);
}

static bool
acquire_with_password(void)
{
    return acquired(
        ends_acquire(GSS_SCRAM_CRED_PASSWORD, "wonderland", &cred, &mechs),
        GSS_SCRAM_NO_MEMORY);
}

static bool
acquire_from_file(void)
{
    OM_uint32 minor, major;

    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, GSS_C_NO_OID_SET,
                             GSS_C_INITIATE, &cred, &mechs, NULL);
    return acquired(major, minor);
}

static bool
inquire(void)
{
    gss_cred_usage_t usage;
    OM_uint32 minor, major;

    major = gss_inquire_cred(&minor, cred, &name, NULL, &usage, &mechs);
    if (trial_failed(major, minor)) {
        ck_assert_ptr_null(name);
        ck_assert_ptr_null(mechs);
        return false;
    }
    return true;
}

static void
have_initiator(void)
{
    ck_assert(acquire_from_file());
    release_set(&mechs);
}

static void
have_acceptor(void)
{
    ck_assert(acquire_acceptor());
    release_set(&mechs);
}

static bool
hand_on(void)
{
    OM_uint32 minor, major;

    major = gss_export_cred(&minor, cred, &token);
    if (!gave_buffer(major, minor, &token))
        return false;
    major = gss_import_cred(&minor, &token, &other);
    if (!trial_failed(major, minor))
        return true;
    ck_assert_ptr_null(other);
    return false;
}

static bool
store_it(void)
{
    gss_cred_usage_t usage;
    OM_uint32 minor, major;

    major = gss_store_cred(&minor, cred, GSS_C_INITIATE, &sha_256, 1, 1, &mechs,
                           &usage);
    if (!trial_failed(major, minor))
        return true;
    ck_assert_ptr_null(mechs);
    return false;
}

static void
have_password(void)
{
    ck_assert_uint_eq(
        ends_acquire(GSS_SCRAM_CRED_PASSWORD, "wonderland", &cred, NULL),
        GSS_S_COMPLETE);
}

/* What was in the file is in it, whole, whether it was written or not. */
static void
the_file_is_good(void)
{
    gss_cred_id_t from_file;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_acquire_cred(&minor, GSS_C_NO_NAME, 0,
                                       GSS_C_NO_OID_SET, GSS_C_INITIATE,
                                       &from_file, NULL, NULL),
                      GSS_S_COMPLETE);
    gss_release_cred(&minor, &from_file);
}

static const struct trial trials[] = {
    {nothing, acquire_acceptor, NULL, release_all},
    {nothing, acquire_with_password, NULL, release_all},
    {nothing, acquire_from_file, NULL, release_all},
    {nothing, inquire, NULL, release_all}, /* the default's */
    {have_initiator, inquire, NULL, release_all},
    {have_acceptor, inquire, NULL, release_all},
    {have_initiator, hand_on, NULL, release_all},
    {have_acceptor, hand_on, NULL, release_all},
    {have_password, hand_on, NULL, release_all},
    {have_password, store_it, the_file_is_good, release_all},
};

START_TEST(credentials_come_whole_or_not_at_all)
{
    trial_run(&trials[_i]);
}
END_TEST

START_TEST(a_first_acquisition_that_fails_spoils_none)
{
    trial_run_cold(&trials[_i]);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, ends_configure, NULL);
    tcase_add_loop_test(tests, credentials_come_whole_or_not_at_all, 0,
                        COUNT(trials));
    tcase_add_loop_test(tests, a_first_acquisition_that_fails_spoils_none, 0,
                        2);
}

int
main(void)
{
    return world_run("acquire_faults", add, 300);
}
