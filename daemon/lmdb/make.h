/*
 * A new store.
 */
#ifndef DAEMON_LMDB_MAKE_H
#define DAEMON_LMDB_MAKE_H

#include "base/sentence.h"
#include "base/status.h"

/*
 * Make an empty store where nothing is. It is made beside its place and moved
 * there when it is on disk, so that there is a whole one or none.
 *
 * @return SCRAM_OK, also when another was quicker; SCRAM_STORE_ABSENT (no such
 *         folder), SCRAM_STORE_FORBIDDEN, SCRAM_STORE_FAILED,
 *         SCRAM_CRYPTO_FAILED, SCRAM_NO_MEMORY
 */
enum scram_status lmdb_make(const char *path, struct sentence *why);

#endif
