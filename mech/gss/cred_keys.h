/*
 * What a credential store (gss_acquire_cred_from, gss_store_cred_into) says to
 * this mechanism: the values of the keys in gssapi_scram.h.
 */
#ifndef GSS_CRED_KEYS_H
#define GSS_CRED_KEYS_H

#include <gssapi/gssapi_ext.h>

#include "base/sentence.h"
#include "base/status.h"

/* NULL for what it does not say; the program's own. */
struct cred_keys {
    const char *store;
    const char *credentials;
    const char *target;
    const char *password;
};

/*
 * Read a credential store. Its keys are for all mechanisms; those that begin
 * with scram, in whatever case, are for this one, and what was meant with one
 * that is misspelt may be what keeps others out.
 *
 * @param set   GSS_C_NO_CRED_STORE says nothing
 * @param keys  set on SCRAM_OK alone
 * @return SCRAM_OK; SCRAM_BAD_ARGUMENT for a key that begins so and is not
 *         known, and for one of ours that is there twice
 */
enum scram_status cred_keys_read(gss_const_key_value_set_t set,
                                 struct cred_keys *keys, struct sentence *why);

#endif
