#include "config.h"

#include "sasl.h"

#ifdef HAVE_GSASL
#include <gsasl.h>
#include <string.h>

#include "base/base64.h"
#include "clock.h"
#include "fail.h"
#include "users.h"

#define ROW 16

static char stored_key[64], server_key[64], salt[32], salted[65];

static void
as_base64(struct slice bytes, char *text, size_t size)
{
    struct buffer out = {(uint8_t *)text, 0, size - 1, false};

    base64_encode(bytes, &out);
    text[out.len] = '\0';
}

/* What both sides are asked for. */
static int
answer(Gsasl *context, Gsasl_session *session, Gsasl_property property)
{
    static const struct {
        Gsasl_property property;
        const char *value;
    } known[] = {
        {GSASL_AUTHID, "bench"},
        {GSASL_SCRAM_ITER, "4096"},
        {GSASL_SCRAM_SALT, salt},
        {GSASL_SCRAM_STOREDKEY, stored_key},
        {GSASL_SCRAM_SERVERKEY, server_key},
        {GSASL_SCRAM_SALTED_PASSWORD, salted},
    };
    size_t i;

    (void)context;
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].property == property)
            return gsasl_property_set(session, property, known[i].value);
    }
    return GSASL_NO_CALLBACK;
}

static void
prepare(void)
{
    const struct scram_keys *keys = users_keys();
    const char password[] = USERS_PASSWORD;
    char hash[3][GSASL_HASH_MAX_SIZE], stored[GSASL_HASH_MAX_SIZE];
    size_t i;

    as_base64(SLICE_ARRAY(keys->stored_key.data), stored_key,
              sizeof(stored_key));
    as_base64(SLICE_ARRAY(keys->server_key.data), server_key,
              sizeof(server_key));
    as_base64(SLICE(USERS_SALT), salt, sizeof(salt));
    if (gsasl_scram_secrets_from_password(GSASL_HASH_SHA256, password,
                                          USERS_ITERATIONS, USERS_SALT,
                                          sizeof(USERS_SALT) - 1, hash[0],
                                          hash[1], hash[2], stored) != GSASL_OK)
        fail("GNU SASL derives no keys");
    for (i = 0; i < 32; i++)
        snprintf(salted + 2 * i, 3, "%02x", (uint8_t)hash[0][i]);
}

struct talk {
    Gsasl_session *client, *server;
    char *token;
    size_t len;
};

static int
step(Gsasl_session *session, struct talk *t)
{
    char *out = NULL;
    size_t len = 0;
    int rc = gsasl_step(session, t->token, t->len, &out, &len);

    gsasl_free(t->token);
    t->token = out;
    t->len = len;
    if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
        fail("GNU SASL refused");
    return rc;
}

/* Both sides of some, and the nanoseconds that a server took. */
static double
one_row(Gsasl *context)
{
    struct talk talks[ROW] = {{0}};
    double began, ns = 0;
    int i, legs;

    for (i = 0; i < ROW; i++) {
        if (gsasl_client_start(context, "SCRAM-SHA-256", &talks[i].client) !=
            GSASL_OK)
            fail("GNU SASL has no client");
    }
    for (legs = 0; legs < 2; legs++) {
        for (i = 0; i < ROW; i++)
            step(talks[i].client, &talks[i]);
        began = clock_ns();
        for (i = 0; i < ROW; i++) {
            if (legs == 0 && gsasl_server_start(context, "SCRAM-SHA-256",
                                                &talks[i].server) != GSASL_OK)
                fail("GNU SASL has no server");
            step(talks[i].server, &talks[i]);
        }
        ns += clock_ns() - began;
    }
    for (i = 0; i < ROW; i++) {
        if (step(talks[i].client, &talks[i]) != GSASL_OK)
            fail("GNU SASL did not come to an end");
        gsasl_free(talks[i].token);
        gsasl_finish(talks[i].client);
        gsasl_finish(talks[i].server);
    }
    return ns / ROW;
}

int
gnu_sasl_measure(int turns, struct figure *accept_ns, const char **why)
{
    double *ns = calloc((size_t)turns, sizeof(*ns));
    Gsasl *context;
    int i;

    (void)why;
    if (ns == NULL || gsasl_init(&context) != GSASL_OK)
        fail("GNU SASL cannot begin");
    prepare();
    gsasl_callback_set(context, answer);
    one_row(context);
    for (i = 0; i < turns; i++)
        ns[i] = one_row(context);
    *accept_ns = figure_of(ns, (size_t)turns);
    gsasl_done(context);
    free(ns);
    return 1;
}
#else
int
gnu_sasl_measure(int turns, struct figure *accept_ns, const char **why)
{
    (void)turns;
    (void)accept_ns;
    *why = "libgsasl-dev was not installed when configure ran";
    return 0;
}
#endif
