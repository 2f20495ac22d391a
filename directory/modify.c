#include "directory/client.h"

#include <stdlib.h>

#include "directory/ask.h"
#include "directory/clock.h"

#define MODIFY_TIMEOUT 60000 /* milliseconds; slapd waits for its disk */

/* A change, as libldap wants it. */
struct modifying {
    const char *bind_dn; /* "": the account's */
    const char *dn;
    LDAPMod **mods; /* NULL behind them */
};

/* One value with a LDAPMod around it. */
struct mod {
    LDAPMod mod;
    struct berval value;
    struct berval *values[2];
};

static enum ldap_answer
ldap_modify_put(struct ldap_connection *c, struct ldap_question *q,
                struct sentence *words)
{
    struct modifying *m = q->data;
    int id, rc = ldap_modify_ext(c->ld, m->dn, m->mods, NULL, NULL, &id);

    /* From here on it may have been done, whatever is heard of it. */
    q->spent = true;
    if (rc == LDAP_SUCCESS)
        rc = ldap_connection_finish(c, id);
    if (rc == LDAP_INSUFFICIENT_ACCESS)
        sentence_write(words, "%s: %s may not change %s", ldap_err2string(rc),
                       m->bind_dn[0] == '\0' ? "this account" : m->bind_dn,
                       m->dn);
    else if (rc != LDAP_SUCCESS)
        ldap_connection_words(c, rc, words);
    switch (rc) {
    case LDAP_SUCCESS:
        q->status = SCRAM_OK;
        return LDAP_ANSWERED;
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_NO_SUCH_ATTRIBUTE:
    case LDAP_TYPE_OR_VALUE_EXISTS:
        q->status = SCRAM_NO_USER;
        return LDAP_ANSWERED;
    case LDAP_OBJECT_CLASS_VIOLATION:
        q->status = SCRAM_BAD_ARGUMENT;
        return LDAP_ANSWERED;
    case LDAP_INSUFFICIENT_ACCESS:
        q->status = SCRAM_STORE_FORBIDDEN;
        return LDAP_ANSWERED;
    case LDAP_REFERRAL:
    case LDAP_UNWILLING_TO_PERFORM: /* a copy that is for reading alone */
        q->spent = false;
        return LDAP_DECLINED;
    default:
        return c->late || rc < 0 ? LDAP_BROKEN : LDAP_DECLINED;
    }
}

static void
ldap_modify_fill(const struct ldap_client_change *change, struct mod *mod)
{
    mod->value = (struct berval){change->value.len,
                                 (char *)(uintptr_t)change->value.data};
    mod->values[0] = &mod->value;
    mod->mod.mod_op =
        LDAP_MOD_BVALUES | (change->add ? LDAP_MOD_ADD : LDAP_MOD_DELETE);
    mod->mod.mod_type = (char *)(uintptr_t)change->attribute;
    mod->mod.mod_bvalues = mod->values;
}

enum scram_status
ldap_client_modify(struct ldap_client *client, const char *dn,
                   const struct ldap_client_change *changes, size_t count,
                   struct sentence *why)
{
    struct modifying m = {.bind_dn = client->config.bind_dn, .dn = dn};
    struct ldap_question q = {
        .put = ldap_modify_put,
        .data = &m,
        .patience = MODIFY_TIMEOUT,
        .deadline = ldap_clock() + MODIFY_TIMEOUT,
        .status = SCRAM_NO_MEMORY,
    };
    struct mod *mods = calloc(count, sizeof(*mods));
    size_t i;

    m.mods = calloc(count + 1, sizeof(*m.mods));
    for (i = 0; mods != NULL && m.mods != NULL && i < count; i++) {
        ldap_modify_fill(&changes[i], &mods[i]);
        m.mods[i] = &mods[i].mod;
    }
    if (mods != NULL && m.mods != NULL)
        q.status = ldap_ask(client, &q, why);
    else
        sentence_write(why, "out of memory");
    free(mods);
    free(m.mods);
    return q.status;
}
