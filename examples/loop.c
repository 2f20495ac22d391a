#include "loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* How long a token may be, from clients not known yet and from others. */
#define LONGEST_BEFORE ((size_t)64 << 10)
#define LONGEST_AFTER ((size_t)16 << 20)

#define LINGER 1000 /* milliseconds for a refused client to read why */
#define SPARE 64    /* descriptors that are not for clients */
#define FLOOD 1000  /* connections after whose end memory is worth trimming */
#define TURN 64     /* events, or new clients, before looking at others */

static int epoll, listener, signals;
static const struct loop_server *server;
static struct loop_list waiting[WAITS];
static size_t count, most, peak; /* of connections */
static unsigned long served;
static bool full; /* new clients wait in the kernel's queue */

static _Noreturn void
fail(const char *what)
{
    fprintf(stderr, "accept-loop: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static uint64_t
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
loop_set_time(struct connection *c, enum loop_wait what, uint32_t milliseconds)
{
    struct connection *before;

    if (c->list != NULL)
        TAILQ_REMOVE(c->list, c, others);
    c->deadline = now() + milliseconds;
    c->list = &waiting[what];
    /* All were given the same time, so it belongs at the end, or close to. */
    before = TAILQ_LAST(c->list, loop_list);
    while (before != NULL && before->deadline > c->deadline)
        before = TAILQ_PREV(before, loop_list, others);
    if (before != NULL)
        TAILQ_INSERT_AFTER(c->list, before, c, others);
    else
        TAILQ_INSERT_HEAD(c->list, c, others);
}

/* The connection whose deadline comes first, or NULL. */
static struct connection *
first_due(void)
{
    struct connection *first = NULL, *c;
    int i;

    for (i = 0; i < WAITS; i++) {
        c = TAILQ_FIRST(&waiting[i]);
        if (c != NULL && (first == NULL || c->deadline < first->deadline))
            first = c;
    }
    return first;
}

/* How long epoll_wait may wait. */
static int
time_to_wait(void)
{
    struct connection *c = first_due();
    uint64_t at = now();

    if (c == NULL)
        return -1;
    if (c->deadline <= at)
        return 0;
    return c->deadline - at < 60000 ? (int)(c->deadline - at) : 60000;
}

static void
end_those_due(void)
{
    struct connection *c;

    while ((c = first_due()) != NULL && c->deadline <= now()) {
        server->time_is_up(c);
        loop_end(c);
    }
}

/* Let epoll tell of a descriptor, with an address that stands for it. */
static bool
watch(int what, int fd, uint32_t events, void *address)
{
    struct epoll_event event = {.events = events, .data.ptr = address};

    return epoll_ctl(epoll, what, fd, &event) == 0;
}

/* Let new clients in, or leave them in the kernel's queue. */
static void
set_full(bool is_full)
{
    if (!watch(EPOLL_CTL_MOD, listener, is_full ? 0 : EPOLLIN, &listener))
        fail("epoll_ctl");
    full = is_full;
}

void
loop_end(struct connection *c)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &c->context, GSS_C_NO_BUFFER);
    TAILQ_REMOVE(c->list, c, others);
    wire_close(&c->wire);
    free(c);
    count--;
    served++;
    if (full)
        set_full(false);
    /* After a flood, give the system its memory back. */
    if (peak >= FLOOD && count < peak / 16) {
        malloc_trim(0);
        peak = count;
    }
}

void
loop_send(struct connection *c)
{
    enum wire_status status = wire_flush(&c->wire, SIZE_MAX);

    if (status == WIRE_DONE && c->phase == REFUSED)
        shutdown(c->wire.fd, SHUT_WR); /* the end, after the reason */
    if (status == WIRE_CLOSED ||
        !watch(EPOLL_CTL_MOD, c->wire.fd,
               status == WIRE_WAIT ? EPOLLOUT : EPOLLIN, c))
        loop_end(c);
}

void
loop_refuse(struct connection *c)
{
    c->phase = REFUSED;
    loop_set_time(c, FAREWELL, LINGER);
    loop_send(c);
}

/* A socket is ready. One token is taken in a turn, so that a client that has
 * much to say does not keep the others waiting. */
static void
serve(struct connection *c, uint32_t events)
{
    size_t longest = c->phase == ESTABLISHED ? LONGEST_AFTER : LONGEST_BEFORE;
    gss_buffer_desc token;
    enum wire_status status;
    int flags;

    if (events & EPOLLOUT) {
        loop_send(c);
        return;
    }
    status = wire_receive(&c->wire, longest, &flags, &token);
    if (status == WIRE_CLOSED)
        loop_end(c);
    else if (status == WIRE_DONE && c->phase == REFUSED)
        wire_forget(&c->wire);
    else if (status == WIRE_DONE)
        server->take_token(c, flags, &token);
}

static void
greet(int fd)
{
    struct connection *c = calloc(1, sizeof(*c));

    if (c == NULL || !watch(EPOLL_CTL_ADD, fd, EPOLLIN, c)) {
        close(fd);
        free(c);
        return;
    }
    c->wire.fd = fd;
    c->context = GSS_C_NO_CONTEXT;
    loop_set_time(c, FIRST_TOKEN, server->first_limit);
    if (++count > peak)
        peak = count;
}

static void
accept_clients(void)
{
    int turn;

    for (turn = 0; turn < TURN && count < most; turn++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0)
            greet(fd);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return;
        else if (errno != EINTR && errno != ECONNABORTED)
            break;
    }
    /* No descriptor or no memory: there will be when a connection ends. */
    if (turn < TURN && count != 0)
        set_full(true);
}

/* As many clients as this process may have descriptors for. */
static size_t
raise_descriptors(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        fail("getrlimit");
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        fail("setrlimit");
    return files.rlim_cur > 2 * SPARE ? (size_t)files.rlim_cur - SPARE : SPARE;
}

void
loop_listen(const char *address, uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof(at);
    int on = 1;

    at.sin_port = htons(port);
    errno = EINVAL;
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
        fail(address);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 ||
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(listener, (struct sockaddr *)&at, len) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) != 0)
        fail("listening");
    most = raise_descriptors();
    printf("listening on %s port %u\n", address, ntohs(at.sin_port));
}

/* A descriptor that is readable once the process is asked to end. */
static int
open_signals(void)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

static void
wait_and_serve(void)
{
    struct epoll_event events[TURN];
    int i, ready;

    while (server->once == 0 || served < server->once) {
        ready = epoll_wait(epoll, events, TURN, time_to_wait());
        if (ready < 0 && errno != EINTR)
            fail("epoll_wait");
        for (i = 0; i < ready; i++) {
            if (events[i].data.ptr == &signals)
                return;
            if (events[i].data.ptr == &listener)
                accept_clients();
            else
                serve(events[i].data.ptr, events[i].events);
        }
        end_those_due();
    }
}

void
loop_run(const struct loop_server *of)
{
    struct connection *c;
    int i;

    server = of;
    signals = open_signals();
    for (i = 0; i < WAITS; i++)
        TAILQ_INIT(&waiting[i]);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!watch(EPOLL_CTL_ADD, listener, EPOLLIN, &listener) ||
        !watch(EPOLL_CTL_ADD, signals, EPOLLIN, &signals))
        fail("epoll_ctl");
    wait_and_serve();
    while ((c = first_due()) != NULL)
        loop_end(c);
    close(signals);
    close(listener);
    close(epoll);
}
