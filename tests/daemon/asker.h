/*
 * A server's side of gss-scramd's socket, message by message and without the
 * module, so that it can also say what the module never would; and a client of
 * that server. None of it knows Check: children of a test use it, too.
 */
#ifndef ASKER_H
#define ASKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/sentence.h"
#include "scram/initiator.h"
#include "scram/message.h"
#include "wire/message.h"

#define ASKER_ENDED (-1) /* in the place of a status: the connection has */

struct asker {
    int fd;
    enum scram_mechanism mechanism;
    struct scram_initiator *client;
    struct scram_keys keys;           /* the client's */
    uint8_t answer[WIRE_MESSAGE_MAX]; /* the last one */
    struct sentence sentence;         /* and what it says */
    uint32_t handshake_timeout;
    uint32_t left; /* ms for the client, by the last server-first-message */
    /* What the module keeps between the two messages. */
    uint8_t client_first[SCRAM_CLIENT_FIRST_MAX], server_first[2048];
    uint8_t client_final[2048], seal[WIRE_SEAL_MAX], id[WIRE_ID_LEN];
    struct wire_final final; /* made of those */
    char user[WIRE_USER_MAX + 1];
    struct wire_verdict verdict;
    uint8_t session_key[WIRE_SESSION_KEY_LEN];
};

/* Connect to a socket; -1 where that does not work. */
int asker_connect(const char *path);

/* Send a message as it stands; false where it cannot be sent. */
bool asker_send(int fd, struct slice message);

/* Send a message with a descriptor. */
bool asker_send_descriptor(int fd, struct slice message, int passed);

/* Wait for a message, 20 s at most; its length, 0 where the connection has
 * ended, -1 where nothing came. */
ssize_t asker_receive(int fd, uint8_t *bytes, size_t size);

/* Whether the connection has ended, or ends now; an empty message is no end. */
bool asker_has_ended(int fd);

/* Connect, and say HELLO; the status, or ASKER_ENDED. End it with asker_end. */
int asker_begin(struct asker *asker, const char *path);
int asker_hello(struct asker *asker, uint8_t lowest, uint8_t highest);

/* Have a client begin a login, and ask for server-first-message. */
int asker_first(struct asker *asker, const char *user);

/* Have the client answer, into asker->final, which a test may change; and ask
 * for the verdict. */
bool asker_answer(struct asker *asker, const char *password,
                  struct slice bindings);
int asker_final(struct asker *asker);

/* All three: whether the login of a connection that has begun succeeds. */
int asker_log_in(struct asker *asker, const char *user, const char *password);

/* Whether the client takes the verdict for the server's, and has the same
 * session key. */
bool asker_is_proved(struct asker *asker);

/* Forget the login; and close the connection, too. */
void asker_forget(struct asker *asker);
void asker_end(struct asker *asker);

#endif
