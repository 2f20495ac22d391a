/*
 * What the mechanisms say of themselves.
 */
#include "world.h"

#include <dlfcn.h>

static gss_OID_set
attributes(gss_OID mech)
{
    gss_OID_set attrs;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_inquire_attrs_for_mech(&minor, mech, &attrs, NULL),
                      GSS_S_COMPLETE);
    return attrs;
}

static bool
has(gss_OID_set set, gss_const_OID oid)
{
    OM_uint32 minor;
    int present;

    gss_test_oid_set_member(&minor, (gss_OID)oid, set, &present);
    return present;
}

START_TEST(attributes_are_the_design_s)
{
    gss_const_OID wanted[] = {
        GSS_C_MA_MECH_CONCRETE,  GSS_C_MA_ITOK_FRAMED, GSS_C_MA_AUTH_INIT,
        GSS_C_MA_AUTH_INIT_INIT, GSS_C_MA_AUTH_TARG,   GSS_C_MA_INTEG_PROT,
        GSS_C_MA_CONF_PROT,      GSS_C_MA_MIC,         GSS_C_MA_WRAP,
        GSS_C_MA_REPLAY_DET,     GSS_C_MA_OOS_DET,     GSS_C_MA_CBINDINGS,
        GSS_C_MA_CTX_TRANS};
    gss_OID_set attrs = attributes(_i ? &sha_1 : &sha_256);
    OM_uint32 minor;
    size_t i;

    for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        ck_assert(has(attrs, wanted[i]));
    ck_assert_int_eq(has(attrs, GSS_C_MA_NOT_DFLT_MECH), _i);
    ck_assert(!has(attrs, GSS_C_MA_DEPRECATED));
    ck_assert(!has(attrs, GSS_C_MA_MECH_NEGO));
    ck_assert(!has(attrs, GSS_C_MA_PFS));
    ck_assert(!has(attrs, GSS_C_MA_PROT_READY));
    gss_release_oid_set(&minor, &attrs);
}
END_TEST

START_TEST(libgssapi_lists_both_mechanisms)
{
    gss_OID_set mechs;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_indicate_mechs(&minor, &mechs), GSS_S_COMPLETE);
    ck_assert(has(mechs, &sha_256));
    ck_assert(has(mechs, &sha_1));
    gss_release_oid_set(&minor, &mechs);
}
END_TEST

START_TEST(sasl_names_lead_there_and_back)
{
    const char *text = _i ? "SCRAM-SHA-1" : "SCRAM-SHA-256";
    gss_buffer_desc sasl, name, description;
    gss_OID mech;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_inquire_saslname_for_mech(&minor,
                                                    _i ? &sha_1 : &sha_256,
                                                    &sasl, &name, &description),
                      GSS_S_COMPLETE);
    ck_assert(buffer_is(&sasl, text));
    ck_assert_uint_gt(name.length, 0);
    ck_assert_uint_gt(description.length, 0);
    ck_assert_uint_eq(gss_inquire_mech_for_saslname(&minor, &sasl, &mech),
                      GSS_S_COMPLETE);
    ck_assert(gss_oid_equal(mech, _i ? &sha_1 : &sha_256));
    /* An OID of the mechanism's own is not the caller's to free. */
    ck_assert_uint_eq(gss_release_oid(&minor, &mech), GSS_S_COMPLETE);
    gss_release_buffer(&minor, &sasl);
    gss_release_buffer(&minor, &name);
    gss_release_buffer(&minor, &description);
}
END_TEST

/* Perl's GSSAPI does, of whatever OID it was given. */
START_TEST(a_program_may_release_the_oid_of_a_context)
{
    int rounds;

    for (rounds = 0; rounds < 3; rounds++) {
        struct handshake h;
        OM_uint32 minor;
        gss_OID mech;

        handshake_begin(&h, &sha_256, "alice", "wonderland");
        if (_i == 1) /* the default credential */
            gss_release_cred(&minor, &h.server_cred);
        handshake_run(&h);
        ck_assert(handshake_is_complete(&h));
        ck_assert_uint_eq(gss_inquire_context(&minor, h.server, NULL, NULL,
                                              NULL, &mech, NULL, NULL, NULL),
                          GSS_S_COMPLETE);
        ck_assert_uint_eq(gss_release_oid(&minor, &mech), GSS_S_COMPLETE);
        ck_assert_ptr_null(mech);
        handshake_end(&h);
    }
}
END_TEST

