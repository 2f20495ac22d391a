/*
 * A change of a file of users: what is to be in it, and then the new file,
 * which is written beside the old one and takes its place whole. One writer at
 * a time has the lock (store/file_place.h) from the beginning to the end.
 *
 * A change that changes nothing writes nothing.
 */
#ifndef STORE_FILE_DRAFT_H
#define STORE_FILE_DRAFT_H

#include "store/file_shared.h"
#include "store/store.h"

struct file_draft;

/*
 * Begin to change the file that is at the path.
 *
 * @param make   whether there may be none, or an empty one: an empty store is
 *               made then, even when nobody is put into it
 * @param draft  set on SCRAM_OK alone; release it with file_draft_drop
 * @return SCRAM_OK, or as store_open does
 */
enum scram_status file_draft_begin(struct file_shared *shared, bool make,
                                   struct file_draft **draft,
                                   struct sentence *why);

/*
 * Put a verifier, or leave everything as it was.
 *
 * @param user      1 to SCRAM_USER_MAX bytes in SASLprep's form
 * @param verifier  one that can be written
 * @return SCRAM_OK; SCRAM_USER_EXISTS or SCRAM_NO_USER without a sentence;
 *         SCRAM_BAD_ARGUMENT for a line that would be too long;
 *         SCRAM_STORE_FAILED, SCRAM_NO_MEMORY
 */
enum scram_status file_draft_put(struct file_draft *draft, struct slice user,
                                 const struct scram_verifier *verifier,
                                 enum store_put how, struct sentence *why);

/*
 * Let a user have these verifiers and no others.
 *
 * @param count  0: none
 * @param how    as for store_set
 * @return as file_draft_put
 */
enum scram_status file_draft_set(struct file_draft *draft, struct slice user,
                                 const struct scram_verifier *verifiers,
                                 size_t count, enum store_put how,
                                 struct sentence *why);

/*
 * Write the new file, and put it in its place.
 *
 * @return SCRAM_OK once it is on disk, or when there was nothing to change;
 *         otherwise the old one is there as it was
 */
enum scram_status file_draft_publish(struct file_draft *draft,
                                     struct sentence *why);

/* Leave the place to others; NULL is none. */
void file_draft_drop(struct file_draft *draft);

#endif
