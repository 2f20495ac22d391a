#include "prove/prove.h"

#include <stdlib.h>
#include <string.h>

#include "prove/keys.h"
#include "prove/kinds.h"

enum scram_status
prove_open(const struct prove_source *source, struct prove_service **service)
{
    static atomic_uint_fast64_t numbers = PROVE_KEYS_OF_PROCESS + 1;
    struct prove_service *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return SCRAM_NO_MEMORY;
    atomic_init(&s->references, 1);
    s->number = source->of_process ? PROVE_KEYS_OF_PROCESS
                                   : atomic_fetch_add(&numbers, 1);
    s->iterations = source->iterations;
    s->nonce = source->nonce;
    if (source->path != NULL ? (s->path = strdup(source->path)) == NULL
                             : !secret_copy(&s->password, source->password)) {
        prove_release(s);
        return SCRAM_NO_MEMORY;
    }
    *service = s;
    return SCRAM_OK;
}

struct prove_service *
prove_again(struct prove_service *service)
{
    atomic_fetch_add_explicit(&service->references, 1, memory_order_relaxed);
    return service;
}

void
prove_release(struct prove_service *service)
{
    if (service == NULL || atomic_fetch_sub(&service->references, 1) != 1)
        return;
    if (service->number != PROVE_KEYS_OF_PROCESS)
        prove_keys_forget(service->number);
    secret_clear(&service->password);
    free(service->path);
    free(service);
}

enum scram_status
prove_look(struct prove_service *service, struct slice user,
           struct prove_owner *owner, struct sentence *why)
{
    owner->left = PROVE_FOREVER;
    if (service->path != NULL)
        return prove_file_look(service, user, owner, why);
    if (user.len == 0)
        return SCRAM_NO_USER;
    buffer_put(&owner->user, user);
    return SCRAM_OK;
}

enum scram_status
prove_choose(struct prove_service *service, enum scram_mechanism mechanism,
             struct slice target, struct slice user, struct prove_login **login,
             struct sentence *why)
{
    (void)mechanism; /* a password is for all of them */
    if (service->path != NULL)
        return prove_file_choose(service, target, user, login, why);
    if (user.len == 0)
        return SCRAM_NO_USER;
    return prove_local(service, user, (struct slice){NULL, 0}, login, why);
}

struct prove_login *
prove_login_new(struct prove_service *service, const struct prove_ops *ops,
                size_t size, struct slice user)
{
    struct prove_login *login = calloc(1, size);

    if (login == NULL)
        return NULL;
    login->ops = ops;
    login->service = prove_again(service);
    login->iterations = service->iterations;
    login->user = (struct buffer){login->memory, 0, SCRAM_USER_MAX, false};
    login->nonce = (struct buffer){login->memory + SCRAM_USER_MAX, 0,
                                   PROVE_NONCE_MAX, false};
    buffer_put(&login->user, user);
    return login;
}

void
prove_end(struct prove_login *login)
{
    struct prove_service *service;

    if (login == NULL)
        return;
    service = login->service;
    free(login->min_from);
    login->ops->end(login);
    free(login);
    prove_release(service);
}
