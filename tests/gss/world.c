#include "world.h"
#include "world_broker.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

gss_OID_desc sha_256 = {GSS_SCRAM_SHA_256_OID_LENGTH,
                        (void *)GSS_SCRAM_SHA_256_OID};
gss_OID_desc sha_1 = {GSS_SCRAM_SHA_1_OID_LENGTH, (void *)GSS_SCRAM_SHA_1_OID};

static char folder[256];

/* What libgssapi keeps of each module for as long as the process lives, and the
 * name that krb5 forgets when there is no key for it. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
    return "leak:krb5int_open_plugin\n"
           "leak:krb5_build_principal_alloc_va\n";
}

/* An assertion that holds outside of tests too. */
static void
need(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "cannot make a world to test in: %s\n", what);
    exit(EXIT_FAILURE);
}

const char *
world_path(const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

const char *
world_store(void)
{
    static char location[512];

    snprintf(location, sizeof(location), "file:%s/users", folder);
    return location;
}

const char *
world_store_at(const char *name)
{
    static char location[512];
    int scheme = (int)strcspn(world_store(), ":");

    snprintf(location, sizeof(location), "%.*s:%s/%s", scheme, world_store(),
             folder, name);
    return location;
}

void
world_write(const char *name, const char *format, ...)
{
    FILE *file = fopen(world_path(name), "w");
    const char *rest, *section = "[scram]\n";
    char text[16384];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    need(file != NULL && len >= 0 && len < (int)sizeof(text), name);
    rest = strcmp(name, "scram.conf") == 0 ? strstr(text, section) : NULL;
    if (rest != NULL) {
        rest += strlen(section);
        fprintf(file, "%.*s%s", (int)(rest - text), text,
                world_broker_line(text));
    }
    fputs(rest != NULL ? rest : text, file);
    need(fclose(file) == 0, name);
}

static void
derive(enum scram_mechanism mechanism, const char *password,
       struct scram_verifier *v)
{
    need(scram_verifier_derive(mechanism, slice_of(password),
                               SLICE("0123456789abcdef"), 4096, v) == SCRAM_OK,
         password);
}

static void
put(const char *location, const char *user, const struct scram_verifier *v,
    enum store_put how)
{
    struct store *store;
    struct sentence why = {""};

    need(store_open(WORLD_KINDS, location, STORE_CREATE, &store, &why) ==
             SCRAM_OK,
         why.text);
    need(store_put(store, slice_of(user), v, how, &why) == SCRAM_OK, why.text);
    store_close(store);
}

void
world_set_password(const char *location, const char *user, const char *password)
{
    struct scram_verifier verifier;

    derive(SCRAM_SHA_256, password, &verifier);
    put(location, user, &verifier, STORE_EITHER);
}

static void
add_user(const char *user, const char *password, enum scram_mechanism mechanism,
         bool enabled, uint64_t expires, const char *groups)
{
    struct scram_verifier verifier;

    derive(mechanism, password, &verifier);
    verifier.enabled = enabled;
    verifier.expires = expires;
    need(groups_set(&verifier.groups, slice_of(groups)), groups);
    put(world_store(), user, &verifier, STORE_ADD);
}

void
world_add_user(const char *user, const char *password,
               enum scram_mechanism mechanism, bool enabled)
{
    add_user(user, password, mechanism, enabled, 0, "");
}

/* In a process of their own, so that a test's is one in which nothing that is
 * done once was done. */
static void
add_users(void)
{
    pid_t child = fork();
    int status;

    need(child >= 0, "a process");
    if (child == 0) {
        world_add_user("alice", "wonderland", SCRAM_SHA_256, true);
        world_add_user("alice", "wonderland", SCRAM_SHA_1, true);
        world_add_user("mallory", "malice", SCRAM_SHA_256, false);
        add_user("dodo", "extinct", SCRAM_SHA_256, true, 86400 * 20000, "zoo");
        add_user("carol", "heart", SCRAM_SHA_256, true, 0, WORLD_GROUPS);
        world_add_user("a,b=c", "comma", SCRAM_SHA_256, true);
        _exit(EXIT_SUCCESS);
    }
    need(waitpid(child, &status, 0) == child && status == 0, "users");
}

void
world_make(void)
{
    const char *tmp = getenv("TMPDIR");
    const char *module = getenv("GSS_SCRAM_MODULE");

    need(module != NULL, "GSS_SCRAM_MODULE names the module to test");
    snprintf(folder, sizeof(folder), "%s/gss-scram-XXXXXX",
             tmp != NULL ? tmp : "/tmp");
    need(mkdtemp(folder) != NULL, folder);
    world_write("mech.conf",
                "scram-sha-256 1.3.6.1.5.5.18 %s\n"
                "scram-sha-1 1.3.6.1.5.5.14 %s\n",
                module, module);
    setenv("GSS_MECH_CONFIG", world_path("mech.conf"), 1);
    setenv("GSS_SCRAM_CONFIG", world_path("scram.conf"), 1);
    setenv("GSS_SCRAM_CREDENTIALS", world_path("credentials"), 1);
    setenv("KRB5_CONFIG", world_path("krb5.conf"), 1);
    setenv("KRB5_KTNAME", world_path("none.keytab"), 1);
    setenv("KRB5CCNAME", world_path("none.ccache"), 1);
    add_users();
    world_broker_start();
}

void
world_let_settle(const char *path)
{
    struct timespec now;
    struct stat st;

    ck_assert_int_eq(stat(path, &st), 0);
    do {
        usleep(5000);
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
    } while (now.tv_sec - st.st_ctim.tv_sec <= 2);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void
world_remove(void)
{
    world_broker_stop();
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Every test begins with the plain configuration. */
static void
configure(void)
{
    world_write("scram.conf", "[scram]\n    store = %s\n", world_store());
}

static void (*add_tests)(TCase *tests);

static void
add_configured(TCase *tests)
{
    tcase_add_checked_fixture(tests, configure, NULL);
    add_tests(tests);
}

int
world_run(const char *name, void (*add)(TCase *tests), double timeout)
{
    int result;

    world_make();
    add_tests = add;
    result = unit_run(name, add_configured, timeout);
    world_remove();
    return result;
}

gss_name_t
name_of(const char *text, gss_OID type)
{
    gss_buffer_desc buffer = {strlen(text), (void *)text};
    gss_name_t name;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_import_name(&minor, &buffer, type, &name),
                      GSS_S_COMPLETE);
    return name;
}

gss_cred_id_t
user_cred(const char *user, const char *password, gss_OID mech)
{
    gss_name_t name = name_of(user, GSS_C_NT_USER_NAME);
    gss_buffer_desc secret = {strlen(password), (void *)password};
    gss_OID_set_desc mechs = {1, mech};
    gss_cred_id_t cred;
    OM_uint32 minor, major;

    major = gss_acquire_cred_with_password(&minor, name, &secret, 0, &mechs,
                                           GSS_C_INITIATE, &cred, NULL, NULL);
    ck_assert_msg(major == GSS_S_COMPLETE, "%s", sentence_of(minor, mech));
    gss_release_name(&minor, &name);
    return cred;
}

gss_cred_id_t
server_cred(gss_OID mech)
{
    gss_OID_set_desc mechs = {1, mech};
    gss_cred_id_t cred;
    OM_uint32 minor, major;

    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechs, GSS_C_ACCEPT,
                             &cred, NULL, NULL);
    ck_assert_msg(major == GSS_S_COMPLETE, "%s", sentence_of(minor, mech));
    return cred;
}

void
handshake_begin(struct handshake *h, gss_OID mech, const char *user,
                const char *password)
{
    memset(h, 0, sizeof(*h));
    h->mech = mech;
    h->target = "host@server";
    h->client_major = h->server_major = GSS_S_CONTINUE_NEEDED;
    if (user != NULL) {
        h->client_cred = user_cred(user, password, mech);
        h->server_cred = server_cred(mech);
    }
}

OM_uint32
client_step(struct handshake *h)
{
    gss_name_t target = name_of(h->target, GSS_C_NT_HOSTBASED_SERVICE);
    OM_uint32 ignored;

    gss_release_buffer(&ignored, &h->to_server);
    h->client_major = gss_init_sec_context(
        &h->client_minor, h->client_cred, &h->client, target, h->mech, 0, 0,
        h->client_bindings, &h->to_client, NULL, &h->to_server,
        &h->client_flags, NULL);
    gss_release_name(&ignored, &target);
    return h->client_major;
}

OM_uint32
server_take(struct handshake *h, const void *token, size_t len)
{
    gss_buffer_desc input = {len, (void *)token};
    OM_uint32 ignored;

    gss_release_buffer(&ignored, &h->to_client);
    gss_release_name(&ignored, &h->user);
    h->server_major =
        gss_accept_sec_context(&h->server_minor, &h->server, h->server_cred,
                               &input, h->server_bindings, &h->user, NULL,
                               &h->to_client, &h->server_flags, NULL, NULL);
    return h->server_major;
}

OM_uint32
server_step(struct handshake *h)
{
    return server_take(h, h->to_server.value, h->to_server.length);
}

OM_uint32
client_take(struct handshake *h, const char *token)
{
    OM_uint32 ignored;

    gss_release_buffer(&ignored, &h->to_client);
    h->to_client.length = strlen(token);
    h->to_client.value = h->to_client.length == 0 ? NULL : strdup(token);
    return client_step(h);
}

void
handshake_run(struct handshake *h)
{
    while (h->client_major == GSS_S_CONTINUE_NEEDED) {
        client_step(h);
        if (h->to_server.length != 0)
            server_step(h);
    }
}

bool
handshake_is_complete(const struct handshake *h)
{
    return h->client_major == GSS_S_COMPLETE &&
           h->server_major == GSS_S_COMPLETE;
}

void
handshake_end(struct handshake *h)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &h->client, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &h->server, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &h->client_cred);
    gss_release_cred(&minor, &h->server_cred);
    gss_release_name(&minor, &h->user);
    gss_release_buffer(&minor, &h->to_server);
    gss_release_buffer(&minor, &h->to_client);
}

const char *
sentence_of(OM_uint32 code, gss_OID mech)
{
    static char text[1024];
    gss_buffer_desc sentence;
    OM_uint32 minor, more = 0;

    if (gss_display_status(&minor, code, GSS_C_MECH_CODE, mech, &more,
                           &sentence) != GSS_S_COMPLETE)
        return "";
    snprintf(text, sizeof(text), "%.*s", (int)sentence.length,
             (char *)sentence.value);
    gss_release_buffer(&minor, &sentence);
    return text;
}

bool
buffer_is(gss_buffer_t buffer, const char *text)
{
    return buffer->length == strlen(text) &&
           (buffer->length == 0 ||
            !memcmp(buffer->value, text, buffer->length));
}
