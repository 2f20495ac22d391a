#include "daemon/broker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/admin.h"
#include "daemon/process.h"
#include "daemon/seal_file.h"
#include "daemon/workers.h"

/* Of two times until something is due, of which -1 is none. */
static int
sooner(int one, int other)
{
    return one < 0 || (other >= 0 && other < one) ? other : one;
}

/* loop_tick */
static int
broker_tick(void *data)
{
    struct broker *b = data;
    int sums =
        audit_tick(&b->audit, clock_milliseconds(CLOCK_MONOTONIC_COARSE));
    int lines = system_log_tick(&b->log);

    return sooner(sooner(lines, sums), workers_tick(b->exchange.workers));
}

/* connections_judge, for servers */
static const struct request_table *
judge_server(void *data, int fd, const struct peer *peer)
{
    struct broker *b = data;

    return accounts_entitle(b->accounts, fd, peer) ? &b->servers
                                                   : &b->strangers;
}

/* connections_judge, for root; who runs as this account has all of it already.
 */
static const struct request_table *
judge_admin(void *data, int fd, const struct peer *peer)
{
    struct broker *b = data;

    (void)fd;
    return peer->uid == 0 ||
                   (peer->uid == geteuid() && peer->uid != peer_overflow_uid())
               ? &b->admin
               : NULL;
}

/* Why stores cannot be used goes to the log, once for each reading. */
static void
log_failed_stores(struct broker *b)
{
    const struct account_policy *p = b->accounts->policies;
    struct sentence line;

    for (; p < b->accounts->policies + b->accounts->policy_count; p++) {
        if (p->service != NULL)
            continue;
        sentence_write(&line, "%s%s has no store that can be used: %.800s",
                       p->section == NULL ? "" : "the account ",
                       p->section == NULL ? "[scram]" : p->section,
                       p->why.text);
        system_log_line(&b->log, LOG_LEVEL_WARNING, line.text);
    }
}

/* background_ops */
static void
take_accounts(void *data, struct accounts *accounts, bool read)
{
    struct broker *b = data;

    accounts_free(b->accounts);
    b->accounts = accounts;
    b->exchange.accounts = accounts;
    throttle_limit(b->exchange.throttle, &accounts->limits);
    connections_judge_again(b->connections);
    if (!read)
        return;
    b->metrics.reloads++;
    system_log_line(&b->log, LOG_LEVEL_INFO,
                    "the configuration was read and holds from now on");
    log_failed_stores(b);
    admin_reloaded(b, NULL);
}

/* background_ops */
static void
broker_take_keys(void *data, const struct seal_keys *keys)
{
    struct broker *b = data;

    if (sealer_set(&b->exchange.sealer, keys) != SCRAM_OK)
        system_log_line(&b->log, LOG_LEVEL_WARNING,
                        "libcrypto refuses the new key of the seal; the old "
                        "one stays");
}

/* background_ops */
static void
take_trouble(void *data, const char *sentence, bool read)
{
    struct broker *b = data;
    struct sentence line;

    b->metrics.reloads_failed += read;
    sentence_write(&line, "%s%s%s",
                   read ? "the configuration stays as it was: " : "", sentence,
                   read ? "; correct that, and reload" : "");
    system_log_line(&b->log, LOG_LEVEL_WARNING, line.text);
    if (read)
        admin_reloaded(b, sentence);
}

/* writer_ops: what is read of the file that is open is not what the next
 * gss-scramd will read. */
static void
stop_for_replaced(void *data, const char *sentence)
{
    struct broker *b = data;

    sentence_write(&b->failed, "%s", sentence);
    loop_stop(b->loop);
}

/* writer_ops */
static void
try_stores_again(void *data)
{
    struct broker *b = data;

    if (accounts_have_failed(b->accounts))
        background_retry(b->background);
}

static const struct writer_ops writer_ops = {try_stores_again,
                                             stop_for_replaced};

static const struct background_ops background_ops = {
    take_accounts, broker_take_keys, take_trouble};

static struct broker *
broker_of_signals(struct loop_source *source)
{
    return (struct broker *)((char *)source - offsetof(struct broker, signals));
}

