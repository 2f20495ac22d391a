/*
 * The requests of root, over the admin socket (wire/admin.h); their table's
 * data is the struct broker. Those for a store are the writer's to answer
 * (writer.h), where it is gss-scramd's own; the others are answered here.
 */
#ifndef DAEMON_ADMIN_H
#define DAEMON_ADMIN_H

#include "daemon/request.h"

struct broker;

extern const struct request_op admin_ops[];

/* The configuration was read, or could not be: who asked for it is told.
 *
 * @param trouble  a sentence; NULL: it holds from now on
 */
void admin_reloaded(struct broker *broker, const char *trouble);

/* Write down one of these messages (request_op), without keys. */
void admin_show(struct slice message, bool is_answer, struct buffer *text);

#endif
