#include "pair.h"

#include <malloc.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fail.h"

#define ROW 64      /* contexts at a time: a look at the clock takes long */
#define LEGS 4      /* of each side, at most */
#define CROWD 10000 /* contexts whose memory is measured */

struct ends_row {
    struct ends ends[ROW];
    OM_uint32 client[ROW], server[ROW]; /* what the last call returned */
    gss_buffer_desc to_server[ROW], to_client[ROW];
};

static gss_name_t
target_of(const struct mech *mech)
{
    gss_buffer_desc text = {strlen(mech->target), (void *)mech->target};
    gss_name_t name;
    OM_uint32 minor;

    if (gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name) !=
        GSS_S_COMPLETE)
        fail("a target has no name");
    return name;
}

static OM_uint32
init(const struct mech *mech, gss_cred_id_t cred, gss_name_t target,
     gss_ctx_id_t *context, gss_buffer_t in, gss_buffer_t out)
{
    OM_uint32 flags = GSS_C_MUTUAL_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG |
                      GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG;
    OM_uint32 minor, major;

    major = gss_init_sec_context(
        &minor, cred, context, target, (gss_OID)&mech->oid, flags, 0,
        GSS_C_NO_CHANNEL_BINDINGS, in, NULL, out, NULL, NULL);
    gss_release_buffer(&minor, in);
    if (GSS_ERROR(major))
        fail("an initiator failed");
    return major;
}

static OM_uint32
accept_one(gss_cred_id_t cred, gss_ctx_id_t *context, gss_buffer_t in,
           gss_buffer_t out)
{
    OM_uint32 minor, major;

    major = gss_accept_sec_context(&minor, context, cred, in,
                                   GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, out,
                                   NULL, NULL, NULL);
    gss_release_buffer(&minor, in);
    if (GSS_ERROR(major))
        fail("an acceptor failed");
    return major;
}

/* One leg of each of a row, on one side; adds the nanoseconds to @p ns. */
static int
leg(const struct mech *mech, const struct creds *creds, gss_name_t target,
    struct ends_row *row, int accepts, double *ns)
{
    double began = clock_ns();
    int i, calls = 0;

    for (i = 0; i < ROW; i++) {
        if (accepts && row->to_server[i].length != 0) {
            row->server[i] = accept_one(creds->server, &row->ends[i].server,
                                        &row->to_server[i], &row->to_client[i]);
            calls++;
        } else if (!accepts && row->client[i] == GSS_S_CONTINUE_NEEDED) {
            row->client[i] =
                init(mech, creds->client, target, &row->ends[i].client,
                     &row->to_client[i], &row->to_server[i]);
            calls++;
        }
    }
    if (calls != 0)
        *ns += clock_ns() - began;
    return calls;
}

static void
one_row(const struct mech *mech, const struct creds *creds, double ns[2])
{
    static struct ends_row row;
    gss_name_t target = target_of(mech);
    OM_uint32 minor;
    int i, legs;

    memset(&row, 0, sizeof(row));
    ns[0] = ns[1] = 0;
    for (i = 0; i < ROW; i++)
        row.client[i] = row.server[i] = GSS_S_CONTINUE_NEEDED;
    for (legs = 0; legs < LEGS; legs++) {
        leg(mech, creds, target, &row, 0, &ns[0]);
        leg(mech, creds, target, &row, 1, &ns[1]);
    }
    for (i = 0; i < ROW; i++) {
        if (row.client[i] != GSS_S_COMPLETE || row.server[i] != GSS_S_COMPLETE)
            fail("a handshake did not come to an end");
        mech_end(&row.ends[i]);
    }
    gss_release_name(&minor, &target);
    ns[0] /= ROW;
    ns[1] /= ROW;
}

void
pair_measure(const struct creds creds[MECHS], struct pair_cost costs[MECHS],
             int turns)
{
    double *ns[MECHS][2], both[2];
    int turn, m, side;

    for (m = 0; m < MECHS; m++) {
        for (side = 0; side < 2; side++) {
            ns[m][side] = calloc((size_t)turns, sizeof(double));
            if (ns[m][side] == NULL)
                fail("out of memory");
        }
    }
    for (turn = -1; turn < turns; turn++) {
        for (m = 0; m < MECHS; m++) {
            if (creds[m].server == GSS_C_NO_CREDENTIAL)
                continue;
            one_row(&mechs[m], &creds[m], both);
            for (side = 0; side < 2 && turn >= 0; side++)
                ns[m][side][turn] = both[side];
        }
    }
    for (m = 0; m < MECHS; m++) {
        if (creds[m].server != GSS_C_NO_CREDENTIAL) {
            costs[m].init_ns = figure_of(ns[m][0], (size_t)turns);
            costs[m].accept_ns = figure_of(ns[m][1], (size_t)turns);
        }
        free(ns[m][0]);
        free(ns[m][1]);
    }
}

static double
resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long size = 0, pages = 0;

    if (file == NULL || fscanf(file, "%lu %lu", &size, &pages) != 2)
        fail("/proc/self/statm cannot be read");
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* One acceptor's context, whose initiator is gone already. */
static OM_uint32
lonely(const struct mech *mech, const struct creds *creds, gss_name_t target,
       int established, gss_ctx_id_t *server)
{
    gss_buffer_desc to_server = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc to_client = GSS_C_EMPTY_BUFFER;
    OM_uint32 client = GSS_S_CONTINUE_NEEDED, major = client, minor;
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;

    do {
        client =
            init(mech, creds->client, target, &context, &to_client, &to_server);
        if (to_server.length != 0)
            major = accept_one(creds->server, server, &to_server, &to_client);
    } while (established && client == GSS_S_CONTINUE_NEEDED);
    gss_release_buffer(&minor, &to_client);
    gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
    return major;
}

int
pair_memory(const struct mech *mech, const struct creds *creds, int established,
            struct pair_memory *memory)
{
    OM_uint32 wanted = established ? GSS_S_COMPLETE : GSS_S_CONTINUE_NEEDED;
    gss_ctx_id_t *servers = calloc(CROWD, sizeof(*servers));
    gss_name_t target = target_of(mech);
    double heap = 0, pages = 0;
    OM_uint32 minor;
    int i, good = servers != NULL;

    /* Some first, for what is made once, and to leave no holes behind. */
    for (i = 0; i < CROWD && good; i++) {
        if (i == CROWD / 10) {
            malloc_trim(0);
            heap = (double)mallinfo2().uordblks;
            pages = resident();
        }
        good = lonely(mech, creds, target, established, &servers[i]) == wanted;
    }
    memory->heap = ((double)mallinfo2().uordblks - heap) / (CROWD * 0.9);
    memory->resident = (resident() - pages) / (CROWD * 0.9);
    for (i = 0; i < CROWD && servers != NULL; i++)
        gss_delete_sec_context(&minor, &servers[i], GSS_C_NO_BUFFER);
    gss_release_name(&minor, &target);
    free(servers);
    return good;
}
