#include "daemon/throttle.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/big_endian.h"
#include "daemon/throttle_file.h"

#define ID_LEN 8 /* bytes of a SipHash */
#define CHAINS 1024

/*
 * A bucket is one time: when nothing is missing any more. guess_refill later
 * for each wrong proof, and the time that it is ahead is what is missing. A
 * pair that has no entry has a full bucket, so only failures make entries.
 *
 * Tokens that are under way are in this process alone: what it was about to
 * look at when it ended, nobody was told the result of.
 */
struct throttle {
    struct throttle_limits limits;
    struct throttle_table *table;
    OSSL_LIB_CTX *library; /* one of our own: a hash table needs SipHash also
                              where the machine's configuration lets libcrypto
                              have nothing but what FIPS approves */
    EVP_MAC *mac;
    EVP_MAC_CTX *siphash;
    struct throttle_token *taken[CHAINS];
};

static bool
siphash_begin(struct throttle *t)
{
    size_t len = ID_LEN;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &len),
        OSSL_PARAM_construct_end(),
    };

    t->library = OSSL_LIB_CTX_new();
    t->mac = EVP_MAC_fetch(t->library, "SIPHASH", NULL);
    t->siphash = t->mac == NULL ? NULL : EVP_MAC_CTX_new(t->mac);
    return t->siphash != NULL && EVP_MAC_CTX_set_params(t->siphash, params);
}

/* The name of a bucket. Nobody can choose users whose buckets are in one set:
 * the key is random, and of this table alone. */
static bool
id_of(struct throttle *t, uid_t account, struct slice user, uint64_t *id)
{
    uint8_t number[4], hash[ID_LEN];
    size_t len;

    big_endian_write(number, sizeof(number), account);
    if (!EVP_MAC_init(t->siphash, t->table->key, THROTTLE_KEY_LEN, NULL) ||
        !EVP_MAC_update(t->siphash, number, sizeof(number)) ||
        !EVP_MAC_update(t->siphash, user.data, user.len) ||
        !EVP_MAC_final(t->siphash, hash, &len, sizeof(hash)))
        return false;
    *id = big_endian_read(hash, sizeof(hash));
    return true;
}

static struct throttle_entry *
set_of(struct throttle *t, uint64_t id)
{
    return t->table->sets[id % THROTTLE_SETS];
}

static struct throttle_entry *
entry_of(struct throttle *t, uint64_t id)
{
    struct throttle_entry *set = set_of(t, id);
    int i;

    for (i = 0; i < THROTTLE_WAYS; i++)
        if (set[i].id == id)
            return &set[i];
    return NULL;
}

/*
 * The entry that a new one takes the place of: whose bucket is full the
 * soonest. So one that is full goes first; of those that failed as often, that
 * which did so least recently; and an attacker who wants a user forgotten has
 * to fail as often by three other names of the same set, for the few tokens
 * that the user's bucket has less.
 */
static struct throttle_entry *
least_missing(struct throttle *t, uint64_t id)
{
    struct throttle_entry *set = set_of(t, id), *least = set;
    int i;

    for (i = 1; i < THROTTLE_WAYS; i++)
        if (set[i].full_at < least->full_at)
            least = &set[i];
    return least;
}

/* How many ms an empty bucket takes to fill up. */
static uint64_t
throttle_whole(const struct throttle *t)
{
    return (uint64_t)t->limits.guess_burst * t->limits.guess_refill;
}

/* For how many ms something is still missing: never more than in an empty
 * bucket, whatever stands in the file. */
static uint64_t
missing(struct throttle *t, uint64_t id, uint64_t now)
{
    const struct throttle_entry *entry = entry_of(t, id);
    uint64_t full_at = entry == NULL ? 0 : entry->full_at;

    if (full_at <= now)
        return 0;
    return full_at - now < throttle_whole(t) ? full_at - now
                                             : throttle_whole(t);
}

static struct throttle_token **
chain_of(struct throttle *t, uint64_t id)
{
    return &t->taken[id % CHAINS];
}

static uint32_t
under_way(struct throttle *t, uint64_t id)
{
    const struct throttle_token *token;
    uint32_t count = 0;

    for (token = *chain_of(t, id); token != NULL; token = token->next)
        count += token->id == id;
    return count;
}

