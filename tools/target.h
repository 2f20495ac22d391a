/*
 * What a command for users works on: a store, and the user who was named.
 */
#ifndef TARGET_H
#define TARGET_H

#include "options.h"
#include "store/store.h"
#include "text.h"

/* The kinds of store that the command has, ended by NULL. */
extern const struct store_ops *const target_kinds[];

struct target {
    char *location;
    bool configured; /* by the configuration, not --store */
    uint8_t user_bytes[SCRAM_USER_MAX];
    struct slice user;  /* SASLprep'd; in user_bytes */
    struct shown shown; /* the same, for people */
    struct store *store;
};

void target_clear(struct target *target);

#define CLEANUP_TARGET __attribute__((cleanup(target_clear)))

/*
 * Find out where the store is.
 *
 * @param target  zeroed; cleared by the caller in any case
 * @return EXIT_DONE, or what the command exits with; it is said why then
 */
int target_locate(const struct options *options, struct target *target);

/*
 * Prepare the user's name, and say so if that changes it.
 *
 * @param new  for a user who is to be stored, not looked up
 */
int target_name(const struct options *options, bool new, struct target *target);

/* Open the store that was located; returns what store_open does. */
enum scram_status target_try(struct target *target, enum store_mode mode,
                             struct sentence *why);

/* The same, for a store that should be there. */
int target_open(struct target *target, enum store_mode mode);

/* All three, for a user who should be in the store. */
int target_find(const struct options *options, enum store_mode mode,
                struct target *target);

/* Whether a location is that of a directory. */
bool target_is_directory(const char *location);

/* Say that the user is not in the store. */
int target_unknown(const struct target *target);

#endif
