/*
 * Sentences about a file of users: what happened, to which file, and what to
 * do about it. A remedy is one that its reader can use, be it in a
 * server's log or on a terminal, or there is none.
 */
#ifndef STORE_FILE_FAULT_H
#define STORE_FILE_FAULT_H

#include <stdbool.h>

#include "base/sentence.h"
#include "base/status.h"
#include "store/file_line.h"

/*
 * A file could not be opened to be read.
 *
 * @param error  errno
 * @return SCRAM_STORE_ABSENT, SCRAM_STORE_FORBIDDEN, SCRAM_NO_MEMORY or
 *         SCRAM_STORE_FAILED
 */
enum scram_status file_fault_open(const char *path, int error,
                                  struct sentence *why);

/*
 * A file that was open could not be read.
 *
 * @return SCRAM_NO_MEMORY or SCRAM_STORE_FAILED
 */
enum scram_status file_fault_read(const char *path, int error,
                                  struct sentence *why);

/*
 * A file could not be changed, or made.
 *
 * @return SCRAM_STORE_FORBIDDEN, SCRAM_NO_MEMORY or SCRAM_STORE_FAILED
 */
enum scram_status file_fault_write(const char *path, int error,
                                   struct sentence *why);

/* A line is damaged; returns SCRAM_STORE_FAILED. */
enum scram_status file_fault_damage(const char *path, uint64_t number,
                                    enum file_damage damage,
                                    struct sentence *why);

/* Memory is short; returns SCRAM_NO_MEMORY. */
enum scram_status file_fault_memory(struct sentence *why);

#endif
