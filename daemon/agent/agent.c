#include "daemon/agent/agent.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "daemon/agent/requests.h"
#include "daemon/agent/vault.h"
#include "daemon/process.h"

uint64_t
agent_now(void)
{
    return clock_milliseconds(CLOCK_BOOTTIME);
}

void
agent_expire(struct agent *a)
{
    uint64_t next = entries_expire(a->entries, agent_now());
    struct itimerspec when = {.it_value = {0, 0}};

    if (next != ENTRIES_NO_END) {
        when.it_value.tv_sec = (time_t)(next / 1000);
        when.it_value.tv_nsec = (long)(next % 1000) * 1000000;
    }
    (void)timerfd_settime(a->timer.fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void
timer_ready(struct loop_source *source)
{
    struct agent *a =
        (struct agent *)((char *)source - offsetof(struct agent, timer));
    uint64_t count;

    (void)!read(source->fd, &count, sizeof(count));
    agent_expire(a);
}

static void
agent_signals_ready(struct loop_source *source)
{
    struct agent *a =
        (struct agent *)((char *)source - offsetof(struct agent, signals));

    loop_stop(a->loop);
}

/* loop_tick */
static int
agent_tick(void *data)
{
    return derive_tick(((struct agent *)data)->derive);
}

/* connections_judge: the account itself, and no other, root neither. */
static const struct request_table *
agent_judge(void *data, int fd, const struct peer *peer)
{
    (void)fd;
    return peer->uid == geteuid() && peer->uid != peer_overflow_uid()
               ? &((struct agent *)data)->table
               : NULL;
}

/* What is listened at is the connections' own then. */
static bool
agent_listen_at(struct agent *a, struct sockets *sockets)
{
    while (sockets->count > 0) {
        if (!connections_listen(a->connections,
                                sockets->list[sockets->count - 1].fd,
                                agent_judge, a))
            return false;
        sockets->count--;
    }
    return true;
}

static bool
agent_make_parts(struct agent *a)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM, 0};

    a->locked = true;
    a->entries = vault_new(sizeof(*a->entries), &a->locked);
    a->loop = loop_new();
    if (a->entries == NULL || a->loop == NULL ||
        !process_watch_signals(a->loop, &a->signals, agent_signals_ready,
                               signals))
        return false;
    a->timer = (struct loop_source){
        timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK),
        timer_ready};
    if (a->timer.fd < 0 || !loop_add(a->loop, &a->timer))
        return false;
    a->derive =
        derive_start(a->loop, a->entries, &agent_sign_ops, a, &a->locked);
    if (a->derive == NULL)
        return false;
    a->table = (struct request_table){agent_ops, a};
    a->connections = connections_new(a->loop, process_connections(), NULL,
                                     &a->counts, &a->debug);
    return a->connections != NULL;
}

enum scram_status
agent_begin(struct agent *a, struct sockets *sockets, struct sentence *why)
{
    enum scram_status status;

    a->signals.fd = a->timer.fd = -1;
    config_account(a->account, sizeof(a->account));
    status = agent_seals_begin(&a->seals, why);
    if (status != SCRAM_OK)
        return status;
    if (agent_make_parts(a) && agent_listen_at(a, sockets))
        return SCRAM_OK;
    sentence_write(why, "cannot begin to serve: %s", strerror(errno));
    return SCRAM_NO_RESOURCES;
}

void
agent_run(struct agent *a)
{
    loop_run(a->loop, agent_tick, a);
}

bool
agent_end(struct agent *a)
{
    if (a->entries != NULL)
        (void)entries_forget(a->entries, SLICE(""), SLICE(""));
    agent_seals_end(&a->seals);
    if (a->derive != NULL && !derive_stop(a->derive))
        return false;
    if (a->connections != NULL)
        connections_free(a->connections);
    if (a->timer.fd >= 0)
        close(a->timer.fd);
    if (a->signals.fd >= 0)
        close(a->signals.fd);
    if (a->loop != NULL)
        loop_free(a->loop);
    vault_free(a->entries, sizeof(*a->entries));
    debug_close(&a->debug);
    return true;
}
