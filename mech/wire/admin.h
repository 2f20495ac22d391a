/*
 * What root's command and gss-scramd say to each other over the admin socket,
 * beside the greeting (wire/message.h), one message a request and one an
 * answer, made of base/pack.h's numbers and bytes:
 *
 *     request = op location user how flags number count *entry
 *     answer  = op status flags count *entry text sentence
 *     entry   = user mechanism flags iterations changed expires groups salt
 *               StoredKey ServerKey
 *
 *     op, how, flags, mechanism, status: a byte
 *     count: two bytes; iterations: four; number, changed, expires: eight
 *     all others: bytes behind their length
 *
 * Every request has all fields; one that it has no use for is empty, or 0. A
 * parser takes a whole message, or nothing: it is false for one that is cut,
 * has bytes left over or a field over its limit, and sets its result on true
 * alone. What it sets points into the message. Nothing is allocated.
 */
#ifndef WIRE_ADMIN_H
#define WIRE_ADMIN_H

#include "scram/verifier.h"
#include "wire/message.h"

#define WIRE_ENTRIES_MAX 1024    /* of a message */
#define WIRE_STAYS_DISABLED 0x80 /* was put, and the user remains disabled */

enum wire_admin_op {
    /* Put verifiers, in one transaction: how is an enum store_put, for each by
     * itself, which keeps what it does not say of its user (store_keep); the
     * answer's text has a byte for each: what became of it, and
     * WIRE_STAYS_DISABLED. */
    WIRE_ADMIN_PUT = 16,
    WIRE_ADMIN_SET,    /* all that a user is to have, all entries the user's */
    WIRE_ADMIN_REMOVE, /* a user */
    /* A user: how has the bits of a struct store_edit, and one entry what they
     * are about. */
    WIRE_ADMIN_EDIT,
    WIRE_ADMIN_GET,     /* a user's entries; flags: WIRE_KEYS */
    WIRE_ADMIN_LIST,    /* those of the users behind one, as many as fit; the
                           same */
    WIRE_ADMIN_DECOYS,  /* one entry, whose StoredKey is the new decoy key */
    WIRE_ADMIN_STATUS,  /* for people */
    WIRE_ADMIN_METRICS, /* OpenMetrics, from line number on */
    WIRE_ADMIN_RELOAD,
    WIRE_ADMIN_WHO,           /* whether the account of that number is served */
    WIRE_ADMIN_THROTTLE_LIST, /* for people: who is held up */
    WIRE_ADMIN_THROTTLE_SHOW, /* a user's guesses, at each account's servers */
    WIRE_ADMIN_THROTTLE_CLEAR, /* a user has them all back; what SHOW said */
    WIRE_ADMIN_LAST = WIRE_ADMIN_THROTTLE_CLEAR
};

enum {
    WIRE_ENABLED = 1,       /* of an entry */
    WIRE_KEEP_DISABLED = 2, /* of PUT and SET: who is disabled stays so */
    WIRE_PASSWORD = 4,      /* of SET: a new password of the same user */
    WIRE_MORE = 8,          /* of an answer: there is more behind it */
    WIRE_EARLIER = 16,      /* of an entry: an earlier password is known */
    WIRE_KEYS = 32,         /* of GET and LIST: with keys, for an export; root
                               may read the file anyway */
    WIRE_FLAGS = 63
};

struct wire_entry {
    struct slice user;
    enum scram_mechanism mechanism;
    uint8_t flags;
    uint32_t iterations;
    uint64_t changed;    /* seconds of UTC; 0: not known */
    uint64_t expires;    /* as struct scram_verifier has it */
    struct slice groups; /* base/groups.h's text */
    struct slice salt, stored_key, server_key; /* keys: empty, or whole */
};

/* Entries one after another; see wire_next_entry. */
struct wire_entries {
    struct slice packed;
    uint16_t count;
};

struct wire_admin_request {
    enum wire_admin_op op;
    struct slice location; /* of a store that the configuration has */
    struct slice user;
    uint8_t how;
    uint8_t flags;
    uint64_t number;
    struct wire_entries entries;
};

struct wire_admin_answer {
    enum wire_admin_op op;
    enum scram_status status;
    uint8_t flags;
    struct wire_entries entries;
    struct slice text;
    struct slice sentence;
};

bool wire_parse_admin_request(struct slice message,
                              struct wire_admin_request *request);
bool wire_parse_admin_answer(struct slice message,
                             struct wire_admin_answer *answer);

/* Append a message; as wire/message.h has it for its own. */
void wire_put_admin_request(const struct wire_admin_request *request,
                            struct buffer *out);
void wire_put_admin_answer(const struct wire_admin_answer *answer,
                           struct buffer *out);

/*
 * Append an entry to those in @p out, which begins empty.
 *
 * @return false, and nothing is appended, where there is no room for it
 */
bool wire_add_entry(struct wire_entries *entries, struct buffer *out,
                    const struct wire_entry *entry);

/* Take the next entry of those that a parser set; false where there is no
 * more. */
bool wire_next_entry(struct wire_entries *entries, struct wire_entry *entry);

/* An entry for a verifier, with its keys or without, and the verifier of one
 * that has them: false where it has none. */
struct wire_entry wire_entry_of(struct slice user,
                                const struct scram_verifier *verifier,
                                bool keys);
bool wire_entry_verifier(const struct wire_entry *entry,
                         struct scram_verifier *verifier);

#endif
