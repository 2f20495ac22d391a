#include "directory/client.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "directory/ask.h"
#include "directory/clock.h"
#include "directory/entry.h"

#define ALL_TIMEOUT 60000 /* milliseconds for a page, or for a change */
#define PAGE 500          /* entries */

static const int scopes[] = {
    [CONFIG_LDAP_SUB] = LDAP_SCOPE_SUBTREE,
    [CONFIG_LDAP_ONE] = LDAP_SCOPE_ONELEVEL,
    [CONFIG_LDAP_BASE] = LDAP_SCOPE_BASE,
};

/* What a code says of the server that it is from. */
static enum ldap_answer
answer_of(int rc)
{
    switch (rc) {
    case LDAP_NO_SUCH_OBJECT: /* a copy that is not complete yet? */
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_REFERRAL:
    case LDAP_UNWILLING_TO_PERFORM:
    case LDAP_SIZELIMIT_EXCEEDED:
    case LDAP_ADMINLIMIT_EXCEEDED:
    case LDAP_INAPPROPRIATE_MATCHING:
    case LDAP_UNDEFINED_TYPE:
    case LDAP_FILTER_ERROR:
    case LDAP_NO_MEMORY:
        return LDAP_DECLINED;
    default:
        return LDAP_BROKEN;
    }
}

/* A search, where it is put. */
struct searching {
    const struct ldap_client *client;
    const struct ldap_client_search *search;
    ldap_client_visit *visit;
    void *data;
    struct berval cookie; /* of the page that comes next */
};

static int
send_search(struct ldap_connection *c, const struct searching *s,
            LDAPControl **controls, int *id)
{
    const struct config_ldap *config = &s->client->config;
    int left = ldap_clock_left(c->deadline);
    struct timeval limit = {left / 1000 + 1, 0}; /* the server's own */

    return ldap_search_ext(c->ld, config->base, scopes[config->scope],
                           s->search->filter,
                           (char **)(uintptr_t)s->search->attributes, 0,
                           controls, NULL, &limit, s->search->all ? 0 : 2, id);
}

/* Say why a search has failed. */
static void
explain(const struct ldap_connection *c, const struct searching *s, int rc,
        struct sentence *words)
{
    if (rc == LDAP_NO_SUCH_OBJECT)
        sentence_write(words,
                       "%s: is ldap_base right, \"%s\", and may this account "
                       "see it?",
                       ldap_err2string(rc), s->client->config.base);
    else if (rc == LDAP_SIZELIMIT_EXCEEDED || rc == LDAP_ADMINLIMIT_EXCEEDED)
        sentence_write(words,
                       "%s: the directory shows this account no more entries",
                       ldap_err2string(rc));
    else
        ldap_connection_words(c, rc, words);
}

/* Search for one entry: it is looked at when it is known to be the only one. */
static enum ldap_answer
search_one(struct ldap_connection *c, struct ldap_question *q,
           struct sentence *words)
{
    struct searching *s = q->data;
    LDAPMessage *found = NULL, *m;
    int id, type, count = 0, rc = send_search(c, s, NULL, &id);

    while (rc == LDAP_SUCCESS) {
        type = ldap_connection_wait(c, id, &m, &rc);
        if (type == LDAP_RES_SEARCH_RESULT) {
            if (ldap_parse_result(c->ld, m, &rc, NULL, NULL, NULL, NULL, 1) !=
                LDAP_SUCCESS)
                rc = LDAP_DECODING_ERROR;
            break;
        }
        if (type == LDAP_RES_SEARCH_ENTRY && count++ == 0)
            found = m;
        else if (type > 0)
            ldap_msgfree(m); /* one too many, or a referral */
        if (count > 1) {
            ldap_abandon_ext(c->ld, id, NULL, NULL);
            break;
        }
    }
    if (count > 1 || rc == LDAP_SIZELIMIT_EXCEEDED) {
        ldap_msgfree(found);
        sentence_write(words, "%s finds more than one entry",
                       s->search->filter);
        return LDAP_DECLINED;
    }
    if (rc != LDAP_SUCCESS) {
        ldap_msgfree(found);
        explain(c, s, rc, words);
        return answer_of(rc);
    }
    q->status = found == NULL
                    ? SCRAM_OK
                    : ldap_entry_visit(c->ld, found, s->search->attributes,
                                       s->visit, s->data);
    ldap_msgfree(found);
    return LDAP_ANSWERED;
}

