/*
 * A store of the kind file, and what changes it: what struct store_ops has
 * under these names.
 */
#ifndef STORE_FILE_STORE_H
#define STORE_FILE_STORE_H

#include "store/file_draft.h"

struct file_store {
    struct store store;
    struct file_shared *shared;
    bool writable;
    bool together;            /* between store_begin and store_commit */
    struct file_draft *draft; /* what was changed since; NULL: nothing */
};

static inline struct file_store *
file_store_of(struct store *base)
{
    return (struct file_store *)base;
}

enum scram_status file_put(struct store *base, struct slice user,
                           const struct scram_verifier *verifier,
                           enum store_put how, struct sentence *why);
enum scram_status file_put_many(struct store *base, struct store_entry *entries,
                                size_t count, enum store_put how,
                                struct sentence *why);
enum scram_status file_set(struct store *base, struct slice user,
                           const struct scram_verifier *verifiers, size_t count,
                           enum store_put how, struct sentence *why);
enum scram_status file_remove(struct store *base, struct slice user,
                              struct sentence *why);
void file_begin(struct store *base);
enum scram_status file_commit(struct store *base, struct sentence *why);

#endif
