/*
 * Whether a daemon is the one that it is taken for: nobody but root, the
 * account that asks and the daemon's own may have put its socket there.
 */
#ifndef ASK_PEER_H
#define ASK_PEER_H

#include <sys/types.h>

#include "base/sentence.h"

/*
 * Look at the folders above a socket: each is root's or the account's, and
 * nobody else may write to it. The last may be another account's, the
 * listener's, where the one above it is as said. A folder with the sticky bit,
 * in which accounts cannot touch each other's files, may be written to by
 * others; what is in it has to be root's or the account's then.
 *
 * @param uid    the account
 * @param owner  of the last folder; set on 0 alone
 * @param why    a sentence on ASK_NOT_TRUSTED; may be NULL
 * @return 0, ASK_NOT_TRUSTED, or an errno for a path that leads nowhere
 */
int ask_peer_folders(const char *path, uid_t uid, uid_t *owner,
                     struct sentence *why);

#define ASK_NOT_TRUSTED (-1) /* beside errno's */

/*
 * Look who listens at the other end: root, the folder's owner, or the account.
 *
 * @return 0, ASK_NOT_TRUSTED
 */
int ask_peer_listener(int fd, const char *path, uid_t uid, uid_t owner,
                      struct sentence *why);

#endif
