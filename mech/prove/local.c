/*
 * Logins whose proofs are computed in this process, from a password.
 */
#include "prove/keys.h"
#include "prove/kinds.h"

struct local {
    struct prove_login login;
    struct secret password; /* its data is NULL where it is the service's */
    struct scram_keys keys; /* from the proof on */
};

static struct slice
password_of(const struct local *local)
{
    return secret_slice(local->password.data != NULL
                            ? &local->password
                            : &local->login.service->password);
}

static enum scram_status
prove_local_sign(struct prove_login *login,
                 const struct scram_unproved *unproved,
                 struct secret_key *proof, struct sentence *why)
{
    struct local *local = (struct local *)login;
    enum scram_status status = prove_keys_find(
        login->service->number, unproved->mechanism, password_of(local),
        unproved->salt, unproved->iterations, &local->keys);

    (void)why;
    return status == SCRAM_OK ? scram_prove(unproved, &local->keys, proof)
                              : status;
}

static enum scram_status
prove_local_verify(struct prove_login *login,
                   const struct scram_unproved *unproved,
                   struct slice server_final, uint8_t *session_key,
                   struct slice *error, struct sentence *why)
{
    struct local *local = (struct local *)login;

    (void)why;
    return scram_accept_server(unproved, &local->keys, server_final,
                               session_key, error);
}

static void
prove_local_end(struct prove_login *login)
{
    struct local *local = (struct local *)login;

    secret_clear(&local->password);
    scram_keys_wipe(&local->keys);
}

static const struct prove_ops ops = {prove_local_sign, prove_local_verify,
                                     prove_local_end, true};

enum scram_status
prove_local(struct prove_service *service, struct slice user,
            struct slice password, struct prove_login **login,
            struct sentence *why)
{
    struct prove_login *made =
        prove_login_new(service, &ops, sizeof(struct local), user);
    enum scram_status status = SCRAM_NO_MEMORY;

    if (made == NULL)
        return SCRAM_NO_MEMORY;
    if (password.data == NULL ||
        secret_copy(&((struct local *)made)->password, password))
        status = service->nonce(&made->nonce, why);
    if (status == SCRAM_OK)
        *login = made;
    else
        prove_end(made);
    return status;
}
