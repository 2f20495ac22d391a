/*
 * A new file of users on its way to the disk: pieces of the old one, and lines.
 */
#ifndef STORE_FILE_WRITE_H
#define STORE_FILE_WRITE_H

#include <sys/types.h>

#include "base/slice.h"
#include "store/file_place.h"

struct file_writer;

/*
 * Make the file, for this account alone, whatever is in its place: the lock is
 * held, so that it is no living writer's.
 *
 * @param writer  set on 0 alone; release it with file_write_end
 * @return 0 or an errno
 */
int file_write_begin(const struct file_place *place,
                     struct file_writer **writer);

/* Append some bytes; 0 or an errno. EFBIG where it may not become that long
 * (RLIMIT_FSIZE), which would otherwise raise SIGXFSZ. */
int file_write_bytes(struct file_writer *writer, struct slice bytes);

/* Append what stands in another file from one place to another; 0 or an
 * errno, ESTALE when it ends before. */
int file_write_piece(struct file_writer *writer, int from, off_t start,
                     off_t end);

/* Write what is still in memory. Returns 0 or an errno. */
int file_write_flush(struct file_writer *writer);

int file_write_fd(const struct file_writer *writer);

/* Close the file; NULL is none. */
void file_write_end(struct file_writer *writer);

#endif
