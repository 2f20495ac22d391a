#include <errno.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_scram.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "store/store.h"
#include "target.h"
#include "verifiers.h"

#define PROBE "gss-scram-doctor"

/* What to do where the store of the probe cannot be made. */
#define NO_ROOM "set TMPDIR to a directory that this account may write to"

static void
doctor_login_add_words(struct sentence *text, OM_uint32 code, int type,
                       gss_OID mech)
{
    OM_uint32 minor, more = 0;
    gss_buffer_desc words;
    size_t len = strlen(text->text);

    if (GSS_ERROR(gss_display_status(&minor, code, type, mech, &more, &words)))
        return;
    snprintf(text->text + len, sizeof(text->text) - len, "%s%.*s",
             len == 0 ? "" : ": ", (int)words.length, (char *)words.value);
    gss_release_buffer(&minor, &words);
}

struct sentence
doctor_status(OM_uint32 major, OM_uint32 minor)
{
    struct sentence text = {""};

    doctor_login_add_words(&text, major, GSS_C_GSS_CODE, GSS_C_NO_OID);
    doctor_login_add_words(&text, minor, GSS_C_MECH_CODE, &doctor_mech);
    return text;
}

/* A login inside this process, to a store of its own. */
struct probe {
    char folder[PATH_MAX];
    char location[PATH_MAX + 32];
    gss_cred_id_t client_cred, server_cred;
    gss_ctx_id_t client, server;
    OM_uint32 major, minor; /* of the call that came last */
    bool logged_in;         /* the last time */
};

static bool
doctor_login_make_folder(struct probe *probe)
{
    const char *parent = secure_getenv("TMPDIR");

    if (parent == NULL || strlen(parent) > PATH_MAX / 2)
        parent = "/tmp";
    snprintf(probe->folder, sizeof(probe->folder), "%s/gss-scram-doctor.XXXXXX",
             parent);
    if (mkdtemp(probe->folder) == NULL) {
        probe->folder[0] = '\0';
        return doctor_fail(
            NO_ROOM, "no directory can be made in %s for a store to try: %s",
            parent, strerror(errno));
    }
    snprintf(probe->location, sizeof(probe->location), "file:%s/probe",
             probe->folder);
    return true;
}

static bool
make_store(struct probe *probe)
{
    static const struct verifiers none;
    struct verifiers made CLEANUP_VERIFIERS = {0};
    struct sentence why = {""};
    struct store *store;
    enum scram_status status;

    status =
        store_open(target_kinds, probe->location, STORE_CREATE, &store, &why);
    if (status != SCRAM_OK)
        return doctor_fail(NO_ROOM, "a store cannot be made to try: %s",
                           why.text);
    status = verifiers_derive(1u << SCRAM_SHA_256, SCRAM_ITERATIONS_MIN,
                              SLICE(PROBE), NULL, &made);
    if (status == SCRAM_OK)
        status = verifiers_write(store, SLICE(PROBE), &none, &made, &why);
    store_close(store);
    return status == SCRAM_OK ||
           doctor_fail(NO_ROOM, "a store made to try cannot be written: %s",
                       why.text);
}

static bool
doctor_login_acquire(struct probe *probe, const char *password)
{
    gss_buffer_desc name = {sizeof(PROBE) - 1, (void *)PROBE};
    gss_buffer_desc secret = {strlen(password), (void *)password};
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_STORE,
                                          probe->location};
    gss_key_value_set_desc where = {1, &element};
    gss_OID_set_desc mechs = {1, &doctor_mech};
    gss_name_t user = GSS_C_NO_NAME;
    OM_uint32 minor;

    probe->major =
        gss_import_name(&probe->minor, &name, GSS_C_NT_USER_NAME, &user);
    if (probe->major == GSS_S_COMPLETE)
        probe->major = gss_acquire_cred_with_password(
            &probe->minor, user, &secret, GSS_C_INDEFINITE, &mechs,
            GSS_C_INITIATE, &probe->client_cred, NULL, NULL);
    if (probe->major == GSS_S_COMPLETE && probe->server_cred == NULL)
        probe->major = gss_acquire_cred_from(
            &probe->minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechs,
            GSS_C_ACCEPT, &where, &probe->server_cred, NULL, NULL);
    gss_release_name(&minor, &user);
    return probe->major == GSS_S_COMPLETE;
}

/* Let client and server talk until both are done or one of them fails. */
static void
doctor_login_exchange(struct probe *probe)
{
    gss_buffer_desc target_text = {14, (void *)"host@localhost"};
    gss_buffer_desc to_server = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc to_client = GSS_C_EMPTY_BUFFER;
    struct gss_channel_bindings_struct bindings = {0};
    gss_name_t target;
    OM_uint32 minor;

    /* Whether the configuration asks for them or not. */
    bindings.application_data =
        (gss_buffer_desc){sizeof(PROBE) - 1, (void *)PROBE};
    probe->major = gss_import_name(&probe->minor, &target_text,
                                   GSS_C_NT_HOSTBASED_SERVICE, &target);
    if (GSS_ERROR(probe->major))
        return;
    for (;;) {
        probe->major = gss_init_sec_context(
            &probe->minor, probe->client_cred, &probe->client, target,
            &doctor_mech, 0, 0, &bindings, &to_client, NULL, &to_server, NULL,
            NULL);
        gss_release_buffer(&minor, &to_client);
        if (GSS_ERROR(probe->major) || to_server.length == 0)
            break;
        probe->major = gss_accept_sec_context(
            &probe->minor, &probe->server, probe->server_cred, &to_server,
            &bindings, NULL, NULL, &to_client, NULL, NULL, NULL);
        gss_release_buffer(&minor, &to_server);
        if (GSS_ERROR(probe->major))
            break;
    }
    gss_release_buffer(&minor, &to_server);
    gss_release_buffer(&minor, &to_client);
    gss_release_name(&minor, &target);
}

