#include "verifiers.h"

#include <openssl/rand.h>

enum scram_status
verifiers_read(struct store *store, struct slice user,
               struct verifiers *verifiers, struct sentence *why)
{
    struct verifiers found CLEANUP_VERIFIERS = {0};
    enum scram_status status;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        status = store_look_up(store, (enum scram_mechanism)m, user,
                               &found.of[m], why);
        if (status == SCRAM_OK)
            found.has |= 1u << m;
        else if (status != SCRAM_NO_USER)
            return status;
    }
    *verifiers = found;
    return found.has == 0 ? SCRAM_NO_USER : SCRAM_OK;
}

enum scram_status
verifiers_derive(unsigned mechanisms, uint32_t iterations,
                 struct slice password, struct verifiers *verifiers)
{
    struct verifiers made CLEANUP_VERIFIERS = {.has = mechanisms};
    enum scram_status status;
    uint8_t salt[SCRAM_SALT_LEN];
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        enum scram_mechanism mechanism = (enum scram_mechanism)m;
        uint32_t count =
            iterations != 0 ? iterations : scram_default_iterations(mechanism);

        if (!verifiers_have(&made, mechanism))
            continue;
        if (RAND_bytes(salt, sizeof(salt)) != 1)
            return SCRAM_CRYPTO_FAILED;
        status = scram_verifier_derive(mechanism, password, SLICE_ARRAY(salt),
                                       count, &made.of[m]);
        if (status != SCRAM_OK)
            return status;
    }
    *verifiers = made;
    return SCRAM_OK;
}

bool
verifiers_enabled(const struct verifiers *before,
                  enum scram_mechanism mechanism)
{
    bool all = true;
    int m;

    if (verifiers_have(before, mechanism))
        return before->of[mechanism].enabled;
    for (m = 0; m < SCRAM_MECHANISMS; m++)
        if (verifiers_have(before, (enum scram_mechanism)m))
            all = all && before->of[m].enabled;
    return all;
}

enum scram_status
verifiers_write(struct store *store, struct slice user,
                const struct verifiers *before,
                const struct verifiers *verifiers, struct sentence *why)
{
    struct verifiers all CLEANUP_VERIFIERS = {0};
    enum store_put how = before->has == 0 ? STORE_ADD : STORE_REPLACE;
    size_t count = 0;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (verifiers_have(verifiers, (enum scram_mechanism)m))
            all.of[count++] = verifiers->of[m];
    }
    return store_set(store, user, all.of, count, how, why);
}
