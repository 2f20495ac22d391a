#include "ends.h"

#include <sys/stat.h>

#include "trial.h"

void
ends_configure(void)
{
    world_write("scram.conf",
                "# above all\n\n[scram]\n store = %s\n"
                " local_accounts = same_name\n audit = syslog\n[accounts]\n"
                " nobody = {\n  handshake_timeout = 10s\n }\n",
                world_store());
    world_write("credentials",
                "# mine\n[*]\nuser = alice\npassword = wonderland\n");
    ck_assert_int_eq(chmod(world_path("credentials"), 0600), 0);
}

void
release_set(gss_OID_set *set)
{
    OM_uint32 minor;

    gss_release_oid_set(&minor, set);
}

OM_uint32
ends_acquire(const char *key, const char *value, gss_cred_id_t *cred,
             gss_OID_set *mechs)
{
    gss_key_value_element_desc element = {key, value};
    gss_key_value_set_desc store = {1, &element};
    gss_buffer_desc text = {5, (void *)"alice"};
    gss_OID_set_desc desired = {1, &sha_256};
    gss_name_t name;
    OM_uint32 minor, ignored,
        major = gss_import_name(&minor, &text, GSS_C_NT_USER_NAME, &name);

    if (trial_failed(major, minor)) {
        ck_assert_ptr_null(name);
        return major;
    }
    major = gss_acquire_cred_from(&minor, name, 0, &desired, GSS_C_INITIATE,
                                  &store, cred, mechs, NULL);
    gss_release_name(&ignored, &name);
    (void)trial_failed(major, minor);
    return major;
}

void
ends_begin(struct exchange *e, bool defaults)
{
    OM_uint32 minor;

    memset(e, 0, sizeof(*e));
    e->target = name_of("host@server", GSS_C_NT_HOSTBASED_SERVICE);
    if (defaults)
        return;
    ck_assert_uint_eq(ends_acquire(GSS_SCRAM_CRED_PASSWORD, "wonderland",
                                   &e->client_cred, NULL),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_acquire_cred(&minor, GSS_C_NO_NAME, 0,
                                       GSS_C_NO_OID_SET, GSS_C_ACCEPT,
                                       &e->server_cred, NULL, NULL),
                      GSS_S_COMPLETE);
}

OM_uint32
ends_client_leg(struct exchange *e)
{
    gss_buffer_desc token = e->to_client;
    OM_uint32 minor, ignored, flags, seconds, major;
    gss_ctx_id_t before = e->client;

    gss_release_buffer(&ignored, &e->to_server);
    major = gss_init_sec_context(&minor, e->client_cred, &e->client, e->target,
                                 &sha_256, 0, 0, GSS_C_NO_CHANNEL_BINDINGS,
                                 &token, NULL, &e->to_server, &flags, &seconds);
    if (!trial_failed_with_sentence(major, minor))
        return major;
    ck_assert_ptr_eq(e->client, before);
    ck_assert_uint_eq(e->to_server.length, 0);
    ck_assert_ptr_null(e->to_server.value);
    return major;
}

OM_uint32
ends_server_leg(struct exchange *e)
{
    OM_uint32 minor, ignored, flags, seconds, major;
    gss_ctx_id_t before = e->server;

    gss_release_buffer(&ignored, &e->to_client);
    major = gss_accept_sec_context(&minor, &e->server, e->server_cred,
                                   &e->to_server, GSS_C_NO_CHANNEL_BINDINGS,
                                   &e->user, NULL, &e->to_client, &flags,
                                   &seconds, NULL);
    if (!trial_failed_with_sentence(major, minor))
        return major;
    ck_assert_ptr_eq(e->server, before);
    ck_assert_ptr_null(e->user);
    /* What it sends, if it has the memory, tells of the refusal. */
    if (e->to_client.length != 0)
        ck_assert_mem_eq(e->to_client.value, "e=", 2);
    else
        ck_assert_ptr_null(e->to_client.value);
    return major;
}

#define WHOLE_FLAGS                                                            \
    (GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG |             \
     GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG | GSS_C_PROT_READY_FLAG |              \
     GSS_C_TRANS_FLAG)

static void
assert_name(gss_name_t name, const char *text)
{
    gss_buffer_desc shown;
    OM_uint32 minor;

    ck_assert_ptr_nonnull(name);
    ck_assert_uint_eq(gss_display_name(&minor, name, &shown, NULL),
                      GSS_S_COMPLETE);
    ck_assert_msg(buffer_is(&shown, text), "%.*s", (int)shown.length,
                  (const char *)shown.value);
    gss_release_buffer(&minor, &shown);
}

/* @param target  that it knows of, or NULL */
static void
assert_context(gss_ctx_id_t context, bool initiates, const char *target)
{
    OM_uint32 minor, seconds, flags;
    gss_name_t source, called;
    gss_OID mech;
    int local, open;

    ck_assert_uint_eq(gss_inquire_context(&minor, context, &source, &called,
                                          &seconds, &mech, &flags, &local,
                                          &open),
                      GSS_S_COMPLETE);
    assert_name(source, "alice");
    if (target != NULL)
        assert_name(called, target);
    ck_assert_uint_eq(seconds, GSS_C_INDEFINITE);
    ck_assert_uint_eq(mech->length, sha_256.length);
    ck_assert_mem_eq(mech->elements, sha_256.elements, sha_256.length);
    ck_assert_uint_eq(flags, WHOLE_FLAGS);
    ck_assert_int_eq(local, initiates);
    ck_assert_int_eq(open, true);
    gss_release_name(&minor, &source);
    gss_release_name(&minor, &called);
}

static void
exchange_messages(gss_ctx_id_t from, gss_ctx_id_t to)
{
    gss_buffer_desc text = {5, (void *)"hello"}, token, opened;
    OM_uint32 minor;

    ck_assert_uint_eq(
        gss_wrap(&minor, from, 1, GSS_C_QOP_DEFAULT, &text, NULL, &token),
        GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_unwrap(&minor, to, &token, &opened, NULL, NULL),
                      GSS_S_COMPLETE);
    ck_assert(buffer_is(&opened, "hello"));
    gss_release_buffer(&minor, &token);
    gss_release_buffer(&minor, &opened);
}

void
ends_assert_whole(const struct exchange *e)
{
    bool paused = fault_pause();

    assert_context(e->client, true, "host@server");
    assert_context(e->server, false, NULL);
    assert_name(e->user, "alice");
    exchange_messages(e->client, e->server);
    exchange_messages(e->server, e->client);
    fault_resume(paused);
}

bool
ends_run(struct exchange *e)
{
    OM_uint32 client, server = GSS_S_CONTINUE_NEEDED;

    do {
        client = ends_client_leg(e);
        if (GSS_ERROR(client))
            return false;
        if (e->to_server.length != 0)
            server = ends_server_leg(e);
        if (GSS_ERROR(server))
            return false;
    } while (client == GSS_S_CONTINUE_NEEDED);
    ck_assert_uint_eq(client, GSS_S_COMPLETE);
    ck_assert_uint_eq(server, GSS_S_COMPLETE);
    ends_assert_whole(e);
    return true;
}

void
ends_release(struct exchange *e)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &e->client, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &e->server, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &e->client_cred);
    gss_release_cred(&minor, &e->server_cred);
    gss_release_name(&minor, &e->target);
    gss_release_name(&minor, &e->user);
    gss_release_buffer(&minor, &e->to_server);
    gss_release_buffer(&minor, &e->to_client);
}
