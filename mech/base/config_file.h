/*
 * A file in krb5.conf's format, read with MIT's profile library: sections of
 * relations ("key = value") and of further sections ("name = { ... }").
 */
#ifndef BASE_CONFIG_FILE_H
#define BASE_CONFIG_FILE_H

#include "base/sentence.h"
#include "base/status.h"

#define CONFIG_FILE_MAX 1048576 /* bytes of a file */

struct config_file {
    const char *path; /* borrowed */
    void *profile;    /* NULL: there is no such file, and no section */
};

/*
 * Open a file. The library keeps what it read in common for a whole process
 * and may read it anew at any time, so one thread at a time has a file open;
 * others wait here. It is not to be kept open.
 *
 * @param path  borrowed until config_file_close
 * @param file  set on SCRAM_OK alone, which a missing file gives too
 * @param why   a sentence with the path on failure; may be NULL
 * @return SCRAM_OK, SCRAM_BAD_CONFIG, SCRAM_NO_MEMORY
 */
enum scram_status config_file_open(const char *path, struct config_file *file,
                                   struct sentence *why);

void config_file_close(struct config_file *file);

/*
 * One call for each relation, and for each section, for which @p value is
 * NULL. Anything but SCRAM_OK ends the iteration and is returned by it. The
 * arguments are valid until it returns.
 */
typedef enum scram_status config_file_visit(void *data, const char *name,
                                            const char *value);

/*
 * Visit what a section holds: the same names one after another.
 *
 * @param section  the names that lead to it, from the file's top, and NULL
 * @return SCRAM_OK, also when there is no such section; SCRAM_BAD_CONFIG,
 *         SCRAM_NO_MEMORY, or what @p visit ended it with
 */
enum scram_status config_file_each(const struct config_file *file,
                                   const char *const *section,
                                   config_file_visit *visit, void *data,
                                   struct sentence *why);

#endif
