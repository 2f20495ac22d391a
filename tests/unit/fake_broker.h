/*
 * A broker for tests: it answers from a store as gss-scramd does, by
 * verify/local.c, with a seal that is nothing but the client-first-message's
 * length. What it answers can be twisted before it is sent.
 */
#ifndef FAKE_BROKER_H
#define FAKE_BROKER_H

#include "fake_daemon.h"
#include "verify/verify.h"
#include "wire/message.h"

#define FAKE_BROKER_ID "\1\2\3\4\5\6\7\10"

/* Change an answer; one of these, and NULL for the others. What is written
 * instead of a message goes out as it is. */
struct fake_twist {
    void (*welcome)(struct wire_welcome *welcome);
    void (*challenge)(struct wire_challenge *challenge);
    void (*verdict)(struct wire_verdict *verdict);
    void (*bytes)(struct buffer *answer); /* of all but the first */
};

struct fake_broker {
    struct fake_daemon daemon;
    struct verify_service *service;
};

/* verify_nonce: another one each time. */
enum scram_status fake_nonce(struct buffer *nonce, struct sentence *why);

/*
 * Start one.
 *
 * @param path      of its socket, for as long as it is there
 * @param location  of its store
 * @param require   channel bindings, of every login
 * @param twist     NULL for none; used for as long as it is there
 * @return whether there is such a store
 */
bool fake_broker_start(struct fake_broker *broker, const char *path,
                       const char *location, bool require,
                       const struct fake_twist *twist);

void fake_broker_stop(struct fake_broker *broker);

#endif
