#include "base/config_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/config_line.h"

#define REASON_MAX 128 /* bytes of the C library's words, with their NUL */

/* Say why a file or a folder cannot be read. */
static enum scram_status
config_file_unreadable(const char *path, int error, struct sentence *why)
{
    char account[LOGIN_NAME_MAX], reason[REASON_MAX];

    config_account(account, sizeof(account));
    sentence_write(why, "cannot read %s as %s: %s", path, account,
                   strerror_r(error, reason, sizeof(reason)));
    return error == ENOMEM ? SCRAM_NO_MEMORY : SCRAM_BAD_CONFIG;
}

/* Read as many bytes as there are, up to the text's length. */
static enum scram_status
config_file_read_bytes(int fd, struct config_text *text, struct sentence *why)
{
    size_t size = text->len;
    ssize_t n = 1;

    text->len = 0;
    while (n != 0 && text->len < size) {
        n = read(fd, text->bytes + text->len, size - text->len);
        if (n < 0 && errno != EINTR)
            return config_file_unreadable(text->path, errno, why);
        text->len += n > 0 ? (size_t)n : 0;
    }
    return SCRAM_OK;
}

static enum scram_status
config_file_read_text(int fd, struct config_text *text, struct sentence *why)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return config_file_unreadable(text->path, errno, why);
    if (!S_ISREG(st.st_mode)) {
        sentence_write(why, "%s is %s, not a file", text->path,
                       S_ISDIR(st.st_mode) ? "a directory" : "something else");
        return SCRAM_BAD_CONFIG;
    }
    if (st.st_size > CONFIG_FILE_MAX) {
        sentence_write(why, "%s has %lld bytes; %d are allowed", text->path,
                       (long long)st.st_size, CONFIG_FILE_MAX);
        return SCRAM_BAD_CONFIG;
    }
    text->len = (size_t)st.st_size;
    text->bytes = malloc(text->len + 1);
    if (text->bytes == NULL)
        return config_file_unreadable(text->path, ENOMEM, why);
    return config_file_read_bytes(fd, text, why);
}

bool
config_file_is_absent(const char *path)
{
    char there[PATH_MAX]; /* so much of the path as is there */
    struct stat st;
    char *slash;

    if (snprintf(there, sizeof(there), "%s", path) >= (int)sizeof(there))
        return false;
    while (lstat(there, &st) != 0) {
        slash = strrchr(there, '/');
        if (errno != ENOENT || slash == NULL)
            return errno == ENOENT;
        slash[slash == there] = '\0'; /* the root is a folder, too */
    }
    return strcmp(there, path) != 0 && stat(there, &st) == 0;
}

static enum scram_status
cannot_open(const char *path, int error, struct sentence *why)
{
    if (error != ENOENT || config_file_is_absent(path))
        return config_file_unreadable(path, error, why);
    sentence_write(why,
                   "cannot read %s: it is a symbolic link that leads nowhere, "
                   "or below one",
                   path);
    return SCRAM_BAD_CONFIG;
}

/*
 * Read a file, behind those that were read before it.
 *
 * @param optional  whether it may be missing
 */
