/*
 * A user as "gss-scram user list" and "show" show them: no key is in it unless
 * somebody asks for it.
 */
#ifndef ROW_H
#define ROW_H

#include "scram/verifier.h"

struct row {
    uint8_t user_bytes[SCRAM_USER_MAX];
    size_t user_len; /* 0: no user */
    struct {
        bool there;
        bool enabled;
        uint32_t iterations;
        uint8_t salt_len;
        uint64_t changed; /* seconds of UTC; 0: not known */
        uint64_t expires; /* as struct scram_verifier has it */
        bool expired;
        struct groups groups;
        uint8_t text[SCRAM_VERIFIER_TEXT_MAX]; /* with the keys */
        size_t text_len;                       /* 0: nobody asked for it */
    } of[SCRAM_MECHANISMS];
};

void row_wipe(struct row *row);

#define CLEANUP_ROW __attribute__((cleanup(row_wipe)))

static inline struct slice
row_user(const struct row *row)
{
    return (struct slice){row->user_bytes, row->user_len};
}

/* Begin with another user. */
void row_begin(struct row *row, struct slice user);

/* Take one of the user's verifiers; @p now is in seconds of UTC. */
void row_take(struct row *row, const struct scram_verifier *verifier,
              uint64_t now);

/* Take its keys too. */
void row_take_keys(struct row *row, const struct scram_verifier *verifier);

/* When the first of a user's verifiers expires; 0: none does. */
uint64_t row_expires(const struct row *row);

/* When the last of a user's verifiers was put; 0: it is not known. */
uint64_t row_changed(const struct row *row);

/* The groups of the first mechanism with which a user has any. */
struct slice row_groups(const struct row *row);

/* Whether the user is let in: "enabled", "disabled", "expired"; with that
 * mechanism, or with all. */
const char *row_state_of(const struct row *row, int mechanism);
const char *row_state(const struct row *row);

/* Write it for programs. */
void row_write_json(const struct row *row);

#endif
