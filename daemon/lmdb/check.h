/*
 * Whether a file is one that LMDB can use. LMDB trusts its file: a number in a
 * page that leads out of it, or in a circle, is a crash. So each page is looked
 * at before LMDB opens the file, without mapping it: where it stands, what it
 * says that it is, that its nodes lie within it and in order, that no page has
 * two uses and none is both used and free.
 */
#ifndef DAEMON_LMDB_CHECK_H
#define DAEMON_LMDB_CHECK_H

#include "base/sentence.h"
#include "base/status.h"

/*
 * Check a file that is not empty.
 *
 * @param path  for the sentence
 * @return SCRAM_OK, SCRAM_STORE_FAILED, SCRAM_NO_MEMORY
 */
enum scram_status lmdb_check(const char *path, int fd, struct sentence *why);

#endif
