/*
 * The files of users that this process has open, each once for all who name it
 * by one path under one effective uid, and kept when nobody does for a while:
 * reading a file through is what opening a store costs.
 *
 * A reader takes the image that there is, and holds it for one act. When
 * another file is at the path, one thread reads that through while the others
 * go on with the image before; the thread that lets go of an image last closes
 * it, and holds no lock then.
 *
 * A fork may come at any moment. In the child the locks are free; what a thread
 * of the parent held then stays open in the child, and is not released.
 */
#ifndef STORE_FILE_SHARED_H
#define STORE_FILE_SHARED_H

#include "store/file_image.h"

/*
 * How old what a reader knows of a path may be, in milliseconds, and in ticks
 * of the coarse clock beside. To look is a stat(2); a busy server does it every
 * few milliseconds for nothing. A writer waits as long, so that a user whom a
 * command has disabled is out when the command ends.
 */
#define FILE_LOOK_INTERVAL 4

/* A newer file is read not before so many times what the last reading took, in
 * CPU time: a store that changes all the time costs a server one twentieth. */
#define FILE_READ_PAUSE 20

struct file_shared;

/*
 * Find what is shared of a path, or begin to share it.
 *
 * @param path    absolute
 * @param shared  set on SCRAM_OK alone; release it with file_shared_leave
 * @return SCRAM_OK, SCRAM_NO_MEMORY
 */
enum scram_status file_shared_join(struct slice path,
                                   struct file_shared **shared,
                                   struct sentence *why);

void file_shared_leave(struct file_shared *shared);

const char *file_shared_path(const struct file_shared *shared);

/*
 * Take the image of the file that is at the path, or was some milliseconds ago.
 *
 * @param image  set on SCRAM_OK alone; release it with file_image_release
 * @return SCRAM_OK, or as file_image_open
 */
enum scram_status file_shared_take(struct file_shared *shared,
                                   struct file_image **image,
                                   struct sentence *why);

/*
 * Have the next who takes an image look at the path, and wait until the file
 * there has been read: this process has changed it, or has found that the image
 * is not what is in the file.
 *
 * @param unusable  an image that nobody is to be given any more; may be NULL
 */
void file_shared_renew(struct file_shared *shared,
                       const struct file_image *unusable);

/* Wait until every reader, in any process, has looked at every path again. */
void file_shared_wait_seen(void);

#endif
