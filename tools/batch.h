/*
 * Users on their way into a store: gathered until there are enough of them for
 * a transaction, passwords turned into verifiers on all cores.
 */
#ifndef BATCH_H
#define BATCH_H

#include "format.h"
#include "store/store.h"

#define BATCH_MAX 10000 /* verifiers in a transaction */
#define BATCH_SINGLE                                                           \
    100 /* where each is a transaction, and progress is shown */

struct item {
    unsigned long line;
    uint8_t user_bytes[SCRAM_USER_MAX];
    size_t user_len;
    size_t password_len; /* of what is in password; 0: a verifier is there */
    uint8_t password[1024];
    struct scram_verifier verifier;
    enum scram_status status; /* of making the verifier */
};

struct batch {
    enum scram_mechanism mechanism; /* of verifiers made from passwords */
    uint32_t iterations;            /* likewise */
    bool passwords;                 /* there are some among them */
    size_t capacity;                /* how many make a transaction */
    size_t count;
    struct item *items;          /* owned, wiped */
    struct store_entry *entries; /* owned */
};

/*
 * @param iterations  0: the mechanism's default
 * @param passwords   passwords are to come, which take their time
 * @param single      the store puts each verifier by itself
 * @return false without memory
 */
bool batch_init(struct batch *batch, enum scram_mechanism mechanism,
                uint32_t iterations, bool passwords, bool single);

void batch_clear(struct batch *batch);

/* Whether it is time to put it. */
static inline bool
batch_full(const struct batch *batch)
{
    return batch->count == batch->capacity;
}

/*
 * Add a record; not to a full batch.
 *
 * @param user  prepared
 */
void batch_add(struct batch *batch, const struct record *record,
               struct slice user);

/* Leave out whose verifier is there already: to make another one that is not
 * put takes its time, as it does when an interrupted import is run again. */
void batch_skip(struct batch *batch, struct store *store);

/* Make the verifiers that are missing, on all cores. */
void batch_derive(struct batch *batch);

/*
 * Put the verifiers in one transaction. What became of item i is in
 * entries[i].status then.
 *
 * @return as store_put_many does
 */
enum scram_status batch_put(struct batch *batch, struct store *store,
                            enum store_put how, struct sentence *why);

#endif
