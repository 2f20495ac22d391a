#include "crew.h"

/* The same whether libgssapi is between us and the mechanism or not. */
static gss_cred_id_t
cred_with(const char *password)
{
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_PASSWORD, password};
    gss_key_value_set_desc store = {1, &element};
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_name_t name = name_of("alice", GSS_C_NT_USER_NAME);
    gss_cred_id_t cred;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_acquire_cred_from(&minor, name, 0, &mechs,
                                            GSS_C_INITIATE, &store, &cred, NULL,
                                            NULL),
                      GSS_S_COMPLETE);
    gss_release_name(&minor, &name);
    return cred;
}

void
shared_make(struct shared *shared, bool defaults)
{
    memset(shared, 0, sizeof(*shared));
    shared->target = name_of("host@server", GSS_C_NT_HOSTBASED_SERVICE);
    shared->wrong = cred_with("looking-glass");
    if (defaults)
        return;
    shared->client = cred_with("wonderland");
    shared->server = server_cred(&sha_256);
}

void
shared_release(struct shared *shared)
{
    OM_uint32 minor;

    gss_release_cred(&minor, &shared->client);
    gss_release_cred(&minor, &shared->wrong);
    gss_release_cred(&minor, &shared->server);
    gss_release_name(&minor, &shared->target);
}

void
pair_client_leg(struct pair *pair, const struct shared *shared,
                gss_cred_id_t cred)
{
    OM_uint32 minor, ignored;

    gss_release_buffer(&ignored, &pair->to_server);
    pair->client_major = gss_init_sec_context(
        &minor, cred, &pair->client, shared->target, &sha_256, 0, 0,
        GSS_C_NO_CHANNEL_BINDINGS, &pair->to_client, NULL, &pair->to_server,
        NULL, NULL);
}

void
pair_server_leg(struct pair *pair, const struct shared *shared)
{
    OM_uint32 minor, ignored;

    gss_release_buffer(&ignored, &pair->to_client);
    gss_release_name(&ignored, &pair->user);
    pair->server_major = gss_accept_sec_context(
        &minor, &pair->server, shared->server, &pair->to_server,
        GSS_C_NO_CHANNEL_BINDINGS, &pair->user, NULL, &pair->to_client, NULL,
        NULL, NULL);
}

bool
pair_run(struct pair *pair, const struct shared *shared, gss_cred_id_t cred)
{
    do {
        pair_client_leg(pair, shared, cred);
        if (pair->to_server.length != 0)
            pair_server_leg(pair, shared);
    } while (pair->client_major == GSS_S_CONTINUE_NEEDED &&
             pair->to_client.length != 0);
    return pair->client_major == GSS_S_COMPLETE &&
           pair->server_major == GSS_S_COMPLETE;
}

void
pair_release(struct pair *pair)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &pair->client, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &pair->server, GSS_C_NO_BUFFER);
    gss_release_name(&minor, &pair->user);
    gss_release_buffer(&minor, &pair->to_server);
    gss_release_buffer(&minor, &pair->to_client);
}

OM_uint32
pair_move(gss_ctx_id_t *context)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, ignored,
        major = gss_export_sec_context(&minor, context, &token);

    if (major == GSS_S_COMPLETE)
        major = gss_import_sec_context(&minor, &token, context);
    gss_release_buffer(&ignored, &token);
    return major;
}

static bool
says(gss_ctx_id_t from, gss_ctx_id_t to, const char *text)
{
    gss_buffer_desc message = {strlen(text), (void *)(uintptr_t)text};
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER, heard = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    bool good =
        gss_wrap(&minor, from, 1, GSS_C_QOP_DEFAULT, &message, NULL, &token) ==
            GSS_S_COMPLETE &&
        gss_unwrap(&minor, to, &token, &heard, NULL, NULL) == GSS_S_COMPLETE &&
        buffer_is(&heard, text);

    gss_release_buffer(&minor, &token);
    gss_release_buffer(&minor, &heard);
    return good;
}

const char *
pair_talk(const struct pair *pair)
{
    return says(pair->client, pair->server, "hello") &&
                   says(pair->server, pair->client, "who is there?")
               ? NULL
               : "a message was not understood";
}

static void *
run_member(void *data)
{
    const struct crew_member *member = data;

    return (void *)(uintptr_t)member->work(member->shared, member->number);
}

void
crew_start(struct crew *crew, struct shared *shared, crew_work *work)
{
    unsigned i;

    for (i = 0; i < CREW; i++) {
        struct crew_member *member = &crew->members[i];

        member->shared = shared;
        member->work = work;
        member->number = i;
        ck_assert_int_eq(
            pthread_create(&member->thread, NULL, run_member, member), 0);
    }
}

void
crew_join(struct crew *crew)
{
    unsigned i;

    for (i = 0; i < CREW; i++) {
        void *wrong;

        pthread_join(crew->members[i].thread, &wrong);
        ck_assert_msg(wrong == NULL, "thread %u: %s", i, (const char *)wrong);
    }
}
