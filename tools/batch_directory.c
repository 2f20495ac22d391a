#include <pthread.h>
#include <stdatomic.h>

#include "batch.h"
#include "interrupt.h"

/* What the threads share that put verifiers. */
struct work {
    struct batch *batch;
    struct store *store;
    enum store_put how;
    unsigned putters;
    atomic_bool over; /* the directory is of no use any more: */
    size_t last;      /* as this one was told */
};

struct putter {
    struct work *work;
    unsigned which;
};

/* A user's verifiers are put by the same thread, one after the other. */
static unsigned
putter_of(struct slice user, unsigned putters)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    size_t i;

    for (i = 0; i < user.len; i++)
        hash = (hash ^ user.data[i]) * 16777619u;
    return hash % putters;
}

/* Whether a directory that says so about one entry may take the next. */
static bool
is_about_entry(enum scram_status status)
{
    switch (status) {
    case SCRAM_OK:
    case SCRAM_USER_EXISTS:
    case SCRAM_NO_USER:
    case SCRAM_BAD_ARGUMENT:
    case SCRAM_STORE_FORBIDDEN:
    case SCRAM_STORE_FAILED:
        return true;
    default:
        return false;
    }
}

static void *
batch_directory_put_some(void *data)
{
    const struct putter *putter = data;
    struct work *w = putter->work;
    size_t i;

    for (i = 0; i < w->batch->count; i++) {
        struct store_entry *entry = &w->batch->entries[i];

        if (atomic_load(&w->over) || interrupt_came())
            break;
        if (putter_of(entry->user, w->putters) != putter->which)
            continue;
        entry->status = batch_keep(w->batch, i, w->store, &w->batch->whys[i]);
        if (entry->status == SCRAM_OK)
            entry->status = store_put(w->store, entry->user, entry->verifier,
                                      w->how, &w->batch->whys[i]);
        if (!is_about_entry(entry->status) && !atomic_exchange(&w->over, true))
            w->last = i;
    }
    return NULL;
}

/* Have it done, by this thread alone where no other can be had. */
static void
batch_directory_put_all(struct work *w)
{
    pthread_t threads[BATCH_DIRECTORY_PUTTERS];
    struct putter putters[BATCH_DIRECTORY_PUTTERS];
    unsigned i, others = 0;

    for (i = 0; i < BATCH_DIRECTORY_PUTTERS; i++)
        putters[i] = (struct putter){w, i};
    w->putters = BATCH_DIRECTORY_PUTTERS;
    while (others + 1 < w->putters &&
           pthread_create(&threads[others], NULL, batch_directory_put_some,
                          &putters[others]) == 0)
        others++;
    for (i = others; i < w->putters; i++)
        batch_directory_put_some(&putters[i]);
    for (i = 0; i < others; i++)
        pthread_join(threads[i], NULL);
}

/* Whether it has taken nothing so far, and why; the first such entry. */
static bool
is_useless(struct batch *batch, size_t *first)
{
    size_t i;

    for (i = 0; i < batch->count && !batch->useful; i++)
        batch->useful = batch->entries[i].status == SCRAM_OK ||
                        batch->entries[i].status == SCRAM_USER_EXISTS;
    for (i = 0; i < batch->count && !batch->useful; i++) {
        *first = i;
        if (batch->entries[i].status == SCRAM_STORE_FORBIDDEN ||
            batch->entries[i].status == SCRAM_STORE_FAILED)
            return true;
    }
    return false;
}

enum scram_status
batch_put_each(struct batch *batch, struct store *store, enum store_put how,
               struct sentence *why)
{
    struct work w = {.batch = batch, .store = store, .how = how};
    size_t i;

    for (i = 0; i < batch->count; i++) {
        batch->entries[i].status = SCRAM_STORE_ABSENT; /* not tried */
        batch->whys[i].text[0] = '\0';
    }
    batch_directory_put_all(&w);
    if (!w.over && !is_useless(batch, &w.last))
        return SCRAM_OK;
    *why = batch->whys[w.last];
    return batch->entries[w.last].status;
}
