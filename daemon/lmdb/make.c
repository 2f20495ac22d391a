#include "daemon/lmdb/make.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/kernel_random.h"
#include "daemon/lmdb/fault.h"
#include "daemon/lmdb/meta.h"
#include "daemon/lmdb/place.h"

/* Write what a store without users has. */
static int
write_meta(MDB_env *env, const struct secret_key *key)
{
    MDB_txn *txn;
    MDB_dbi dbi;
    int rc = mdb_txn_begin(env, NULL, 0, &txn);

    if (rc != 0)
        return rc;
    rc = mdb_dbi_open(txn, NULL, 0, &dbi)
             ?: lmdb_meta_write_format(txn, dbi)
             ?: lmdb_meta_write_decoy_key(txn, dbi, key);
    if (rc == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return rc;
}

/* Make a store that nobody knows of yet, and so without LMDB's locks. */
static int
write_new(const char *path, const struct secret_key *key)
{
    MDB_env *env;
    int rc = mdb_env_create(&env);

    if (rc != 0)
        return rc;
    rc = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0600)
             ?: write_meta(env, key);
    mdb_env_close(env);
    return rc;
}

/* Wait until a folder's names are on disk. */
static int
lmdb_make_sync_folder(const char *path)
{
    char folder[PATH_MAX];
    int fd, error = 0;

    lmdb_place_folder(path, folder);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    if (fsync(fd) != 0 && errno != EINVAL)
        error = errno;
    close(fd);
    return error;
}

enum scram_status
lmdb_make(const char *path, struct sentence *why)
{
    struct secret_key key CLEANUP_KEY;
    char new[PATH_MAX];
    enum scram_status status =
        kernel_random(key.data, sizeof(key.data), "a decoy key", why);
    int rc;

    if (status != SCRAM_OK)
        return status;
    snprintf(new, sizeof(new), "%s.new", path);
    unlink(new); /* what one that was killed has left */
    rc = write_new(new, &key);
    /* One that is there is another's, who was quicker. */
    if (rc == 0 && link(new, path) != 0 && errno != EEXIST)
        rc = errno;
    unlink(new);
    rc = rc ?: lmdb_make_sync_folder(path);
    return rc == 0 ? SCRAM_OK : lmdb_fault(path, "make", rc, why);
}
