/*
 * The thread that changes gss-scramd's own stores, and reads them for root, so
 * that the serving thread never waits for a disk. Requests are done one after
 * another, each in one transaction.
 */
#ifndef DAEMON_WRITER_H
#define DAEMON_WRITER_H

#include "daemon/loop.h"
#include "daemon/request.h"

struct writer;

/* What the serving thread is told; called by it. */
struct writer_ops {
    /* A request was done, and is answered next: there may be a store now. */
    void (*done)(void *data);
    /* A store's file was replaced while it was open: it must not go on. */
    void (*replaced)(void *data, const char *sentence);
};

/*
 * Start the thread.
 *
 * @return NULL with errno set on failure; end it with writer_stop
 */
struct writer *writer_start(struct loop *loop, const struct writer_ops *ops,
                            void *data);

/*
 * Have a request answered, which is one of wire/admin.h's for a store.
 *
 * @return REQUEST_LATER; or REQUEST_MALFORMED without memory
 */
enum request_end writer_take(struct writer *writer, struct request *request);

/* End the thread, after what it is at. The connections of what waits end. */
void writer_stop(struct writer *writer);

#endif