static void
broker_signals_ready(struct loop_source *source)
{
    struct broker *b = broker_of_signals(source);
    struct signalfd_siginfo info;

    while (read(source->fd, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            background_reload(b->background);
        else
            loop_stop(b->loop);
    }
}

/* The parts that every connection needs. */
static bool
broker_make_parts(struct broker *b)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM, 0};

    b->loop = loop_new();
    if (b->loop == NULL ||
        !process_watch_signals(b->loop, &b->signals, broker_signals_ready,
                               signals))
        return false;
    b->connections =
        connections_new(b->loop, process_connections(), &b->strangers,
                        &b->metrics.sockets, &b->debug);
    return b->connections != NULL;
}

/* Listen; what is listened at is the connections' own then. */
static bool
broker_listen_at(struct broker *b, struct sockets *sockets)
{
    struct socket_listening *s;

    while (sockets->count > 0) {
        s = &sockets->list[sockets->count - 1];
        if (!connections_listen(b->connections, s->fd,
                                s->admin ? judge_admin : judge_server, b))
            return false;
        sockets->count--;
    }
    return true;
}

enum scram_status
broker_begin(struct broker *b, struct sockets *sockets, const char *folder,
             struct accounts *accounts, const struct seal_keys *keys,
             struct sentence *why)
{
    enum scram_status status;

    b->accounts = accounts;
    b->exchange.accounts = accounts;
    b->exchange.metrics = &b->metrics;
    b->exchange.audit = &b->audit;
    b->audit.log = &b->log;
    b->log.lost_in_all = &b->metrics.log_lost;
    b->servers = (struct request_table){exchange_ops, &b->exchange};
    b->strangers = (struct request_table){exchange_strangers_ops, &b->exchange};
    b->admin = (struct request_table){admin_ops, b};
    status = throttle_open(folder, &accounts->limits, seal_now(),
                           &b->exchange.throttle, why);
    if (status != SCRAM_OK)
        return status;
    if (why->text[0] != '\0')
        system_log_line(&b->log, LOG_LEVEL_WARNING, why->text);
    status = sealer_set(&b->exchange.sealer, keys);
    if (status == SCRAM_OK && broker_make_parts(b)) {
        b->background = background_start(b->loop, folder, accounts, keys,
                                         &background_ops, b);
        b->writer = writer_start(b->loop, &writer_ops, b);
        b->exchange.workers = workers_start(b->loop, WORKERS_THREADS);
        if (b->background != NULL && b->writer != NULL &&
            b->exchange.workers != NULL && broker_listen_at(b, sockets)) {
            log_failed_stores(b);
            return SCRAM_OK;
        }
    }
    sentence_write(why, "cannot begin to serve: %s",
                   status == SCRAM_OK ? strerror(errno)
                                      : "libcrypto refuses the seal's key");
    return status == SCRAM_OK ? SCRAM_NO_RESOURCES : status;
}

enum scram_status
broker_run(struct broker *b, struct sentence *why)
{
    loop_run(b->loop, broker_tick, b);
    *why = b->failed;
    return why->text[0] == '\0' ? SCRAM_OK : SCRAM_STORE_FAILED;
}

/* What waits for an answer gets none. */
static void
end_requests(struct broker *b)
{
    if (b->writer != NULL)
        writer_stop(b->writer);
    if (b->reloading != NULL)
        connection_answer(b->reloading, SLICE(""));
    b->reloading = NULL;
    if (b->loop != NULL)
        loop_run_tasks(b->loop);
}

bool
broker_end(struct broker *b)
{
    if ((b->background != NULL && !background_stop(b->background)) ||
        (b->exchange.workers != NULL && !workers_stop(b->exchange.workers)))
        return false;
    end_requests(b);
    if (b->connections != NULL)
        connections_free(b->connections);
    if (b->signals.fd > 0)
        close(b->signals.fd);
    if (b->loop != NULL)
        loop_free(b->loop);
    accounts_free(b->accounts);
    sealer_end(&b->exchange.sealer);
    throttle_close(b->exchange.throttle);
    system_log_close(&b->log);
    debug_close(&b->debug);
    return true;
}
