/*
 * A store: where verifiers live, by user and mechanism. A location says which
 * kind of store, and where: "file:/srv/users", or a directory,
 * "ldap://ldap.example.org". What else a kind needs is in the configuration.
 *
 * A directory has no transactions that more than one user is in: there, what is
 * said of one below holds for each user by itself, and store_begin and
 * store_commit do nothing. Nor does it make entries: a user is put into one
 * that is there.
 *
 * An open store may be used by any number of threads at once, and by the
 * children of the process that opened it.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"
#include "scram/verifier.h"

struct store; /* begins every kind's own struct; see struct store_ops */

enum store_mode {
    STORE_READ, /* look up and iterate; the account need not be able to write */
    STORE_WRITE, /* put and remove too, in a store that is there */
    STORE_CREATE /* the same, and make the store if it is not there */
};

/* What store_put does when the verifier is there already, or is not. */
enum store_put {
    STORE_ADD,     /* SCRAM_USER_EXISTS when it is there */
    STORE_REPLACE, /* SCRAM_NO_USER when it is not */
    STORE_EITHER   /* puts it all the same */
};

/* One of many verifiers that store_put_many puts. */
struct store_entry {
    struct slice user; /* SASLprep'd */
    const struct scram_verifier *verifier;
    enum scram_status status; /* what became of it */
};

/*
 * One call for each verifier, all of a user's one after the other, in an order
 * of users and mechanisms that stays the same; anything but SCRAM_OK ends the
 * iteration and is returned by it. The arguments are valid until it returns. It
 * must not use any store.
 */
typedef enum scram_status store_visit(void *data, struct slice user,
                                      const struct scram_verifier *verifier);

/* What is to become of what a user has beside keys, with all mechanisms. */
struct store_edit {
    unsigned what; /* bits of those below; the rest stays as it is */
    bool enabled;
    uint64_t expires; /* as struct scram_verifier has it */
    struct groups groups;
};

enum {
    STORE_EDIT_ENABLED = 1,
    STORE_EDIT_EXPIRES = 2,
    STORE_EDIT_GROUPS = 4,
    STORE_EDIT_ALL = 7 /* bits that there are */
};

/* What is to become of one user. */
struct store_change {
    struct slice user;                      /* SASLprep'd */
    const struct scram_verifier *verifiers; /* what the user gets, for different
                                               mechanisms */
    size_t count;
    bool whole;         /* whatever else the user has goes */
    enum store_put how; /* by whether the user has anything, if it is whole, or
                           anything for those mechanisms */
};

/* Changes that are on disk together, or not at all. Begins every kind's own. */
struct store_transaction {
    struct store *store;
};

/*
 * What a kind of store provides: its schemes; look_up, mark_stale, iterate and
 * close as they are below; and what changes it, which a kind that only reads
 * has not. mark_stale may be NULL, where nothing is remembered.
 */
struct store_ops {
    const char *schemes[4]; /* up to the first NULL */

    /* @param location  with its scheme */
    enum scram_status (*open)(struct slice location, enum store_mode mode,
                              struct store **store, struct sentence *why);
    /* @param salted  whether store_look_up asks, or store_look_up_keys */
    enum scram_status (*look_up)(struct store *store,
                                 enum scram_mechanism mechanism,
                                 struct slice user, bool salted,
                                 struct scram_verifier *verifier,
                                 struct sentence *why);
    void (*mark_stale)(struct store *store, struct slice user);
    enum scram_status (*iterate)(struct store *store, store_visit *visit,
                                 void *data, struct sentence *why);
    void (*close)(struct store *store);

    /*
     * Wait until nobody else writes.
     *
     * @param transaction  set on SCRAM_OK alone; end it
     */
    enum scram_status (*begin)(struct store *store,
                               struct store_transaction **transaction,
                               struct sentence *why);

