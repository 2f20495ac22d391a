#include "ask/peer.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* A folder on the way to the socket. */
struct folder {
    const char *path;
    bool last;
    bool in_sticky; /* where it is, others may make files, if not touch it */
    bool sticky;    /* and so they may in here */
};

static int
ask_peer_judge(struct folder *f, uid_t uid, const struct stat *st,
               struct sentence *why)
{
    bool trusted = st->st_uid == 0 || st->st_uid == uid;
    bool open = (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;

    f->sticky = open && (st->st_mode & S_ISVTX) != 0;
    if ((trusted || (f->last && !f->in_sticky)) && (!open || f->sticky))
        return 0;
    sentence_write(
        why,
        "the directory %s, which the socket is in, is not trusted: it "
        "belongs to uid %lu%s. It has to be root's or this "
        "account's, and nobody else may write to it",
        f->path, (unsigned long)st->st_uid,
        open ? ", and others may write to it" : "");
    return ASK_NOT_TRUSTED;
}

int
ask_peer_folders(const char *path, uid_t uid, uid_t *owner,
                 struct sentence *why)
{
    char folder[PATH_MAX], resolved[PATH_MAX];
    size_t len = (size_t)(strrchr(path, '/') - path);
    struct folder f = {.path = folder};
    int error;
    struct stat st;

    memcpy(folder, path, len);
    strcpy(folder + len, len == 0 ? "/" : "");
    /* From here on no part of it is a symbolic link. */
    if (realpath(folder, resolved) == NULL)
        return errno;
    strcpy(folder, "/");
    for (len = 0;; len += 1 + strcspn(resolved + len + 1, "/")) {
        if (len != 0) {
            memcpy(folder, resolved, len);
            folder[len] = '\0';
        }
        f.last = resolved[len] == '\0' || resolved[1] == '\0';
        f.in_sticky = f.sticky;
        if (lstat(folder, &st) != 0)
            return errno;
        error = ask_peer_judge(&f, uid, &st, why);
        if (error != 0)
            return error;
        if (f.last)
            break;
    }
    *owner = st.st_uid;
    return 0;
}

int
ask_peer_listener(int fd, const char *path, uid_t uid, uid_t owner,
                  struct sentence *why)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
        (peer.uid == 0 || peer.uid == owner || peer.uid == uid))
        return 0;
    sentence_write(why,
                   "what listens at %s runs as uid %lu, and is neither root's, "
                   "nor this account's, nor that of the directory's owner",
                   path, (unsigned long)peer.uid);
    return ASK_NOT_TRUSTED;
}
