/*
 * The throttle's table, in a file that is mapped shared: what is written to it
 * outlives the process, but not the file system of /run.
 *
 * The file is 0600 and in a folder of this account's own. Its numbers are still
 * taken for what they may be, anything: each is bounded where it is used.
 */
#ifndef DAEMON_THROTTLE_FILE_H
#define DAEMON_THROTTLE_FILE_H

#include <stdint.h>

#include "base/sentence.h"
#include "base/status.h"

#define THROTTLE_SETS (1u << 17)
#define THROTTLE_WAYS 4      /* a set is one line of the processor's cache */
#define THROTTLE_KEY_LEN 16  /* bytes of a SipHash key */
#define THROTTLE_HEADER 4096 /* bytes before the sets: a page */

struct throttle_entry {
    uint64_t id;      /* SipHash of account and user */
    uint64_t full_at; /* when nothing is missing any more, in ms of the clock */
};

struct throttle_table {
    char form[16];
    uint8_t key[THROTTLE_KEY_LEN];
    uint64_t latest; /* when an entry was last written, in ms of the clock */
    uint8_t unused[THROTTLE_HEADER - 16 - THROTTLE_KEY_LEN - 8];
    struct throttle_entry sets[THROTTLE_SETS][THROTTLE_WAYS];
};

/*
 * Map a table's file. One that is not there is made, and one that does not fit
 * is replaced by an empty one: another form or size, another owner or mode, a
 * time that is still to come, as the machine was started anew.
 *
 * @param path   in a folder that nobody else may write to
 * @param now    ms of the clock
 * @param table  set on SCRAM_OK alone; release it with throttle_file_unmap
 * @param why    on failure a sentence with the path; on SCRAM_OK empty, or what
 *               did not fit
 * @return SCRAM_OK, SCRAM_NO_RESOURCES when the file cannot be made
 */
enum scram_status throttle_file_map(const char *path, uint64_t now,
                                    struct throttle_table **table,
                                    struct sentence *why);

/* Release a mapping; the file stays. NULL is none. */
void throttle_file_unmap(struct throttle_table *table);

#endif
