/*
 * What the module and gss-scramd say to each other over their local socket, one
 * message a request and one an answer. It is made of base/pack.h's numbers and
 * bytes:
 *
 *     hello     = 1 lowest highest
 *     welcome   = 1 status version mechanisms handshake-timeout sentence
 *     first     = 2 mechanism client-first
 *     challenge = 2 status left seal server-first user id sentence
 *     final     = 3 mechanism seal given binding client-first server-first
 *                 client-final
 *     verdict   = 3 status bound session-key server-final user location
 *                 attributes sentence
 *
 *     status, version, lowest, highest, mechanism, given, bound: a byte
 *     mechanisms: a byte, 1 << mechanism for each that the store may have
 *     handshake-timeout, left: four bytes, milliseconds
 *     id: WIRE_ID_LEN bytes; session-key: WIRE_SESSION_KEY_LEN bytes
 *     attributes = a byte with their count, then key and value of each
 *     all others: bytes behind their length
 *
 * A parser takes a whole message, or nothing: it is false for one that is cut,
 * has bytes left over or a field over its limit, and sets its result on true
 * alone. What it sets points into the message. Nothing is allocated. Fields at
 * their limits make a message of at most WIRE_MESSAGE_MAX bytes.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"

#define WIRE_VERSION 1 /* the only one there is */

#define WIRE_MESSAGE_MAX 40960 /* bytes of a message, */
#define WIRE_ANSWER_MAX 20480  /* and of one that is an answer */
#define WIRE_TOKEN_MAX 16384   /* of client-final */
#define WIRE_FIRST_MAX 2048    /* of each of the other SCRAM messages */
#define WIRE_SEAL_MAX 64
#define WIRE_BINDING_MAX 12288 /* of channel bindings' application data */
#define WIRE_USER_MAX 256
#define WIRE_LOCATION_MAX 4096
#define WIRE_SENTENCE_MAX 1023
#define WIRE_KEY_MAX 256        /* of an attribute's key, */
#define WIRE_VALUE_MAX 1024     /* and of its value */
#define WIRE_ATTRIBUTES_MAX 8   /* attributes */
#define WIRE_GROUPS "groups"    /* the key of base/groups.h's text */
#define WIRE_ID_LEN 8           /* random, for the logs of both sides */
#define WIRE_SESSION_KEY_LEN 16 /* SCRAM_SESSION_KEY_LEN */

enum wire_op { WIRE_HELLO = 1, WIRE_FIRST, WIRE_FINAL };

struct wire_hello {
    uint8_t lowest, highest; /* versions that the module speaks */
};

struct wire_welcome {
    enum scram_status status;
    uint8_t version;
    uint8_t mechanisms;
    uint32_t handshake_timeout;
    struct slice sentence;
};

struct wire_first {
    uint8_t mechanism;
    struct slice client_first;
};

struct wire_challenge {
    enum scram_status status;
    uint32_t left; /* until the answer has to be there */
    struct slice seal;
    struct slice server_first;
    struct slice user; /* whom the client claims to be, SASLprep'd */
    struct slice id;   /* WIRE_ID_LEN bytes */
    struct slice sentence;
};

struct wire_final {
    uint8_t mechanism;
    struct slice seal;
    bool binding_given;
    struct slice binding;
    struct slice client_first;
    struct slice server_first;
    struct slice client_final;
};

/* What is known about a user beside the name; see wire_next_attribute. */
struct wire_attributes {
    struct slice packed;
    uint8_t count;
};

struct wire_verdict {
    enum scram_status status;
    bool bound;
    struct slice session_key; /* WIRE_SESSION_KEY_LEN bytes; zeros on failure */
    struct slice server_final;
    struct slice user;
    struct slice location; /* of the store */
    struct wire_attributes attributes;
    struct slice sentence;
};

/* The op of a request or an answer: its first byte, 0 where there is none. */
uint8_t wire_op(struct slice message);

bool wire_parse_hello(struct slice message, struct wire_hello *hello);
bool wire_parse_welcome(struct slice message, struct wire_welcome *welcome);
bool wire_parse_first(struct slice message, struct wire_first *first);
bool wire_parse_challenge(struct slice message,
                          struct wire_challenge *challenge);
bool wire_parse_final(struct slice message, struct wire_final *final);
bool wire_parse_verdict(struct slice message, struct wire_verdict *verdict);

/*
 * Append a message. What goes over a field's limit makes a message that the
 * other side refuses: the caller has seen to it. A sentence alone is cut.
 */
void wire_put_hello(const struct wire_hello *hello, struct buffer *out);
void wire_put_welcome(const struct wire_welcome *welcome, struct buffer *out);
void wire_put_first(const struct wire_first *first, struct buffer *out);
void wire_put_challenge(const struct wire_challenge *challenge,
                        struct buffer *out);
void wire_put_final(const struct wire_final *final, struct buffer *out);
void wire_put_verdict(const struct wire_verdict *verdict, struct buffer *out);

/* Append an attribute to those in @p out, which begins empty. */
void wire_add_attribute(struct wire_attributes *attributes, struct buffer *out,
                        struct slice key, struct slice value);

/*
 * Take the next attribute of those that a parser set.
 *
 * @return false where there is no more
 */
bool wire_next_attribute(struct wire_attributes *attributes, struct slice *key,
                         struct slice *value);

#endif
