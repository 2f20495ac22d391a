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

/* A salt for a mechanism: the one that there is, where its count stays, or
 * another one. */
static bool
make_salt(const struct verifiers *before, enum scram_mechanism mechanism,
          uint32_t iterations, struct buffer *salt)
{
    const struct scram_verifier *old = &before->of[mechanism];

    if (verifiers_have(before, mechanism) && old->iterations == iterations) {
        buffer_put(salt, (struct slice){old->salt, old->salt_len});
        return true;
    }
    salt->len = SCRAM_SALT_LEN;
    return RAND_bytes(salt->data, SCRAM_SALT_LEN) == 1;
}

enum scram_status
verifiers_derive(unsigned mechanisms, uint32_t iterations,
                 struct slice password, const struct verifiers *before,
                 struct verifiers *verifiers)
{
    static const struct verifiers none;
    struct verifiers made CLEANUP_VERIFIERS = {.has = mechanisms};
    enum scram_status status;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        enum scram_mechanism mechanism = (enum scram_mechanism)m;
        uint32_t count =
            iterations != 0 ? iterations : scram_default_iterations(mechanism);

        uint8_t space[SCRAM_SALT_MAX];
        struct buffer salt = BUFFER_ARRAY(space);

        if (!verifiers_have(&made, mechanism))
            continue;
        if (!make_salt(before == NULL ? &none : before, mechanism, count,
                       &salt))
            return SCRAM_CRYPTO_FAILED;
        status = scram_verifier_derive(mechanism, password, buffer_slice(&salt),
                                       count, &made.of[m]);
        if (status != SCRAM_OK)
            return status;
    }
    *verifiers = made;
    return SCRAM_OK;
}

void
verifiers_keep(const struct verifiers *before, struct scram_verifier *verifier)
{
    int m;

    if (verifiers_have(before, verifier->mechanism)) {
        store_keep(&before->of[verifier->mechanism], verifier);
        return;
    }
    for (m = 0; m < SCRAM_MECHANISMS; m++)
        if (verifiers_have(before, (enum scram_mechanism)m))
            store_keep(&before->of[m], verifier);
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

enum scram_status
verifiers_edit(struct store *store, struct slice user,
               const struct verifiers *before, const struct store_edit *edit,
               struct sentence *why)
{
    struct verifiers after CLEANUP_VERIFIERS = *before;
    int m;

    if (store->ops->edit != NULL)
        return store->ops->edit(store, user, edit, why);
    for (m = 0; m < SCRAM_MECHANISMS; m++)
        store_edit_apply(edit, &after.of[m]);
    return verifiers_write(store, user, before, &after, why);
}