    /*
     * Make a change that is in order (store_check_user), or leave all as it
     * was. What the user has is looked at first: see store_may_change.
     */
    enum scram_status (*change)(struct store_transaction *transaction,
                                const struct store_change *change,
                                struct sentence *why);

    /* End a transaction: keep all that was changed in it, or nothing. */
    enum scram_status (*end)(struct store_transaction *transaction, bool keep,
                             struct sentence *why);

    /* Edit a user: of a kind that looks verifiers up without their keys, so
     * that they cannot be put again; NULL in others. */
    enum scram_status (*edit)(struct store *store, struct slice user,
                              const struct store_edit *edit,
                              struct sentence *why);
};

/* An open store. A kind's open sets ops and name, and store_open the rest. */
struct store {
    const struct store_ops *ops;
    const char *name; /* for people; its kind's, for as long as it is open */
    bool writable;
    bool in_transaction; /* between store_begin and store_commit */
    struct store_transaction *transaction; /* begun since; NULL: none */
};

/*
 * The kinds that there are. A program names those that it has, in a table that
 * NULL ends, and is linked with no others. The first reads files of users, the
 * second changes them too.
 */
extern const struct store_ops store_file_reader, store_file_writer;

typedef const struct store_ops *const *store_kinds;

#define STORE_KINDS(...) ((const struct store_ops *const[]){__VA_ARGS__, NULL})

/*
 * Open a store.
 *
 * @param kinds     those that the program has; used until this returns
 * @param location  scheme:rest, NUL-terminated
 * @param store     set on SCRAM_OK alone; release it with store_close
 * @param why       a sentence with the path, the account and the reason on
 *                  failure; may be NULL
 * @return SCRAM_OK, SCRAM_BAD_LOCATION, SCRAM_STORE_ABSENT,
 *         SCRAM_STORE_FORBIDDEN (a program whose kind only reads may not change
 *         it, either), SCRAM_STORE_FAILED, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status store_open(store_kinds kinds, const char *location,
                             enum store_mode mode, struct store **store,
                             struct sentence *why);

/*
 * Look up one user's verifier for one mechanism.
 *
 * @param user      SASLprep'd, 1 to SCRAM_USER_MAX bytes
 * @param verifier  set on SCRAM_OK, and on SCRAM_NO_USER to a decoy
 *                  (scram_verifier_decoy) that an exchange may go on with; the
 *                  two cost the same time
 * @return SCRAM_OK, also for one that is not enabled; SCRAM_NO_USER,
 *         SCRAM_BAD_ARGUMENT; or as store_open does, when the store has to be
 *         opened anew: in a child, or when another has taken its place
 */
enum scram_status store_look_up(struct store *store,
                                enum scram_mechanism mechanism,
                                struct slice user,
                                struct scram_verifier *verifier,
                                struct sentence *why);

/*
 * The same for the keys alone, once salt and count have been sent:
 * what stands in for a user who is not there may have neither then, is
 * not enabled, and costs the same time again.
 *
 * @param why  also set on SCRAM_OK, where a user of whom something makes no
 *             sense counts as expired
 */
enum scram_status store_look_up_keys(struct store *store,
                                     enum scram_mechanism mechanism,
                                     struct slice user,
                                     struct scram_verifier *verifier,
                                     struct sentence *why);

/*
 * Say that a user's proof was wrong by what was looked up: a store that
 * remembers users looks them up anew the next time, as the password may have
 * changed.
 */
void store_mark_stale(struct store *store, struct slice user);

/*
 * Put one verifier, in one transaction: once this returns SCRAM_OK it is on
 * disk, and it is there whole or not at all. It may take as long as copying
 * the store does: many are put faster by store_put_many, or together.
 *
 * @param user  SASLprep'd, 1 to SCRAM_USER_MAX bytes
 * @return SCRAM_OK, SCRAM_USER_EXISTS, SCRAM_NO_USER, SCRAM_BAD_ARGUMENT,
 *         SCRAM_STORE_FORBIDDEN (opened with STORE_READ, or a directory does
 *         not let this account), SCRAM_STORE_FAILED, SCRAM_STORE_ABSENT (no
 *         server of a directory answers); or as store_look_up does
 */
