/*
 * What a draft begins with: what the file has that it is to replace. LMDB
 * believes its own pages when it changes them, and a file that somebody laid
 * out for it has it write beyond its memory. So pages are copied of a file
 * that root or this account alone can have put there; of another, entries are.
 */
#ifndef STORE_LMDB_COPY_H
#define STORE_LMDB_COPY_H

#include "store/lmdb_draft.h"

/*
 * Copy a file, or have the file system share its blocks where it can.
 *
 * @param size  how many bytes; fewer when the file has become shorter
 * @return 0 or an errno
 */
int lmdb_copy_bytes(int from, int to, off_t size);

/*
 * Copy a store's entries into an empty one, looking at each.
 *
 * @param fd    a file that nobody else can write to by now
 * @param path  its location's, for the sentence
 * @param t     of the empty one
 * @return SCRAM_OK, SCRAM_STORE_FAILED (damaged, say), SCRAM_NO_MEMORY
 */
enum scram_status lmdb_copy_entries(int fd, const char *path,
                                    struct lmdb_txn *t, struct sentence *why);

#endif
