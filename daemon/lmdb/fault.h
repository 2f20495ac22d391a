/*
 * Sentences about gss-scramd's own store: what happened, to which file, and
 * what to do about it.
 */
#ifndef DAEMON_LMDB_FAULT_H
#define DAEMON_LMDB_FAULT_H

#include "base/sentence.h"
#include "base/status.h"

/*
 * LMDB, or the system, did not do something with the store.
 *
 * @param verb  "open", "read" or "write"
 * @param rc    LMDB's number, or errno's
 * @return SCRAM_STORE_ABSENT, SCRAM_STORE_FORBIDDEN, SCRAM_NO_MEMORY or
 *         SCRAM_STORE_FAILED
 */
enum scram_status lmdb_fault(const char *path, const char *verb, int rc,
                             struct sentence *why);

/*
 * The file is not what it should be: SCRAM_STORE_FAILED.
 *
 * @param what  what is wrong, a sentence's end: "has a page ..."
 */
enum scram_status lmdb_fault_damage(const char *path, const char *what,
                                    struct sentence *why);

/* Another file is at the path than the one that is open: SCRAM_STORE_FAILED. */
enum scram_status lmdb_fault_replaced(const char *path, struct sentence *why);

/* Memory is short: SCRAM_NO_MEMORY. */
enum scram_status lmdb_fault_memory(struct sentence *why);

#endif
