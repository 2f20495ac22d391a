/*
 * The two ends of a context, made by the mechanism's own functions: nothing of
 * libgssapi is in between, which would be made to fail as well.
 */
#ifndef ENDS_H
#define ENDS_H

#include "../gss/world.h"

/* One exchange; the credentials are acquired without faults. */
struct exchange {
    gss_cred_id_t client_cred, server_cred;
    gss_name_t target;
    gss_ctx_id_t client, server;
    gss_name_t user; /* what the server learns */
    gss_buffer_desc to_server, to_client;
};

/* Write a configuration, and a credentials file with alice's password. */
void ends_configure(void);

/* Acquire alice's credential with an element of a credential store. The minor
 * code must have a sentence where it fails. */
OM_uint32 ends_acquire(const char *key, const char *value, gss_cred_id_t *cred,
                       gss_OID_set *mechs);

/*
 * Get ready for an exchange.
 *
 * @param defaults  whether both sides leave their credentials to the mechanism
 */
void ends_begin(struct exchange *e, bool defaults);

/*
 * One leg. Asserts, where it fails, that the outputs are those of a failure.
 *
 * @return the major code
 */
OM_uint32 ends_client_leg(struct exchange *e);
OM_uint32 ends_server_leg(struct exchange *e);

/*
 * That what was completed, whatever failed on the way, is whole on either side:
 * who the user is and whom they called, the flags, the time, and keys with
 * which each opens what the other seals. Nothing fails meanwhile.
 */
void ends_assert_whole(const struct exchange *e);

/* All legs, of which a whole context comes; false where one failed. */
bool ends_run(struct exchange *e);

void ends_release(struct exchange *e);

/* gss_release_oid_set, which may be among what fails elsewhere. */
void release_set(gss_OID_set *set);

#endif
