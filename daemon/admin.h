/*
 * The requests of root, over the admin socket; their table's data is the
 * struct broker.
 */
#ifndef DAEMON_ADMIN_H
#define DAEMON_ADMIN_H

#include "daemon/request.h"

extern const struct request_op admin_ops[];

#endif
