#include "listener.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
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
 * A result without anything (RFC 4511, section 4.1.9).
 *
 * @param id   the message's, as it was sent
 * @param tag  of what it answers
 */
static void
answer_with(int fd, const uint8_t *id, uint8_t tag)
{
    const uint8_t rest[] = {tag, 7, 10, 1, 0, 4, 0, 4, 0};
    uint8_t done[32] = {0x30, (uint8_t)(id[1] + 2u + sizeof(rest))};
    size_t len = id[1] + 2u;

    memcpy(done + 2, id, len);
    memcpy(done + 2 + len, rest, sizeof(rest));
    send(fd, done, 2 + len + sizeof(rest), MSG_NOSIGNAL);
}

/* ExtendedResponse: there is no StartTLS, say (protocolError). */
static void
refuse_extended(int fd, const uint8_t *id)
{
    uint8_t refused[] = {0x30, 12, 2, 1, 0, 0x78, 7, 10, 1, 2, 4, 0, 4, 0};

    memcpy(refused + 2, id, 3);
    send(fd, refused, sizeof(refused), MSG_NOSIGNAL);
}

/* SearchResultDone */
static void
answer(int fd, const uint8_t *id)
{
    answer_with(fd, id, 0x65);
}

/* A tag, and a length in four bytes (X.690, section 8.1.3.5). */
static uint8_t *
begin(uint8_t *at, uint8_t tag, size_t len)
{
    const uint8_t bytes[] = {tag,
                             0x84,
                             (uint8_t)(len >> 24),
                             (uint8_t)(len >> 16),
                             (uint8_t)(len >> 8),
                             (uint8_t)len};

    return (uint8_t *)memcpy(at, bytes, sizeof(bytes)) + sizeof(bytes);
}

/* An attribute with one value (RFC 4511, section 4.1.7). */
static uint8_t *
put_attribute(uint8_t *at, const char *name, const char *value)
{
    size_t len = strlen(name), value_len = strlen(value);

    at = begin(at, 0x30, 6 + len + 6 + 6 + value_len);
    at = (uint8_t *)memcpy(begin(at, 4, len), name, len) + len;
    at = begin(at, 0x31, 6 + value_len);
    return (uint8_t *)memcpy(begin(at, 4, value_len), value, value_len) +
           value_len;
}

/* SearchResultEntry of the listener's user; its DN is empty. */
static void
find_user(const struct connection *c, const uint8_t *id)
{
    uint8_t attributes[2048], message[2200], *at;
    size_t len;

    at = put_attribute(attributes, "uid", c->listener->user);
    at = put_attribute(at, "authPassword", c->listener->verifier);
    len = (size_t)(at - attributes);
    at = begin(message, 0x30, 3 + 6 + 2 + 6 + len);
    at = (uint8_t *)memcpy(at, id, 3) + 3;
    at = begin(at, 0x64, 2 + 6 + len);
    *at++ = 4;
    *at++ = 0;
    at = (uint8_t *)memcpy(begin(at, 0x30, len), attributes, len) + len;
    send(c->fd, message, (size_t)(at - message), MSG_NOSIGNAL);
}

