/*
 * Reading a file of users from its beginning to its end, line by line, with
 * everything checked that one line or its neighbour shows.
 */
#ifndef STORE_FILE_SCAN_H
#define STORE_FILE_SCAN_H

#include <sys/types.h>

#include "store/file_line.h"

/* What was met. */
struct file_scan {
    int fd;
    uint64_t number;         /* the line's, from 1 */
    off_t at;                /* where it begins */
    size_t len;              /* with its LF */
    enum file_damage damage; /* FILE_SOUND while there is none */
    int error;               /* errno, where the system was at fault */
    struct secret_key decoy_key;
};

/*
 * One call for each line with a user; anything but SCRAM_OK ends the reading
 * and is returned by it.
 */
typedef enum scram_status file_scan_visit(void *data,
                                          const struct file_scan *scan,
                                          const struct file_line *line);

/*
 * Read a file.
 *
 * @param scan  has fd; wipe its decoy key afterwards
 * @return SCRAM_OK; SCRAM_STORE_FAILED with a damage or an error in @p scan;
 *         SCRAM_NO_MEMORY; what @p visit ended it with
 */
enum scram_status file_scan(struct file_scan *scan, file_scan_visit *visit,
                            void *data);

#endif
