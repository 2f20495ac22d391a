/*
 * Users as local accounts: who may act as whom, for gss_localname, gss_userok
 * and the attribute that libgssapi falls back on.
 */
#ifndef GSS_LOCALNAME_H
#define GSS_LOCALNAME_H

#include "gss/name.h"

/*
 * Whether a user may act as the local account of the same name: where the
 * configuration says local_accounts = same_name, there is such an account, and
 * it is not root's.
 *
 * @return GSS_S_COMPLETE; GSS_S_UNAVAILABLE where the user may not, and
 *         GSS_S_FAILURE where there is no telling, with *minor set
 */
OM_uint32 localname_check(OM_uint32 *minor, const struct name *name);

#endif