/* Messages of our client's have one byte of length, and few of id. */
static void
answer_all(struct connection *c)
{
    void (*before)(void);
    uint8_t m[130];

    while (recv(c->fd, m, 2, MSG_WAITALL) == 2 && m[1] < 128 &&
           recv(c->fd, m + 2, m[1], MSG_WAITALL) == m[1] && m[3] <= 4) {
        if (m[4 + m[3]] == 0x60) { /* a bind, which may be anybody's */
            answer_with(c->fd, m + 2, 0x61);
            continue;
        }
        if (m[4 + m[3]] == 0x77) {
            refuse_extended(c->fd, m + 2);
            continue;
        }
        if (m[4 + m[3]] != 0x63)
            break;
        before = c->listener->before;
        c->listener->questions++;
        if (before != NULL)
            before();
        if (c->listener->kind == LISTENER_USER)
            find_user(c, m + 2);
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

/*
 * Without an end, a message that ends nothing: a reference to another server
 * (RFC 4511, section 4.5.3).
 *
 * @param request  what was asked, which has the id that the messages have
 */
static void
ramble(int fd, const uint8_t *request)
{
    uint8_t many[1000][18];
    size_t i;

    for (i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
        memcpy(many[i], (uint8_t[]){0x30, 16, 2, 1, request[4], 0x73, 11, 4, 9},
               9);
        memcpy(many[i] + 9, "ldap://a/", 9);
    }
    while (send(fd, many, sizeof(many), MSG_NOSIGNAL) >= 0)
        ;
}

/*
 * Say yes to StartTLS, and then begin a message of the handshake of 16 MiB, in
 * records of one byte (RFC 5246, sections 6.2.1 and 7.4).
 */
static void
fragment(int fd, const uint8_t *request)
{
    static const uint8_t begins[] = {22, 3, 3, 0, 4, 11, 0xff, 0xff, 0xff},
                         goes_on[] = {22, 3, 3, 0, 1, 0};
    uint8_t many[1000][sizeof(goes_on)], hello[1024];
    size_t i;

    for (i = 0; i < sizeof(many) / sizeof(many[0]); i++)
        memcpy(many[i], goes_on, sizeof(goes_on));
    answer_with(fd, request + 2, 0x78);
    if (recv(fd, hello, sizeof(hello), 0) <= 0)
        return;
    send(fd, begins, sizeof(begins), MSG_NOSIGNAL);
    while (send(fd, many, sizeof(many), MSG_NOSIGNAL) >= 0)
        ;
}

/*
 * SearchResultEntry, as large as a message may be, and then what answer says:
 * an authPassword of empty values.
 */
static void
crowd(int fd, const uint8_t *request)
{
    static const uint8_t name[] = "\x04\x0c"
                                  "authPassword";
    const size_t values = 800000, attribute = sizeof(name) - 1 + 6 + values;
    uint8_t *message = calloc(1, attribute + 64), *at = message;
    size_t i;

    ck_assert_ptr_nonnull(message);
    at = begin(at, 0x30, 3 + 6 + 2 + 6 + 6 + attribute);
    at = (uint8_t *)memcpy(at, request + 2, 3) + 3;
    at = begin(at, 0x64, 2 + 6 + 6 + attribute);
    *at++ = 4; /* its DN is empty too */
    *at++ = 0;
    at = begin(at, 0x30, 6 + attribute);
    at = begin(at, 0x30, attribute);
    at = (uint8_t *)memcpy(at, name, sizeof(name) - 1) + sizeof(name) - 1;
    at = begin(at, 0x31, values);
    for (i = 0; i < values; i += 2)
        at[i] = 4;
    send(fd, message, (size_t)(at + values - message), MSG_NOSIGNAL);
    free(message);
    answer(fd, request + 2);
}

/* An entry without any attribute. */
static void
find_one(int fd, const uint8_t *request)
{
    uint8_t entry[] = {0x30, 9, 2, 1, 0, 0x64, 4, 4, 0, 0x30, 0};

    memcpy(entry + 2, request + 2, 3);
    send(fd, entry, sizeof(entry), MSG_NOSIGNAL);
}

/* Two entries without any attribute. */
static void
find_two(int fd, const uint8_t *request)
{
    find_one(fd, request);
    find_one(fd, request);
    answer(fd, request + 2);
}

/* An entry, and what answer says with the control of a page: its cookie is
 * empty behind the last one. */
static void
find_page(int fd, const uint8_t *request, bool last)
{
    static const char oid[] = "1.2.840.113556.1.4.319";
    const uint8_t value[] = {4, 8, 0x30, 6, 2, 1, 0, 4, 1, 'x'},
                  empty[] = {4, 7, 0x30, 5, 2, 1, 0, 4, 0},
                  done[] = {0x65, 7, 10, 1, 0, 4, 0, 4, 0};
    const uint8_t *cookie = last ? empty : value;
    const uint8_t len = last ? sizeof(empty) : sizeof(value);
    uint8_t message[128], *at = message;

    find_one(fd, request);
    *at++ = 0x30;
    *at++ = (uint8_t)(3 + sizeof(done) + 4 + 2 + 22 + len);
    at = (uint8_t *)memcpy(at, request + 2, 3) + 3;
    at = (uint8_t *)memcpy(at, done, sizeof(done)) + sizeof(done);
    *at++ = 0xa0;
    *at++ = (uint8_t)(2 + 2 + 22 + len);
    *at++ = 0x30;
    *at++ = (uint8_t)(2 + 22 + len);
    *at++ = 4;
    *at++ = 22;
    at = (uint8_t *)memcpy(at, oid, 22) + 22;
    at = (uint8_t *)memcpy(at, cookie, len) + len;
    send(fd, message, (size_t)(at - message), MSG_NOSIGNAL);
}

static void
answer_pages(struct connection *c)
{
    uint8_t request[256];
    unsigned page;

    for (page = 1; page <= 3; page++) {
        if (recv(c->fd, request, sizeof(request), 0) <= 4)
            return;
        c->listener->questions++;
        find_page(c->fd, request, page == 3);
    }
}

/* A result that is a referral (RFC 4511, section 4.1.10). */
static void
refer(int fd, const uint8_t *request, const char *url)
{
    const uint8_t len = (uint8_t)strlen(url),
                  begins[] = {0x30,
                              (uint8_t)(3 + 13 + len),
                              2,
                              1,
                              request[4],
                              0x65,
                              (uint8_t)(11 + len),
                              10,
                              1,
                              10,
                              4,
                              0,
                              4,
                              0,
                              0xa3,
                              (uint8_t)(2 + len),
                              4,
                              len};
    uint8_t message[128];

    memcpy(message, begins, sizeof(begins));
    memcpy(message + sizeof(begins), url, len);
    send(fd, message, sizeof(begins) + len, MSG_NOSIGNAL);
}

/* Answer a request by what the listener is for. */
static void
answer_one(struct connection *c)
{
    uint8_t request[256];

    if (recv(c->fd, request, sizeof(request), 0) <= 4)
        return;
    switch (c->listener->kind) {
    case LISTENER_RAMBLING:
        ramble(c->fd, request);
        break;
    case LISTENER_FRAGMENTS:
        fragment(c->fd, request);
        break;
    case LISTENER_CROWDED:
        crowd(c->fd, request);
        break;
    case LISTENER_LEAVING:
        find_one(c->fd, request);
        break;
    case LISTENER_REFERRING:
        refer(c->fd, request, c->listener->refers_to);
        break;
    case LISTENER_TWINS:
        find_two(c->fd, request);
        break;
    default:
        break;
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
    case LISTENER_EMPTY:
    case LISTENER_HASTY:
    case LISTENER_USER:
        answer_all(c);
        break;
    case LISTENER_RESET:
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
        break;
    case LISTENER_RUBBISH:
        send(c->fd, rubbish, sizeof(rubbish) - 1, MSG_NOSIGNAL);
        break;
    case LISTENER_TRICKLE:
        trickle(c->fd);
        break;
    case LISTENER_PAGES:
        answer_pages(c);
        break;
    case LISTENER_HUGE:
        send(c->fd, huge, sizeof(huge), MSG_NOSIGNAL);
        break;
    case LISTENER_SILENT:
        break;
    default:
        answer_one(c);
        break;
    }
    if (c->listener->kind > LISTENER_USER &&
        c->listener->kind != LISTENER_RESET &&
        c->listener->kind != LISTENER_LEAVING)
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
