#include "asker.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "../unit/client.h"

#define PATIENCE ((struct timeval){20, 0})

int
asker_connect(const char *path)
{
    const struct timeval patience = PATIENCE;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

bool
asker_send(int fd, struct slice message)
{
    return send(fd, message.data, message.len, MSG_NOSIGNAL) ==
           (ssize_t)message.len;
}

bool
asker_send_descriptor(int fd, struct slice message, int passed)
{
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = ""};
    struct iovec bytes = {(void *)message.data, message.len};
    struct msghdr header = {.msg_iov = &bytes,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &passed, sizeof(int));
    return sendmsg(fd, &header, MSG_NOSIGNAL) == (ssize_t)message.len;
}

ssize_t
asker_receive(int fd, uint8_t *bytes, size_t size)
{
    ssize_t n = recv(fd, bytes, size, 0);

    return n < 0 && errno == ECONNRESET ? 0 : n;
}

bool
asker_has_ended(int fd)
{
    struct pollfd ended = {.fd = fd};
    uint8_t byte;

    return asker_receive(fd, &byte, 1) == 0 && poll(&ended, 1, 0) == 1 &&
           (ended.revents & POLLHUP) != 0;
}

/* Ask, and take the answer; false where the connection has ended. */
static bool
ask(struct asker *a, const struct buffer *request, struct slice *answer)
{
    ssize_t n = -1;

    if (!request->overflow && asker_send(a->fd, buffer_slice(request)))
        n = asker_receive(a->fd, a->answer, sizeof(a->answer));
    *answer = (struct slice){a->answer, n > 0 ? (size_t)n : 0};
    return n > 0;
}

static void
take_sentence(struct asker *a, struct slice sentence)
{
    sentence_write(&a->sentence, "%.*s", (int)sentence.len,
                   (const char *)sentence.data);
}

int
asker_hello(struct asker *a, uint8_t lowest, uint8_t highest)
{
    const struct wire_hello hello = {lowest, highest};
    struct wire_welcome welcome;
    uint8_t memory[64];
    struct buffer request = BUFFER_ARRAY(memory);
    struct slice answer;

    wire_put_hello(&hello, &request);
    if (!ask(a, &request, &answer) || !wire_parse_welcome(answer, &welcome))
        return ASKER_ENDED;
    take_sentence(a, welcome.sentence);
    a->handshake_timeout = welcome.handshake_timeout;
    return (int)welcome.status;
}

int
asker_begin(struct asker *a, const char *path)
{
    *a = (struct asker){.fd = asker_connect(path)};
    return a->fd < 0 ? ASKER_ENDED : asker_hello(a, WIRE_VERSION, WIRE_VERSION);
}

/* Keep a copy of what the module keeps. */
static struct slice
keep(uint8_t *place, size_t size, struct slice bytes)
{
    size_t len = bytes.len < size ? bytes.len : size;

    memcpy(place, bytes.data, len);
    return (struct slice){place, len};
}

int
asker_first(struct asker *a, const char *user)
{
    static atomic_uint last;
    struct wire_first first = {.mechanism = (uint8_t)a->mechanism};
    struct wire_challenge c;
    uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer request = BUFFER_ARRAY(memory);
    struct slice answer;
    char nonce[32];

    asker_forget(a);
    snprintf(nonce, sizeof(nonce), "nonce%ld.%u", (long)getpid(),
             atomic_fetch_add(&last, 1));
    if (scram_initiator_first(a->mechanism, slice_of(user), slice_of(nonce),
                              &a->client, &first.client_first) != SCRAM_OK)
        return ASKER_ENDED;
    a->final.mechanism = first.mechanism;
    a->final.client_first =
        keep(a->client_first, sizeof(a->client_first), first.client_first);
    wire_put_first(&first, &request);
    if (!ask(a, &request, &answer) || !wire_parse_challenge(answer, &c))
        return ASKER_ENDED;
    a->final.seal = keep(a->seal, sizeof(a->seal), c.seal);
    a->final.server_first =
        keep(a->server_first, sizeof(a->server_first), c.server_first);
    memcpy(a->id, c.id.data, WIRE_ID_LEN);
    snprintf(a->user, sizeof(a->user), "%.*s", (int)c.user.len,
             (const char *)c.user.data);
    a->left = c.left;
    take_sentence(a, c.sentence);
    return (int)c.status;
}

bool
asker_answer(struct asker *a, const char *password, struct slice bindings)
{
    struct buffer client_final = BUFFER_ARRAY(a->client_final);
    struct slice error;

    if (client_answer(a->client, a->final.server_first, bindings,
                      (struct scram_limits){4096, 100000}, slice_of(password),
                      &a->keys, &client_final, &error) != SCRAM_OK)
        return false;
    a->final.client_final = buffer_slice(&client_final);
    return true;
}

int
asker_final(struct asker *a)
{
    uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer request = BUFFER_ARRAY(memory);
    struct slice answer;

    wire_put_final(&a->final, &request);
    if (!ask(a, &request, &answer) || !wire_parse_verdict(answer, &a->verdict))
        return ASKER_ENDED;
    take_sentence(a, a->verdict.sentence);
    memcpy(a->session_key, a->verdict.session_key.data, WIRE_SESSION_KEY_LEN);
    return (int)a->verdict.status;
}

int
asker_log_in(struct asker *a, const char *user, const char *password)
{
    int status = asker_first(a, user);

    if (status != SCRAM_OK)
        return status;
    return asker_answer(a, password, SLICE("")) ? asker_final(a) : ASKER_ENDED;
}

bool
asker_is_proved(struct asker *a)
{
    uint8_t session_key[SCRAM_SESSION_KEY_LEN];
    struct slice error;

    return scram_accept_server(scram_initiator_unproved(a->client), &a->keys,
                               a->verdict.server_final, session_key,
                               &error) == SCRAM_OK &&
           memcmp(session_key, a->session_key, WIRE_SESSION_KEY_LEN) == 0;
}

void
asker_forget(struct asker *a)
{
    scram_initiator_free(a->client);
    a->client = NULL;
    a->final = (struct wire_final){0};
}

void
asker_end(struct asker *a)
{
    asker_forget(a);
    if (a->fd >= 0)
        close(a->fd);
    a->fd = -1;
}
