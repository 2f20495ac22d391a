/*
 * A client in one process: what mech/prove does for a context.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "scram/initiator.h"

/*
 * Answer server-first-message with a password.
 *
 * @param keys   those that were derived; set on SCRAM_OK alone
 * @param reply  appended to on SCRAM_OK alone
 */
static inline enum scram_status
client_answer(struct scram_initiator *client, struct slice server_first,
              struct slice bindings, struct scram_limits limits,
              struct slice password, struct scram_keys *keys,
              struct buffer *reply, struct slice *error)
{
    const struct scram_unproved *u;
    struct secret_key proof;
    enum scram_status status = scram_initiator_final(
        client, server_first, bindings, limits, &u, error);

    if (status == SCRAM_OK)
        status = scram_keys_derive(u->mechanism, password, u->salt,
                                   u->iterations, keys);
    if (status == SCRAM_OK)
        status = scram_prove(u, keys, &proof);
    if (status == SCRAM_OK)
        status =
            scram_put_final(u, scram_key_slice(u->mechanism, &proof), reply);
    return status;
}

#endif
