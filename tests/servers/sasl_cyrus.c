#include <check.h>
#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gss/world.h"
#include "sasl_end.h"

typedef int callback(void);
#define CALLBACK(id, function, context)                                        \
    {                                                                          \
        id, (callback *)(void (*)(void))(function), (void *)(context)          \
    }
#define LAST_CALLBACK                                                          \
    {                                                                          \
        SASL_CB_LIST_END, NULL, NULL                                           \
    }

/* A folder with one plugin for SCRAM alone: with two of the same name, one of
 * them is never asked. Either needs one that knows of users, or need not. */
static const char *
plugin_folder(enum sasl_maker maker)
{
    const char *plugins[] = {maker == MODULE ? "libgs2.so" : "libscram.so",
                             "libsasldb.so"};
    const char *name = maker == MODULE ? "gs2" : "native";
    static char folders[2][512];
    char *folder = folders[maker == MODULE];
    int i;

    snprintf(folder, sizeof(folders[0]), "%s", world_path(name));
    if (mkdir(folder, 0700) != 0)
        return folder;
    for (i = 0; i < COUNT(plugins); i++) {
        char target[256], link[64];

        snprintf(target, sizeof(target), SASL_PLUGINS "/%s", plugins[i]);
        snprintf(link, sizeof(link), "%s/%s", name, plugins[i]);
        ck_assert_int_eq(symlink(target, world_path(link)), 0);
    }
    return folder;
}

static int
get_path(void *context, const char **path)
{
    *path = context;
    return SASL_OK;
}

static int
get_option(void *context, const char *plugin, const char *option,
           const char **result, unsigned *len)
{
    (void)plugin;
    if (!strcmp(option, "sasldb_path"))
        *result = context;
    else if (!strcmp(option, "auxprop_plugin"))
        *result = "sasldb";
    else
        return SASL_FAIL;
    if (len != NULL)
        *len = (unsigned)strlen(*result);
    return SASL_OK;
}

static int
get_simple(void *context, int id, const char **result, unsigned *len)
{
    const struct sasl_settings *settings = context;

    *result = id == SASL_CB_AUTHNAME      ? settings->user
              : settings->authzid != NULL ? settings->authzid
                                          : "";
    if (len != NULL)
        *len = (unsigned)strlen(*result);
    return SASL_OK;
}

static int
get_secret(sasl_conn_t *connection, void *context, int id,
           sasl_secret_t **secret)
{
    static union {
        sasl_secret_t secret;
        char memory[sizeof(sasl_secret_t) + 64];
    } kept;
    const struct sasl_settings *settings = context;
    size_t len = strlen(settings->password);

    (void)connection;
    (void)id;
    ck_assert_uint_lt(len, 64);
    kept.secret.len = len;
    memcpy(kept.memory + offsetof(sasl_secret_t, data), settings->password,
           len + 1);
    *secret = &kept.secret;
    return SASL_OK;
}

/* Alice may be carol too. */
static int
may_be(sasl_conn_t *connection, void *context, const char *user, unsigned len,
       const char *authid, unsigned authid_len, const char *realm,
       unsigned realm_len, struct propctx *properties)
{
    struct sasl_end *end = context;

    (void)connection;
    (void)realm;
    (void)realm_len;
    (void)properties;
    snprintf(end->authid, sizeof(end->authid), "%.*s", (int)authid_len, authid);
    snprintf(end->authzid, sizeof(end->authzid), "%.*s", (int)len, user);
    return (len == authid_len && !memcmp(user, authid, len)) ||
                   !strcmp(end->authzid, "carol")
               ? SASL_OK
               : SASL_NOAUTHZ;
}

/* A user of Cyrus SASL's own, in a file that only its programs know. */
static void
add_native_user(const char *user, const char *password)
{
    char command[2048];
    FILE *pipe;

    snprintf(command, sizeof(command),
             "env -u GSS_MECH_CONFIG SASL_PATH=%s "
             "/usr/sbin/saslpasswd2 -p -c -f %s -u localhost '%s'",
             plugin_folder(CYRUS), world_path("sasldb2"), user);
    pipe = popen(command, "w");
    ck_assert_ptr_nonnull(pipe);
    fputs(password, pipe);
    ck_assert_int_eq(pclose(pipe), 0);
}

static void
set_bindings(struct sasl_end *end)
{
    static sasl_channel_binding_t bindings[2];
    sasl_channel_binding_t *b = &bindings[end->serves];
    const struct sasl_settings *settings = end->settings;

    if (settings->binding == NULL)
        return;
    b->name = settings->binding;
    b->data = (const unsigned char *)settings->data;
    b->len = strlen(settings->data);
    b->critical = strstr(settings->mechanism, "-PLUS") != NULL;
    ck_assert_int_eq(sasl_setprop(end->connection, SASL_CHANNEL_BINDING, b),
                     SASL_OK);
}

