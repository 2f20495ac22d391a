/*
 * Whole exchanges through gss_init_sec_context and gss_accept_sec_context, with
 * what is sent changed on the way. The input is lines: settings, the client's
 * channel bindings and the server's, and then one for each message, which says
 * what becomes of it: "e" and pairs of a place in two bytes and a byte to XOR,
 * "c" and how much is cut off its end, "a" and what is put behind it, "i" and a
 * place and what is put there, "r" and what comes in its place, "t" to send it
 * once more when the exchange is over. Anything else leaves it alone.
 *
 * Who changes a message of an exchange is found out: by the server before it is
 * established, by the client too.
 */
#include "server.h"

#include "gss/name.h"
#include "gss/oid.h"
#include "gss/status.h"
#include "peer.h"
#include "scram/message.h"

/* libgssapi calls it; no header has it. */
OM_uint32 gssspi_acquire_cred_with_password(
    OM_uint32 *minor, const gss_name_t name, const gss_buffer_t password,
    OM_uint32 time_req, const gss_OID_set mechs, gss_cred_usage_t usage,
    gss_cred_id_t *output, gss_OID_set *actual, OM_uint32 *time_rec);

enum {
    SHA_1 = 1,
    CLIENT_BINDINGS = 2,
    SERVER_BINDINGS = 4,
    WRONG_PASSWORD = 8,
    OTHER_USER = 16,
    EXPORTED = 32, /* between the server's two steps, or it is tried */
    REQUIRED = 128 /* the server's configuration demands bindings */
};

#define LEGS 4 /* client-first, server-first, client-final, server-final */
#define TOKEN_MAX 20000

const size_t fuzz_input_max =
    2 * SCRAM_BINDINGS_MAX + LEGS * SCRAM_TOKEN_MAX + FUZZ_OVER;

static gss_cred_id_t server_creds[2]; /* the second one demands bindings */
static gss_cred_id_t client_creds[3]; /* alice's, with a wrong one, and bob */
static gss_name_t target;

static gss_cred_id_t
client_cred(const char *user, struct slice password)
{
    gss_name_t name = server_name(user, GSS_C_NT_USER_NAME);
    gss_buffer_desc secret = server_buffer(password);
    gss_cred_id_t cred;
    OM_uint32 minor;

    FUZZ_CHECK(gssspi_acquire_cred_with_password(
                   &minor, name, &secret, GSS_C_INDEFINITE, GSS_C_NO_OID_SET,
                   GSS_C_INITIATE, &cred, NULL, NULL) == GSS_S_COMPLETE);
    gss_release_name(&minor, &name);
    return cred;
}

void
fuzz_prepare(void)
{
    server_creds[0] = server_start();
    server_creds[1] = server_cred("require_channel_bindings = true\n");
    client_creds[0] = client_cred("alice", PEER_PASSWORD);
    client_creds[1] = client_cred("alice", SLICE("another"));
    client_creds[2] = client_cred("bob", PEER_PASSWORD);
    target = server_name("host@localhost", GSS_C_NT_HOSTBASED_SERVICE);
}

struct play {
    uint8_t settings;
    enum scram_mechanism mechanism;
    struct gss_channel_bindings_struct client_bindings, server_bindings;
    struct slice change[LEGS];
    gss_ctx_id_t client, server;
    OM_uint32 client_major, server_major, server_flags;
    gss_name_t user;
    bool changed[LEGS];
    int legs; /* how many went out */
    gss_buffer_desc sent;
    struct slice came;
};