/* One message from each side to the other, encrypted: a login that succeeds
 * has not used what messages need of libcrypto. */
static void
send_message(struct probe *probe, gss_ctx_id_t from, gss_ctx_id_t to)
{
    gss_buffer_desc text = {sizeof(PROBE) - 1, (void *)PROBE};
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER, back = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;

    probe->major = gss_wrap(&probe->minor, from, 1, GSS_C_QOP_DEFAULT, &text,
                            NULL, &token);
    if (probe->major == GSS_S_COMPLETE)
        probe->major = gss_unwrap(&probe->minor, to, &token, &back, NULL, NULL);
    gss_release_buffer(&minor, &token);
    gss_release_buffer(&minor, &back);
}

/* One login, from the client's credential on, and a message each way. */
static bool
log_in(struct probe *probe, const char *password)
{
    OM_uint32 minor;

    if (doctor_login_acquire(probe, password))
        doctor_login_exchange(probe);
    probe->logged_in = probe->major == GSS_S_COMPLETE;
    if (probe->major == GSS_S_COMPLETE)
        send_message(probe, probe->client, probe->server);
    if (probe->major == GSS_S_COMPLETE)
        send_message(probe, probe->server, probe->client);
    gss_delete_sec_context(&minor, &probe->client, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &probe->server, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &probe->client_cred);
    return probe->major == GSS_S_COMPLETE;
}

static bool
try_logins(struct probe *probe)
{
    if (!log_in(probe, PROBE))
        return doctor_fail(NULL,
                           "a login inside this process, to a store made for "
                           "it, %s: %s",
                           probe->logged_in
                               ? "succeeds, but a message after it fails"
                               : "fails",
                           doctor_status(probe->major, probe->minor).text);
    if (log_in(probe, "wrong"))
        return doctor_fail("install gss-scram again, and do not trust this one",
                           "a login with a wrong password, to a store made for "
                           "it, succeeds");
    if (probe->major != GSS_S_BAD_SIG)
        return doctor_fail(NULL,
                           "a login with a wrong password fails otherwise than "
                           "it should: %s",
                           doctor_status(probe->major, probe->minor).text);
    return doctor_ok("a login inside this process succeeds, messages after "
                     "it too, and one with a wrong password is refused");
}

static void
clean_up(struct probe *probe)
{
    static const char *const files[] = {"probe", "probe.lock"};
    char path[PATH_MAX + 32];
    OM_uint32 minor;
    size_t i;

    gss_release_cred(&minor, &probe->server_cred);
    if (probe->folder[0] == '\0')
        return;
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", probe->folder, files[i]);
        unlink(path);
    }
    rmdir(probe->folder);
}

bool
doctor_handshake(void)
{
    struct probe probe = {0};
    bool good = doctor_login_make_folder(&probe) && make_store(&probe) &&
                try_logins(&probe);

    clean_up(&probe);
    return good;
}

/* Whether the OID stands in a token, as DER writes it. */
static bool
token_names_mech(const gss_buffer_desc *token)
{
    static const char der[] = "\x06\x06" GSS_SCRAM_SHA_256_OID;

    return memmem(token->value, token->length, der, sizeof(der) - 1) != NULL;
}

/* A server's SPNEGO says what it offers when it is given an empty token. */
static bool
spnego_offers_it(gss_const_key_value_set_t where)
{
    static gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};
    gss_OID_set_desc mechs = {1, &spnego};
    gss_buffer_desc nothing = {0, (void *)""};
    gss_buffer_desc offer = GSS_C_EMPTY_BUFFER;
    gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    OM_uint32 major, minor, minor2;
    bool offered;

    major =
        gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechs,
                              GSS_C_ACCEPT, where, &cred, NULL, NULL);
    if (!GSS_ERROR(major))
        major = gss_accept_sec_context(&minor, &context, cred, &nothing, NULL,
                                       NULL, NULL, &offer, NULL, NULL, NULL);
    offered = !GSS_ERROR(major) && token_names_mech(&offer);
    gss_release_buffer(&minor2, &offer);
    gss_delete_sec_context(&minor2, &context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor2, &cred);
    if (offered)
        return doctor_ok("a server as this account offers it in SPNEGO");
    return doctor_fail(
        NULL, "a server as this account does not offer it in SPNEGO%s%s",
        GSS_ERROR(major) ? ": " : "",
        GSS_ERROR(major) ? doctor_status(major, minor).text : "");
}

bool
doctor_credential(const char *store)
{
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_STORE, store};
    gss_key_value_set_desc where = {store != NULL, &element};
    gss_OID_set_desc mechs = {1, &doctor_mech};
    gss_cred_id_t cred;
    OM_uint32 major, minor;

    major =
        gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechs,
                              GSS_C_ACCEPT, &where, &cred, NULL, NULL);
    if (major != GSS_S_COMPLETE)
        return doctor_fail(NULL,
                           "a server as this account gets no credential: %s",
                           doctor_status(major, minor).text);
    gss_release_cred(&minor, &cred);
    doctor_ok("a server as this account gets a credential");
    return spnego_offers_it(&where);
}
