#include "base/config_file.h"

#include <com_err.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <profile.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"

#define REASON_MAX 128 /* bytes of the C library's words, with their NUL */

/* Codes below this are errno's, those above the profile library's own. */
#define ERRNO_MAX 4095

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
turn_lock(void)
{
    pthread_mutex_lock(&turn);
}

static void
turn_unlock(void)
{
    pthread_mutex_unlock(&turn);
}

/* A child that is forked while another thread reads must find the mutex free.
 */
static void
watch_forks(void)
{
    pthread_atfork(turn_lock, turn_unlock, turn_unlock);
}

/* Say why a file cannot be read. */
static enum scram_status
unreadable(const char *path, int error, struct sentence *why)
{
    char account[LOGIN_NAME_MAX], reason[REASON_MAX];

    config_account(account, sizeof(account));
    sentence_write(why, "cannot read %s as %s: %s", path, account,
                   strerror_r(error, reason, sizeof(reason)));
    return error == ENOMEM ? SCRAM_NO_MEMORY : SCRAM_BAD_CONFIG;
}

/* Say why the profile library does not read a file. It keeps to itself in
 * which line it stopped. */
static enum scram_status
failed(const char *path, long code, struct sentence *why)
{
    if (code > 0 && code <= ERRNO_MAX)
        return unreadable(path, (int)code, why);
    sentence_write(why,
                   "%s is not in krb5.conf's format: %s (in it or in a file "
                   "that it includes)",
                   path, error_message(code));
    return SCRAM_BAD_CONFIG;
}

/* Whether the profile library does well to pass over a line that stands
 * before the first section. */
static bool
may_lead(const char *line)
{
    size_t blank = strspn(line, " \t\r\n");

    if (line[blank] == '\0' || line[blank] == '#' || line[blank] == ';')
        return true;
    return (strncmp(line, "include", 7) == 0 &&
            isspace((unsigned char)line[7])) ||
           (strncmp(line, "includedir", 10) == 0 &&
            isspace((unsigned char)line[10])) ||
           (strncmp(line, "module", 6) == 0 && isspace((unsigned char)line[6]));
}

/*
 * Refuse what the library would pass over in silence: all that stands before
 * the first "[" that begins a line.
 */
static enum scram_status
check_beginning(const char *path, FILE *stream, struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    char *line = NULL;
    size_t size = 0;
    unsigned number = 0;
    ssize_t n = 0;

    while (status == SCRAM_OK && (n = getline(&line, &size, stream)) > 0 &&
           line[0] != '[') {
        number++;
        if (!may_lead(line)) {
            sentence_write(why,
                           "%s: line %u stands before the first section; a "
                           "section begins with its name in brackets at the "
                           "beginning of a line, as in [scram]",
                           path, number);
            status = SCRAM_BAD_CONFIG;
        }
    }
    /* Without memory, getline stops short of the end as well. */
    if (status == SCRAM_OK && n < 0 && !feof(stream))
        status = unreadable(path, errno, why);
    free(line);
    return status;
}

/* Look at a file before the library does. */
static enum scram_status
check_stream(const char *path, FILE *stream, struct sentence *why)
{
    struct stat st;

    if (fstat(fileno(stream), &st) != 0)
        return unreadable(path, errno, why);
    if (!S_ISREG(st.st_mode)) {
        sentence_write(why, "%s is %s, not a file", path,
                       S_ISDIR(st.st_mode) ? "a directory" : "something else");
        return SCRAM_BAD_CONFIG;
    }
    if (st.st_size > CONFIG_FILE_MAX) {
        sentence_write(why, "%s has %lld bytes; %d are allowed", path,
                       (long long)st.st_size, CONFIG_FILE_MAX);
        return SCRAM_BAD_CONFIG;
    }
    return check_beginning(path, stream, why);
}

/* @param there  set to whether there is such a file, on SCRAM_OK alone */
static enum scram_status
check(const char *path, bool *there, struct sentence *why)
{
    enum scram_status status;
    FILE *stream;
    /* O_NONBLOCK: nobody may ever open the other end of a FIFO. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    *there = fd >= 0;
    if (fd < 0)
        return errno == ENOENT ? SCRAM_OK : unreadable(path, errno, why);
    stream = fdopen(fd, "r");
    if (stream == NULL) {
        status = unreadable(path, errno, why);
        close(fd);
        return status;
    }
    status = check_stream(path, stream, why);
    fclose(stream);
    return status;
}

enum scram_status
config_file_open(const char *path, struct config_file *file,
                 struct sentence *why)
{
    const char *paths[] = {path, NULL};
    profile_t profile = NULL;
    enum scram_status status;
    bool there;
    long code;

    status = check(path, &there, why);
    if (status != SCRAM_OK)
        return status;
    pthread_once(&once, watch_forks);
    turn_lock();
    code = there ? profile_init(paths, &profile) : 0;
    if (code != 0 && code != ENOENT) {
        turn_unlock();
        return failed(path, code, why);
    }
    *file = (struct config_file){path, profile};
    return SCRAM_OK;
}

void
config_file_close(struct config_file *file)
{
    if (file->profile != NULL)
        profile_abandon(file->profile);
    *file = (struct config_file){0};
    turn_unlock();
}

enum scram_status
config_file_each(const struct config_file *file, const char *const *section,
                 config_file_visit *visit, void *data, struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    void *iterator = NULL;
    long code;

    if (file->profile == NULL)
        return SCRAM_OK;
    code = profile_iterator_create(file->profile, section,
                                   PROFILE_ITER_LIST_SECTION, &iterator);
    while (code == 0 && iterator != NULL && status == SCRAM_OK) {
        char *name = NULL, *value = NULL;

        code = profile_iterator(&iterator, &name, &value);
        if (code == 0 && name != NULL)
            status = visit(data, name, value);
        profile_release_string(name);
        profile_release_string(value);
    }
    profile_iterator_free(&iterator);
    return code == 0 ? status : failed(file->path, code, why);
}
