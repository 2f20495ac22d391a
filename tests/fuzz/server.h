/*
 * A store with alice in it, and a configuration that names it, for targets that
 * go through the GSS-API's functions.
 */
#ifndef FUZZ_SERVER_H
#define FUZZ_SERVER_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

#include "fuzz.h"

/* Make both; the credential to accept with, for both mechanisms. */
gss_cred_id_t server_start(void);

/* Another one, once they are made, by a configuration with more keys, each on a
 * line that ends; the configuration stays. */
gss_cred_id_t server_cred(const char *keys);

/* A name, which must be importable. */
gss_name_t server_name(const char *text, gss_OID type);

/* A buffer over bytes. */
static inline gss_buffer_desc
server_buffer(struct slice s)
{
    return (gss_buffer_desc){s.len, (void *)(uintptr_t)s.data};
}

static inline struct slice
server_slice(gss_buffer_desc buffer)
{
    return (struct slice){buffer.value, buffer.length};
}

/*
 * An outcome of gss_accept_sec_context is one of those that there are: an error
 * has a sentence, and a token that tells the client (but GSS_S_NO_CONTEXT,
 * which is the caller's mistake).
 */
void server_check_outcome(OM_uint32 major, OM_uint32 minor,
                          gss_buffer_desc token);

#endif
