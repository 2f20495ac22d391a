/*
 * Who answers the clients of an acceptor, a store in this process or
 * gss-scramd: opened for an account (the effective
 * uid), a configuration file and the store that a program names or does not,
 * and kept from one call to the next, as reading the configuration and opening
 * a store takes much longer than a handshake. A server that changes its account
 * gets another. The file and the store are looked at four times a second.
 */
#ifndef GSS_SERVICE_H
#define GSS_SERVICE_H

#include <gssapi/gssapi.h>

#include "verify/verify.h"

/*
 * The service for the account that the process is at the moment.
 *
 * @param store    a location, or NULL for the configuration's
 * @param service  a reference of the caller's own, set on GSS_S_COMPLETE alone
 * @return GSS_S_COMPLETE; GSS_S_NO_CRED or GSS_S_FAILURE with *minor set. What
 *         fails is tried again by the next call
 */
OM_uint32 service_for(OM_uint32 *minor, const char *store,
                      struct verify_service **service);

/*
 * Who answers a login that begins now, for a credential that has a service: the
 * same, or, as gss-scramd knows servers by their accounts, the one for the
 * account that the process has become since.
 *
 * @return as service_for
 */
OM_uint32 service_now(OM_uint32 *minor, struct verify_service *of,
                      struct verify_service **service);

/*
 * Have a store in this process answer, or gss-scramd, by a policy that is at
 * hand.
 *
 * @param policy  taken over, whatever comes of it
 * @return as verify_local_open, or as verify_broker_open
 */
enum scram_status service_open(struct accept_policy *policy,
                               struct verify_service **service,
                               struct sentence *why);

/* Set *minor to why a service could not be had, and return the major code. */
OM_uint32 service_failed(OM_uint32 *minor, enum scram_status status,
                         const struct sentence *why);

#endif
