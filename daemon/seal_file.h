/*
 * The file that the seal's keys are in, so that a restart between the two
 * messages of a login is not noticed: "seal-keys" in the state folder. It is
 * its owner's alone, and a key is in it before it is used.
 *
 *     file = "gss-scramd seal keys 1" LF boot-id LF 1*2( epoch (8) key (32) )
 * LF
 *
 * The clock of the epochs begins anew when the machine starts, and so do the
 * keys: a file of another boot is not taken.
 */
#ifndef DAEMON_SEAL_FILE_H
#define DAEMON_SEAL_FILE_H

#include "base/sentence.h"
#include "daemon/seal.h"

/* Milliseconds of CLOCK_BOOTTIME. */
uint64_t seal_now(void);

/*
 * Read the keys.
 *
 * @param keys  those that are valid at @p now: none where there is no file, or
 *              no such key in it, or something else
 * @param why   what is wrong with the file; empty where nothing is
 */
void seal_file_read(const char *folder, uint64_t now, struct seal_keys *keys,
                    struct sentence *why);

/* Whether it is time for another key. */
bool seal_file_is_due(const struct seal_keys *keys, uint64_t now);

/*
 * Make another key, and write it down with the one before it.
 *
 * @param keys  has the new one first, on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_CRYPTO_FAILED, SCRAM_NO_RESOURCES where it cannot be
 *         written
 */
enum scram_status seal_file_renew(const char *folder, uint64_t now,
                                  struct seal_keys *keys, struct sentence *why);

#endif
