/*
 * Two ends of a context with one key, and k5crypto beside them, for the tests
 * of messages.
 */
#ifndef RFC4121_PAIR_H
#define RFC4121_PAIR_H

#include "k5crypto.h"
#include "noise.h"
#include "rfc4121/message.h"

/* Where confounders come from, so that a test can say which. */
extern uint8_t next_confounder[16];
enum scram_status fixed_confounder(uint8_t *bytes, size_t len);

struct pair {
    struct rfc4121_context *sender, *receiver;
    struct k5_peer peer; /* knows the key and plays the sender */
    uint8_t key[RFC4121_KEY_LEN];
};

/* Two contexts with a random key, that report duplicates and order. */
struct pair pair(struct noise *noise, enum rfc4121_role sender);

void pair_free(struct pair *p);

/* Memory of its own, so that a byte too far is found; to be freed. */
uint8_t *memory(size_t len);

/* A random message in memory of its own; slice_free it. */
struct slice message_of(struct noise *noise, size_t len);

void slice_free(struct slice s);

/* A length as messages have them, short ones more often. */
size_t any_len(struct noise *noise);

/* Try the first three messages of two thousand pairs. */
void pair_try(struct noise *noise,
              void (*try)(struct noise *noise, struct pair *p,
                          const struct k5_token *how, size_t len));

/* Fail the test unless the token opens to this message. */
void assert_opens(struct rfc4121_context *receiver, struct slice token,
                  struct slice message, bool sealed);

/* Whether a token was refused for what it is. */
bool is_refusal(enum scram_status status);

#endif
