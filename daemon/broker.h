/*
 * The daemon as a whole: what serves, made of its parts. main.c starts it.
 */
#ifndef DAEMON_BROKER_H
#define DAEMON_BROKER_H

#include "daemon/audit.h"
#include "daemon/background.h"
#include "daemon/connection.h"
#include "daemon/exchange.h"
#include "daemon/sockets.h"
#include "daemon/system_log.h"
#include "daemon/writer.h"

struct broker {
    struct loop *loop;
    struct background *background;
    struct writer *writer;
    struct connection *reloading; /* who asked for it, and waits; or NULL */
    struct sentence failed;       /* why it must not go on; or empty */
    struct connections *connections;
    struct accounts *accounts; /* those that count now */
    struct exchange exchange;
    struct metrics metrics;
    struct audit audit;
    struct system_log log;
    struct debug debug;
    struct request_table servers, strangers, admin;
    struct loop_source signals;
};

/*
 * Begin to serve.
 *
 * @param broker    all zero but for its log and debug; stays where it is
 * @param sockets   are the broker's from now on
 * @param folder    of its state; stays where it is
 * @param accounts  are the broker's, likewise
 * @param keys      copied
 * @return SCRAM_OK, SCRAM_NO_MEMORY, SCRAM_NO_RESOURCES, SCRAM_CRYPTO_FAILED;
 *         broker_end releases it, whatever comes of this
 */
enum scram_status broker_begin(struct broker *broker, struct sockets *sockets,
                               const char *folder, struct accounts *accounts,
                               const struct seal_keys *keys,
                               struct sentence *why);

/*
 * Serve until SIGTERM or SIGINT comes; SIGHUP has the configuration read.
 *
 * @return SCRAM_OK; SCRAM_STORE_FAILED with a sentence when a store's file was
 *         replaced
 */
enum scram_status broker_run(struct broker *broker, struct sentence *why);

/* Release all; false where a thread still waits for somebody, so that the
 * process ends as it is. */
bool broker_end(struct broker *broker);

#endif