/* What becomes of a message on its way. */
static struct slice
deliver(struct play *play, int leg, struct slice sent)
{
    static uint8_t memory[TOKEN_MAX];
    struct buffer out = BUFFER_ARRAY(memory);
    struct slice rest = play->change[leg], head = sent;
    uint8_t how = fuzz_byte(&rest);
    size_t place;

    switch (how) {
    case 'e':
        buffer_put(&out, sent);
        while (rest.len != 0 && out.len != 0) {
            place = (size_t)fuzz_number(&rest, 2) % out.len;
            out.data[place] ^= fuzz_byte(&rest);
        }
        break;
    case 'c':
        place = fuzz_byte(&rest);
        head.len = place < head.len ? head.len - place : 0;
        buffer_put(&out, head);
        break;
    case 'a':
        buffer_put(&out, sent);
        buffer_put(&out, rest);
        break;
    case 'i':
        head.len = fuzz_byte(&rest) % (sent.len + 1);
        buffer_put(&out, head);
        buffer_put(&out, rest);
        buffer_put(&out,
                   (struct slice){sent.data + head.len, sent.len - head.len});
        break;
    case 'r':
        buffer_put(&out, rest);
        break;
    default:
        buffer_put(&out, sent);
    }
    play->changed[leg] = !slice_equal(buffer_slice(&out), sent);
    return fuzz_copy(buffer_slice(&out));
}

static gss_cred_id_t
server_cred_of(const struct play *play)
{
    return server_creds[play->settings & REQUIRED ? 1 : 0];
}

static gss_cred_id_t
cred_of(const struct play *play)
{
    if (play->settings & OTHER_USER)
        return client_creds[2];
    return client_creds[play->settings & WRONG_PASSWORD ? 1 : 0];
}

static void
client_step(struct play *play)
{
    gss_buffer_desc input = server_buffer(play->came);
    OM_uint32 minor, left, flags = 0;
    gss_OID mech;

    play->client_major = gss_init_sec_context(
        &minor, cred_of(play), &play->client, target,
        oid_of_mechanism(play->mechanism), 0, 0,
        play->settings & CLIENT_BINDINGS ? &play->client_bindings
                                         : GSS_C_NO_CHANNEL_BINDINGS,
        &input, &mech, &play->sent, &flags, &left);
    if (GSS_ERROR(play->client_major)) {
        FUZZ_CHECK(minor != 0 && status_text(minor) != NULL);
        FUZZ_CHECK(play->sent.length == 0);
    } else {
        FUZZ_CHECK((flags & GSS_C_MUTUAL_FLAG) != 0);
        FUZZ_CHECK((play->sent.length != 0) ==
                   (play->client_major == GSS_S_CONTINUE_NEEDED));
    }
}

static void
server_step(struct play *play)
{
    gss_buffer_desc input = server_buffer(play->came);
    OM_uint32 minor, left;
    gss_cred_id_t delegated;
    gss_OID mech;

    play->server_major = gss_accept_sec_context(
        &minor, &play->server, server_cred_of(play), &input,
        play->settings & SERVER_BINDINGS ? &play->server_bindings
                                         : GSS_C_NO_CHANNEL_BINDINGS,
        &play->user, &mech, &play->sent, &play->server_flags, &left,
        &delegated);
    server_check_outcome(play->server_major, minor, play->sent);
    FUZZ_CHECK((play->user != GSS_C_NO_NAME) ==
               (play->server_major == GSS_S_COMPLETE));
}

/* The server's context stays where it is, and goes on. */
static void
refuse_export(struct play *play)
{
    gss_buffer_desc token;
    OM_uint32 minor;

    FUZZ_CHECK(gss_export_sec_context(&minor, &play->server, &token) ==
               GSS_S_UNAVAILABLE);
    FUZZ_CHECK(play->server != GSS_C_NO_CONTEXT && token.length == 0);
}

/* Take a message to the other side, and that side's step. */
static bool
leg(struct play *play, int number)
{
    OM_uint32 minor;

    play->came = deliver(play, number, server_slice(play->sent));
    gss_release_buffer(&minor, &play->sent);
    if (number % 2 == 0)
        server_step(play);
    else
        client_step(play);
    fuzz_free(play->came);
    return !GSS_ERROR(number % 2 == 0 ? play->server_major
                                      : play->client_major);
}

