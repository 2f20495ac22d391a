#include "rfc4121/context.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/libcrypto.h"
#include "rfc4121/derive.h"

enum scram_status
rfc4121_new(const uint8_t *key, enum rfc4121_role role, bool replay,
            bool sequence, rfc4121_random *random,
            struct rfc4121_context **context)
{
    struct rfc4121_context *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return SCRAM_NO_MEMORY;
    memcpy(made->key, key, sizeof(made->key));
    made->role = role;
    made->replay = replay;
    made->sequence = sequence;
    made->random = random;
    *context = made;
    return SCRAM_OK;
}

static void
free_idle(struct rfc4121_context *context)
{
    int sends, purpose, i;

    for (sends = 0; sends < 2; sends++) {
        for (purpose = 0; purpose < RFC4121_PURPOSES; purpose++) {
            for (i = 0; i < RFC4121_IDLE; i++)
                rfc4121_crypto_free(context->idle[sends][purpose][i]);
        }
    }
}

void
rfc4121_free(struct rfc4121_context *context)
{
    if (context == NULL)
        return;
    if (libcrypto_enter()) {
        free_idle(context);
        libcrypto_leave();
    }
    free(context->window);
    OPENSSL_cleanse(context->key, sizeof(context->key));
    free(context);
}

struct slice
rfc4121_key(const struct rfc4121_context *context)
{
    return SLICE_ARRAY(context->key);
}

/* Key usage numbers (RFC 4121, section 2). */
static uint32_t
usage_number(enum rfc4121_role sender, enum rfc4121_purpose purpose)
{
    enum { ACCEPTOR_SEAL = 22, ACCEPTOR_SIGN, INITIATOR_SEAL, INITIATOR_SIGN };

    if (purpose == RFC4121_SIGN)
        return sender == RFC4121_ACCEPTOR ? ACCEPTOR_SIGN : INITIATOR_SIGN;
    return sender == RFC4121_ACCEPTOR ? ACCEPTOR_SEAL : INITIATOR_SEAL;
}

/* Derive the keys for one direction and one purpose. */
static enum scram_status
rfc4121_context_prepare(const struct rfc4121_context *context, bool sends,
                        enum rfc4121_purpose purpose,
                        struct rfc4121_crypto **crypto)
{
    struct secret_key integrity CLEANUP_KEY, encryption CLEANUP_KEY;
    uint32_t usage =
        usage_number(sends ? context->role : rfc4121_peer(context), purpose);
    bool seals = purpose == RFC4121_SEAL;
    enum scram_status status = rfc4121_derive_for_usage(
        context->key, usage, seals ? RFC4121_KI : RFC4121_KC, &integrity);

    if (status == SCRAM_OK && seals)
        status = rfc4121_derive_for_usage(context->key, usage, RFC4121_KE,
                                          &encryption);
    if (status == SCRAM_OK)
        status = rfc4121_crypto_new(&integrity, seals ? &encryption : NULL,
                                    sends, crypto);
    return status;
}

/* What is idle, or another. */
static enum scram_status
rfc4121_context_find(struct rfc4121_context *context, bool sends,
                     enum rfc4121_purpose purpose,
                     struct rfc4121_crypto **crypto)
{
    struct rfc4121_crypto *taken;
    int i;

    for (i = 0; i < RFC4121_IDLE; i++) {
        taken = atomic_exchange(&context->idle[sends][purpose][i], NULL);
        if (taken != NULL) {
            *crypto = taken;
            return SCRAM_OK;
        }
    }
    return rfc4121_context_prepare(context, sends, purpose, crypto);
}

enum scram_status
rfc4121_take(struct rfc4121_context *context, bool sends,
             enum rfc4121_purpose purpose, struct rfc4121_crypto **crypto)
{
    enum scram_status status = SCRAM_BAD_ARGUMENT;

    if (!libcrypto_enter())
        return SCRAM_CRYPTO_FAILED;
    if (!(atomic_fetch_add(&context->users, 1) & RFC4121_ENDED))
        status = rfc4121_context_find(context, sends, purpose, crypto);
    if (status != SCRAM_OK) {
        atomic_fetch_sub(&context->users, 1);
        libcrypto_leave();
    }
    return status;
}

void
rfc4121_give_back(struct rfc4121_context *context, bool sends,
                  enum rfc4121_purpose purpose, struct rfc4121_crypto *crypto)
{
    struct rfc4121_crypto *none;
    int i;

    for (i = 0; i < RFC4121_IDLE && crypto != NULL; i++) {
        none = NULL;
        if (atomic_compare_exchange_strong(&context->idle[sends][purpose][i],
                                           &none, crypto))
            crypto = NULL;
    }
    rfc4121_crypto_free(crypto);
    atomic_fetch_sub(&context->users, 1);
    libcrypto_leave();
}

enum scram_status
rfc4121_window_of(struct rfc4121_context *context,
                  struct rfc4121_window **window)
{
    struct rfc4121_window *made, *there = atomic_load(&context->window);

    if (there == NULL && (context->replay || context->sequence)) {
        made = calloc(1, sizeof(*made));
        if (made == NULL)
            return SCRAM_NO_MEMORY;
        if (atomic_compare_exchange_strong(&context->window, &there, made))
            there = made;
        else
            free(made); /* another thread was first */
    }
    *window = there;
    return SCRAM_OK;
}
