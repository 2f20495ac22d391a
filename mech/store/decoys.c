#include "store/decoys.h"

/* Take one of those that are free, or make another one. */
static struct scram_decoys *
decoys_take(struct store_decoys *decoys, enum scram_status *status)
{
    struct scram_decoys *taken = NULL;
    int i;

    for (i = 0; i < STORE_DECOYS_FREE; i++)
        if (atomic_load_explicit(&decoys->free[i], memory_order_relaxed) !=
                NULL &&
            (taken = atomic_exchange(&decoys->free[i], NULL)) != NULL)
            return taken;
    *status = scram_decoys_new(SLICE_ARRAY(decoys->key.data), &taken);
    return taken;
}

static void
leave(struct store_decoys *decoys, struct scram_decoys *taken)
{
    struct scram_decoys *none = NULL;
    int i;

    for (i = 0; i < STORE_DECOYS_FREE; i++, none = NULL)
        if (atomic_compare_exchange_strong(&decoys->free[i], &none, taken))
            return;
    scram_decoys_free(taken);
}

enum scram_status
store_decoys_begin(struct store_decoys *decoys, struct sentence *why)
{
    struct scram_decoys *first = NULL;
    enum scram_status status =
        scram_decoys_new(SLICE_ARRAY(decoys->key.data), &first);

    if (status == SCRAM_OK)
        leave(decoys, first);
    else
        sentence_write(why, "libcrypto does not compute HMAC-SHA-256");
    return status;
}

enum scram_status
store_decoys_make(struct store_decoys *decoys,
                  const struct file_tally_kind shares[FILE_TALLY_SHARES],
                  enum scram_mechanism mechanism, struct slice user,
                  struct scram_verifier *decoy)
{
    enum scram_status status = SCRAM_OK;
    struct scram_decoys *taken = decoys_take(decoys, &status);
    unsigned number;

    if (taken == NULL)
        return status;
    status = scram_decoys_draw(taken, user, &number);
    if (status == SCRAM_OK)
        status = scram_verifier_decoy(taken, mechanism, user,
                                      shares[number].iterations,
                                      shares[number].salt_len, decoy);
    leave(decoys, taken);
    return status;
}

void
store_decoys_clear(struct store_decoys *decoys)
{
    int i;

    for (i = 0; i < STORE_DECOYS_FREE; i++)
        scram_decoys_free(atomic_exchange(&decoys->free[i], NULL));
    secret_key_wipe(&decoys->key);
}
