/*
 * Where a file of users is, as a writer has to know it: its folder as it was
 * when it was opened, whatever the path leads to later, and the lock that lets
 * one write at a time.
 *
 * The lock is flock(2)'s, on a file of its own beside the users' that only its
 * owner can open: on a file that others may read, they could hold it too.
 * Nothing is ever in it, and it is never removed.
 */
#ifndef STORE_FILE_PLACE_H
#define STORE_FILE_PLACE_H

#include <limits.h>

#include "base/sentence.h"
#include "base/status.h"

#define FILE_DRAFT_SUFFIX ".new"
#define FILE_LOCK_SUFFIX ".lock"
#define FILE_LOCK_WAIT 10 /* seconds, at most */

struct file_place {
    int folder;
    int lock;
    char name[NAME_MAX + 1]; /* in the folder */
    char draft[NAME_MAX + sizeof(FILE_DRAFT_SUFFIX)];
    char lock_name[NAME_MAX + sizeof(FILE_LOCK_SUFFIX)];
};

/*
 * Find the place of a file, and wait until nobody else writes to it. Root goes
 * only where nobody else could have led it: every folder on the way is root's,
 * and nobody else may write to it, or, where it is not the last one, take out
 * of it what is not their own (/tmp).
 *
 * @param path   absolute
 * @param place  set on SCRAM_OK alone; release it with file_place_leave
 * @return SCRAM_OK, SCRAM_STORE_ABSENT (no such folder),
 *         SCRAM_STORE_FORBIDDEN, SCRAM_STORE_FAILED
 */
enum scram_status file_place_take(const char *path, struct file_place *place,
                                  struct sentence *why);

void file_place_leave(struct file_place *place);

#endif
