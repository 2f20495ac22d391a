#include <check.h>
#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sasl_end.h"

/* Channel bindings are handed over in base64. */
static void
set_bindings(Gsasl_session *session, const struct sasl_settings *settings)
{
    Gsasl_property property = !strcmp(settings->binding, "tls-unique")
                                  ? GSASL_CB_TLS_UNIQUE
                                  : GSASL_CB_TLS_EXPORTER;
    char *text = NULL;

    ck_assert_int_eq(
        gsasl_base64_to(settings->data, strlen(settings->data), &text, NULL),
        GSASL_OK);
    gsasl_property_set(session, property, text);
    gsasl_free(text);
}

static int
answer_client(Gsasl_session *session, const struct sasl_settings *settings,
              Gsasl_property property)
{
    const char *text = property == GSASL_AUTHID     ? settings->user
                       : property == GSASL_AUTHZID  ? settings->authzid
                       : property == GSASL_PASSWORD ? settings->password
                                                    : NULL;

    if (text == NULL)
        return GSASL_NO_CALLBACK;
    gsasl_property_set(session, property, text);
    return GSASL_OK;
}

static int
answer_server(Gsasl_session *session, Gsasl_property property)
{
    const char *user = gsasl_property_fast(session, GSASL_AUTHID);

    if (property == GSASL_SCRAM_ITER)
        gsasl_property_set(session, property, "4096");
    else if (property == GSASL_PASSWORD && user != NULL &&
             !strcmp(user, "alice"))
        gsasl_property_set(session, property, SASL_ALICES_PASSWORD);
    else if (property == GSASL_PASSWORD && user != NULL &&
             !strcmp(user, "a,b=c"))
        gsasl_property_set(session, property, "comma");
    else
        return GSASL_NO_CALLBACK;
    return GSASL_OK;
}

static int
answer(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
    struct sasl_end *end = gsasl_callback_hook_get(library);

    return end->serves ? answer_server(session, property)
                       : answer_client(session, end->settings, property);
}

/* As SASL's applications do: alice may be carol too. */
static bool
learn_user(struct sasl_end *end)
{
    const char *authid = gsasl_property_fast(end->connection, GSASL_AUTHID);
    const char *authzid = gsasl_property_fast(end->connection, GSASL_AUTHZID);

    if (authzid == NULL || authzid[0] == '\0')
        authzid = authid;
    snprintf(end->authid, sizeof(end->authid), "%s", authid);
    snprintf(end->authzid, sizeof(end->authzid), "%s", authzid);
    return authzid == authid || !strcmp(authzid, "carol");
}

static void
step(struct sasl_end *end, const char *token, size_t len)
{
    char *reply = NULL;
    size_t reply_len = 0;
    int result = gsasl_step(end->connection, token, len, &reply, &reply_len);

    end->state = result == GSASL_OK           ? SASL_IS_DONE
                 : result == GSASL_NEEDS_MORE ? SASL_GOES_ON
                                              : SASL_REFUSES;
    if (end->state != SASL_REFUSES)
        sasl_say(end, reply, reply_len);
    else
        snprintf(end->token, sizeof(end->token), "%s", gsasl_strerror(result));
    gsasl_free(reply);
    if (end->state == SASL_IS_DONE && end->serves && !learn_user(end))
        end->state = SASL_REFUSES;
}

static void
gnu_end(struct sasl_end *end)
{
    gsasl_finish(end->connection);
    gsasl_done(end->library);
}

void
sasl_begin_gnu(struct sasl_end *end)
{
    Gsasl *library;
    Gsasl_session *session = NULL;

    ck_assert_int_eq(gsasl_init(&library), GSASL_OK);
    gsasl_callback_hook_set(library, end);
    gsasl_callback_set(library, answer);
    ck_assert_int_eq((end->serves ? gsasl_server_start : gsasl_client_start)(
                         library, end->settings->mechanism, &session),
                     GSASL_OK);
    end->library = library;
    end->connection = session;
    end->step = step;
    end->end = gnu_end;
    if (end->settings->binding != NULL)
        set_bindings(session, end->settings);
    if (!end->serves)
        sasl_take(end, NULL, 0);
}
