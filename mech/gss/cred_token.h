/*
 * What gss_export_cred writes, taken apart and put together, without the
 * credential: a version, what both kinds have, and then what an initiator and
 * an acceptor have. It holds the password in the clear, as a credential of any
 * mechanism that is exported holds its keys; of gss-scram-agent's there is no
 * secret in it.
 */
#ifndef GSS_CRED_TOKEN_H
#define GSS_CRED_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"
#include "gss/name.h"

#define CRED_TOKEN_NAME_MAX 1024     /* bytes of a name */
#define CRED_TOKEN_PATH_MAX 4095     /* bytes of a path or a location */
#define CRED_TOKEN_PASSWORD_MAX 4096 /* bytes of a password */

/* The slices are into the token when it is read, and the caller's own when it
 * is written. Nothing that is empty is there. */
struct cred_token {
    bool initiates, accepts;
    enum scram_mechanism mechanism; /* of the names */
    enum name_kind kind;            /* of the name */
    struct slice name;

    /* an initiator's: a password, or an agent or a file and whom it is for */
    uint32_t min_iterations;
    uint32_t max_iterations;
    struct slice password;
    bool agent; /* gss-scram-agent comes before the file, if there is one */
    struct slice path;
    struct slice user;

    /* an acceptor's */
    struct slice location;
    uint32_t handshake_timeout; /* milliseconds */
    uint32_t max_half_open;     /* contexts */
    bool require_channel_bindings;
    bool audit;
};

/* The bytes that writing it takes. */
size_t cred_token_size(const struct cred_token *token);

/* Append it; cred_token_size free bytes are enough. */
void cred_token_write(const struct cred_token *token, struct buffer *out);

/*
 * Read one, from anybody.
 *
 * @param token  set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_ENCODING
 */
enum scram_status cred_token_read(struct slice bytes, struct cred_token *token);

#endif
