/*
 * The four messages of a SCRAM exchange (RFC 5802, section 7), as slices into
 * the bytes that they were parsed from: parsing copies and allocates nothing,
 * so a message is valid for as long as those bytes are.
 */
#ifndef SCRAM_MESSAGE_H
#define SCRAM_MESSAGE_H

#include "base/slice.h"
#include "base/status.h"

#define SCRAM_TOKEN_MAX 16384 /* bytes of any token, unframed */
/* The first one is kept by an acceptor that does not know yet who sent it:
 * room for a name of SCRAM_USER_MAX bytes, all of them escaped, a nonce ten
 * times as long as anybody's, and extensions. */
#define SCRAM_CLIENT_FIRST_MAX 2048
#define SCRAM_CLIENT_NONCE_MAX 512
/* What client-final has to hold beside its proof, so that it is no longer than
 * a token: the client's and the server's nonce together, and the application
 * data of the channel bindings, which RFC 5056 has as a hash or two. */
#define SCRAM_NONCE_MAX 1024
#define SCRAM_BINDINGS_MAX 11264
#define SCRAM_NONCE_LEN 24 /* characters of a nonce that we make */

struct scram_client_first {
    struct slice user;  /* saslname, as sent; see scram/saslname.h */
    struct slice nonce; /* the client's */
};

struct scram_server_first {
    struct slice nonce;  /* client's and server's together */
    struct slice salt;   /* base64, as sent */
    uint32_t iterations; /* UINT32_MAX for anything greater */
};

struct scram_client_final {
    struct slice channel_binding; /* base64, as sent */
    struct slice nonce;           /* client's and server's together */
    struct slice proof;           /* base64, as sent */
    struct slice without_proof;   /* what AuthMessage takes */
};

/* One of the two is there; the other's data is NULL. */
struct scram_server_final {
    struct slice error;    /* the server's word for why it refused */
    struct slice verifier; /* the ServerSignature in base64, as sent */
};

/*
 * Parse a message: client-first-message-bare, server-first-message,
 * client-final-message, server-final-message.
 *
 * @param bytes    the whole token, unframed
 * @param message  set on SCRAM_OK alone; points into @p bytes
 * @return SCRAM_OK; SCRAM_BAD_ENCODING, also for more than SCRAM_TOKEN_MAX
 *         bytes, and of the first message than SCRAM_CLIENT_FIRST_MAX;
 * SCRAM_UNSUPPORTED_EXTENSION for m=, wherever it stands
 */
enum scram_status scram_client_first_parse(struct slice bytes,
                                           struct scram_client_first *message);
enum scram_status scram_server_first_parse(struct slice bytes,
                                           struct scram_server_first *message);
enum scram_status scram_client_final_parse(struct slice bytes,
                                           struct scram_client_final *message);
enum scram_status scram_server_final_parse(struct slice bytes,
                                           struct scram_server_final *message);

/*
 * Append "e=" and the word of RFC 5802, section 7 (server-error-value), that
 * tells a client of @p status, which is not SCRAM_OK.
 */
void scram_server_error_format(enum scram_status status, struct buffer *token);

#endif
