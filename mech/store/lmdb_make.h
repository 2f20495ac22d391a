/*
 * Making a store's file: beside its place, and moved there when it is whole,
 * so that nobody ever sees a part of one, wherever its maker is killed.
 *
 * A lock file holds the number of the last transaction, and by that number
 * LMDB finds it in the data file. When a file takes the place of another that
 * is in use, by rename(2), the lock file goes on counting for the one that is
 * gone; a reader of the new file then sees its last transaction or the one
 * before, at random, and what a writer adds may be lost. Against the first we
 * leave each file with two last transactions that say the same; against the
 * second a writer makes the file again, with a lock file of its own.
 */
#ifndef STORE_LMDB_MAKE_H
#define STORE_LMDB_MAKE_H

#include "store/lmdb_file.h"

/*
 * Make an empty store, with the modes LMDB_FILE_MODE and LMDB_LOCK_MODE, and,
 * made by root, of the group gss-scram if there is one. A file that is there
 * and not empty is left as it is.
 *
 * @return SCRAM_OK, SCRAM_STORE_ABSENT (no such directory),
 *         SCRAM_STORE_FORBIDDEN, SCRAM_STORE_FAILED, SCRAM_NO_MEMORY
 */
enum scram_status lmdb_make(const char *path, struct sentence *why);

/*
 * Make a store again, with what it holds, its owners and its modes, and with
 * a new lock file. The caller holds the write lock of the old one.
 *
 * @return as lmdb_make
 */
enum scram_status lmdb_make_again(const struct lmdb_file *file,
                                  struct sentence *why);

#endif
