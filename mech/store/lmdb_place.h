/*
 * Where a store's file is, as one who writes has to know it: the folder as it
 * was when it was opened, whatever its path leads to later, and the lock that
 * lets one write at a time.
 *
 * The lock is flock(2)'s, on a file of its own beside the store's that only
 * its owner can open: on a file that others may read, they could hold it too.
 * Nothing is ever in it.
 */
#ifndef STORE_LMDB_PLACE_H
#define STORE_LMDB_PLACE_H

#include <limits.h>

#include "store/lmdb_file.h"

#define LMDB_DRAFT_SUFFIX "-new"
#define LMDB_LOCK_SUFFIX "-writer"

struct lmdb_place {
    int folder;
    char name[NAME_MAX + 1]; /* in the folder, and no symbolic link */
    char draft[NAME_MAX + sizeof(LMDB_DRAFT_SUFFIX)];
    char lock_name[NAME_MAX + sizeof(LMDB_LOCK_SUFFIX)];
    int lock;
};

/*
 * Find the place of a store, and wait until nobody else writes to it. A
 * symbolic link in the last part of the path is followed when root made it, or
 * this account.
 *
 * @param place  set on SCRAM_OK alone; release it with lmdb_place_leave
 * @return SCRAM_OK, SCRAM_STORE_ABSENT (no such directory),
 *         SCRAM_STORE_FORBIDDEN, SCRAM_STORE_FAILED
 */
enum scram_status lmdb_place_take(const char *path, struct lmdb_place *place,
                                  struct sentence *why);

/* Whether another account than root and this one may put a file there. */
bool lmdb_place_is_of_others(const struct lmdb_place *place);

void lmdb_place_leave(struct lmdb_place *place);

#endif
