/*
 * A credentials file as a file: the checks before it is trusted.
 */
#ifndef BASE_CREDENTIALS_FILE_H
#define BASE_CREDENTIALS_FILE_H

#include "base/credentials.h"

/*
 * Read the whole of an open file, after a look at whose it is.
 *
 * @param path  for sentences
 * @param text  set on SCRAM_OK alone; wipe it with secret_clear
 * @return SCRAM_OK, SCRAM_BAD_CONFIG, SCRAM_NO_MEMORY
 */
enum scram_status credentials_file_read(const char *path, int fd,
                                        struct secret *text,
                                        struct sentence *why);

/* Say why something cannot be done with a file or folder, from an errno:
 * "cannot read PATH as alice: ...". */
enum scram_status credentials_file_failed(const char *what, const char *path,
                                          int error, struct sentence *why);

#endif
