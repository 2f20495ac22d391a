#include "log_daemon.h"

#include <check.h>
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Guarded by the lock. */
static struct {
    int fd;
    char text[65536];
    size_t len;
    unsigned lines;
    int priority;
} kept = {.fd = -1};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sockaddr_un address = {AF_UNIX, ""};
static bool hangs_up;

/* In the place of libc's, which whoever connects finds second; as that, until a
 * test has said where the log is. */
int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
    static int (*libcs)(int, const struct sockaddr *, socklen_t);
    const struct sockaddr_un *path = (const struct sockaddr_un *)to;
    int connected;

    if (libcs == NULL)
        *(void **)&libcs = dlsym(RTLD_NEXT, "connect");
    if (address.sun_path[0] != '\0' && to->sa_family == AF_UNIX &&
        strcmp(path->sun_path, "/dev/log") == 0)
        to = (const struct sockaddr *)&address;
    connected = libcs(fd, to, len);
    if (connected == 0 && hangs_up && to == (const struct sockaddr *)&address)
        shutdown(fd, SHUT_RDWR);
    return connected;
}

void
log_daemon_hang_up(bool on_all)
{
    hangs_up = on_all;
}

/* Take the lines that are there. */
static void
drain(void)
{
    char line[8192], *text;
    ssize_t n;

    while (kept.fd >= 0 &&
           (n = recv(kept.fd, line, sizeof(line) - 1, MSG_DONTWAIT)) > 0) {
        line[n] = '\0';
        kept.priority = (int)strtol(line + 1, &text, 10);
        kept.lines++;
        if (kept.len + (size_t)n + 2 < sizeof(kept.text))
            kept.len += (size_t)snprintf(kept.text + kept.len,
                                         sizeof(kept.text) - kept.len, "%s\n",
                                         text + 1);
    }
}

/* A queue that is full would have whoever logs wait. */
static void *
keep_draining(void *data)
{
    struct pollfd ready = {*(int *)data, POLLIN, 0};

    while (poll(&ready, 1, -1) > 0 && (ready.revents & POLLNVAL) == 0) {
        pthread_mutex_lock(&lock);
        drain();
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

void
log_daemon_lead(const char *path)
{
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
}

void
log_daemon_start(const char *path)
{
    static int fd;
    pthread_t thread;

    log_daemon_stop();
    log_daemon_lead(path);
    unlink(path); /* a test before may have left it */
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    kept.fd = fd;
    ck_assert_int_eq(pthread_create(&thread, NULL, keep_draining, &fd), 0);
    pthread_detach(thread);
}

void
log_daemon_stop(void)
{
    pthread_mutex_lock(&lock);
    if (kept.fd >= 0) {
        shutdown(kept.fd, SHUT_RDWR);
        unlink(address.sun_path);
        kept.fd = -1; /* which the thread has still */
    }
    pthread_mutex_unlock(&lock);
    log_daemon_forget();
}

const char *
log_daemon_text(void)
{
    pthread_mutex_lock(&lock);
    drain();
    pthread_mutex_unlock(&lock);
    return kept.text;
}

unsigned
log_daemon_lines(void)
{
    (void)log_daemon_text();
    return kept.lines;
}

int
log_daemon_priority(void)
{
    (void)log_daemon_text();
    return kept.priority;
}

void
log_daemon_forget(void)
{
    pthread_mutex_lock(&lock);
    drain();
    kept.text[0] = '\0';
    kept.len = 0;
    kept.lines = 0;
    pthread_mutex_unlock(&lock);
}
