#include "broker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/config.h"
#include "base/config_broker.h"
#include "base/secret.h"

/* What a batch may take on a slow disk, or the name services for all accounts.
 */
#define PATIENCE 120 /* seconds */

struct broker {
    int fd;
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    uint8_t question[WIRE_MESSAGE_MAX];
    uint8_t answer[WIRE_MESSAGE_MAX];
};

void
broker_close(struct broker *broker)
{
    if (broker == NULL)
        return;
    if (broker->fd >= 0)
        close(broker->fd);
    OPENSSL_cleanse(broker, sizeof(*broker));
    free(broker);
}

/* Send, and wait for what comes back: its length, or 0 with a sentence. */
static size_t
broker_exchange(struct broker *b, struct slice question, struct sentence *why)
{
    ssize_t n = send(b->fd, question.data, question.len, MSG_NOSIGNAL);

    if (n == (ssize_t)question.len) {
        do
            n = recv(b->fd, b->answer, sizeof(b->answer), 0);
        while (n < 0 && errno == EINTR);
        if (n > 0)
            return (size_t)n;
    }
    if (n < 0 && errno != EPIPE && errno != ECONNRESET)
        sentence_write(why,
                       "gss-scramd does not answer at %s: %s. Look at "
                       "its log, and start it anew if it hangs",
                       b->path,
                       errno == EAGAIN ? "it takes too long" : strerror(errno));
    else
        sentence_write(why,
                       "gss-scramd ended the connection to %s: it answers root "
                       "there, and the account that it runs as, and what it "
                       "does not do is in its log",
                       b->path);
    return 0;
}

/* Where systemd runs (sd_booted(3)), it is what starts gss-scramd. */
static bool
systemd_runs(void)
{
    return access("/run/systemd/system", F_OK) == 0;
}

static enum scram_status
refused(const struct broker *b, int error, struct sentence *why)
{
    if (error == EACCES || error == EPERM) {
        sentence_write(why, "this account may not ask gss-scramd at %s: %s",
                       b->path, strerror(error));
        return SCRAM_STORE_FORBIDDEN;
    }
    if (systemd_runs())
        sentence_write(why,
                       "gss-scramd cannot be asked at %s: %s. Start it with "
                       "\"systemctl start gss-scramd\"",
                       b->path, strerror(error));
    else
        sentence_write(why,
                       "gss-scramd cannot be asked at %s: %s. Start "
                       "\"gss-scramd --foreground\" as root, as no systemd is "
                       "here to do so; or do without it, by broker = none and "
                       "store = " CONFIG_DEFAULT_STORE " in %s",
                       b->path, strerror(error), config_path());
    return error == ENOENT || error == ECONNREFUSED ? SCRAM_STORE_ABSENT
                                                    : SCRAM_STORE_FAILED;
}

/* Say HELLO. */
static enum scram_status
broker_greet(struct broker *b, struct sentence *why)
{
    const struct wire_hello hello = {WIRE_VERSION, WIRE_VERSION};
    struct buffer question = BUFFER_ARRAY(b->question);
    struct wire_welcome welcome;
    size_t len;

    wire_put_hello(&hello, &question);
    len = broker_exchange(b, buffer_slice(&question), why);
    if (len == 0)
        return SCRAM_STORE_FORBIDDEN;
    if (!wire_parse_welcome((struct slice){b->answer, len}, &welcome)) {
        sentence_write(why, "what listens at %s is not gss-scramd", b->path);
        return SCRAM_STORE_FAILED;
    }
    if (welcome.status != SCRAM_OK)
        sentence_write(why, "%.*s", (int)welcome.sentence.len,
                       (const char *)welcome.sentence.data);
    return welcome.status;
}

static enum scram_status
broker_connect(struct broker *b, const char *path, struct sentence *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {PATIENCE, 0};

    if (strlen(path) >= sizeof(address.sun_path)) {
        sentence_write(why, "the path of the socket %s is too long", path);
        return SCRAM_BAD_CONFIG;
    }
    snprintf(b->path, sizeof(b->path), "%s", path);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    b->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (b->fd < 0 ||
        setsockopt(b->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                   sizeof(patience)) != 0 ||
        setsockopt(b->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
                   sizeof(patience)) != 0 ||
        connect(b->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return refused(b, errno, why);
    return broker_greet(b, why);
}

enum scram_status
broker_try(const char *path, struct sentence *why)
{
    struct broker *b = calloc(1, sizeof(*b));
    enum scram_status status;

    if (b == NULL)
        return SCRAM_NO_MEMORY;
    b->fd = -1;
    status = broker_connect(b, path, why);
    broker_close(b);
    return status;
}

enum scram_status
broker_open(struct broker **broker, struct sentence *why)
{
    struct config_broker config CLEANUP_CONFIG_BROKER = {0};
    struct broker *b = calloc(1, sizeof(*b));
    enum scram_status status;

    if (b == NULL)
        return SCRAM_NO_MEMORY;
    b->fd = -1;
    status = config_broker_load(&config, why);
    if (status == SCRAM_OK)
        status = broker_connect(b, config.admin, why);
    if (status == SCRAM_OK)
        *broker = b;
    else
        broker_close(b);
    return status;
}

enum scram_status
broker_ask(struct broker *b, const struct wire_admin_request *request,
           struct wire_admin_answer *answer, struct sentence *why)
{
    struct buffer question = BUFFER_ARRAY(b->question);
    struct wire_admin_answer parsed;
    size_t len;

    wire_put_admin_request(request, &question);
    if (question.overflow) {
        sentence_write(why, "this is too much for one message to gss-scramd");
        return SCRAM_BAD_ARGUMENT;
    }
    len = broker_exchange(b, buffer_slice(&question), why);
    OPENSSL_cleanse(b->question, question.len);
    if (len == 0)
        return SCRAM_STORE_FAILED;
    if (!wire_parse_admin_answer((struct slice){b->answer, len}, &parsed) ||
        parsed.op != request->op) {
        sentence_write(why, "gss-scramd's answer cannot be read; are both of "
                            "the same version?");
        return SCRAM_STORE_FAILED;
    }
    *answer = parsed;
    return SCRAM_OK;
}

enum scram_status
broker_do(struct broker *b, const struct wire_admin_request *request,
          struct wire_admin_answer *answer, struct sentence *why)
{
    enum scram_status status = broker_ask(b, request, answer, why);

    if (status != SCRAM_OK)
        return status;
    if (answer->status != SCRAM_OK)
        sentence_write(why, "%.*s", (int)answer->sentence.len,
                       (const char *)answer->sentence.data);
    return answer->status;
}
