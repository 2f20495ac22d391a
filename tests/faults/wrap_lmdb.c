/*
 * What gss-scramd's own store calls of LMDB, and what that calls to write: both
 * can fail. Of the second the program's own are found first.
 */
#include <dlfcn.h>
#include <lmdb.h>
#include <unistd.h>

#include "fault.h"

FAULT_WRAP(int, mdb_env_create, (MDB_env * *env), (env), ENOMEM)
FAULT_WRAP(int, mdb_env_set_mapsize, (MDB_env * env, size_t size), (env, size),
           ENOMEM)
FAULT_WRAP(int, mdb_env_set_maxreaders, (MDB_env * env, unsigned n), (env, n),
           EINVAL)
FAULT_WRAP(int, mdb_env_open,
           (MDB_env * env, const char *path, unsigned flags, mdb_mode_t mode),
           (env, path, flags, mode), EMFILE)
FAULT_WRAP(int, mdb_env_get_fd, (MDB_env * env, mdb_filehandle_t *fd),
           (env, fd), EINVAL)
FAULT_WRAP(int, mdb_env_info, (MDB_env * env, MDB_envinfo *info), (env, info),
           EINVAL)
FAULT_WRAP(int, mdb_txn_begin,
           (MDB_env * env, MDB_txn *parent, unsigned flags, MDB_txn **txn),
           (env, parent, flags, txn), MDB_READERS_FULL)
FAULT_WRAP(int, mdb_txn_renew, (MDB_txn * txn), (txn), MDB_READERS_FULL)
FAULT_WRAP(int, mdb_dbi_open,
           (MDB_txn * txn, const char *name, unsigned flags, MDB_dbi *dbi),
           (txn, name, flags, dbi), MDB_DBS_FULL)
FAULT_WRAP(int, mdb_get,
           (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value),
           (txn, dbi, key, value), EIO)
FAULT_WRAP(int, mdb_put,
           (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value,
            unsigned flags),
           (txn, dbi, key, value, flags), MDB_TXN_FULL)
FAULT_WRAP(int, mdb_del,
           (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value),
           (txn, dbi, key, value), EIO)
FAULT_WRAP(int, mdb_cursor_open,
           (MDB_txn * txn, MDB_dbi dbi, MDB_cursor **cursor),
           (txn, dbi, cursor), ENOMEM)
FAULT_WRAP(int, mdb_cursor_get,
           (MDB_cursor * cursor, MDB_val *key, MDB_val *value,
            MDB_cursor_op op),
           (cursor, key, value, op), EIO)

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

/* The transaction is gone all the same. */
int
__wrap_mdb_txn_commit(MDB_txn *txn)
{
    if (!fault_strikes("mdb_txn_commit"))
        return __real_mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return EIO;
}

/* Nobody pulls the plug in these tests. */
int
fdatasync(int fd)
{
    (void)fd;
    return fault_strikes("LMDB's fdatasync") ? WITH_ERRNO(EIO, -1) : 0;
}

ssize_t
pwrite(int fd, const void *from, size_t n, off_t at)
{
    static ssize_t (*real)(int fd, const void *from, size_t n, off_t at);

    if (real == NULL)
        real = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT,
                                                                   "pwrite");
    if (fault_strikes("LMDB's pwrite"))
        return WITH_ERRNO(ENOSPC, -1);
    return real(fd, from, n, at);
}
