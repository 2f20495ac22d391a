/*
 * What root asks about users, answered from gss-scramd's own store: in the
 * writer's thread (writer.h).
 */
#ifndef DAEMON_ADMIN_STORE_H
#define DAEMON_ADMIN_STORE_H

#include "store/store.h"

/* The store that was asked for last stays open; one that is all zero is none.
 */
struct admin_store {
    char *location;
    struct store *store;
};

void admin_store_close(struct admin_store *admin);

/*
 * Answer a request.
 *
 * @param message  a request that wire_parse_admin_request takes, for a store
 *                 that the configuration has
 * @param answer   empty, of WIRE_MESSAGE_MAX bytes
 */
void admin_store_answer(struct admin_store *admin, struct slice message,
                        struct buffer *answer);

#endif
