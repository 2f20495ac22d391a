/*
 * SASLprep (RFC 4013) as SCRAM asks for it (RFC 5802, sections 2.2 and 5.1),
 * by GNU libidn. User names are declared in scram/verifier.h.
 */
#ifndef SCRAM_SASLPREP_H
#define SCRAM_SASLPREP_H

#include "base/secret.h"
#include "base/slice.h"
#include "base/status.h"

#define SCRAM_PASSWORD_MAX 1024 /* bytes of a password, prepared or not */

/*
 * Normalize(password): a stored string, so unassigned code points are refused.
 *
 * @param prepared  set on SCRAM_OK alone; release it with secret_clear
 * @return SCRAM_OK, SCRAM_BAD_PASSWORD (also when it is empty or longer than
 *         SCRAM_PASSWORD_MAX), SCRAM_NO_MEMORY
 */
enum scram_status scram_prepare_password(struct slice password,
                                         struct secret *prepared);

#endif
