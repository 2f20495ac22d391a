#include "batch.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include "broker_store.h"
#include "interrupt.h"
#include "verifiers.h"

#define CORES_MAX 256
/* Passwords for each core and transaction: some take a tenth of a second, and
 * what an interruption loses, and how often the progress moves, hang on it. */
#define PASSWORDS_A_CORE 8

bool
batch_init(struct batch *batch, enum scram_mechanism mechanism,
           uint32_t iterations, bool passwords, bool directory)
{
    size_t cores = (size_t)get_nprocs();

    if (cores > CORES_MAX)
        cores = CORES_MAX;
    *batch = (struct batch){
        .mechanism = mechanism,
        .iterations =
            iterations != 0 ? iterations : scram_default_iterations(mechanism),
        .passwords = passwords,
        .capacity = passwords   ? cores * PASSWORDS_A_CORE
                    : directory ? BATCH_DIRECTORY_MAX
                                : BATCH_MAX,
    };
    batch->items = calloc(batch->capacity, sizeof(*batch->items));
    batch->entries = calloc(batch->capacity, sizeof(*batch->entries));
    if (directory)
        batch->whys = calloc(batch->capacity, sizeof(*batch->whys));
    return batch->items != NULL && batch->entries != NULL &&
           (batch->whys != NULL || !directory);
}

void
batch_clear(struct batch *batch)
{
    if (batch->items != NULL)
        OPENSSL_cleanse(batch->items, batch->capacity * sizeof(*batch->items));
    free(batch->items);
    free(batch->entries);
    free(batch->whys);
    *batch = (struct batch){0};
}

void
batch_add(struct batch *batch, const struct record *record, struct slice user)
{
    struct item *item = &batch->items[batch->count++];

    item->line = record->line;
    memcpy(item->user_bytes, user.data, user.len);
    item->user_len = user.len;
    item->password_len = record->password.len;
    item->status = SCRAM_OK;
    if (record->password.data == NULL)
        item->verifier = record->verifier;
    else if (record->password.len == 0)
        item->status = SCRAM_BAD_PASSWORD;
    else if (record->password.len <= sizeof(item->password))
        memcpy(item->password, record->password.data, record->password.len);
}

/* What the threads share that make verifiers. */
struct derivation {
    struct batch *batch;
    atomic_size_t next;
};

static enum scram_status
derive_item(const struct batch *batch, struct item *item)
{
    uint8_t salt[SCRAM_SALT_LEN];

    if (RAND_bytes(salt, sizeof(salt)) != 1)
        return SCRAM_CRYPTO_FAILED;
    return scram_verifier_derive(
        batch->mechanism, (struct slice){item->password, item->password_len},
        SLICE_ARRAY(salt), batch->iterations, &item->verifier);
}

static void *
batch_derive_thread(void *data)
{
    struct derivation *d = data;
    size_t i;

    while (!interrupt_came() &&
           (i = atomic_fetch_add(&d->next, 1)) < d->batch->count) {
        struct item *item = &d->batch->items[i];

        if (item->password_len != 0 && item->status == SCRAM_OK)
            item->status = derive_item(d->batch, item);
    }
    return NULL;
}

void
batch_skip(struct batch *batch, struct store *store)
{
    size_t i;

    for (i = 0; i < batch->count && batch->passwords; i++) {
        CLEANUP_VERIFIER struct scram_verifier there;
        struct item *item = &batch->items[i];

        if (item->password_len != 0 && item->status == SCRAM_OK &&
            store_look_up(store, batch->mechanism,
                          (struct slice){item->user_bytes, item->user_len},
                          &there, NULL) == SCRAM_OK)
            item->status = SCRAM_USER_EXISTS;
    }
}

/* This thread does it too, and alone where no other can be had. */
void
batch_derive(struct batch *batch)
{
    struct derivation d = {.batch = batch};
    pthread_t threads[CORES_MAX];
    size_t i, others = 0, cores = batch->capacity / PASSWORDS_A_CORE;

    if (!batch->passwords)
        return;
    while (others + 1 < cores && others < CORES_MAX &&
           pthread_create(&threads[others], NULL, batch_derive_thread, &d) == 0)
        others++;
    batch_derive_thread(&d);
    for (i = 0; i < others; i++)
        pthread_join(threads[i], NULL);
}

enum scram_status
batch_keep(struct batch *batch, size_t i, struct store *store,
           struct sentence *why)
{
    struct verifiers before CLEANUP_VERIFIERS = {0};
    struct item *item = &batch->items[i];
    bool enabled = item->verifier.enabled;
    enum scram_status status;

    item->shut_out = false;
    if (item->status != SCRAM_OK)
        return SCRAM_OK;
    status = verifiers_read(
        store, (struct slice){item->user_bytes, item->user_len}, &before, why);
    if (status != SCRAM_OK && status != SCRAM_NO_USER)
        return status;
    verifiers_keep(&before, &item->verifier);
    if (batch->enable)
        item->verifier.enabled = enabled;
    item->shut_out = enabled && !item->verifier.enabled;
    return SCRAM_OK;
}

/* Put the items in one transaction. */
static enum scram_status
batch_put_all(struct batch *batch, struct store *store, enum store_put how,
              struct sentence *why)
{
    /* It takes the store's lock: from here on nobody else disables a user. */
    enum scram_status status =
        store_put_many(store, batch->entries, 0, how, why);
    size_t i;

    for (i = 0; i < batch->count && status == SCRAM_OK; i++)
        status = batch_keep(batch, i, store, why);
    return status != SCRAM_OK
               ? status
               : store_put_many(store, batch->entries, batch->count, how, why);
}

/* Have gss-scramd put the items, each message of them in one transaction; it
 * keeps disabled users disabled by itself. */
static enum scram_status
put_broker(struct batch *batch, struct store *store, enum store_put how,
           struct sentence *why)
{
    bool *disabled = calloc(batch->count + 1, sizeof(*disabled));
    enum scram_status status = SCRAM_NO_MEMORY;
    size_t i;

    if (disabled != NULL)
        status = broker_store_put(store, batch->entries, batch->count, how,
                                  batch->enable, disabled, why);
    for (i = 0; i < batch->count && disabled != NULL; i++)
        batch->items[i].shut_out = disabled[i];
    free(disabled);
    return status;
}

enum scram_status
batch_put(struct batch *batch, struct store *store, enum store_put how,
          struct sentence *why)
{
    /* An item that has no verifier is for nobody, and so is not put. */
    static const struct scram_verifier none;
    bool broker = store->ops == &store_broker;
    enum scram_status status;
    size_t i;

    for (i = 0; i < batch->count; i++) {
        struct item *item = &batch->items[i];

        batch->entries[i] = (struct store_entry){
            {item->user_bytes, item->user_len},
            item->status == SCRAM_OK ? &item->verifier : &none,
            SCRAM_OK};
    }
    status = batch->whys != NULL ? batch_put_each(batch, store, how, why)
             : broker            ? put_broker(batch, store, how, why)
                                 : batch_put_all(batch, store, how, why);
    for (i = 0; i < batch->count; i++) {
        if (batch->items[i].status != SCRAM_OK)
            batch->entries[i].status = batch->items[i].status;
        else if (status != SCRAM_OK && batch->whys == NULL && !broker)
            batch->entries[i].status = status;
    }
    return status;
}
