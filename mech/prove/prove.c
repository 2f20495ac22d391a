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
    s->agent = source->agent;
    if ((source->path != NULL && (s->path = strdup(source->path)) == NULL) ||
        (source->password.data != NULL &&
         !secret_copy(&s->password, source->password))) {
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

/* How long an agent has for its first answer before the file is read, and where
 * there is nothing in it: an agent on a busy machine is better than none. */
#define AGENT_FIRST 250 /* milliseconds */
#define AGENT_LAST 750

static enum scram_status
prove_no_file(struct sentence *why)
{
    sentence_write(why, "There is no user name and password for this login: "
                        "neither GSS_SCRAM_CREDENTIALS nor HOME is set, so "
                        "that no credentials file can be found");
    return SCRAM_NO_USER;
}

/*
 * What a service that asked the agent, and read the file, has nothing for: what
 * is wrong with either, or that neither has it.
 *
 * @param agent  what became of the agent, and @p said, its sentence
 * @param file   the same, and @p why
 */
static enum scram_status
neither(enum scram_status agent, const struct sentence *said,
        enum scram_status file, struct sentence *why)
{
    struct sentence of_file;

    if (file != SCRAM_NO_USER || why == NULL)
        return file;
    if (agent != SCRAM_NO_USER && agent != SCRAM_AGENT_GONE) {
        *why = *said;
        return agent;
    }
    of_file = *why;
    if (agent == SCRAM_NO_USER && said->text[0] != '\0')
        sentence_write(why, "%.500s. %.500s", said->text, of_file.text);
    else if (agent == SCRAM_AGENT_GONE)
        sentence_write(why,
                       "%.800s. Or start gss-scram-agent with \"systemctl "
                       "--user start gss-scram-agent.socket\", and give it the "
                       "password with \"gss-scram login USER --server "
                       "SERVICE@HOST\"",
                       of_file.text);
    return file;
}

enum scram_status
prove_look(struct prove_service *service, struct slice user,
           struct prove_owner *owner, struct sentence *why)
{
    enum scram_status agent = SCRAM_NO_USER, file;
    struct sentence said = {""};

    if (service->agent)
        agent = prove_agent_look(user, AGENT_FIRST, owner, &said);
    if (service->agent && agent == SCRAM_OK)
        return SCRAM_OK;
    owner->left = PROVE_FOREVER;
    if (service->password.data != NULL) {
        buffer_put(&owner->user, user);
        return user.len == 0 ? SCRAM_NO_USER : SCRAM_OK;
    }
    file = service->path == NULL ? prove_no_file(why)
                                 : prove_file_look(service, user, owner, why);
    if (file == SCRAM_NO_USER && agent == SCRAM_AGENT_SLOW)
        agent = prove_agent_look(user, AGENT_LAST, owner, &said);
    if (file == SCRAM_OK || !service->agent)
        return file;
    return agent == SCRAM_OK ? SCRAM_OK : neither(agent, &said, file, why);
}

enum scram_status
prove_choose(struct prove_service *service, enum scram_mechanism mechanism,
             struct slice target, struct slice user, struct prove_login **login,
             struct sentence *why)
{
    enum scram_status agent = SCRAM_NO_USER, file;
    struct sentence said = {""};

    if (service->password.data != NULL)
        return user.len == 0 ? SCRAM_NO_USER
                             : prove_local(service, user,
                                           (struct slice){NULL, 0}, login, why);
    if (service->agent)
        agent = prove_agent_choose(service, mechanism, target, user,
                                   AGENT_FIRST, login, &said);
    if (service->agent && agent == SCRAM_OK)
        return SCRAM_OK;
    file = service->path == NULL
               ? prove_no_file(why)
               : prove_file_choose(service, target, user, login, why);
    if (file == SCRAM_NO_USER && agent == SCRAM_AGENT_SLOW)
        agent = prove_agent_choose(service, mechanism, target, user, AGENT_LAST,
                                   login, &said);
    if (file == SCRAM_OK || !service->agent)
        return file;
    return agent == SCRAM_OK ? SCRAM_OK : neither(agent, &said, file, why);
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
