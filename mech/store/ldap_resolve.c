#include "store/ldap_resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "store/ldap_aside.h"

/* A question to the resolver, and its answer. */
struct question {
    int rc;
    int error; /* for EAI_SYSTEM */
    struct addrinfo *addresses;
    char host[256];
    char port[8];
};

static int
ask(const char *host, const char *port, int flags, struct addrinfo **addresses)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = flags | AI_NUMERICSERV};

    return getaddrinfo(host, port, &hints, addresses);
}

static void
resolve(void *data)
{
    struct question *q = data;

    q->rc = ask(q->host, q->port, AI_ADDRCONFIG, &q->addresses);
    q->error = errno;
    if (q->rc != 0)
        q->addresses = NULL;
}

static void
release(void *data)
{
    struct question *q = data;

    if (q->addresses != NULL)
        freeaddrinfo(q->addresses);
    free(q);
}

int
ldap_resolve(const char *host, const char *port, uint64_t deadline,
             struct addrinfo **addresses)
{
    static const struct ldap_aside aside = {resolve, release};
    struct question *q;
    int rc, error;

    /* An address needs no resolver, and no thread. */
    if (ask(host, port, AI_NUMERICHOST, addresses) == 0)
        return 0;
    q = calloc(1, sizeof(*q));
    if (q == NULL)
        return EAI_MEMORY;
    strncpy(q->host, host, sizeof(q->host) - 1);
    strncpy(q->port, port, sizeof(q->port) - 1);
    if (!ldap_aside(&aside, q, deadline))
        return EAI_SYSTEM;
    rc = q->rc;
    if (rc == 0) {
        *addresses = q->addresses;
        q->addresses = NULL;
    }
    error = q->error;
    release(q);
    errno = error;
    return rc;
}
