#include "listener.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    struct listener *listener;
    int fd;
};

/*
 * SearchResultDone without anything (RFC 4511, section 4.5.2).
 *
 * @param id  the message's, as it was sent
 */
static void
answer(int fd, const uint8_t *id)
{
    static const uint8_t rest[] = {0x65, 7, 10, 1, 0, 4, 0, 4, 0};
    uint8_t done[32] = {0x30, (uint8_t)(id[1] + 2u + sizeof(rest))};
    size_t len = id[1] + 2u;

    memcpy(done + 2, id, len);
    memcpy(done + 2 + len, rest, sizeof(rest));
    send(fd, done, 2 + len + sizeof(rest), MSG_NOSIGNAL);
}

/* Messages of our client's have one byte of length, and few of id. */
static void
answer_all(struct connection *c)
{
    uint8_t m[130];

    while (recv(c->fd, m, 2, MSG_WAITALL) == 2 && m[1] < 128 &&
           recv(c->fd, m + 2, m[1], MSG_WAITALL) == m[1] && m[3] <= 4 &&
           m[4 + m[3]] == 0x63) {
        c->listener->questions++;
        answer(c->fd, m + 2);
        if (c->listener->kind == LISTENER_HASTY)
            break;
    }
}

static void
trickle(int fd)
{
    static const uint8_t begin[] = {0x30, 0x83, 0x00, 0x80, 0x00};
    size_t i;

    for (i = 0;; i++) {
        if (send(fd, i < sizeof(begin) ? &begin[i] : begin + 3, 1,
                 MSG_NOSIGNAL) < 0)
            return;
        usleep(5000);
    }
}

static void *
serve(void *data)
{
    static const uint8_t huge[] = {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 2, 1, 1};
    static const struct linger none = {1, 0};
    static const char rubbish[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    struct connection *c = data;
    char byte;

    switch (c->listener->kind) {
    case LISTENER_RESET:
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
        break;
    case LISTENER_RUBBISH:
        send(c->fd, rubbish, sizeof(rubbish) - 1, MSG_NOSIGNAL);
        break;
    case LISTENER_TRICKLE:
        trickle(c->fd);
        break;
    case LISTENER_HUGE:
        send(c->fd, huge, sizeof(huge), MSG_NOSIGNAL);
        break;
    default:
        break;
    }
    if (c->listener->kind <= LISTENER_HASTY)
        answer_all(c);
    else if (c->listener->kind != LISTENER_RESET)
        while (recv(c->fd, &byte, 1, 0) > 0)
            ;
    close(c->fd);
    free(c);
    return NULL;
}

static void *
listen_on(void *data)
{
    struct listener *listener = data;
    pthread_t thread;

    for (;;) {
        struct connection *c = malloc(sizeof(*c));

        if (c == NULL)
            return NULL;
        *c = (struct connection){listener, accept(listener->fd, NULL, NULL)};
        listener->connections++;
        if (c->fd < 0 || pthread_create(&thread, NULL, serve, c) != 0) {
            free(c);
            return NULL;
        }
        pthread_detach(thread);
    }
}

void
listener_start(struct listener *listener, enum listener_kind kind)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    pthread_t thread;

    *listener = (struct listener){.kind = kind};
    listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener->fd, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(
        getsockname(listener->fd, (struct sockaddr *)&address, &len), 0);
    ck_assert_int_eq(listen(listener->fd, kind == LISTENER_STOPPED ? 0 : 64),
                     0);
    snprintf(listener->url, sizeof(listener->url), "ldap://127.0.0.1:%u",
             (unsigned)ntohs(address.sin_port));
    if (kind == LISTENER_STOPPED)
        return;
    ck_assert_int_eq(pthread_create(&thread, NULL, listen_on, listener), 0);
    pthread_detach(thread);
}
