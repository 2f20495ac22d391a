/*
 * A small file that holds a secret and is its owner's alone: the password that
 * a server binds to a directory with, for example.
 */
#ifndef BASE_PRIVATE_FILE_H
#define BASE_PRIVATE_FILE_H

#include "base/secret.h"
#include "base/sentence.h"
#include "base/status.h"

#define PRIVATE_FILE_MAX 4096 /* bytes of one */

/*
 * Read such a file. What everybody, or a group, may read or write is refused.
 *
 * @param contents  set on SCRAM_OK alone, without the newline at its end;
 *                  release it with secret_clear
 * @param why       a sentence with the path on failure; may be NULL
 * @return SCRAM_OK, SCRAM_BAD_CONFIG, SCRAM_NO_MEMORY
 */
enum scram_status private_file_read(const char *path, struct secret *contents,
                                    struct sentence *why);

#endif
