/*
 * What the tests of stores share: a directory for each test, verifiers that
 * are made up and tell whether they are whole, and processes to be started,
 * waited for and killed.
 */
#ifndef STORES_H
#define STORES_H

#include <stdbool.h>
#include <sys/types.h>

#include "store/store.h"
#include "unit.h"

/* The kind of store that tests change and read: files of users, or where it is
 * built so, gss-scramd's own. */
#ifdef STORES_LMDB
#include "daemon/lmdb/store.h"
#define STORES_KINDS STORE_KINDS(&store_lmdb)
#define STORES_SCHEME "lmdb:"
#else
#define STORES_KINDS STORE_KINDS(&store_file_writer)
#define STORES_SCHEME "file:"
#endif

/* Give each test of the case an empty directory. */
void stores_add_fixtures(TCase *tests);

/* Wait until every reader has looked at every path again. */
void stores_wait_seen(void);

/* The path of a file in the test's directory, and its location. Valid until
 * the 32nd that the thread asks for after it. */
const char *stores_path(const char *name);
const char *stores_location(const char *name);

/* Open a store in the test's directory, which has to work. */
struct store *stores_open(const char *name, enum store_mode mode);

/*
 * A verifier for a user, the same whenever it is asked for.
 *
 * @param version  to tell one of a user's verifiers from the next
 */
struct scram_verifier stores_verifier(const char *user, unsigned version);

/* The first version of one for SCRAM-SHA-1. */
struct scram_verifier stores_sha1_verifier(const char *user);

void stores_check_equal(const struct scram_verifier *a,
                        const struct scram_verifier *b);

/* Whether that is a verifier of the user's, whole, and which version. */
bool stores_is_verifier(const struct scram_verifier *verifier, const char *user,
                        unsigned *version);

/* Add, and look up, a made-up verifier. The second says whether it is there,
 * and fails the test when it is there and not whole. */
void stores_add(struct store *store, const char *user, unsigned version);
bool stores_has(struct store *store, const char *user, unsigned version);

/* Write what is in a file over another, which stays the same file otherwise:
 * as cp does it, and whoever restores a backup with it. */
void stores_overwrite(const char *from, const char *to);

/* Look up without a word to Check, for a child or a thread. */
enum scram_status stores_look_up(struct store *store, const char *user,
                                 unsigned *version);

/* Start a process that ends with what @p run returns, 0 to 99. */
pid_t stores_start(int (*run)(void *data), void *data);

/* Wait for a process to end; what it returned, or 100 and more when it was
 * killed. */
int stores_wait(pid_t process);

/* Both. */
int stores_run(int (*run)(void *data), void *data);

/*
 * A process that changes users of a store in the test's directory until it is
 * killed. It says of each change when it begins and when it is done: one that
 * had begun may be done.
 */
#define STORES_USERS 200

struct stores_step {
    unsigned user;    /* below STORES_USERS */
    unsigned version; /* 0: the user is removed; at most 7 */
    bool done;
};

struct stores_writer {
    const char *store;
    uint64_t seed;
    pid_t process;
    int said[2];
};

struct stores_writer stores_writer_start(const char *store, uint64_t seed);
void stores_writer_kill(struct stores_writer *writer,
                        void (*hear)(const struct stores_step *step));

/* A user's name; valid until the next call. */
const char *stores_user(unsigned number);

/* The version of such a user that is in a store, which has to be whole; 0:
 * none. */
unsigned stores_version(struct store *store, unsigned number);

/* Check that iterating shows @p there users, and that a decoy has what all of
 * them have if there are any. */
void stores_check_whole(struct store *store, unsigned there);

/* Seconds of a clock that only goes forward. */
double stores_now(void);

/* Whether it was less than @p seconds ago; waits a little, for a loop. */
bool stores_within(double start, double seconds);

/* Become an account that may do nothing in particular, if this is root. */
void stores_become_nobody(void);

#endif
