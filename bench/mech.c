#include "mech.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_scram.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHY 256 /* bytes */

const struct mech mechs[MECHS] = {
    {"gss-scram",
     {GSS_SCRAM_SHA_256_OID_LENGTH, (void *)GSS_SCRAM_SHA_256_OID},
     "bench",
     "password",
     "host@localhost",
     NULL},
    {"krb5",
     {9, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"},
     NULL,
     NULL,
     "host@localhost",
     "BENCH_WITHOUT_KRB5"},
    {"ntlmssp",
     {10, (void *)"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"},
     NULL,
     NULL,
     "host@localhost",
     "BENCH_WITHOUT_NTLMSSP"},
};

/* One side's last call, and what it was given and gave. */
struct side {
    OM_uint32 major, minor;
    gss_cred_id_t cred;
    gss_buffer_desc token;
};

static gss_name_t
import(const char *text, gss_OID type)
{
    gss_buffer_desc buffer = {strlen(text), (void *)text};
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor;

    gss_import_name(&minor, &buffer, type, &name);
    return name;
}

static void
acquire(const struct mech *mech, struct side *client, struct side *server)
{
    gss_OID_set_desc set = {1, (gss_OID)&mech->oid};
    OM_uint32 minor;

    if (mech->user != NULL) {
        gss_name_t name = import(mech->user, GSS_C_NT_USER_NAME);
        gss_buffer_desc secret = {strlen(mech->password),
                                  (void *)mech->password};

        client->major = gss_acquire_cred_with_password(
            &client->minor, name, &secret, 0, &set, GSS_C_INITIATE,
            &client->cred, NULL, NULL);
        gss_release_name(&minor, &name);
    } else {
        client->major =
            gss_acquire_cred(&client->minor, GSS_C_NO_NAME, 0, &set,
                             GSS_C_INITIATE, &client->cred, NULL, NULL);
    }
    server->major = gss_acquire_cred(&server->minor, GSS_C_NO_NAME, 0, &set,
                                     GSS_C_ACCEPT, &server->cred, NULL, NULL);
}

/* Go on until both sides are done or one has failed. */
static void
exchange(const struct mech *mech, struct ends *ends, struct side *client,
         struct side *server)
{
    gss_name_t target = import(mech->target, GSS_C_NT_HOSTBASED_SERVICE);
    OM_uint32 flags = GSS_C_MUTUAL_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG |
                      GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG;
    OM_uint32 minor;

    client->major = server->major = GSS_S_CONTINUE_NEEDED;
    while (client->major == GSS_S_CONTINUE_NEEDED) {
        gss_release_buffer(&minor, &client->token);
        client->major = gss_init_sec_context(
            &client->minor, client->cred, &ends->client, target,
            (gss_OID)&mech->oid, flags, 0, GSS_C_NO_CHANNEL_BINDINGS,
            &server->token, NULL, &client->token, NULL, NULL);
        gss_release_buffer(&minor, &server->token);
        if (client->token.length == 0 || GSS_ERROR(client->major) ||
            server->major != GSS_S_CONTINUE_NEEDED)
            break;
        server->major = gss_accept_sec_context(
            &server->minor, &ends->server, server->cred, &client->token,
            GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &server->token, NULL, NULL,
            NULL);
        if (GSS_ERROR(server->major))
            break;
    }
    gss_release_buffer(&minor, &client->token);
    gss_release_buffer(&minor, &server->token);
    gss_release_name(&minor, &target);
}

static void
tell(const struct mech *mech, const struct side *side, char *why)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, more = 0;

    gss_display_status(&minor, side->minor, GSS_C_MECH_CODE,
                       (gss_OID)&mech->oid, &more, &text);
    snprintf(why, WHY, "%.*s", (int)text.length,
             text.length != 0 ? (char *)text.value : "");
    gss_release_buffer(&minor, &text);
}

int
mech_acquire(const struct mech *mech, struct creds *creds, char *why)
{
    struct side client = {0}, server = {0};

    acquire(mech, &client, &server);
    *creds = (struct creds){client.cred, server.cred};
    if (!GSS_ERROR(client.major) && !GSS_ERROR(server.major))
        return 1;
    tell(mech, GSS_ERROR(client.major) ? &client : &server, why);
    mech_release(creds);
    return 0;
}

void
mech_release(struct creds *creds)
{
    OM_uint32 minor;

    gss_release_cred(&minor, &creds->client);
    gss_release_cred(&minor, &creds->server);
}

const char *
mech_absent(const struct mech *mech)
{
    return mech->absent != NULL ? getenv(mech->absent) : NULL;
}

int
mech_establish(const struct mech *mech, struct ends *ends, char *why)
{
    struct side client = {0}, server = {0};
    OM_uint32 minor;
    int established;

    *ends = (struct ends){GSS_C_NO_CONTEXT, GSS_C_NO_CONTEXT};
    acquire(mech, &client, &server);
    if (!GSS_ERROR(client.major) && !GSS_ERROR(server.major))
        exchange(mech, ends, &client, &server);
    established =
        client.major == GSS_S_COMPLETE && server.major == GSS_S_COMPLETE;
    if (!established) {
        tell(mech, GSS_ERROR(client.major) ? &client : &server, why);
        mech_end(ends);
    }
    gss_release_cred(&minor, &client.cred);
    gss_release_cred(&minor, &server.cred);
    return established;
}

void
mech_end(struct ends *ends)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &ends->client, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &ends->server, GSS_C_NO_BUFFER);
}
