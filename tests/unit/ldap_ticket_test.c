#include "store/ldap_ticket.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <string.h>
#include <unistd.h>

#include "store/ldap_clock.h"
#include "unit.h"

#define LATE 10000 /* milliseconds; what a busy machine may take */

/* Kerberos, in the place of libgssapi's: hosts are what their names say. */
OM_uint32 __wrap_gss_init_sec_context(
    OM_uint32 *minor, gss_cred_id_t cred, gss_ctx_id_t *context,
    gss_name_t name, gss_OID mech, OM_uint32 flags, OM_uint32 time,
    gss_channel_bindings_t bindings, gss_buffer_t input, gss_OID *actual,
    gss_buffer_t output, OM_uint32 *returned, OM_uint32 *left);

static int ends[2];

OM_uint32
__wrap_gss_init_sec_context(OM_uint32 *minor, gss_cred_id_t cred,
                            gss_ctx_id_t *context, gss_name_t name,
                            gss_OID mech, OM_uint32 flags, OM_uint32 time,
                            gss_channel_bindings_t bindings, gss_buffer_t input,
                            gss_OID *actual, gss_buffer_t output,
                            OM_uint32 *returned, OM_uint32 *left)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 ignored;
    bool known;
    char byte;

    (void)context, (void)flags, (void)time, (void)bindings, (void)input;
    (void)actual, (void)output, (void)returned, (void)left;
    *minor = 0;
    if (cred != GSS_C_NO_CREDENTIAL || mech != gss_mech_krb5 ||
        gss_display_name(&ignored, name, &text, NULL) != GSS_S_COMPLETE)
        return GSS_S_FAILURE;
    known = text.length == strlen("ldap@known.example") &&
            memcmp(text.value, "ldap@known.example", text.length) == 0;
    if (text.length == strlen("ldap@dumb.example"))
        (void)!read(ends[0], &byte, 1);
    gss_release_buffer(&ignored, &text);
    return known ? GSS_S_CONTINUE_NEEDED : GSS_S_NO_CRED;
}

START_TEST(a_ticket_is_for_the_service_on_the_host)
{
    struct sentence why = {""};

    ck_assert_msg(ldap_ticket_get("known.example", ldap_clock() + LATE, &why),
                  "%s", why.text);
    ck_assert_str_eq(why.text, "");
}
END_TEST

START_TEST(where_there_is_none_kerberos_says_why)
{
    struct sentence why = {""};

    ck_assert(!ldap_ticket_get("other.example", ldap_clock() + LATE, &why));
    ck_assert_msg(
        strstr(why.text, "Kerberos says: No credentials were supplied") != NULL,
        "%s", why.text);
}
END_TEST

START_TEST(a_kdc_that_hangs_is_not_waited_for)
{
    struct sentence why = {""};
    uint64_t began = ldap_clock();

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert(!ldap_ticket_get("dumb.example", began + 50, &why));
    ck_assert_uint_ge(ldap_clock() - began, 50);
    ck_assert_str_eq(why.text,
                     "no ticket for ldap/dumb.example came (Timed out)");
    /* it may answer later, and nobody minds */
    ck_assert_int_eq((int)write(ends[1], "x", 1), 1);
    ck_assert(ldap_ticket_get("known.example", ldap_clock() + LATE, &why));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_ticket_is_for_the_service_on_the_host);
    tcase_add_test(tests, where_there_is_none_kerberos_says_why);
    tcase_add_test(tests, a_kdc_that_hangs_is_not_waited_for);
}

int
main(void)
{
    return unit_run("ldap_ticket", add, 30);
}