/* A message from one to the other, which is refused where it should be. */
static void
check_messages(gss_ctx_id_t from, gss_ctx_id_t to, bool good)
{
    gss_buffer_desc message = server_buffer(SLICE("hello")), token;
    OM_uint32 minor;

    if (gss_get_mic(&minor, from, GSS_C_QOP_DEFAULT, &message, &token) !=
        GSS_S_COMPLETE) {
        FUZZ_CHECK(!good);
        return;
    }
    FUZZ_CHECK((gss_verify_mic(&minor, to, &message, &token, NULL) ==
                GSS_S_COMPLETE) == good);
    gss_release_buffer(&minor, &token);
}

/* Once more, when all is over: that ends what was established. */
static void
repeat(struct play *play)
{
    gss_buffer_desc input = server_buffer(SLICE("c=,r=x,p=eA==")), token;
    OM_uint32 minor, major;

    if (fuzz_byte(&play->change[2]) == 't' && play->server != NULL) {
        major = gss_accept_sec_context(
            &minor, &play->server, server_cred_of(play), &input,
            GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &token, NULL, NULL, NULL);
        FUZZ_CHECK(GSS_ERROR(major));
        server_check_outcome(major, minor, token);
        gss_release_buffer(&minor, &token);
        check_messages(play->server, play->client, false);
    }
    if (fuzz_byte(&play->change[3]) == 't' && play->client != NULL) {
        major = gss_init_sec_context(
            &minor, cred_of(play), &play->client, target, GSS_C_NO_OID, 0, 0,
            GSS_C_NO_CHANNEL_BINDINGS, &input, NULL, &token, NULL, NULL);
        FUZZ_CHECK(GSS_ERROR(major) && token.length == 0);
        check_messages(play->client, play->server, false);
    }
}

static struct slice
client_bindings(const struct play *play)
{
    return play->settings & CLIENT_BINDINGS
               ? server_slice(play->client_bindings.application_data)
               : SLICE("");
}

static struct slice
server_bindings(const struct play *play)
{
    return play->settings & SERVER_BINDINGS
               ? server_slice(play->server_bindings.application_data)
               : SLICE("");
}

/* Whether there is more than the header of RFC 5801, section 4: "n", "y" or
 * "p=" and a type, a comma, nothing or "a=" and a name, a comma. */
static bool
is_of_a_channel(struct slice data)
{
    size_t i, first = 0, commas = 0;

    for (i = 0; i < data.len; i++) {
        if (data.data[i] != ',')
            continue;
        if (commas++ == 0)
            first = i;
    }
    if (commas != 2 || data.data[data.len - 1] != ',')
        return data.len != 0;
    if (data.len - 1 != first + 1 && memcmp(data.data + first, ",a=", 3) != 0)
        return true;
    return !(first == 1 && (data.data[0] == 'n' || data.data[0] == 'y')) &&
           !(first >= 2 && memcmp(data.data, "p=", 2) == 0);
}

/* An exchange that came to its end is bound where both sides have the same
 * bindings of a channel, and is not there where they have to be. */
static void
check_bindings(const struct play *play)
{
    bool bound = (play->server_flags & GSS_C_CHANNEL_BOUND_FLAG) != 0;
    struct slice client = client_bindings(play), server = server_bindings(play);

    FUZZ_CHECK(bound ==
               (slice_equal(client, server) && is_of_a_channel(client)));
    FUZZ_CHECK(bound || (play->settings & REQUIRED) == 0);
    FUZZ_CHECK(client.len == 0 || (play->settings & SERVER_BINDINGS) == 0 ||
               slice_equal(client, server));
}

/* Whether nothing about the bindings is a reason to refuse; of GS2, one without
 * the other's header is refused. */
