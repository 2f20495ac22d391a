/*
 * Changing a store: a copy of its file is changed, beside it, and takes its
 * place when it is whole and on the disk. Who reads sees the old file or the
 * new one, wherever a writer is killed; what a killed one left is done away
 * with by the next.
 *
 * Nobody else can write to what a writer has open, not even who may write to
 * the folder: files are made anew, for us alone, and what was made is used by
 * its descriptor, not by its name.
 */
#ifndef STORE_LMDB_DRAFT_H
#define STORE_LMDB_DRAFT_H

#include <lmdb.h>

#include "store/lmdb_file.h"

struct lmdb_draft;

/* What a change works with. */
struct lmdb_txn {
    MDB_txn *txn;
    MDB_dbi verifiers;
    MDB_dbi meta;
};

/*
 * One change: reads and writes in the transaction, and returns what LMDB
 * returned. It is called again when it has to be done again.
 */
typedef int lmdb_change(struct lmdb_txn *t, void *data);

/*
 * Make an empty store, with the mode LMDB_FILE_MODE and, made by root, of the
 * group gss-scram if there is one. A file that is there and not empty is left
 * as it is.
 *
 * @return SCRAM_OK, SCRAM_STORE_ABSENT (no such directory),
 *         SCRAM_STORE_FORBIDDEN, SCRAM_STORE_FAILED, SCRAM_NO_MEMORY
 */
enum scram_status lmdb_make(const char *path, struct sentence *why);

/*
 * Copy a store's file, to be changed. Others who would change it wait from now
 * on, until this draft is dropped.
 *
 * @param path   the location's; used until the draft is dropped
 * @param draft  set on SCRAM_OK alone; release it with lmdb_draft_drop
 * @return as store_open does
 */
enum scram_status lmdb_draft_begin(const char *path, struct lmdb_draft **draft,
                                   struct sentence *why);

/* Make a change, whole or not at all; returns what lmdb_write does. */
enum scram_status lmdb_draft_change(struct lmdb_draft *draft,
                                    lmdb_change *change, void *data,
                                    struct sentence *why);

/*
 * Put the draft in the place of the file that it was copied from, with that
 * file's owner and modes. It cannot be changed any more.
 *
 * @return SCRAM_OK once it is on disk and readers have seen it; or as
 * store_open does
 */
enum scram_status lmdb_draft_publish(struct lmdb_draft *draft,
                                     struct sentence *why);

/* Let others write; what was not published is lost. NULL is no draft. */
void lmdb_draft_drop(struct lmdb_draft *draft);

#endif
