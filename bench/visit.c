#include "visit.h"

#include <dlfcn.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_scram.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "users.h"

/* libgssapi's functions or the module's own. */
static struct visit_calls {
    typeof(gss_accept_sec_context) *accept;
    typeof(gss_delete_sec_context) *delete;
    typeof(gss_acquire_cred_from) *acquire;
    typeof(gss_release_cred) *release;
} library = {gss_accept_sec_context, gss_delete_sec_context,
             gss_acquire_cred_from, gss_release_cred},
  own;

void
visit_find_module(void *module)
{
    *(void **)&own.accept = dlsym(module, "gss_accept_sec_context");
    *(void **)&own.delete = dlsym(module, "gss_delete_sec_context");
    *(void **)&own.acquire = dlsym(module, "gss_acquire_cred_from");
    *(void **)&own.release = dlsym(module, "gss_release_cred");
    if (own.accept == NULL || own.delete == NULL || own.acquire == NULL ||
        own.release == NULL)
        fail(dlerror());
}

static gss_cred_id_t
acquire(const struct visit_calls *calls, const char *location)
{
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_STORE, location};
    gss_key_value_set_desc set = {1, &element};
    gss_OID_desc oid = {GSS_SCRAM_SHA_256_OID_LENGTH,
                        (void *)GSS_SCRAM_SHA_256_OID};
    gss_OID_set_desc mechs = {1, &oid};
    gss_cred_id_t cred;
    OM_uint32 minor;

    if (calls->acquire(&minor, GSS_C_NO_NAME, 0, &mechs, GSS_C_ACCEPT,
                       location != NULL ? &set : NULL, &cred, NULL,
                       NULL) != GSS_S_COMPLETE)
        fail("there is no credential for a store");
    return cred;
}

void
visit_server_open(enum visit_way way, const char *location, const char *config,
                  struct visit_server *server)
{
    *server =
        (struct visit_server){.way = way,
                              .calls = way == VISIT_MODULE ? &own : &library,
                              .cred = GSS_C_NO_CREDENTIAL};
    users_keys(); /* which many threads may ask for from here on */
    if (config != NULL && setenv("GSS_SCRAM_CONFIG", config, 1) != 0)
        fail("out of memory");
    if (location != NULL || config != NULL)
        server->cred = acquire(server->calls, location);
}

void
visit_server_close(struct visit_server *server)
{
    OM_uint32 minor;

    if (server->cred != GSS_C_NO_CREDENTIAL)
        server->calls->release(&minor, &server->cred);
}

/* What RFC 2743, section 3.1, puts before the first token. */
static const char frame[] = "\x60\x00\x06\x06\x2b\x06\x01\x05\x05\x12";
#define FRAME (sizeof(frame) - 1)

void
visit_begin(struct visit *v, unsigned user, uint64_t *state)
{
    struct user_name name = user_name(user);
    struct slice token;
    char nonce[25];

    memset(v, 0, sizeof(*v));
    snprintf(nonce, sizeof(nonce), "%08x%08x%08x", user_random(state),
             user_random(state), user_random(state));
    if (scram_initiator_first(SCRAM_SHA_256, slice_of(name.text),
                              slice_of(nonce), &v->client, &token) != SCRAM_OK)
        fail("a client cannot begin");
    memcpy(v->memory, frame, FRAME);
    v->memory[1] = (uint8_t)(FRAME - 2 + token.len);
    memcpy(v->memory + FRAME, token.data, token.len);
    v->to_server = (gss_buffer_desc){FRAME + token.len, v->memory};
}

void
visit_answer(struct visit *v, const struct visit_server *server)
{
    struct buffer reply = BUFFER_ARRAY(v->memory);
    struct slice server_first = {v->to_client.value, v->to_client.length};
    const struct scram_unproved *unproved;
    struct secret_key proof;
    struct slice error;
    OM_uint32 minor;

    if (scram_initiator_final(v->client, server_first, SLICE(""),
                              (struct scram_limits){0, 10000000}, &unproved,
                              &error) != SCRAM_OK ||
        scram_prove(unproved, users_keys(), &proof) != SCRAM_OK ||
        scram_put_final(unproved, scram_key_slice(SCRAM_SHA_256, &proof),
                        &reply) != SCRAM_OK)
        fail("a client cannot answer");
    v->to_server = (gss_buffer_desc){reply.len, reply.data};
    if (server->way != VISIT_ARITHMETIC)
        gss_release_buffer(&minor, &v->to_client);
}

void
visit_leave(struct visit *v, const struct visit_server *server)
{
    struct slice server_final = {v->to_client.value, v->to_client.length};
    uint8_t session_key[SCRAM_SESSION_KEY_LEN];
    struct slice error;
    OM_uint32 minor;

    if (scram_accept_server(scram_initiator_unproved(v->client), users_keys(),
                            server_final, session_key, &error) != SCRAM_OK)
        fail("a client was not let in");
    scram_initiator_free(v->client);
    if (server->way != VISIT_ARITHMETIC)
        gss_release_buffer(&minor, &v->to_client);
}

static void
accept_by_library(struct visit *v, const struct visit_server *server,
                  OM_uint32 expected)
{
    OM_uint32 minor;

    if (server->calls->accept(&minor, &v->server, server->cred, &v->to_server,
                              GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL,
                              &v->to_client, NULL, NULL, NULL) != expected)
        fail("a server refused a client");
}

static enum scram_status
find_verifier(void *data, enum scram_mechanism mechanism, struct slice user,
              struct scram_verifier *verifier)
{
    (void)data;
    (void)mechanism;
    (void)user;
    *verifier = users_verifier();
    return SCRAM_OK;
}

static void
accept_alone(struct visit *v, bool first)
{
    struct buffer server_first = BUFFER_ARRAY(v->first);
    struct buffer server_final = BUFFER_ARRAY(v->last);
    struct slice token = {v->to_server.value, v->to_server.length}, reply;
    struct scram_exchange e = {.mechanism = SCRAM_SHA_256,
                               .client_final = token};
    const struct scram_bindings none = {0};
    uint8_t key[SCRAM_SESSION_KEY_LEN];
    enum scram_status status;
    bool bound;

    if (first) {
        token = (struct slice){token.data + FRAME, token.len - FRAME};
        memcpy(v->client_first, token.data, token.len);
        v->client_first_len = token.len;
        status = scram_acceptor_first(SCRAM_SHA_256, token,
                                      SLICE("012345678901234567890123"),
                                      find_verifier, NULL, &server_first);
        v->first_len = server_first.len;
        reply = buffer_slice(&server_first);
    } else {
        e.client_first = (struct slice){v->client_first, v->client_first_len};
        e.server_first = (struct slice){v->first, v->first_len};
        status = scram_acceptor_final(&e, &none, find_verifier, NULL,
                                      &server_final, key, &bound);
        reply = buffer_slice(&server_final);
    }
    if (status != SCRAM_OK)
        fail("an acceptor refused a client");
    v->to_client = (gss_buffer_desc){reply.len, (void *)reply.data};
}

void
visit_accept(struct visit *v, const struct visit_server *server, bool first)
{
    if (server->way == VISIT_ARITHMETIC)
        accept_alone(v, first);
    else
        accept_by_library(v, server,
                          first ? GSS_S_CONTINUE_NEEDED : GSS_S_COMPLETE);
}

void
visit_delete(struct visit *v, const struct visit_server *server)
{
    OM_uint32 minor;

    if (server->way != VISIT_ARITHMETIC)
        server->calls->delete (&minor, &v->server, GSS_C_NO_BUFFER);
}
