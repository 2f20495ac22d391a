/*
 * The credential that a server accepts with when it names none
 * (GSS_C_NO_CREDENTIAL): kept from one call to the next, as reading the
 * configuration and opening the store takes much longer than a handshake.
 *
 * It is the credential of an account (the effective uid) and a configuration
 * file, so a server that changes its account gets another. The file is looked
 * at four times a second, as the store is, and read again when it has changed.
 */
#ifndef GSS_DEFAULT_CRED_H
#define GSS_DEFAULT_CRED_H

#include "gss/cred.h"

/*
 * The default credential to accept with.
 *
 * @param cred  a reference of the caller's own, set on GSS_S_COMPLETE alone
 * @return as cred_acquire; what fails is tried again by the next call
 */
OM_uint32 default_cred(OM_uint32 *minor, struct cred **cred);

#endif
