#include "prove/keys.h"

#include <pthread.h>

#include "base/big_endian.h"
#include "base/kernel_random.h"

static struct entry {
    uint64_t used;        /* when it was last of use; 0: this one is free */
    uint64_t owner;       /* who used it last */
    struct secret_key id; /* of what the keys were derived from */
    struct scram_keys keys;
} entries[PROVE_KEYS_MAX];
static uint64_t uses; /* a clock for the entries */

static struct secret_key process_key;
static bool process_key_is_set;

/* Held for moments, never while anything is derived; free in a child, whatever
 * other threads did when it was forked. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * A thread that derives keys holds one of these. Others wait for it if they
 * want the same keys; a server that makes one client derive for long is not to
 * keep those of other passwords waiting.
 */
#define TURNS 16

static struct turn {
    pthread_mutex_t lock;
    unsigned users; /* its holder, and those who wait for it */
    uint64_t id;    /* of what they want, the first bytes of it */
} turns[TURNS];

static void
prove_keys_lock_it(void)
{
    pthread_mutex_lock(&lock);
}

static void
prove_keys_unlock_it(void)
{
    pthread_mutex_unlock(&lock);
}

/* Also what a child does: the threads that had a turn are not in it. A fork
 * cannot wait for them, as it does for a lock that is held for moments. */
static void
turns_init(void)
{
    size_t i;

    for (i = 0; i < TURNS; i++) {
        pthread_mutex_init(&turns[i].lock, NULL);
        turns[i].users = 0;
    }
}

static void
prove_keys_in_child(void)
{
    turns_init();
    prove_keys_unlock_it();
}

/* While the module is loaded, as a fork that has begun does not run handlers
 * that are registered meanwhile. */
__attribute__((constructor)) static void
watch_forks(void)
{
    turns_init();
    pthread_atfork(prove_keys_lock_it, prove_keys_unlock_it,
                   prove_keys_in_child);
}

/* Take the turn for keys; NULL where all are taken for others. */
static struct turn *
turn_take(const struct secret_key *id)
{
    uint64_t wanted = big_endian_read(id->data, 8);
    struct turn *turn, *found = NULL;

    pthread_mutex_lock(&lock);
    for (turn = turns; turn < turns + TURNS; turn++) {
        if (turn->users == 0 && found == NULL)
            found = turn;
        if (turn->users != 0 && turn->id == wanted) {
            found = turn;
            break;
        }
    }
    if (found != NULL) {
        found->users++;
        found->id = wanted;
    }
    pthread_mutex_unlock(&lock);
    if (found != NULL)
        pthread_mutex_lock(&found->lock);
    return found;
}

static void
turn_leave(struct turn *turn)
{
    if (turn == NULL)
        return;
    pthread_mutex_unlock(&turn->lock);
    pthread_mutex_lock(&lock);
    turn->users--;
    pthread_mutex_unlock(&lock);
}

/* The key of this process, made when one is first wanted. */
static enum scram_status
take_process_key(struct secret_key *key)
{
    enum scram_status status = SCRAM_OK;

    pthread_mutex_lock(&lock);
    if (!process_key_is_set)
        status = kernel_random(process_key.data, sizeof(process_key.data),
                               "a key", NULL);
    process_key_is_set = status == SCRAM_OK;
    *key = process_key;
    pthread_mutex_unlock(&lock);
    return status;
}

/* The mechanism, the count and the salt's length are of a fixed width, so that
 * no two that differ are the same bytes. */
static enum scram_status
make_id(enum scram_mechanism mechanism, struct slice password,
        struct slice salt, uint32_t iterations, struct secret_key *id)
{
    struct secret_key key CLEANUP_KEY = {{0}};
    uint8_t fixed[12];
    const struct slice parts[] = {SLICE_ARRAY(fixed), salt, password};
    enum scram_status status = take_process_key(&key);

    big_endian_write(fixed, 4, mechanism);
    big_endian_write(fixed + 4, 4, iterations);
    big_endian_write(fixed + 8, 4, salt.len);
    if (status != SCRAM_OK)
        return status;
    return scram_hmac(SCRAM_SHA_256, SLICE_ARRAY(key.data), parts, 3, id);
}

static bool
prove_keys_look_up(uint64_t owner, const struct secret_key *id,
                   struct scram_keys *keys)
{
    struct entry *e = entries;

    pthread_mutex_lock(&lock);
    while (
        e < entries + PROVE_KEYS_MAX &&
        (e->used == 0 || !secret_equal(e->id.data, id->data, sizeof(id->data))))
        e++;
    if (e < entries + PROVE_KEYS_MAX) {
        *keys = e->keys;
        e->owner = owner;
        e->used = ++uses;
    }
    pthread_mutex_unlock(&lock);
    return e < entries + PROVE_KEYS_MAX;
}

/* Keep what was derived, in the place of what was of no use for longest. */
static void
prove_keys_keep(uint64_t owner, const struct secret_key *id,
                const struct scram_keys *keys)
{
    struct entry *e, *oldest = entries;

    pthread_mutex_lock(&lock);
    for (e = entries + 1; e < entries + PROVE_KEYS_MAX; e++) {
        if (e->used < oldest->used)
            oldest = e;
    }
    *oldest = (struct entry){++uses, owner, *id, *keys};
    pthread_mutex_unlock(&lock);
}

enum scram_status
prove_keys_find(uint64_t owner, enum scram_mechanism mechanism,
                struct slice password, struct slice salt, uint32_t iterations,
                struct scram_keys *keys)
{
    struct secret_key id CLEANUP_KEY = {{0}};
    enum scram_status status =
        make_id(mechanism, password, salt, iterations, &id);
    struct turn *turn;

    if (status != SCRAM_OK || prove_keys_look_up(owner, &id, keys))
        return status;
    turn = turn_take(&id);
    if (!prove_keys_look_up(owner, &id, keys)) {
        status = scram_keys_derive(mechanism, password, salt, iterations, keys);
        if (status == SCRAM_OK)
            prove_keys_keep(owner, &id, keys);
    }
    turn_leave(turn);
    return status;
}

void
prove_keys_forget(uint64_t owner)
{
    struct entry *e;

    pthread_mutex_lock(&lock);
    for (e = entries; e < entries + PROVE_KEYS_MAX; e++) {
        if (e->used != 0 && e->owner == owner)
            OPENSSL_cleanse(e, sizeof(*e));
    }
    pthread_mutex_unlock(&lock);
}