static bool
bindings_will_do(const struct play *play)
{
    struct slice client = client_bindings(play), server = server_bindings(play);

    if (play->settings & REQUIRED)
        return slice_equal(client, server) && is_of_a_channel(client);
    return client.len != 0 && ((play->settings & SERVER_BINDINGS) == 0 ||
                               slice_equal(client, server));
}

static void
check_end(struct play *play)
{
    bool changed = play->changed[0] || play->changed[1] || play->changed[2];
    bool right = (play->settings & (WRONG_PASSWORD | OTHER_USER)) == 0;
    bool server = play->server_major == GSS_S_COMPLETE;
    bool client = play->client_major == GSS_S_COMPLETE;

    FUZZ_CHECK(!server || (!changed && right));
    FUZZ_CHECK(!client || server);
    if (!changed && right && play->legs == LEGS && bindings_will_do(play))
        FUZZ_CHECK(server);
    if (server) {
        const struct name *user = (const struct name *)play->user;

        check_bindings(play);
        FUZZ_CHECK(user->authenticated);
        FUZZ_CHECK(slice_equal(name_slice(user), PEER_USER));
    }
    if (play->client != GSS_C_NO_CONTEXT && play->server != GSS_C_NO_CONTEXT) {
        /* A client is ready once it has answered. */
        check_messages(play->server, play->client,
                       server && !GSS_ERROR(play->client_major));
    }
}

/* What is no target and no mechanism of ours is refused at once. */
static void
refuse(void)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_buffer_desc token;
    OM_uint32 minor;

    FUZZ_CHECK(gss_init_sec_context(&minor, client_creds[0], &context, target,
                                    GSS_C_NT_USER_NAME, 0, 0, NULL, NULL, NULL,
                                    &token, NULL, NULL) == GSS_S_BAD_MECH);
    FUZZ_CHECK(gss_init_sec_context(&minor, client_creds[0], &context,
                                    GSS_C_NO_NAME, GSS_C_NO_OID, 0, 0, NULL,
                                    NULL, NULL, &token, NULL,
                                    NULL) == GSS_S_BAD_NAME);
    FUZZ_CHECK(gss_init_sec_context(&minor, server_creds[0], &context, target,
                                    GSS_C_NO_OID, 0, 0, NULL, NULL, NULL,
                                    &token, NULL, NULL) == GSS_S_NO_CRED);
    FUZZ_CHECK(context == GSS_C_NO_CONTEXT);
}

static void
run(struct play *play)
{
    client_step(play);
    FUZZ_CHECK(play->client_major == GSS_S_CONTINUE_NEEDED);
    for (play->legs = 0; play->legs < LEGS;) {
        bool good = leg(play, play->legs);

        play->legs++;
        if (play->server_major == GSS_S_CONTINUE_NEEDED && play->legs == 1 &&
            (play->settings & EXPORTED) != 0)
            refuse_export(play);
        if (!good && play->sent.length == 0)
            break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size}, settings;
    struct play play = {.client = GSS_C_NO_CONTEXT, .server = GSS_C_NO_CONTEXT};
    OM_uint32 minor;
    int i;

    settings = fuzz_line(&rest);
    play.settings = fuzz_byte(&settings);
    play.mechanism = play.settings & SHA_1 ? SCRAM_SHA_1 : SCRAM_SHA_256;
    /* Longer ones are refused, which are the program's. */
    play.client_bindings.application_data =
        server_buffer(fuzz_first(fuzz_line(&rest), SCRAM_BINDINGS_MAX));
    play.server_bindings.application_data = server_buffer(fuzz_line(&rest));
    for (i = 0; i < LEGS; i++)
        play.change[i] = fuzz_line(&rest);
    if (settings.len == 0)
        refuse();
    run(&play);
    gss_release_buffer(&minor, &play.sent);
    check_end(&play);
    repeat(&play);
    gss_release_name(&minor, &play.user);
    gss_delete_sec_context(&minor, &play.client, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &play.server, GSS_C_NO_BUFFER);
    return 0;
}
