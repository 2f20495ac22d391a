/*
 * Every question on mechanisms, and on status codes.
 */
#include "asking.h"

static gss_OID_desc krb5 = {9, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
static gss_OID_desc longer = {7, (void *)"\x2b\x06\x01\x05\x05\x12\x01"};

static gss_OID mechs[] = {&sha_256, &sha_1,  &spnego, &krb5,
                          &unknown, &longer, &empty,  GSS_C_NO_OID};

/* Whose minor codes a question about @p mech brings. */
static gss_OID
whose(gss_OID mech)
{
    return mech == &unknown || mech == &longer || mech == &empty ? GSS_C_NO_OID
                                                                 : mech;
}

START_TEST(any_mechanism_may_be_asked_anything)
{
    gss_OID mech = mechs[_i], its = whose(mech);
    gss_OID_set one = GSS_C_NO_OID_SET, two = GSS_C_NO_OID_SET;
    gss_buffer_desc a = {0, NULL}, b = {0, NULL}, c = {0, NULL};

    ASK(its, gss_inquire_names_for_mech(&minor, mech, &one));
    RELEASE(oid_set, one);
    ASK(its, gss_inquire_names_for_mech(&minor, mech, NULL));
    ASK(its, gss_inquire_attrs_for_mech(&minor, mech, &one, &two));
    RELEASE(oid_set, one);
    RELEASE(oid_set, two);
    ASK(its, gss_inquire_attrs_for_mech(&minor, mech, NULL, NULL));
    ASK(its, gss_inquire_attrs_for_mech(&minor, mech, NULL, &two));
    RELEASE(oid_set, two);
    ASK(its, gss_inquire_saslname_for_mech(&minor, mech, &a, &b, &c));
    RELEASE(buffer, a);
    RELEASE(buffer, b);
    RELEASE(buffer, c);
    ASK(its, gss_inquire_saslname_for_mech(&minor, mech, &a, NULL, NULL));
    RELEASE(buffer, a);
    ASK(its, gss_inquire_saslname_for_mech(&minor, mech, NULL, NULL, NULL));
    ASK(its, gssspi_mech_invoke(&minor, mech, &unknown, &a));
    ASK(its, gssspi_mech_invoke(&minor, mech, &empty, NULL));
    ASK(its, gss_test_oid_set_member(&minor, &sha_256, GSS_C_NO_OID_SET, NULL));
}
END_TEST

static const char *const sasl_names[] = {"SCRAM-SHA-256",
                                         "SCRAM-SHA-1",
                                         "SCRAM-SHA-256-PLUS",
                                         "scram-sha-256",
                                         "GS2-KRB5",
                                         "SCRAM",
                                         "",
                                         "\xff"};

START_TEST(any_sasl_name_may_be_asked_for)
{
    gss_buffer_desc text = {strlen(sasl_names[_i]), (void *)sasl_names[_i]};
    gss_buffer_desc none = {0, NULL};
    gss_OID mech;

    ASK(&sha_256, gss_inquire_mech_for_saslname(&minor, &text, &mech));
    ASK(&sha_256, gss_inquire_mech_for_saslname(&minor, &text, NULL));
    ASK(&sha_256, gss_inquire_mech_for_saslname(&minor, &none, &mech));
}
END_TEST

START_TEST(mechanisms_may_be_looked_for_by_attributes)
{
    gss_OID_set all = GSS_C_NO_OID_SET, found = GSS_C_NO_OID_SET;
    gss_OID_set_desc none = {0, NULL}, strange = {1, &unknown};
    gss_OID_set_desc bindings = {1, (gss_OID)(uintptr_t)GSS_C_MA_CBINDINGS};
    gss_const_OID_set sets[] = {GSS_C_NO_OID_SET, &none, &strange, &bindings};
    gss_buffer_desc a, b, c;
    size_t i;

    for (i = 0; i < 4 * 4 * 4; i++) {
        ASK(GSS_C_NO_OID,
            gss_indicate_mechs_by_attrs(&minor, sets[i % 4], sets[i / 4 % 4],
                                        sets[i / 16], &found));
        RELEASE(oid_set, found);
    }
    ASK(GSS_C_NO_OID, gss_inquire_attrs_for_mech(&minor, &sha_1, &all, NULL));
    for (i = 0; i < all->count; i++) {
        ASK(GSS_C_NO_OID,
            gss_display_mech_attr(&minor, &all->elements[i], &a, &b, &c));
        RELEASE(buffer, a);
        RELEASE(buffer, b);
        RELEASE(buffer, c);
    }
    RELEASE(oid_set, all);
    ASK(GSS_C_NO_OID, gss_display_mech_attr(&minor, &unknown, &a, &b, &c));
    ASK(GSS_C_NO_OID,
        gss_display_mech_attr(&minor, &unknown, NULL, NULL, NULL));
}
END_TEST

START_TEST(what_every_mechanism_has_may_be_looked_for)
{
    gss_OID_set all = GSS_C_NO_OID_SET;

    ASK(GSS_C_NO_OID, gss_indicate_mechs(&minor, &all));
    ck_assert_uint_ge(all->count, 2);
    RELEASE(oid_set, all);
    ASK(GSS_C_NO_OID, gss_indicate_mechs(&minor, NULL));
}
END_TEST

/* All codes that there are and those around them, and some that are not. */
START_TEST(any_status_may_be_displayed)
{
    OM_uint32 codes[0x60], more, i;
    static const int types[] = {GSS_C_GSS_CODE, GSS_C_MECH_CODE, 0, 3, -1};
    gss_buffer_desc text;
    size_t t;

    for (i = 0; i < 0x50; i++)
        codes[i] = GSS_SCRAM_BAD_ENCODING - 8 + i;
    for (; i < 0x60; i++)
        codes[i] = 0xffffffffU >> 2 * (i - 0x50);
    for (i = 0; i < 0x60; i++) {
        for (t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
            for (more = 0; more < 3; more++) {
                OM_uint32 context = more;

                text = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
                ASK(whose(mechs[_i]),
                    gss_display_status(&minor, codes[i], types[t], mechs[_i],
                                       &context, &text));
                RELEASE(buffer, text);
            }
        }
    }
    ASK(whose(mechs[_i]),
        gss_display_status(&minor, 1, GSS_C_MECH_CODE, mechs[_i], NULL, &text));
    ASK(whose(mechs[_i]),
        gss_display_status(&minor, 1, GSS_C_MECH_CODE, mechs[_i], &more, NULL));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, any_mechanism_may_be_asked_anything, 0,
                        COUNT(mechs));
    tcase_add_loop_test(tests, any_sasl_name_may_be_asked_for, 0,
                        COUNT(sasl_names));
    tcase_add_test(tests, mechanisms_may_be_looked_for_by_attributes);
    tcase_add_test(tests, what_every_mechanism_has_may_be_looked_for);
    tcase_add_loop_test(tests, any_status_may_be_displayed, 0, COUNT(mechs));
}

int
main(void)
{
    return world_run("asking_mech", add, 60);
}
