#include "config.h"

#include "sasl.h"

#ifdef HAVE_CYRUS_SASL
#include <sasl/sasl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fail.h"
#include "users.h"

#define ROW 4

static int
get_option(void *context, const char *plugin, const char *option,
           const char **result, unsigned *len)
{
    static const char *const options[][2] = {
        {"auxprop_plugin", "sasldb"},
        {"pwcheck_method", "auxprop"},
        {"mech_list", "SCRAM-SHA-256"},
        {"log_level", "0"},
    };
    size_t i;

    (void)context;
    (void)plugin;
    *result = !strcmp(option, "sasldb_path") ? getenv("BENCH_SASLDB") : NULL;
    for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (!strcmp(option, options[i][0]))
            *result = options[i][1];
    }
    if (*result != NULL && len != NULL)
        *len = (unsigned)strlen(*result);
    return *result != NULL ? SASL_OK : SASL_FAIL;
}

static int
get_name(void *context, int id, const char **result, unsigned *len)
{
    (void)context;
    *result = id == SASL_CB_USER ? "" : "bench";
    if (len != NULL)
        *len = (unsigned)strlen(*result);
    return SASL_OK;
}

static int
get_password(sasl_conn_t *connection, void *context, int id,
             sasl_secret_t **secret)
{
    static struct {
        unsigned long len;
        char text[sizeof(USERS_PASSWORD)];
    } password = {sizeof(USERS_PASSWORD) - 1, USERS_PASSWORD};

    (void)connection;
    (void)context;
    (void)id;
    *secret = (sasl_secret_t *)&password;
    return SASL_OK;
}

static const sasl_callback_t callbacks[] = {
    {SASL_CB_GETOPT, (int (*)(void))(void (*)(void))get_option, NULL},
    {SASL_CB_USER, (int (*)(void))(void (*)(void))get_name, NULL},
    {SASL_CB_AUTHNAME, (int (*)(void))(void (*)(void))get_name, NULL},
    {SASL_CB_PASS, (int (*)(void))(void (*)(void))get_password, NULL},
    {SASL_CB_LIST_END, NULL, NULL},
};

struct talk {
    sasl_conn_t *client, *server;
    const char *to_server, *to_client;
    unsigned to_server_len, to_client_len;
};

static void
begin(struct talk *t)
{
    const char *mech;

    memset(t, 0, sizeof(*t));
    if (sasl_client_new("bench", "localhost", NULL, NULL, callbacks, 0,
                        &t->client) != SASL_OK ||
        sasl_client_start(t->client, "SCRAM-SHA-256", NULL, &t->to_server,
                          &t->to_server_len, &mech) != SASL_CONTINUE)
        fail("Cyrus SASL has no client");
}

/* The server's part of one leg; @return SASL_OK, SASL_CONTINUE */
static int
serve(struct talk *t, int first)
{
    int rc = SASL_OK;

    if (first)
        rc = sasl_server_new("bench", "localhost", "localhost", NULL, NULL,
                             callbacks, 0, &t->server);
    if (rc != SASL_OK)
        return rc;
    if (first)
        return sasl_server_start(t->server, "SCRAM-SHA-256", t->to_server,
                                 t->to_server_len, &t->to_client,
                                 &t->to_client_len);
    return sasl_server_step(t->server, t->to_server, t->to_server_len,
                            &t->to_client, &t->to_client_len);
}

static double
one_row(void)
{
    struct talk talks[ROW];
    double began, ns = 0;
    int i, legs, rc;

    for (i = 0; i < ROW; i++)
        begin(&talks[i]);
    for (legs = 0; legs < 2; legs++) {
        began = clock_ns();
        for (i = 0; i < ROW; i++) {
            rc = serve(&talks[i], legs == 0);
            if (rc != SASL_CONTINUE && rc != SASL_OK)
                fail(sasl_errstring(rc, NULL, NULL));
        }
        ns += clock_ns() - began;
        for (i = 0; i < ROW; i++) {
            struct talk *t = &talks[i];

            rc = sasl_client_step(t->client, t->to_client, t->to_client_len,
                                  NULL, &t->to_server, &t->to_server_len);
            if (rc != SASL_CONTINUE && rc != SASL_OK)
                fail("Cyrus SASL's client refused");
        }
    }
    for (i = 0; i < ROW; i++) {
        sasl_dispose(&talks[i].client);
        sasl_dispose(&talks[i].server);
    }
    return ns / ROW;
}

int
cyrus_sasl_measure(int turns, struct figure *accept_ns, const char **why)
{
    double *ns = calloc((size_t)turns, sizeof(*ns));
    int i;

    if (getenv("BENCH_SASLDB") == NULL) {
        free(ns);
        *why = "the package sasl2-bin or libsasl2-modules is not installed";
        return 0;
    }
    if (ns == NULL || sasl_client_init(callbacks) != SASL_OK ||
        sasl_server_init(callbacks, "bench") != SASL_OK)
        fail("Cyrus SASL cannot begin");
    one_row();
    for (i = 0; i < turns; i++)
        ns[i] = one_row();
    *accept_ns = figure_of(ns, (size_t)turns);
    free(ns);
    return 1;
}
#else
int
cyrus_sasl_measure(int turns, struct figure *accept_ns, const char **why)
{
    (void)turns;
    (void)accept_ns;
    *why = "libsasl2-dev was not installed when configure ran";
    return 0;
}
#endif
