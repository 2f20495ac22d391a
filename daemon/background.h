/*
 * A thread for what may wait, so that the serving thread never does: it reads
 * the configuration when it is told to, asks the name services who is in the
 * group, tries stores again that could not be opened, and makes the seal's
 * keys. What it finds it hands to the serving thread.
 */
#ifndef DAEMON_BACKGROUND_H
#define DAEMON_BACKGROUND_H

#include "daemon/accounts.h"
#include "daemon/loop.h"
#include "daemon/seal.h"

#define BACKGROUND_REFRESH 30000 /* ms between two questions who is who */
#define BACKGROUND_RETRY 1000    /* ms, for a store that cannot be opened */
#define BACKGROUND_RENEW 60000   /* ms, for keys that cannot be written */

/* What the serving thread does with the news; called by it. */
struct background_ops {
    /* Other accounts count now, which are the function's; @p read: by the
     * configuration, which was read anew. */
    void (*accounts)(void *data, struct accounts *accounts, bool read);
    void (*keys)(void *data, const struct seal_keys *keys);
    /* Something went wrong, and stays as it was; @p read: with the
     * configuration. */
    void (*trouble)(void *data, const char *sentence, bool read);
};

struct background;

/*
 * Start the thread.
 *
 * @param folder    of the seal's keys; stays where it is
 * @param accounts  those that count now, which the serving thread keeps until
 *                  it is handed others
 * @param keys      likewise; copied
 * @return NULL with errno set on failure; end it with background_stop
 */
struct background *background_start(struct loop *loop, const char *folder,
                                    const struct accounts *accounts,
                                    const struct seal_keys *keys,
                                    const struct background_ops *ops,
                                    void *data);

/* Have the configuration read, and all else found out again. */
void background_reload(struct background *background);

/* Have stores tried again that could not be opened, now. */
void background_retry(struct background *background);

/* End the thread; false where it is waiting for somebody, and then it goes on,
 * and nothing that it has may be released. */
bool background_stop(struct background *background);

#endif
