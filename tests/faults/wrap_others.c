/*
 * What the module calls of LMDB, libgssapi and libidn, and can fail.
 */
#include <gssapi/gssapi_ext.h>
#include <lmdb.h>
#include <stringprep.h>

#include "fault.h"

FAULT_WRAP(int, mdb_env_create, (MDB_env * *env), (env), ENOMEM)
FAULT_WRAP(int, mdb_env_set_maxdbs, (MDB_env * env, MDB_dbi n), (env, n),
           EINVAL)
FAULT_WRAP(int, mdb_env_set_mapsize, (MDB_env * env, size_t size), (env, size),
           ENOMEM)
FAULT_WRAP(int, mdb_env_open,
           (MDB_env * env, const char *path, unsigned flags, mdb_mode_t mode),
           (env, path, flags, mode), ENOMEM)
FAULT_WRAP(int, mdb_env_get_fd, (MDB_env * env, mdb_filehandle_t *fd),
           (env, fd), EINVAL)
FAULT_WRAP(int, mdb_txn_begin,
           (MDB_env * env, MDB_txn *parent, unsigned flags, MDB_txn **txn),
           (env, parent, flags, txn), ENOMEM)
FAULT_WRAP(int, mdb_dbi_open,
           (MDB_txn * txn, const char *name, unsigned flags, MDB_dbi *dbi),
           (txn, name, flags, dbi), MDB_DBS_FULL)
FAULT_WRAP(int, mdb_get,
           (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value),
           (txn, dbi, key, value), MDB_CORRUPTED)
FAULT_WRAP(int, mdb_put,
           (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value,
            unsigned flags),
           (txn, dbi, key, value, flags), MDB_TXN_FULL)
FAULT_WRAP(int, mdb_del,
           (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value),
           (txn, dbi, key, value), ENOMEM)
FAULT_WRAP(int, mdb_cursor_open,
           (MDB_txn * txn, MDB_dbi dbi, MDB_cursor **cursor),
           (txn, dbi, cursor), ENOMEM)
FAULT_WRAP(int, mdb_cursor_get,
           (MDB_cursor * cursor, MDB_val *key, MDB_val *value,
            MDB_cursor_op operation),
           (cursor, key, value, operation), MDB_CORRUPTED)

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

/* A transaction that cannot be committed is gone all the same. */
int
__wrap_mdb_txn_commit(MDB_txn *txn)
{
    if (!fault_strikes("mdb_txn_commit"))
        return __real_mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return ENOSPC;
}

#define GSS_FAILED (*minor = ENOMEM, GSS_S_FAILURE)

FAULT_WRAP(OM_uint32, gss_create_empty_oid_set,
           (OM_uint32 * minor, gss_OID_set *set), (minor, set),
           (*set = GSS_C_NO_OID_SET, GSS_FAILED))
FAULT_WRAP(OM_uint32, gss_add_oid_set_member,
           (OM_uint32 * minor, gss_OID member, gss_OID_set *set),
           (minor, member, set), GSS_FAILED)
FAULT_WRAP(OM_uint32, gss_create_empty_buffer_set,
           (OM_uint32 * minor, gss_buffer_set_t *set), (minor, set),
           (*set = GSS_C_NO_BUFFER_SET, GSS_FAILED))
FAULT_WRAP(OM_uint32, gss_add_buffer_set_member,
           (OM_uint32 * minor, gss_buffer_t member, gss_buffer_set_t *set),
           (minor, member, set), GSS_FAILED)

FAULT_WRAP(int, stringprep,
           (char *in, size_t size, Stringprep_profile_flags flags,
            const Stringprep_profile *profile),
           (in, size, flags, profile), STRINGPREP_MALLOC_ERROR)