static void
finish_step(struct sasl_end *end, int result, const char *reply, unsigned len)
{
    const void *ssf;

    end->state = result == SASL_OK         ? SASL_IS_DONE
                 : result == SASL_CONTINUE ? SASL_GOES_ON
                                           : SASL_REFUSES;
    if (end->state == SASL_REFUSES) {
        snprintf(end->token, sizeof(end->token), "%s",
                 sasl_errdetail(end->connection));
        return;
    }
    sasl_say(end, reply, reply == NULL ? 0 : len);
    if (end->state == SASL_IS_DONE) {
        ck_assert_int_eq(sasl_getprop(end->connection, SASL_SSF, &ssf),
                         SASL_OK);
        end->ssf = (int)*(const sasl_ssf_t *)ssf;
    }
}

static void
step(struct sasl_end *end, const char *token, size_t len)
{
    sasl_interact_t *prompts = NULL;
    const char *reply = NULL;
    unsigned reply_len = 0;
    int result;

    if (!end->serves)
        result = sasl_client_step(end->connection, token, (unsigned)len,
                                  &prompts, &reply, &reply_len);
    else if (end->library == NULL)
        result = sasl_server_start(end->connection, end->settings->mechanism,
                                   token, (unsigned)len, &reply, &reply_len);
    else
        result = sasl_server_step(end->connection, token, (unsigned)len, &reply,
                                  &reply_len);
    end->library = end; /* it was started */
    finish_step(end, result, reply, reply_len);
}

static void
cyrus_end(struct sasl_end *end)
{
    sasl_conn_t *connection = end->connection;

    sasl_dispose(&connection);
}

static void
begin_server(struct sasl_end *end, enum sasl_maker maker)
{
    static sasl_callback_t global[3], own[2];
    static char users[512];
    sasl_conn_t *connection;

    if (maker == CYRUS) {
        add_native_user("alice", SASL_ALICES_PASSWORD);
        add_native_user("a,b=c", "comma");
    }
    snprintf(users, sizeof(users), "%s", world_path("sasldb2"));
    global[0] = (sasl_callback_t)CALLBACK(SASL_CB_GETPATH, get_path,
                                          plugin_folder(maker));
    global[1] = (sasl_callback_t)CALLBACK(SASL_CB_GETOPT, get_option, users);
    global[2] = (sasl_callback_t)LAST_CALLBACK;
    own[0] = (sasl_callback_t)CALLBACK(SASL_CB_PROXY_POLICY, may_be, end);
    own[1] = (sasl_callback_t)LAST_CALLBACK;
    ck_assert_int_eq(sasl_server_init(global, "gss-scram-test"), SASL_OK);
    ck_assert_int_eq(sasl_server_new("host", "localhost", NULL, NULL, NULL, own,
                                     SASL_SUCCESS_DATA, &connection),
                     SASL_OK);
    end->connection = connection;
    set_bindings(end);
}

static void
begin_client(struct sasl_end *end, enum sasl_maker maker)
{
    static sasl_callback_t global[2], own[4];
    sasl_interact_t *prompts = NULL;
    sasl_conn_t *connection;
    const char *reply = NULL, *mechanism;
    char offer[128];
    unsigned len = 0;
    int result;

    global[0] = (sasl_callback_t)CALLBACK(SASL_CB_GETPATH, get_path,
                                          plugin_folder(maker));
    global[1] = (sasl_callback_t)LAST_CALLBACK;
    own[0] =
        (sasl_callback_t)CALLBACK(SASL_CB_AUTHNAME, get_simple, end->settings);
    own[1] = (sasl_callback_t)CALLBACK(SASL_CB_USER, get_simple, end->settings);
    own[2] = (sasl_callback_t)CALLBACK(SASL_CB_PASS, get_secret, end->settings);
    own[3] = (sasl_callback_t)LAST_CALLBACK;
    ck_assert_int_eq(sasl_client_init(global), SASL_OK);
    ck_assert_int_eq(sasl_client_new("host", "localhost", NULL, NULL, own,
                                     SASL_SUCCESS_DATA, &connection),
                     SASL_OK);
    end->connection = connection;
    set_bindings(end);
    snprintf(offer, sizeof(offer), "%s %s", end->settings->mechanism,
             end->settings->offer != NULL ? end->settings->offer : "");
    result = sasl_client_start(connection, offer, &prompts, &reply, &len,
                               &mechanism);
    finish_step(end, result, reply, len);
}

void
sasl_begin_cyrus(struct sasl_end *end, enum sasl_maker maker)
{
    end->step = step;
    end->end = cyrus_end;
    if (end->serves)
        begin_server(end, maker);
    else
        begin_client(end, maker);
}
