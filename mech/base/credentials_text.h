/*
 * The text of a credentials file, without the file: taking it apart, and
 * writing an entry down.
 */
#ifndef BASE_CREDENTIALS_TEXT_H
#define BASE_CREDENTIALS_TEXT_H

#include "base/credentials.h"
#include "base/ini.h"

/*
 * Parse a file's text.
 *
 * @param path         for sentences
 * @param text         handed over, also on failure; what stands in quotes is
 *                     unescaped in its place
 * @param credentials  set on SCRAM_OK alone
 * @return SCRAM_OK, SCRAM_BAD_CONFIG, SCRAM_NO_MEMORY
 */
enum scram_status credentials_parse(const char *path, struct secret *text,
                                    struct credentials *credentials,
                                    struct sentence *why);

/* The room that writing any entry takes, at most. */
#define CREDENTIALS_ENTRY_MAX (CREDENTIALS_TARGET_MAX + 2 * INI_LINE_MAX + 56)

/*
 * Append an entry, as it stands in a file.
 *
 * @param out  CREDENTIALS_ENTRY_MAX free bytes are enough
 * @return SCRAM_OK; SCRAM_BAD_ARGUMENT for what has no place in a file
 */
enum scram_status credentials_format(const struct credentials_entry *entry,
                                     struct buffer *out, struct sentence *why);

#endif
