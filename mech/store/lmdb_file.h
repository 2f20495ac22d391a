/*
 * A store's file as it is on the disk, looked at before LMDB opens it, which
 * says what is wrong with a number alone; and before anything is read of it.
 */
#ifndef STORE_LMDB_FILE_H
#define STORE_LMDB_FILE_H

#include <lmdb.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/sentence.h"
#include "base/status.h"

#define LMDB_FILE_MODE 0640 /* the service's group reads verifiers */

/*
 * How old what a reader knows of a path may be, in milliseconds, and in ticks
 * of the coarse clock beside. To look is a stat(2), which costs half of what a
 * look-up does, and would be felt at each; a busy server can do it every few
 * milliseconds for nothing. Who writes waits as long, so that a user whom a
 * command has disabled is out when the command ends.
 */
#define LMDB_LOOK_INTERVAL 4

/* Wait until every reader has looked at every path again. */
void lmdb_file_wait_seen(void);

/* Which file it is, whatever it is called; and what is in it, should somebody
 * write to it after all. */
struct lmdb_file_id {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
};

static inline struct lmdb_file_id
lmdb_file_id_of(const struct stat *st)
{
    return (struct lmdb_file_id){st->st_dev, st->st_ino, st->st_size,
                                 st->st_mtim};
}

static inline bool
lmdb_file_id_equal(struct lmdb_file_id a, struct lmdb_file_id b)
{
    return a.device == b.device && a.inode == b.inode && a.size == b.size &&
           a.written.tv_sec == b.written.tv_sec &&
           a.written.tv_nsec == b.written.tv_nsec;
}

/*
 * Find a store's file.
 *
 * @param path   the location's
 * @param write  whether it is to be written
 * @param found  set on SCRAM_OK alone
 * @return SCRAM_OK; SCRAM_STORE_ABSENT, also for an empty file;
 *         SCRAM_STORE_FORBIDDEN, SCRAM_STORE_FAILED
 */
enum scram_status lmdb_file_find(const char *path, bool write,
                                 struct stat *found, struct sentence *why);

/*
 * Look at what is in an open file, and open its databases.
 *
 * @return SCRAM_OK, SCRAM_STORE_FAILED, SCRAM_NO_MEMORY
 */
enum scram_status lmdb_file_check(MDB_env *mdb, const char *path,
                                  MDB_dbi *verifiers, MDB_dbi *meta,
                                  struct sentence *why);

/*
 * Say in a sentence why there is nothing to be seen at a path.
 *
 * @param error  what stat(2) or open(2) said
 * @return SCRAM_STORE_ABSENT, SCRAM_STORE_FORBIDDEN or SCRAM_STORE_FAILED
 */
enum scram_status lmdb_file_unreachable(const char *path, int error,
                                        struct sentence *why);

/*
 * Say in a sentence that this account may not do something.
 *
 * @param doing   what, as it stands between "cannot" and the path
 * @param advice  what to do about it
 * @return SCRAM_STORE_FORBIDDEN
 */
enum scram_status lmdb_file_forbidden(const char *path, const char *doing,
                                      int error, const char *advice,
                                      struct sentence *why);

/*
 * Say in a sentence why something cannot be done with a store's file.
 *
 * @param doing  what, as it stands between "cannot" and "the store": "open"
 * @param rc     what LMDB returned, or an errno
 * @return SCRAM_STORE_ABSENT, SCRAM_STORE_FORBIDDEN, SCRAM_NO_MEMORY or
 *         SCRAM_STORE_FAILED
 */
enum scram_status lmdb_file_failed(const char *path, const char *doing, int rc,
                                   struct sentence *why);

#endif