/* Read one page (RFC 2696), and the cookie for the next. */
static int
read_page(struct ldap_connection *c, struct ldap_question *q, int id)
{
    struct searching *s = q->data;
    LDAPControl **controls = NULL, *page;
    ber_int_t estimate;
    LDAPMessage *m;
    int type, rc = LDAP_SUCCESS;

    for (;;) {
        type = ldap_connection_wait(c, id, &m, &rc);
        if (type < 0)
            return rc;
        if (type == LDAP_RES_SEARCH_RESULT)
            break;
        if (type == LDAP_RES_SEARCH_ENTRY && q->status == SCRAM_OK) {
            q->spent = true; /* nobody is to see an entry twice */
            q->status = ldap_entry_visit(c->ld, m, s->search->attributes,
                                         s->visit, s->data);
        }
        ldap_msgfree(m);
    }
    if (ldap_parse_result(c->ld, m, &rc, NULL, NULL, NULL, &controls, 1) !=
        LDAP_SUCCESS)
        return LDAP_DECODING_ERROR;
    ber_memfree(s->cookie.bv_val);
    s->cookie = (struct berval){0, NULL};
    page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    if (rc == LDAP_SUCCESS && page != NULL)
        rc =
            ldap_parse_pageresponse_control(c->ld, page, &estimate, &s->cookie);
    ldap_controls_free(controls);
    return rc;
}

static enum ldap_answer
search_all(struct ldap_connection *c, struct ldap_question *q,
           struct sentence *words)
{
    struct searching *s = q->data;
    LDAPControl *controls[2] = {NULL, NULL};
    int id, rc;

    q->status = SCRAM_OK;
    do {
        ldap_connection_until(c, ldap_clock() + ALL_TIMEOUT);
        rc = ldap_create_page_control(c->ld, PAGE, &s->cookie, 0, controls);
        if (rc == LDAP_SUCCESS) {
            rc = send_search(c, s, controls, &id);
            ldap_control_free(controls[0]);
        }
        if (rc == LDAP_SUCCESS)
            rc = read_page(c, q, id);
    } while (rc == LDAP_SUCCESS && q->status == SCRAM_OK &&
             s->cookie.bv_len > 0);
    ber_memfree(s->cookie.bv_val);
    s->cookie = (struct berval){0, NULL};
    if (rc == LDAP_SUCCESS)
        return LDAP_ANSWERED;
    explain(c, s, rc, words);
    return answer_of(rc);
}

enum scram_status
ldap_client_search(struct ldap_client *client,
                   const struct ldap_client_search *search, bool fail_fast,
                   ldap_client_visit *visit, void *data, struct sentence *why)
{
    struct searching s = {
        .client = client, .search = search, .visit = visit, .data = data};
    struct ldap_question q = {
        .put = search->all ? search_all : search_one,
        .data = &s,
        .fail_fast = fail_fast,
        .patience = client->config.lookup_timeout,
        .deadline = ldap_clock() + client->config.total_timeout,
    };

    return ldap_ask(client, &q, why);
}

/* Threads that make libldap's first call together would make it twice. libldap
 * writes to a socket that its server has closed with write(2), which raises
 * SIGPIPE. */
static void
ldap_client_begin(void)
{
    int version;

    (void)signal(SIGPIPE, SIG_IGN);
    ldap_get_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version);
}

enum scram_status
ldap_client_open(const struct ldap_location *location,
                 const struct config_ldap *config, struct ldap_client **opened,
                 struct sentence *why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct ldap_client *client = calloc(1, sizeof(*client));

    pthread_once(&once, ldap_client_begin);
    if (client == NULL || !ldap_pool_init(&client->pool)) {
        free(client);
        sentence_write(why, "out of memory");
        return SCRAM_NO_MEMORY;
    }
    client->location = *location;
    client->config = *config;
    *opened = client;
    return SCRAM_OK;
}

void
ldap_client_close(struct ldap_client *client)
{
    ldap_pool_clear(&client->pool);
    free(client);
}
