/*
 * What programs of a user and gss-scram-agent say to each other over the
 * agent's socket, one message a request and one an answer, but for SIGN. It is
 * made of base/pack.h's numbers and bytes, and begins with the greeting of
 * wire/message.h (mechanisms: those that the agent knows; handshake-timeout:
 * 0).
 *
 *     choose    = 32 mechanism target user
 *     choice    = 32 status user nonce left bound seal sentence
 *     sign      = 33 mechanism target seal client-first server-first
 *                 without-proof
 *     signed    = 33 status proof seal sentence
 *     verify    = 34 mechanism seal client-first server-first without-proof
 *                 server-final
 *     verified  = 34 status session-key error sentence
 *
 *     keep      = 40 mechanism target user password lifetime min-iterations
 *                 bound
 *     kept      = 40 status sentence
 *     list      = 41 index
 *     listed    = 41 status more mechanism target user left min-iterations
 *                 bound used refused sentence
 *     forget    = 42 target user
 *     forgotten = 42 status count sentence
 *
 *     status, mechanism, bound, more, refused: a byte
 *     index, left, lifetime, min-iterations, used, count: four bytes
 *     session-key: WIRE_SESSION_KEY_LEN bytes
 *     all others: bytes behind their length
 *
 * choose: which entry is for a target. An empty target is any, an empty user
 * likewise. left is in seconds, WIRE_FOREVER without an end. The nonce is the
 * agent's, and so begins what client-first has. SCRAM_NO_USER: there is none;
 * SCRAM_EXPIRED: there was one.
 *
 * sign: may be answered with SCRAM_WORKING any number of times, at least every
 * WIRE_WORKING_EVERY ms, while the user's keys are derived; the last answer is
 * another status. mechanism and target are those of the choose, as its seal is
 * of them. The proof is ClientProof, not base64 of it. The second seal is of
 * the three messages.
 *
 * verify: server-final as it came, also one that is e=... (error is its word
 * then, and the status SCRAM_SERVER_ERROR), by which the agent learns that a
 * password is not, or no longer, right.
 *
 * keep: a password for a pattern and a user, in place of the one that there is.
 * lifetime in seconds, WIRE_FOREVER for no end. list: the entry with a number
 * from 0 on; SCRAM_NO_USER past the last. forget: all that fit the target (as
 * it was written) and the user, where empty is any.
 *
 * A parser takes a whole message, or nothing, as those of wire/message.h do,
 * and so do writers keep to what is said there. The writer of a keep wipes what
 * it was written to, and so does the reader of one or of a verified.
 */
#ifndef WIRE_AGENT_H
#define WIRE_AGENT_H

#include "wire/message.h"

#define WIRE_TARGET_MAX 1024   /* NAME_SERVICE_MAX, of a target or a pattern */
#define WIRE_NONCE_MAX 512     /* SCRAM_CLIENT_NONCE_MAX */
#define WIRE_PROOF_MAX 32      /* bytes of the longest hash */
#define WIRE_PASSWORD_MAX 4096 /* bytes */
#define WIRE_FOREVER UINT32_MAX
#define WIRE_WORKING_EVERY 250 /* milliseconds */

enum wire_agent_op {
    WIRE_CHOOSE = 32,
    WIRE_SIGN,
    WIRE_VERIFY,
    WIRE_KEEP = 40,
    WIRE_LIST,
    WIRE_FORGET
};

struct wire_choose {
    uint8_t mechanism;
    struct slice target;
    struct slice user; /* SASLprep'd */
};

struct wire_choice {
    enum scram_status status;
    struct slice user;
    struct slice nonce;
    uint32_t left; /* seconds */
    bool bound;    /* it signs with channel bindings alone */
    struct slice seal;
    struct slice sentence;
};

struct wire_sign {
    uint8_t mechanism;
    struct slice target;
    struct slice seal;
    struct slice client_first;
    struct slice server_first;
    struct slice without_proof; /* of client-final */
};

struct wire_signed {
    enum scram_status status; /* may be SCRAM_WORKING */
    struct slice proof;
    struct slice seal;
    struct slice sentence;
};

struct wire_verify {
    uint8_t mechanism;
    struct slice seal; /* the second one */
    struct slice client_first;
    struct slice server_first;
    struct slice without_proof;
    struct slice server_final;
};

struct wire_verified {
    enum scram_status status;
    struct slice session_key; /* WIRE_SESSION_KEY_LEN bytes; zeros on failure */
    struct slice error;       /* the server's word */
    struct slice sentence;
};

struct wire_keep {
    uint8_t mechanism;
    struct slice target; /* a pattern */
    struct slice user;
    struct slice password;
    uint32_t lifetime; /* seconds */
    uint32_t min_iterations;
    bool bound;
};

struct wire_kept {
    enum scram_status status;
    struct slice sentence;
};

struct wire_list {
    uint32_t index;
};

struct wire_listed {
    enum scram_status status;
    bool more; /* there is an entry with the next number */
    uint8_t mechanism;
    struct slice target;
    struct slice user;
    uint32_t left; /* seconds */
    uint32_t min_iterations;
    bool bound;
    uint32_t used; /* logins that were signed */
    bool refused;  /* by a server, the last time */
    struct slice sentence;
};

struct wire_forget {
    struct slice target;
    struct slice user;
};

struct wire_forgotten {
    enum scram_status status;
    uint32_t count; /* of entries */
    struct slice sentence;
};

bool wire_parse_choose(struct slice message, struct wire_choose *choose);
bool wire_parse_choice(struct slice message, struct wire_choice *choice);
bool wire_parse_sign(struct slice message, struct wire_sign *sign);
bool wire_parse_signed(struct slice message, struct wire_signed *answer);
bool wire_parse_verify(struct slice message, struct wire_verify *verify);
bool wire_parse_verified(struct slice message, struct wire_verified *verified);
bool wire_parse_keep(struct slice message, struct wire_keep *keep);
bool wire_parse_kept(struct slice message, struct wire_kept *kept);
bool wire_parse_list(struct slice message, struct wire_list *list);
bool wire_parse_listed(struct slice message, struct wire_listed *listed);
bool wire_parse_forget(struct slice message, struct wire_forget *forget);
bool wire_parse_forgotten(struct slice message,
                          struct wire_forgotten *forgotten);

void wire_put_choose(const struct wire_choose *choose, struct buffer *out);
void wire_put_choice(const struct wire_choice *choice, struct buffer *out);
void wire_put_sign(const struct wire_sign *sign, struct buffer *out);
void wire_put_signed(const struct wire_signed *answer, struct buffer *out);
void wire_put_verify(const struct wire_verify *verify, struct buffer *out);
void wire_put_verified(const struct wire_verified *verified,
                       struct buffer *out);
void wire_put_keep(const struct wire_keep *keep, struct buffer *out);
void wire_put_kept(const struct wire_kept *kept, struct buffer *out);
void wire_put_list(const struct wire_list *list, struct buffer *out);
void wire_put_listed(const struct wire_listed *listed, struct buffer *out);
void wire_put_forget(const struct wire_forget *forget, struct buffer *out);
void wire_put_forgotten(const struct wire_forgotten *forgotten,
                        struct buffer *out);

#endif
