#include "daemon/agent/derive.h"

#include <stdlib.h>

#include "base/clock.h"
#include "daemon/agent/vault.h"
#include "daemon/workers.h"

#define LONGEST_MS                                                             \
    3600000 /* of a derivation; the most iterations take minutes */

/* What the thread works at, in memory of its own, as the entry may be wiped
 * meanwhile. */
struct work {
    struct workers_job base; /* first */
    struct derive *derive;
    bool under_way;
    uint64_t entry;
    enum scram_mechanism mechanism;
    struct agent_asked asked;
    struct entry_salt salt;
    size_t password_len;
    uint8_t password[SCRAM_PASSWORD_MAX];
    struct scram_keys keys;
    enum scram_status status;
};

struct derive {
    struct agent_entries *entries;
    const struct derive_ops *ops;
    void *data;
    struct workers *workers;
    struct work *work; /* in a vault */
    struct derive_job *first, **last;
    unsigned jobs;
    uint64_t working_at; /* ms of workers_now, when those who wait are told */
    uint64_t budget_end; /* ms of workers_now: see take_budget */
    uint64_t count;
};

/* Take the job that a link leads to out of the queue. */
static struct derive_job *
derive_take_out(struct derive *d, struct derive_job **link)
{
    struct derive_job *job = *link;

    *link = job->next;
    if (d->last == &job->next)
        d->last = link;
    d->jobs--;
    return job;
}

static void
derive_finish(struct derive *d, struct derive_job **link,
              enum scram_status status, struct agent_entry *entry,
              const struct scram_keys *keys, uint64_t wait)
{
    struct derive_job *job = derive_take_out(d, link);

    d->ops->done(d->data, job, status, entry, keys, wait);
}

/*
 * Each derivation puts the end of what was spent off by the time that one
 * takes to come back.
 *
 * @return 0, or the ms until there may be another
 */
static uint64_t
take_budget(struct derive *d)
{
    const uint64_t most = (uint64_t)DERIVE_AT_ONCE * DERIVE_EACH_MS;
    uint64_t now = workers_now();
    uint64_t end = (d->budget_end > now ? d->budget_end : now) + DERIVE_EACH_MS;

    if (end - now > most)
        return end - now - most;
    d->budget_end = end;
    return 0;
}

/* workers_ops, in the thread */
static void
derive_work(struct workers_job *base)
{
    struct work *w = (struct work *)base;

    w->status = scram_keys_derive(
        w->mechanism, (struct slice){w->password, w->password_len},
        (struct slice){w->asked.salt, w->asked.salt_len}, w->asked.iterations,
        &w->keys);
}

static void
derive_wipe(struct work *w)
{
    w->under_way = false;
    OPENSSL_cleanse(w->password, sizeof(w->password));
    scram_keys_wipe(&w->keys);
}

/* End those who have what they wait for, or never will. */
static void
settle(struct derive *d)
{
    struct derive_job **link = &d->first;
    struct agent_entry *entry;
    const struct scram_keys *keys;

    while (*link != NULL) {
        entry = entries_find(d->entries, (*link)->entry);
        keys = entry == NULL ? NULL
                             : entry_keys_find(&entry->keys, &(*link)->salt);
        if (entry == NULL)
            derive_finish(d, link, SCRAM_EXPIRED, NULL, NULL, 0);
        else if (keys != NULL)
            derive_finish(d, link, SCRAM_OK, entry, keys, 0);
        else
            link = &(*link)->next;
    }
}

static const struct workers_ops ops;

static void
derive_begin(struct derive *d, const struct derive_job *job,
             const struct agent_entry *entry)
{
    struct work *w = d->work;

    w->under_way = true;
    w->entry = job->entry;
    w->mechanism = entry->mechanism;
    w->asked = job->asked;
    w->salt = job->salt;
    w->password_len = entry->password_len;
    memcpy(w->password, entry->password, entry->password_len);
    d->count++;
    (void)workers_add(d->workers, &w->base, &ops, LONGEST_MS);
    workers_queue(&w->base);
}

