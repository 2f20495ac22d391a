#include "store/lmdb_copy.h"

#include <errno.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "store/lmdb_meta.h"
#include "store/record.h"

#define META_MAX 64 /* no key and no value of the database is longer */

int
lmdb_copy_bytes(int from, int to, off_t size)
{
    while (size > 0) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)size, 0);

        if (n < 0 && errno != EINTR) /* not here, or not these two */
            n = sendfile(to, from, NULL, (size_t)size);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n == 0)
            return 0;
        size -= n > 0 ? n : 0;
    }
    return 0;
}

/* Whether an entry is one, and not longer than it can be. */
typedef bool is_entry(struct slice key, struct slice value);

static bool
is_verifier(struct slice key, struct slice value)
{
    enum scram_mechanism mechanism;
    struct slice user;

    /* A record may be damaged: it can be removed with its user. */
    return key.len <= STORE_KEY_MAX &&
           store_key_read(key, &mechanism, &user) == SCRAM_OK &&
           value.len <= STORE_RECORD_MAX;
}

static bool
is_meta(struct slice key, struct slice value)
{
    return key.len <= META_MAX && value.len <= META_MAX;
}

/* Copy a database. Its keys have to ascend, so that it ends. */
static int
copy_database(MDB_txn *from, MDB_dbi source, MDB_txn *to, MDB_dbi target,
              is_entry *check)
{
    MDB_val key = {0}, value = {0};
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(from, source, &cursor);

    if (rc != 0)
        return rc;
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        rc = check(lmdb_slice(key), lmdb_slice(value))
                 ? mdb_put(to, target, &key, &value, MDB_APPEND)
                 : MDB_CORRUPTED;
        if (rc != 0)
            break;
    }
    mdb_cursor_close(cursor);
    if (rc == MDB_KEYEXIST || rc == MDB_BAD_VALSIZE)
        return MDB_CORRUPTED;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int
open_source(int fd, MDB_env **mdb)
{
    char path[32];
    int rc = mdb_env_create(mdb);

    if (rc != 0) {
        *mdb = NULL;
        return rc;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return mdb_env_set_maxdbs(*mdb, LMDB_DATABASES)
               ?: mdb_env_open(*mdb, path,
                               MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0);
}

enum scram_status
lmdb_copy_entries(int fd, const char *path, struct lmdb_txn *t,
                  struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    MDB_dbi verifiers, meta;
    MDB_txn *txn = NULL;
    MDB_env *mdb;
    int rc = open_source(fd, &mdb);

    if (rc == 0) {
        status = lmdb_file_check(mdb, path, &verifiers, &meta, why);
        if (status != SCRAM_OK)
            goto out;
        rc = mdb_txn_begin(mdb, NULL, MDB_RDONLY, &txn)
                 ?: copy_database(txn, meta, t->txn, t->meta, is_meta)
                 ?: copy_database(txn, verifiers, t->txn, t->verifiers,
                                  is_verifier);
    }
    if (rc != 0)
        status = lmdb_file_failed(path, "read", rc, why);
out:
    mdb_txn_abort(txn);
    mdb_env_close(mdb);
    return status;
}