START_TEST(name_types_are_the_rfc_s)
{
    gss_OID_set types;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_inquire_names_for_mech(&minor, &sha_256, &types),
                      GSS_S_COMPLETE);
    ck_assert(has(types, GSS_C_NT_USER_NAME));
    ck_assert(has(types, GSS_C_NT_HOSTBASED_SERVICE));
    ck_assert(has(types, GSS_C_NT_EXPORT_NAME));
    ck_assert(!has(types, GSS_C_NT_ANONYMOUS));
    gss_release_oid_set(&minor, &types);
}
END_TEST

/* The mechglue numbers minor codes anew; the mechanism's own calls show them
 * one by one, so this goes to the module itself. */
START_TEST(every_minor_code_has_a_sentence)
{
    static const OM_uint32 codes[] = {GSS_SCRAM_BAD_ENCODING,
                                      GSS_SCRAM_UNSUPPORTED_EXTENSION,
                                      GSS_SCRAM_BAD_USERNAME,
                                      GSS_SCRAM_BAD_PROOF,
                                      GSS_SCRAM_BAD_BINDINGS,
                                      GSS_SCRAM_BAD_NONCE,
                                      GSS_SCRAM_TOO_FEW_ITERATIONS,
                                      GSS_SCRAM_TOO_MANY_ITERATIONS,
                                      GSS_SCRAM_BAD_SERVER_SIGNATURE,
                                      GSS_SCRAM_SERVER_ERROR,
                                      GSS_SCRAM_BAD_SIGNATURE,
                                      GSS_SCRAM_BAD_PASSWORD,
                                      GSS_SCRAM_BAD_ARGUMENT,
                                      GSS_SCRAM_NO_MEMORY,
                                      GSS_SCRAM_CRYPTO_FAILED,
                                      GSS_SCRAM_BAD_CONFIG,
                                      GSS_SCRAM_BAD_LOCATION,
                                      GSS_SCRAM_STORE_ABSENT,
                                      GSS_SCRAM_STORE_FORBIDDEN,
                                      GSS_SCRAM_STORE_FAILED,
                                      GSS_SCRAM_NO_CONTEXT,
                                      GSS_SCRAM_NO_CREDENTIAL,
                                      GSS_SCRAM_BAD_NAME,
                                      GSS_SCRAM_BAD_QOP,
                                      GSS_SCRAM_BAD_MECH};
    OM_uint32 (*display)(OM_uint32 *, OM_uint32, int, gss_OID, OM_uint32 *,
                         gss_buffer_t);
    void *module = dlopen(getenv("GSS_SCRAM_MODULE"), RTLD_NOW | RTLD_LOCAL);
    OM_uint32 minor, more;
    gss_buffer_desc text;
    size_t i;

    ck_assert_ptr_nonnull(module);
    *(void **)&display = dlsym(module, "gss_display_status");
    ck_assert_ptr_nonnull(display);
    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        ck_assert_uint_eq(
            display(&minor, codes[i], GSS_C_MECH_CODE, NULL, &more, &text),
            GSS_S_COMPLETE);
        ck_assert_uint_gt(text.length, 10);
        gss_release_buffer(&minor, &text);
    }
    ck_assert_uint_eq(
        display(&minor, 0x12345, GSS_C_MECH_CODE, NULL, &more, &text),
        GSS_S_BAD_STATUS);
    dlclose(module);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, attributes_are_the_design_s, 0, 2);
    tcase_add_test(tests, libgssapi_lists_both_mechanisms);
    tcase_add_loop_test(tests, sasl_names_lead_there_and_back, 0, 2);
    tcase_add_loop_test(tests, a_program_may_release_the_oid_of_a_context, 0,
                        2);
    tcase_add_test(tests, name_types_are_the_rfc_s);
    tcase_add_test(tests, every_minor_code_has_a_sentence);
}

int
main(void)
{
    return world_run("mech", add, 30);
}
