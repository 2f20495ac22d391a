/*
 * The keys that this process has derived from passwords. Deriving them is slow
 * by intention, and a user meets the same salt each time that they come to the
 * same server: it is done once for a salt and a password, for the last few of
 * them, whichever credential has the password.
 *
 * What is kept is known by an HMAC of what it was derived from, under a random
 * key of this process. A reader of both could guess at a password quickly, and
 * could read where the password is just as well: what is derived for a
 * credential is wiped with it, and what is kept for longer is of a file.
 */
#ifndef PROVE_KEYS_H
#define PROVE_KEYS_H

#include "scram/keys.h"

#define PROVE_KEYS_MAX 64

/* Whose keys are kept for as long as the process lives. */
#define PROVE_KEYS_OF_PROCESS 0

/*
 * scram_keys_derive, or what it came to before. Any number of threads may call
 * this; of those that want the same, one derives it and the others wait.
 *
 * @param owner  whose they are from now on; PROVE_KEYS_OF_PROCESS, or a number
 *               that one owner has
 */
enum scram_status prove_keys_find(uint64_t owner,
                                  enum scram_mechanism mechanism,
                                  struct slice password, struct slice salt,
                                  uint32_t iterations, struct scram_keys *keys);

/* Wipe the keys of an owner. */
void prove_keys_forget(uint64_t owner);

#endif
