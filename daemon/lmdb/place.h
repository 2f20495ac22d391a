/*
 * Where a store's file is, and that one process alone has it open: a lock
 * (flock(2)) on the file itself, which goes with the process.
 */
#ifndef DAEMON_LMDB_PLACE_H
#define DAEMON_LMDB_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/sentence.h"
#include "base/status.h"

struct lmdb_place {
    int fd; /* holds the lock; never read or written */
    dev_t device;
    ino_t inode;
};

/*
 * Open a file and lock it. It has to be a regular file of this account's, which
 * nobody else may read or write, in a folder of root's or of this account's
 * that nobody else may write to.
 *
 * @param place  set on SCRAM_OK alone; release it with lmdb_place_leave
 * @return SCRAM_OK, SCRAM_STORE_ABSENT, SCRAM_STORE_FORBIDDEN,
 *         SCRAM_STORE_FAILED
 */
enum scram_status lmdb_place_take(const char *path, struct lmdb_place *place,
                                  struct sentence *why);

void lmdb_place_leave(struct lmdb_place *place);

/* The folder that an absolute path is in; PATH_MAX bytes. */
void lmdb_place_folder(const char *path, char *folder);

/* Whether the file is at the path still. */
bool lmdb_place_holds(const struct lmdb_place *place, const char *path);

#endif
