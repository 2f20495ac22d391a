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

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_mechanism_has_an_oid_and_the_oid_a_mechanism,
                        0, SCRAM_MECHANISMS);
    tcase_add_loop_test(tests, oids_are_the_rfcs_own, 0, SCRAM_MECHANISMS);
    tcase_add_test(tests, other_oids_are_no_mechanisms);
}

int
main(void)
{
    return unit_run("oid", add, 10);
}
