#include "server.h"

#include "gss/status.h"
#include "peer.h"
#include "scram/message.h"
#include "store/store.h"

/* alice's, more than what is least by itself and by the configuration: a server
 * that is not this one can ask for fewer than either. */
#define ITERATIONS (SCRAM_ITERATIONS_MIN + 2)

static void
add_alice(const char *location)
{
    struct scram_verifier v;
    struct store *store;
    int m;

    FUZZ_CHECK(store_open(STORE_KINDS(&store_file_writer), location,
                          STORE_CREATE, &store, NULL) == SCRAM_OK);
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        FUZZ_CHECK(scram_verifier_derive((enum scram_mechanism)m, PEER_PASSWORD,
                                         PEER_SALT, ITERATIONS,
                                         &v) == SCRAM_OK);
        FUZZ_CHECK(store_put(store, PEER_USER, &v, STORE_EITHER, NULL) ==
                   SCRAM_OK);
    }
    store_close(store);
}

gss_cred_id_t
server_cred(const char *keys)
{
    static int configurations;
    char text[2048], name[32];
    gss_cred_id_t cred;
    OM_uint32 minor;

    snprintf(text, sizeof(text),
             "[scram]\nstore = file:%s\nclient_min_iterations = %d\n"
             "client_max_iterations = 8192\n%s",
             fuzz_path("users"), ITERATIONS - 1, keys);
    /* A path that was not read yet: what was read of one counts for a while. */
    snprintf(name, sizeof(name), "scram-%d.conf", ++configurations);
    setenv("GSS_SCRAM_CONFIG", fuzz_file(name, slice_of(text)), 1);
    FUZZ_CHECK(gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE,
                                GSS_C_NO_OID_SET, GSS_C_ACCEPT, &cred, NULL,
                                NULL) == GSS_S_COMPLETE);
    return cred;
}

gss_cred_id_t
server_start(void)
{
    char location[600];

    snprintf(location, sizeof(location), "file:%s", fuzz_path("users"));
    add_alice(location);
    return server_cred("");
}

gss_name_t
server_name(const char *text, gss_OID type)
{
    gss_buffer_desc buffer = server_buffer(slice_of(text));
    gss_name_t name;
    OM_uint32 minor;

    FUZZ_CHECK(gss_import_name(&minor, &buffer, type, &name) == GSS_S_COMPLETE);
    return name;
}

void
server_check_outcome(OM_uint32 major, OM_uint32 minor, gss_buffer_desc token)
{
    static const OM_uint32 known[] = {
        GSS_S_BAD_SIG,      GSS_S_DEFECTIVE_TOKEN,
        GSS_S_BAD_BINDINGS, GSS_S_FAILURE | GSS_S_OLD_TOKEN,
        GSS_S_FAILURE,      GSS_S_NO_CONTEXT,
    };
    struct scram_server_final refusal;
    size_t i = 0;

    if (major == GSS_S_COMPLETE || major == GSS_S_CONTINUE_NEEDED) {
        FUZZ_CHECK(minor == 0 && token.length != 0);
        return;
    }
    while (i < sizeof(known) / sizeof(known[0]) && major != known[i])
        i++;
    FUZZ_CHECK(i < sizeof(known) / sizeof(known[0]));
    FUZZ_CHECK(minor != 0 && status_text(minor) != NULL);
    if (major == GSS_S_NO_CONTEXT)
        return;
    FUZZ_CHECK(scram_server_final_parse(server_slice(token), &refusal) ==
               SCRAM_OK);
    FUZZ_CHECK(refusal.error.data != NULL);
}
