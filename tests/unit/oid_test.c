#include "unit.h"

#include <gssapi/gssapi_ext.h>

#include "gss/oid.h"

START_TEST(a_mechanism_has_an_oid_and_the_oid_a_mechanism)
{
    enum scram_mechanism mechanism = (enum scram_mechanism)_i, found;
    gss_OID oid = oid_of_mechanism(mechanism);

    ck_assert(oid_to_mechanism(oid, &found));
    ck_assert_int_eq(found, mechanism);
}
END_TEST

START_TEST(oids_are_the_rfcs_own)
{
    static const char *const written[SCRAM_MECHANISMS] = {
        [SCRAM_SHA_256] = "{ 1 3 6 1 5 5 18 }",
        [SCRAM_SHA_1] = "{ 1 3 6 1 5 5 14 }",
    };
    gss_buffer_desc text = {strlen(written[_i]), (void *)written[_i]};
    OM_uint32 minor;
    gss_OID oid;

    ck_assert_uint_eq(gss_str_to_oid(&minor, &text, &oid), GSS_S_COMPLETE);
    ck_assert(oid_equal(oid, oid_of_mechanism((enum scram_mechanism)_i)));
    gss_release_oid(&minor, &oid);
}
END_TEST

START_TEST(other_oids_are_no_mechanisms)
{
    gss_OID_desc longer = {7, (void *)"\x2b\x06\x01\x05\x05\x12\x01"};
    gss_OID_desc shorter = {5, (void *)"\x2b\x06\x01\x05\x05"};
    enum scram_mechanism found;

    ck_assert(!oid_to_mechanism(GSS_C_NO_OID, &found));
    ck_assert(!oid_to_mechanism(&longer, &found));
    ck_assert(!oid_to_mechanism(&shorter, &found));
    ck_assert(!oid_to_mechanism(GSS_C_NT_USER_NAME, &found));
}
END_TEST

OM_uint32 gss_internal_release_oid(OM_uint32 *minor, gss_OID *oid);

/* libgssapi asks each mechanism whether an OID that a program releases is its
 * own, and frees what none claims. */
START_TEST(an_oid_that_must_stay_is_claimed)
{
    gss_OID ours = oid_of_mechanism((enum scram_mechanism)_i), oid = ours;
    gss_OID_desc libgssapis = *ours, another = *ours;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_internal_release_oid(&minor, &oid), GSS_S_COMPLETE);
    ck_assert_ptr_null(oid);
    oid_remember(&libgssapis);
    oid = &libgssapis;
    ck_assert_uint_eq(gss_internal_release_oid(&minor, &oid), GSS_S_COMPLETE);
    ck_assert_ptr_null(oid);
    oid = &another;
    ck_assert_uint_eq(gss_internal_release_oid(&minor, &oid),
                      GSS_S_CONTINUE_NEEDED);
    ck_assert_ptr_eq(oid, &another);
    oid = GSS_C_NO_OID;
    ck_assert_uint_eq(gss_internal_release_oid(&minor, &oid),
                      GSS_S_CONTINUE_NEEDED);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_mechanism_has_an_oid_and_the_oid_a_mechanism,
                        0, SCRAM_MECHANISMS);
    tcase_add_loop_test(tests, oids_are_the_rfcs_own, 0, SCRAM_MECHANISMS);
    tcase_add_test(tests, other_oids_are_no_mechanisms);
    tcase_add_loop_test(tests, an_oid_that_must_stay_is_claimed, 0,
                        SCRAM_MECHANISMS);
}

int
main(void)
{
    return unit_run("oid", add, 10);
}