enum scram_status store_put(struct store *store, struct slice user,
                            const struct scram_verifier *verifier,
                            enum store_put how, struct sentence *why);

/*
 * Put many verifiers, in one transaction: each as store_put does, or not at
 * all. Others who write wait meanwhile.
 *
 * @param entries  the status of each is set on SCRAM_OK: SCRAM_OK, or
 *                 SCRAM_USER_EXISTS, SCRAM_NO_USER or SCRAM_BAD_ARGUMENT for
 *                 one that was not put
 * @return SCRAM_OK once all that could be put are on disk; otherwise as
 *         store_put does, and nothing was put
 */
enum scram_status store_put_many(struct store *store,
                                 struct store_entry *entries, size_t count,
                                 enum store_put how, struct sentence *why);

/*
 * Put all that a user is to have, in one transaction: whatever other verifiers
 * the user had are gone with it.
 *
 * @param verifiers  for different mechanisms, at least one
 * @param how        STORE_ADD: SCRAM_USER_EXISTS when the user has any;
 *                   STORE_REPLACE: SCRAM_NO_USER when the user has none;
 *                   STORE_EITHER: neither
 * @return as store_put
 */
enum scram_status store_set(struct store *store, struct slice user,
                            const struct scram_verifier *verifiers,
                            size_t count, enum store_put how,
                            struct sentence *why);

/*
 * Remove all of a user's verifiers, in one transaction.
 *
 * @return as store_put, but for SCRAM_USER_EXISTS
 */
enum scram_status store_remove(struct store *store, struct slice user,
                               struct sentence *why);

/*
 * Make what follows together, up to store_commit, one change: it is on disk
 * when that returns SCRAM_OK, whole, and otherwise nothing of it is; nor is it
 * looked up before. Others who write wait from the first of it on. One thread
 * changes the store meanwhile, and does not fork.
 */
void store_begin(struct store *store);

/*
 * End what store_begin began. A store that is closed instead has none of it.
 *
 * @return as store_put
 */
enum scram_status store_commit(struct store *store, struct sentence *why);

/*
 * Visit every verifier, as they were at one moment.
 *
 * @return SCRAM_OK, what @p visit ended it with, SCRAM_STORE_FAILED; or as
 *         store_look_up does
 */
enum scram_status store_iterate(struct store *store, store_visit *visit,
                                void *data, struct sentence *why);

/* Close a store; NULL is one that is closed. */
void store_close(struct store *store);

/*
 * What every kind of store refuses to look up, or to put; for callers that ask
 * one in other ways than by the functions above, which check it.
 *
 * @return SCRAM_OK, SCRAM_BAD_ARGUMENT with a sentence
 */
enum scram_status store_check_user(struct slice user, struct sentence *why);
enum scram_status store_check_put(struct slice user,
                                  const struct scram_verifier *verifier,
                                  struct sentence *why);

/* Whether an edit names what there is, and nothing that no store takes. */
enum scram_status store_check_edit(const struct store_edit *edit,
                                   struct sentence *why);

/* Let a verifier have what an edit says. */
void store_edit_apply(const struct store_edit *edit,
                      struct scram_verifier *verifier);

/*
 * Let a new verifier keep what an old one of the same user says, so that nobody
 * is let in by it who was not, and what it does not say itself stays.
 */
void store_keep(const struct scram_verifier *old, struct scram_verifier *new);

/*
 * For kinds: whether a change may be made.
 *
 * @param has  whether the user has anything that how is by
 * @return SCRAM_OK; SCRAM_USER_EXISTS or SCRAM_NO_USER with a sentence
 */
enum scram_status store_may_change(const struct store *store,
                                   const struct store_change *change, bool has,
                                   struct sentence *why);

#endif
