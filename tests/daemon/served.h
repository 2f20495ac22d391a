/*
 * gss-scramd as a process of a test's own, with its configuration, its sockets
 * and its state in the test's folder (../unit/stores.h), and a store of users:
 * alice, whose password is "wonderland", and bob, who is disabled. It runs as
 * the account that runs the test.
 */
#ifndef SERVED_H
#define SERVED_H

#include <sys/types.h>

#include "../unit/stores.h"

/* What a child returns where something that has to work did not. */
#define SERVED_BROKEN 90

struct served {
    pid_t pid;
    const char *name; /* tells a test's several ones from each other */
    char broker[108]; /* paths: of its sockets, */
    char admin[108];
    char config[256];    /* its configuration, */
    char state[256];     /* its state, */
    char output[256];    /* and of what it says */
    char debug[256];     /* and shows */
    int (*before)(void); /* called by the process before it is gss-scramd, which
                            it is unless this returns something else than 0 */
};

/* Make the users' store, as file "users" of the test's folder. */
void served_make_users(void);

/*
 * Write the configuration.
 *
 * @param lines  what stands behind [scram]'s store, in whatever sections; a %s
 *               in it is the test's folder
 */
void served_configure(struct served *served, const char *name,
                      const char *lines);

/* Start it, and wait until it serves. */
void served_start(struct served *served);

/* Make, configure and start, with nothing special. */
void served_begin(struct served *served);

/* Give each test one such, in a directory of its own, that ends after it. */
void served_add_fixtures(TCase *tests, struct served *served);

/*
 * Run a program of the build until it ends.
 *
 * @param variable   is set to @p value for it
 * @param arguments  as a shell has them
 * @param text       gets what it says
 * @return its exit status
 */
int served_run(const char *program, const char *variable, const char *value,
               const char *arguments, char *text, size_t size);

/* What the kernel says of a process, in a file of its /proc; valid until the
 * next call. */
const char *served_proc(pid_t process, const char *file);

/* Listen at a path by a certain descriptor, as systemd does it, and have the
 * program that this process becomes believe it; false where that fails. */
bool served_listen(const char *path, int number);
void served_hand_over(int count);

/* Have it end, which it has to do by itself; or kill it. */
void served_stop(struct served *served);
void served_kill(struct served *served);

/* Have it read its configuration, and wait until it says that it has, or why
 * not. */
void served_reload(struct served *served);

/* Wait until what it says, or shows, has @p text in it. */
void served_wait_said(const struct served *served, const char *text);
void served_wait_shown(const struct served *served, const char *text);

/* What it says, or shows; valid until the next call. */
const char *served_said(const struct served *served);
const char *served_shown(const struct served *served);

/* Whether a program that it would execute had none of its descriptors but the
 * standard ones. */
bool served_keeps_none(const struct served *served);

/* Become another account for good, in a child; it ends where that fails. */
void served_become(uid_t uid, gid_t gid);

/* An account that has no section, no group and most likely no name. */
#define SERVED_STRANGER 61234
#define SERVED_OTHER 61235

#endif