/* Begin with the next one that may be derived, unless one is under way. */
static void
derive_go_on(struct derive *d)
{
    struct agent_entry *entry;
    uint64_t wait;

    settle(d);
    while (!d->work->under_way && d->first != NULL) {
        entry = entries_find(d->entries, d->first->entry);
        wait = entry_keys_take_turn(&entry->keys,
                                    clock_milliseconds(CLOCK_BOOTTIME));
        if (wait == 0)
            wait = take_budget(d);
        if (wait == 0)
            derive_begin(d, d->first, entry);
        else
            derive_finish(d, &d->first, SCRAM_NO_RESOURCES, entry, NULL, wait);
    }
}

/* End those who wait for keys that cannot be derived. */
static void
derive_fail(struct derive *d, const struct work *w)
{
    struct derive_job **link = &d->first;

    while (*link != NULL) {
        if ((*link)->entry == w->entry &&
            memcmp(&(*link)->salt, &w->salt, sizeof(w->salt)) == 0)
            derive_finish(d, link, w->status,
                          entries_find(d->entries, w->entry), NULL, 0);
        else
            link = &(*link)->next;
    }
}

/* workers_ops */
static void
derive_done(struct workers_job *base)
{
    struct work *w = (struct work *)base;
    struct derive *d = w->derive;
    struct agent_entry *entry = entries_find(d->entries, w->entry);

    if (w->status != SCRAM_OK)
        derive_fail(d, w);
    else if (entry != NULL)
        entry_keys_put(&entry->keys, &w->salt, &w->keys);
    derive_wipe(w);
    derive_go_on(d);
}

/* workers_ops: no derivation takes that long. */
static void
derive_late(struct workers_job *base, bool stopped)
{
    (void)base;
    (void)stopped;
}

/* workers_ops */
static void
derive_release(struct workers_job *base)
{
    (void)base;
}

static const struct workers_ops ops = {derive_work, derive_done, derive_late,
                                       derive_release};

struct derive *
derive_start(struct loop *loop, struct agent_entries *entries,
             const struct derive_ops *job_ops, void *data, bool *locked)
{
    struct derive *d = calloc(1, sizeof(*d));

    if (d == NULL)
        return NULL;
    d->entries = entries;
    d->ops = job_ops;
    d->data = data;
    d->last = &d->first;
    d->work = vault_new(sizeof(*d->work), locked);
    d->workers = d->work == NULL ? NULL : workers_start(loop, 1);
    if (d->workers != NULL) {
        d->work->derive = d;
        return d;
    }
    vault_free(d->work, sizeof(*d->work));
    free(d);
    return NULL;
}

bool
derive_add(struct derive *d, struct derive_job *job)
{
    if (d->jobs == DERIVE_JOBS)
        return false;
    if (d->jobs++ == 0)
        d->working_at = workers_now() + DERIVE_WORKING_MS;
    job->next = NULL;
    *d->last = job;
    d->last = &job->next;
    return true;
}

uint64_t
derive_count(const struct derive *d)
{
    return d->count;
}

int
derive_tick(struct derive *d)
{
    struct derive_job **link = &d->first;
    uint64_t now;

    (void)workers_tick(d->workers);
    derive_go_on(d);
    if (d->first == NULL)
        return -1;
    now = workers_now();
    if (now < d->working_at)
        return (int)(d->working_at - now);
    d->working_at = now + DERIVE_WORKING_MS;
    while (*link != NULL) {
        if (d->ops->working(*link))
            link = &(*link)->next;
        else
            d->ops->drop(derive_take_out(d, link));
    }
    return DERIVE_WORKING_MS;
}

bool
derive_stop(struct derive *d)
{
    while (d->first != NULL)
        d->ops->drop(derive_take_out(d, &d->first));
    if (!workers_stop(d->workers)) {
        derive_wipe(d->work);
        return false;
    }
    vault_free(d->work, sizeof(*d->work));
    free(d);
    return true;
}
