/*
 * Stores of any number of users, all of whom have the same password, salt and
 * so the same keys: what an acceptor does takes as long as with keys of their
 * own, and who plays the clients has them at hand.
 */
#ifndef USERS_H
#define USERS_H

#include "scram/keys.h"
#include "store/store.h"

#define USERS_PASSWORD "password"
#define USERS_SALT "0123456789abcdef"
#define USERS_ITERATIONS 4096

/* Long enough for a name: "user" and eight digits. */
struct user_name {
    char text[16];
};

struct user_name user_name(unsigned number);

/* A number that the next call's does not follow from; @p state is the
 * caller's. */
unsigned user_random(uint64_t *state);

/* The keys of all users; derived by the first call. */
const struct scram_keys *users_keys(void);

/* The verifier of all users. */
struct scram_verifier users_verifier(void);

/* Make a store of so many users, numbered from 0, and "bench" beside them. */
void users_make_at(const struct store_ops *kind, const char *location,
                   unsigned count);

/*
 * Make one in a file, in the folder that the environment names.
 *
 * @return its location, to be freed
 */
char *users_make(unsigned count);

#endif
