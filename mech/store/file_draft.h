/*
 * A change of a file of users: what is to be in it (store/file_change.c), and
 * then the new file, which is written beside the old one and takes its place
 * whole. One writer at a time has the lock (store/file_place.h) from the
 * beginning to the end.
 *
 * A change that changes nothing writes nothing.
 */
#ifndef STORE_FILE_DRAFT_H
#define STORE_FILE_DRAFT_H

#include "store/file_changes.h"
#include "store/file_place.h"
#include "store/file_shared.h"
#include "store/store.h"

struct file_draft {
    struct store_transaction transaction;
    struct file_shared *shared;
    const char *path;
    pid_t process; /* that made it */
    struct file_place place;
    struct file_image *old; /* NULL: there is none */
    file_changes changes;
    char changed[sizeof(" changed=2026-11-29")];
    struct file_text texts[SCRAM_MECHANISMS]; /* lines that were found are in */
};

/* Whether the image is the very file that is in the place: 0 or an errno. */
int file_draft_check_old(const struct file_draft *draft);

/*
 * Write the new file, and put it in its place.
 *
 * @return SCRAM_OK once it is on disk, or when there was nothing to change;
 *         otherwise the old one is there as it was
 */
enum scram_status file_draft_publish(struct file_draft *draft,
                                     struct sentence *why);

#endif
