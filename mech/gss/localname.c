#include "gss/localname.h"

#include <errno.h>
#include <gssapi/gssapi_ext.h>
#include <string.h>

#include "base/account.h"
#include "base/config.h"
#include "gss/buffer.h"
#include "gss/oid.h"
#include "gss/status.h"

static OM_uint32
localname_refuse(OM_uint32 *minor, const char *format, const char *word)
{
    struct sentence why;

    sentence_write(&why, format, word);
    return status_refuse(minor, GSS_S_UNAVAILABLE, GSS_SCRAM_NO_ACCOUNT, &why);
}

/* The account of that name, which must be there and not be root's: no password
 * in a store makes somebody root. */
static OM_uint32
check_account(OM_uint32 *minor, const char *account)
{
    struct sentence why;
    uid_t uid;
    int error = account_uid(account, &uid);

    if (error == ENOENT)
        return localname_refuse(minor, "There is no local account %.64s",
                                account);
    if (error != 0) {
        sentence_write(&why,
                       "Cannot find out whether there is a local account "
                       "%.64s: error %d",
                       account, error);
        return status_refuse(minor, GSS_S_FAILURE, GSS_SCRAM_NO_ACCOUNT, &why);
    }
    if (uid == 0)
        return localname_refuse(
            minor, "No user may act as %.64s: the account has uid 0", account);
    return GSS_S_COMPLETE;
}

OM_uint32
localname_check(OM_uint32 *minor, const struct name *name)
{
    struct config config CLEANUP_CONFIG = {0};
    struct sentence why = {""};
    enum scram_status status;

    if (name->kind != NAME_USER)
        return localname_refuse(minor, "A service is no local account", "");
    status = config_load(&config, &why);
    if (status != SCRAM_OK) {
        status_minor(minor, status, &why);
        return GSS_S_FAILURE;
    }
    if (!config.local_accounts)
        return localname_refuse(
            minor,
            "No user may act as a local account: %.200s does not say "
            "local_accounts = same_name",
            config_path());
    return check_account(minor, name->text);
}

OM_uint32
gss_localname(OM_uint32 *minor, const gss_name_t input, gss_const_OID mech,
              gss_buffer_t account)
{
    struct name *name = (struct name *)input;
    OM_uint32 major;

    (void)mech; /* the name's own */
    *minor = 0;
    buffer_none(account);
    if (name == NULL)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    major = localname_check(minor, name);
    if (major != GSS_S_COMPLETE)
        return major;
    return buffer_return(minor, name_slice(name), account);
}

/*
 * Whether a user may act as a local account (gss_userok). Without this call
 * libgssapi would compare the names, and take any user for the account of the
 * same name.
 */
OM_uint32
gssspi_authorize_localname(OM_uint32 *minor, const gss_name_t input,
                           gss_const_buffer_t account, gss_const_OID type)
{
    struct name *name = (struct name *)input;
    struct slice wanted = slice_of_buffer(account);
    OM_uint32 major;

    *minor = 0;
    if (name == NULL)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    if (type != GSS_C_NO_OID && !oid_equal(type, GSS_C_NT_USER_NAME))
        return status_refuse(minor, GSS_S_BAD_NAMETYPE, GSS_SCRAM_BAD_NAME,
                             NULL);
    major = localname_check(minor, name);
    if (major == GSS_S_UNAVAILABLE)
        return GSS_S_UNAUTHORIZED;
    if (major == GSS_S_COMPLETE && !slice_equal(wanted, name_slice(name)))
        return status_refuse(minor, GSS_S_UNAUTHORIZED, GSS_SCRAM_NO_ACCOUNT,
                             NULL);
    return major;
}
