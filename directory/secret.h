/*
 * The secret that decoys for unknown users are made with (struct scram_decoys).
 * A directory is no place for it: a reader of entries would read it. It is
 * what ldap_decoy_key_file holds, the same file on each host that serves the
 * same users. Without the file it is made of the machine's id, so that decoys
 * are the same in all processes of a host and after each start; on two hosts
 * they differ then, and who compares them learns that a user is unknown.
 *
 * It is not made of the password that the server binds with, which hosts have
 * in common too: a decoy's salt goes to everybody, and would be something to
 * try passwords on.
 */
#ifndef DIRECTORY_SECRET_H
#define DIRECTORY_SECRET_H

#include "base/sentence.h"
#include "scram/verifier.h"

/*
 * @param path   of ldap_decoy_key_file; "" where there is none
 * @param decoys set on SCRAM_OK alone; release it with scram_decoys_free
 * @return SCRAM_OK, SCRAM_BAD_CONFIG, SCRAM_NO_MEMORY, SCRAM_CRYPTO_FAILED
 */
enum scram_status ldap_secret_decoys(const char *path,
                                     struct scram_decoys **decoys,
                                     struct sentence *why);

#endif