static enum scram_status
add_file(struct config_file *file, const char *path, bool optional,
         struct sentence *why)
{
    struct config_text *texts, *text;
    enum scram_status status;
    /* O_NONBLOCK: nobody may ever open the other end of a FIFO. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int error = errno;

    if (fd < 0 && error == ENOENT && optional && config_file_is_absent(path))
        return SCRAM_OK;
    if (fd < 0)
        return cannot_open(path, error, why);
    texts = realloc(file->texts, (file->count + 1) * sizeof(*texts));
    if (texts == NULL) {
        close(fd);
        return config_file_unreadable(path, ENOMEM, why);
    }
    file->texts = texts;
    text = texts + file->count++;
    *text = (struct config_text){strdup(path), NULL, 0};
    status = text->path == NULL ? config_file_unreadable(path, ENOMEM, why)
                                : config_file_read_text(fd, text, why);
    close(fd);
    return status;
}

/* On the way through a file's lines. */
struct walk {
    const char *path;
    unsigned line;
    unsigned opened; /* the line of a subsection's {, or 0 outside of one */
    char section[INI_LINE_MAX + 1]; /* "" before the first */
    char subsection[INI_LINE_MAX + 1];
    struct config_file *into; /* what gets included files; or NULL */
    config_file_visit *visit; /* or NULL */
    void *data;               /* the visitor's */
    struct sentence *why;
};

static enum scram_status
config_file_wrong(const struct walk *w, const char *what)
{
    sentence_write(w->why, "%s: line %u %s", w->path, w->line, what);
    return SCRAM_BAD_CONFIG;
}

static enum scram_status
visit_entry(const struct walk *w, const char *section, const char *name,
            const char *value)
{
    struct config_entry entry = {w->path, w->line,
                                 section, w->opened != 0 ? w->subsection : NULL,
                                 name,    value};

    return w->visit == NULL ? SCRAM_OK : w->visit(w->data, &entry);
}

static enum scram_status
not_closed(const struct walk *w)
{
    sentence_write(
        w->why,
        "%s: line %u begins %.64s = { and no line ends it; write } on "
        "a line of its own",
        w->path, w->opened, w->subsection);
    return SCRAM_BAD_CONFIG;
}

/* The files that krb5.conf(5) says includedir takes. */
static bool
is_included(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t len = strlen(name);

    return name[0] != '.' &&
           (name[strspn(name, letters)] == '\0' ||
            (len > 5 && strcmp(name + len - 5, ".conf") == 0));
}

static enum scram_status
add_included(const struct walk *w, const char *path)
{
    if (w->into->count == CONFIG_FILES_MAX) {
        sentence_write(w->why,
                       "%s is one file too many, as %d are allowed: see "
                       "whether one of them includes itself",
                       path, CONFIG_FILES_MAX);
        return SCRAM_BAD_CONFIG;
    }
    return add_file(w->into, path, false, w->why);
}

static enum scram_status
include_folder(const struct walk *w, const char *folder)
{
    enum scram_status status = SCRAM_OK;
    DIR *files = opendir(folder);
    const struct dirent *found;
    char path[PATH_MAX];

    if (files == NULL)
        return config_file_unreadable(folder, errno, w->why);
    while (status == SCRAM_OK && (errno = 0, found = readdir(files)) != NULL) {
        if (!is_included(found->d_name))
            continue;
        if (snprintf(path, sizeof(path), "%s/%s", folder, found->d_name) >=
            (int)sizeof(path))
            status = config_file_unreadable(folder, ENAMETOOLONG, w->why);
        else
            status = add_included(w, path);
    }
    if (status == SCRAM_OK && errno != 0)
        status = config_file_unreadable(folder, errno, w->why);
    closedir(files);
    return status;
}

static enum scram_status
config_file_take_include(const struct walk *w, const struct config_line *line)
{
    enum scram_status status;
    struct sentence said;

    if (w->opened != 0)
        return config_file_wrong(
            w, "includes a file between { and }; do so outside");
    if (w->into == NULL)
        return SCRAM_OK;
    status = line->kind == CONFIG_LINE_INCLUDE ? add_included(w, line->value)
                                               : include_folder(w, line->value);
    if (status != SCRAM_OK && w->why != NULL) {
        said = *w->why;
        sentence_write(w->why, "%s: line %u: %s", w->path, w->line, said.text);
    }
    return status;
}

static enum scram_status
take_begin(struct walk *w, const struct config_line *line)
{
    enum scram_status status = visit_entry(w, w->section, line->name, NULL);

    if (status == SCRAM_OK && w->opened != 0)
        status =
            config_file_wrong(w, "begins a section within another's braces");
    w->opened = w->line;
    strcpy(w->subsection, line->name);
    return status;
}

static enum scram_status
config_file_take_line(struct walk *w, struct slice text)
{
    struct config_line line;
    const char *fault = config_line_read(text, &line);

    if (fault != NULL)
        return config_file_wrong(w, fault);
    if (w->section[0] == '\0' &&
        (line.kind == CONFIG_LINE_RELATION || line.kind == CONFIG_LINE_BEGIN))
        return config_file_wrong(
            w, "stands before the first section; a section begins "
               "with its name in brackets, as in [scram]");
    switch (line.kind) {
    case CONFIG_LINE_SECTION:
        if (w->opened != 0)
            return not_closed(w);
        strcpy(w->section, line.name);
        return visit_entry(w, NULL, line.name, NULL);
    case CONFIG_LINE_RELATION:
        return visit_entry(w, w->section, line.name, line.value);
    case CONFIG_LINE_BEGIN:
        return take_begin(w, &line);
    case CONFIG_LINE_END:
        if (w->opened == 0)
            return config_file_wrong(
                w, "ends a section with }, and none was begun");
        w->opened = 0;
        return SCRAM_OK;
    case CONFIG_LINE_INCLUDE:
    case CONFIG_LINE_INCLUDE_FOLDER:
        return config_file_take_include(w, &line);
    default:
        return SCRAM_OK;
    }
}

static enum scram_status
walk_text(struct walk *w, const struct config_text *text)
{
    static const struct slice mark = {(const uint8_t *)"\xef\xbb\xbf", 3};
    struct slice rest = {text->bytes, text->len}, line;
    enum scram_status status = SCRAM_OK;

    w->path = text->path;
    w->line = w->opened = 0;
    w->section[0] = '\0';
    /* Some editors begin a file with a byte order mark in UTF-8. */
    if (slice_starts_with(rest, mark))
        rest = (struct slice){rest.data + mark.len, rest.len - mark.len};
    while (status == SCRAM_OK && ini_next_line(&rest, &line)) {
        w->line++;
        status = config_file_take_line(w, line);
    }
    return status == SCRAM_OK && w->opened != 0 ? not_closed(w) : status;
}

enum scram_status
config_file_open(const char *path, struct config_file *file,
                 struct sentence *why)
{
    struct config_file read = {NULL, 0};
    struct walk w = {.into = &read, .why = why};
    enum scram_status status = add_file(&read, path, true, why);
    struct config_text text;
    size_t i;

    for (i = 0; status == SCRAM_OK && i < read.count; i++) {
        text = read.texts[i]; /* they move when another one is read */
        status = walk_text(&w, &text);
    }
    if (status == SCRAM_OK)
        *file = read;
    else
        config_file_close(&read);
    return status;
}

void
config_file_close(struct config_file *file)
{
    size_t i;

    for (i = 0; i < file->count; i++) {
        free(file->texts[i].path);
        free(file->texts[i].bytes);
    }
    free(file->texts);
    *file = (struct config_file){NULL, 0};
}

enum scram_status
config_file_walk(const struct config_file *file, config_file_visit *visit,
                 void *data, struct sentence *why)
{
    struct walk w = {.visit = visit, .data = data, .why = why};
    enum scram_status status = SCRAM_OK;
    size_t i;

    for (i = 0; status == SCRAM_OK && i < file->count; i++)
        status = walk_text(&w, &file->texts[i]);
    return status;
}
