/*
 * Users on their way into a store: gathered until there are enough of them for
 * a transaction, passwords turned into verifiers on all cores.
 */
#ifndef BATCH_H
#define BATCH_H

#include "format.h"
#include "store/store.h"

#define BATCH_MAX 10000 /* verifiers in a transaction */
/* Verifiers for each of those who put them one by one. */
#define BATCH_DIRECTORY_PUTTERS 8
#define BATCH_DIRECTORY_MAX (50 * BATCH_DIRECTORY_PUTTERS)

struct item {
    unsigned long line;
    uint8_t user_bytes[SCRAM_USER_MAX];
    size_t user_len;
    size_t password_len; /* of what is in password; 0: a verifier is there */
    uint8_t password[1024];
    struct scram_verifier verifier;
    enum scram_status status; /* of making the verifier */
    bool shut_out;            /* the store has the user disabled */
};

struct batch {
    enum scram_mechanism mechanism; /* of verifiers made from passwords */
    uint32_t iterations;            /* likewise */
    bool passwords;                 /* there are some among them */
    bool enable;                    /* users whom the store has disabled */
    size_t capacity;                /* how many make a transaction */
    size_t count;
    struct item *items;          /* owned, wiped */
    struct store_entry *entries; /* owned */
    struct sentence *whys;       /* owned, for each; NULL: no directory */
    bool useful;                 /* the directory has taken something */
};

/*
 * @param iterations  0: the mechanism's default
 * @param passwords   passwords are to come, which take their time
 * @param directory   it is for one, which takes each verifier by itself
 * @return false without memory
 */
bool batch_init(struct batch *batch, enum scram_mechanism mechanism,
                uint32_t iterations, bool passwords, bool directory);

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

/* Make the verifiers that are missing, on all cores; not all of them if it is
 * interrupted. */
void batch_derive(struct batch *batch);

/*
 * Put the verifiers, in one transaction if the store has those. Users whom the
 * store has disabled remain so, unless they are to be enabled. What became of
 * item i is in entries[i].status then, and in a directory's words in whys[i].
 *
 * @return as store_put_many does. A directory, or gss-scramd, may have taken
 *         some all the same: the others have that status too.
 */
enum scram_status batch_put(struct batch *batch, struct store *store,
                            enum store_put how, struct sentence *why);

/*
 * Let an item's verifier keep what the store has of its user (verifiers_keep),
 * but whom it has disabled, where they are to be enabled.
 *
 * @return SCRAM_OK; otherwise as store_look_up does, and it is not known
 */
enum scram_status batch_keep(struct batch *batch, size_t i, struct store *store,
                             struct sentence *why);

/*
 * The same for a directory: several at once, as most of the time goes by
 * waiting for its answers. A user who is there twice is put in that order. An
 * entry that the directory does not let be changed is no failure if it has
 * taken another one in this batch or before. After an interruption, those that
 * were not put have another status than SCRAM_OK.
 *
 * @param batch  its entries are filled in
 */
enum scram_status batch_put_each(struct batch *batch, struct store *store,
                                 enum store_put how, struct sentence *why);

#endif
