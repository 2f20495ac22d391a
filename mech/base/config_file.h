/*
 * A file in krb5.conf's format, with those that it includes: sections of
 * relations ("key = value") and of further sections ("name = { ... }"), which
 * have relations alone.
 *
 * MIT's profile library would pass over a missing }, text behind a }, and what
 * stands before the first section, make a comment behind a value a part of it,
 * run what a "module" line names, and keep to itself in which line it stopped:
 * the settings are about who is let in, so each of these is refused here. What
 * is read here, that library reads the same.
 */
#ifndef BASE_CONFIG_FILE_H
#define BASE_CONFIG_FILE_H

#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"

#define CONFIG_FILE_MAX 1048576 /* bytes of a file */
#define CONFIG_FILES_MAX 64     /* with those that are included */

/*
 * Whether there is no file: nothing at the path, and no symbolic link there or
 * on the way that leads nowhere, as that is a file which is meant to be read.
 */
bool config_file_is_absent(const char *path);

/* A file that was read, whole. */
struct config_text {
    char *path;
    uint8_t *bytes;
    size_t len;
};

struct config_file {
    struct config_text *texts; /* the file, then what it includes */
    size_t count;              /* 0: there is no such file */
};

/*
 * Read a file, what it includes, and what that includes: "include PATH" and
 * "includedir PATH", which takes a folder's files whose names are letters,
 * digits, dashes and underscores, or end in .conf.
 *
 * @param file  set on SCRAM_OK alone, which a missing file gives too; release
 *              it with config_file_close
 * @param why   a sentence with the path on failure; may be NULL
 * @return SCRAM_OK, SCRAM_BAD_CONFIG, SCRAM_NO_MEMORY
 */
enum scram_status config_file_open(const char *path, struct config_file *file,
                                   struct sentence *why);

void config_file_close(struct config_file *file);

/* What stands on a line. */
struct config_entry {
    const char *path; /* of the file */
    unsigned line;
    const char *section;    /* NULL where it begins one: [name] */
    const char *subsection; /* NULL where it does not stand in braces */
    const char *name;
    const char *value; /* NULL where it begins a section or a subsection */
};

/*
 * One call for each entry. Anything but SCRAM_OK ends the walk and is returned
 * by it. The entry is valid until it returns.
 */
typedef enum scram_status config_file_visit(void *data,
                                            const struct config_entry *entry);

/*
 * Visit all entries, one file after another.
 *
 * @return SCRAM_OK, SCRAM_BAD_CONFIG for what is not in the format, or what
 *         @p visit ended it with
 */
enum scram_status config_file_walk(const struct config_file *file,
                                   config_file_visit *visit, void *data,
                                   struct sentence *why);

#endif
