#include "base/trace.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/file_write.h"

static char *path;
static pthread_once_t path_once = PTHREAD_ONCE_INIT;

static void
path_find(void)
{
    const char *value = secure_getenv("GSS_SCRAM_TRACE");

    if (value != NULL && value[0] != '\0')
        path = strdup(value);
}

bool
trace_is_on(void)
{
    pthread_once(&path_once, path_find);
    return path != NULL;
}

/* The file is opened for every line: a server may fork, change its account or
 * have the file rotated away between two, and one write keeps lines whole. */
void
trace_line(const char *line)
{
    char text[4096];
    struct timeval now;
    int file, len;

    if (!trace_is_on())
        return;
    gettimeofday(&now, NULL);
    len = snprintf(text, sizeof(text), "[%ld] %lld.%06ld: %s\n", (long)getpid(),
                   (long long)now.tv_sec, (long)now.tv_usec, line);
    if (len >= (int)sizeof(text)) {
        len = sizeof(text) - 1;
        text[len - 1] = '\n';
    }
    /* Nobody is kept waiting for the other end of a pipe. */
    file = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
        0600);
    if (file < 0)
        return;
    (void)file_write(file, (struct slice){(uint8_t *)text, (size_t)len});
    close(file);
}
