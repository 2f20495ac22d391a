/*
 * The service that answers from a store in this process.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "scram/message.h"
#include "store/store.h"
#include "verify/verify.h"

struct local {
    struct verify_service service;
    struct store *store;
    verify_nonce *nonce;
};

/* A look-up: where, for what, who was looked up, and what the store said. */
struct look_up {
    struct local *local;
    bool salted; /* see store_look_up and store_look_up_keys */
    struct buffer *user;
    struct sentence *why;
    bool expired;          /* set */
    struct buffer *groups; /* appended to; NULL: they are not asked for */
};

/*
 * A user who has expired is one who is not enabled, by the system's time of
 * day, whatever the store, and for a decoy too.
 */
static void
expire(struct look_up *l, struct scram_verifier *verifier)
{
    l->expired = scram_verifier_is_expired(
        verifier, clock_milliseconds(CLOCK_REALTIME) / 1000);
    verifier->enabled = (unsigned)verifier->enabled & (unsigned)!l->expired;
}

/* scram_find_verifier: a user who is not there is looked up like any other. */
static enum scram_status
find_verifier(void *data, enum scram_mechanism mechanism, struct slice user,
              struct scram_verifier *verifier)
{
    struct look_up *l = data;
    enum scram_status status;

    buffer_put(l->user, user);
    if (l->salted)
        status =
            store_look_up(l->local->store, mechanism, user, verifier, l->why);
    else
        status = store_look_up_keys(l->local->store, mechanism, user, verifier,
                                    l->why);
    if (status != SCRAM_OK && status != SCRAM_NO_USER)
        return status;
    expire(l, verifier);
    if (l->groups != NULL)
        buffer_put(l->groups, groups_slice(&verifier->groups));
    return SCRAM_OK;
}

static enum scram_status
verify_local_challenge(struct verify_service *service,
                       enum scram_mechanism mechanism,
                       struct slice client_first, struct verify_challenge *c,
                       struct sentence *why)
{
    struct local *local = (struct local *)service;
    struct look_up look_up = {local, true, &c->user, why, false, NULL};
    uint8_t memory[SCRAM_NONCE_LEN];
    struct buffer nonce = BUFFER_ARRAY(memory);
    enum scram_status status = local->nonce(&nonce, why);

    c->left = service->policy.handshake_timeout;
    if (status != SCRAM_OK)
        return status;
    return scram_acceptor_first(mechanism, client_first, buffer_slice(&nonce),
                                find_verifier, &look_up, &c->server_first);
}

static enum scram_status
verify_local_answer(struct verify_service *service,
                    const struct scram_exchange *exchange,
                    const struct verify_begun *begun,
                    const struct scram_bindings *bindings,
                    struct verify_answer *a, struct sentence *why)
{
    struct local *local = (struct local *)service;
    struct look_up look_up = {local, false, &a->user, why, false, &a->groups};
    struct scram_bindings ours = *bindings;
    enum scram_status status;

    (void)begun; /* which a service in this process needs nothing of */
    buffer_put(&a->location, slice_of(service->policy.store));
    ours.required = service->policy.require_channel_bindings;
    status = scram_acceptor_final(exchange, &ours, find_verifier, &look_up,
                                  &a->server_final, a->session_key, &a->bound);
    if (status != SCRAM_OK)
        a->groups.len = 0;
    a->earlier = status == SCRAM_EARLIER_PROOF;
    if (a->earlier)
        status = SCRAM_BAD_PROOF;
    a->expired = status == SCRAM_BAD_PROOF && look_up.expired;
    /* The user may have a new password, which the store does not know yet. */
    if (status == SCRAM_BAD_PROOF)
        store_mark_stale(local->store, buffer_slice(&a->user));
    return status;
}

/*
 * A store notices by a look-up that it is gone, or not for this account any
 * more. One that remembers users is a directory, which is not asked for nobody.
 */
static enum scram_status
verify_local_check(struct verify_service *service, struct sentence *why)
{
    struct local *local = (struct local *)service;
    struct scram_verifier verifier CLEANUP_VERIFIER = {0};
    enum scram_status status = SCRAM_OK;

    if (local->store->ops->mark_stale == NULL)
        status = store_look_up_keys(local->store, SCRAM_SHA_256, SLICE("a"),
                                    &verifier, why);
    return status == SCRAM_NO_USER ? SCRAM_OK : status;
}

static void
close_local(struct verify_service *service)
{
    struct local *local = (struct local *)service;

    store_close(local->store);
    accept_policy_clear(&service->policy);
    free(local);
}

static const struct verify_ops ops = {verify_local_challenge,
                                      verify_local_answer, verify_local_check,
                                      close_local};

enum scram_status
verify_local_with(struct store *store, struct accept_policy *policy,
                  verify_nonce *nonce, struct verify_service **service)
{
    struct local *local = calloc(1, sizeof(*local));

    if (local == NULL) {
        store_close(store);
        accept_policy_clear(policy);
        return SCRAM_NO_MEMORY;
    }
    local->service.ops = &ops;
    atomic_init(&local->service.references, 1);
    local->service.policy = *policy;
    local->store = store;
    local->nonce = nonce;
    *policy = (struct accept_policy){0};
    *service = &local->service;
    return SCRAM_OK;
}

enum scram_status
verify_local_open(store_kinds kinds, struct accept_policy *policy,
                  verify_nonce *nonce, struct verify_service **service,
                  struct sentence *why)
{
    struct store *store;
    enum scram_status status =
        store_open(kinds, policy->store, STORE_READ, &store, why);

    if (status == SCRAM_OK)
        return verify_local_with(store, policy, nonce, service);
    accept_policy_clear(policy);
    return status;
}
