/* Writing that raises no signal. */
#ifndef BASE_FILE_WRITE_H
#define BASE_FILE_WRITE_H

#include <sys/types.h>

#include "base/slice.h"

/*
 * write(2), but where it would raise SIGXFSZ (RLIMIT_FSIZE, as systemd's
 * LimitFSIZE= sets it) or SIGPIPE, of either of which the program would die, it
 * returns -1 with EFBIG or EPIPE in errno and that is all.
 *
 * The signal is for the thread that writes, so it is blocked in this thread for
 * as long as the call takes, and taken from it. Nothing else keeps it away: the
 * disposition is the whole process', and comparing the limit with the file's
 * size first leaves a moment in which others append or the limit changes.
 */
ssize_t file_write(int file, struct slice bytes);

#endif
