#include "users.h"

#include <stdio.h>

#include "fail.h"

#define TOGETHER 50000 /* users that are put in one transaction */

struct user_name
user_name(unsigned number)
{
    struct user_name name;

    snprintf(name.text, sizeof(name.text), "user%08u", number);
    return name;
}

unsigned
user_random(uint64_t *state)
{
    /* Knuth's linear congruence, of which the upper half is random enough. */
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 32);
}

const struct scram_keys *
users_keys(void)
{
    static struct scram_keys keys;
    static bool derived;

    if (!derived && scram_keys_derive(SCRAM_SHA_256, SLICE(USERS_PASSWORD),
                                      SLICE(USERS_SALT), USERS_ITERATIONS,
                                      &keys) != SCRAM_OK)
        fail("libcrypto derives no keys");
    derived = true;
    return &keys;
}

struct scram_verifier
users_verifier(void)
{
    struct scram_verifier v = {
        .mechanism = SCRAM_SHA_256,
        .iterations = USERS_ITERATIONS,
        .salt_len = sizeof(USERS_SALT) - 1,
        .stored_key = users_keys()->stored_key,
        .server_key = users_keys()->server_key,
        .enabled = true,
    };

    memcpy(v.salt, USERS_SALT, v.salt_len);
    return v;
}

/* A file of users is written whole for each change, so it gets all in one. */
static void
fill(struct store *store, unsigned count)
{
    struct store_entry *entries = calloc(TOGETHER, sizeof(*entries));
    struct user_name *names = calloc(TOGETHER, sizeof(*names));
    const struct scram_verifier v = users_verifier();
    bool whole = store->ops == &store_file_writer;
    struct sentence why = {""};
    unsigned done, i;

    if (entries == NULL || names == NULL)
        fail("out of memory");
    if (whole)
        store_begin(store);
    for (done = 0; done < count; done += i) {
        for (i = 0; i < TOGETHER && done + i < count; i++) {
            names[i] = user_name(done + i);
            entries[i] = (struct store_entry){.user = slice_of(names[i].text),
                                              .verifier = &v};
        }
        if (store_put_many(store, entries, i, STORE_ADD, &why) != SCRAM_OK)
            fail(why.text);
    }
    if (whole && store_commit(store, &why) != SCRAM_OK)
        fail(why.text);
    free(entries);
    free(names);
}

void
users_make_at(const struct store_ops *kind, const char *location,
              unsigned count)
{
    const struct scram_verifier v = users_verifier();
    struct sentence why = {""};
    struct store *store;

    if (store_open(STORE_KINDS(kind), location, STORE_CREATE, &store, &why) !=
        SCRAM_OK)
        fail(why.text);
    fill(store, count);
    if (store_put(store, SLICE("bench"), &v, STORE_ADD, &why) != SCRAM_OK)
        fail(why.text);
    store_close(store);
}

char *
users_make(unsigned count)
{
    const char *folder = getenv("BENCH_FOLDER");
    char *location;

    if (folder == NULL)
        fail("BENCH_FOLDER names no folder: start bench/run");
    if (asprintf(&location, "file:%s/users-%u", folder, count) < 0)
        fail("out of memory");
    users_make_at(&store_file_writer, location, count);
    return location;
}