static uint32_t
seconds(uint64_t ms)
{
    return (uint32_t)((ms + 999) / 1000);
}

/* The ms until a token can be taken if none is under way. */
static uint64_t
until_next(struct throttle *t, uint64_t absent)
{
    uint64_t taken = absent + t->limits.guess_refill;

    return taken > throttle_whole(t) ? taken - throttle_whole(t) : 0;
}

enum throttle_verdict
throttle_take(struct throttle *t, uint64_t now, uid_t account,
              struct slice user, struct throttle_token *token, uint32_t *wait)
{
    uint64_t id, absent;

    *wait = 0;
    if (!id_of(t, account, user, &id))
        return THROTTLE_BROKEN;
    if (t->limits.guess_burst != 0) {
        absent = missing(t, id, now);
        if (until_next(t, absent) != 0) {
            *wait = seconds(until_next(t, absent));
            return THROTTLE_EMPTY;
        }
        absent += (uint64_t)under_way(t, id) * t->limits.guess_refill;
        if (until_next(t, absent) != 0)
            return THROTTLE_UNDER_WAY;
    }
    *token = (struct throttle_token){id, *chain_of(t, id)};
    *chain_of(t, id) = token;
    return THROTTLE_TAKEN;
}

void
throttle_give_back(struct throttle *t, struct throttle_token *token)
{
    struct throttle_token **at = chain_of(t, token->id);

    while (*at != token)
        at = &(*at)->next;
    *at = token->next;
}

void
throttle_spend(struct throttle *t, uint64_t now, struct throttle_token *token)
{
    uint64_t id = token->id, absent = missing(t, id, now);
    struct throttle_entry *entry = entry_of(t, id);

    throttle_give_back(t, token);
    if (t->limits.guess_burst == 0)
        return;
    if (entry == NULL)
        entry = least_missing(t, id);
    *entry = (struct throttle_entry){id, now + absent + t->limits.guess_refill};
    t->table->latest = now;
}

bool
throttle_look(struct throttle *t, uint64_t now, uid_t account,
              struct slice user, struct throttle_state *state)
{
    uint64_t id, absent;

    if (!id_of(t, account, user, &id))
        return false;
    absent = missing(t, id, now);
    *state = (struct throttle_state){
        .under_way = under_way(t, id),
        .wait = t->limits.guess_burst == 0 ? 0 : seconds(until_next(t, absent)),
        .full = seconds(absent),
    };
    absent += (uint64_t)state->under_way * t->limits.guess_refill;
    if (absent < throttle_whole(t))
        state->left =
            (uint32_t)((throttle_whole(t) - absent) / t->limits.guess_refill);
    return true;
}

bool
throttle_clear(struct throttle *t, uid_t account, struct slice user)
{
    struct throttle_entry *entry;
    uint64_t id;

    if (!id_of(t, account, user, &id))
        return false;
    entry = entry_of(t, id);
    if (entry != NULL)
        *entry = (struct throttle_entry){0};
    return true;
}

void
throttle_limit(struct throttle *t, const struct throttle_limits *limits)
{
    t->limits = *limits;
}

enum scram_status
throttle_open(const char *folder, const struct throttle_limits *limits,
              uint64_t now, struct throttle **throttle, struct sentence *why)
{
    struct throttle *t = calloc(1, sizeof(*t));
    enum scram_status status = SCRAM_NO_MEMORY;
    char *path = NULL;

    if (t == NULL || asprintf(&path, "%s/throttle", folder) < 0) {
        sentence_write(why, "out of memory");
        path = NULL;
    } else if (!siphash_begin(t)) {
        sentence_write(why,
                       "libcrypto has no SIPHASH, which the count of wrong "
                       "passwords takes");
        status = SCRAM_CRYPTO_FAILED;
    } else {
        t->limits = *limits;
        status = throttle_file_map(path, now, &t->table, why);
    }
    free(path);
    if (status == SCRAM_OK)
        *throttle = t;
    else
        throttle_close(t);
    return status;
}

void
throttle_close(struct throttle *t)
{
    if (t == NULL)
        return;
    throttle_file_unmap(t->table);
    EVP_MAC_CTX_free(t->siphash);
    EVP_MAC_free(t->mac);
    OSSL_LIB_CTX_free(t->library);
    free(t);
}
