/*
 * A store of the kind file, as both who reads it and who changes it have it.
 */
#ifndef STORE_FILE_STORE_H
#define STORE_FILE_STORE_H

#include "store/file_shared.h"
#include "store/store.h"

struct file_store {
    struct store store;
    struct file_shared *shared;
};

static inline struct file_store *
file_store_of(struct store *base)
{
    return (struct file_store *)base;
}

/* Those of struct store_ops that are the same for both. */
enum scram_status file_open(struct slice location, enum store_mode mode,
                            struct store **store, struct sentence *why);
enum scram_status file_look_up(struct store *base,
                               enum scram_mechanism mechanism,
                               struct slice user, bool salted,
                               struct scram_verifier *verifier,
                               struct sentence *why);
enum scram_status file_iterate(struct store *base, store_visit *visit,
                               void *data, struct sentence *why);
void file_close(struct store *base);

#endif
