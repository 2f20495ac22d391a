/*
 * A server around GSS-API: one process and one thread, in which no client can
 * keep another waiting. The stock gss-client talks to it:
 *
 *     accept-loop --port 4444
 *     gss-client -port 4444 -mech '{ 1 3 6 1 5 5 18 }' -user alice \
 *         -pass 'the password' localhost host@localhost 'a message'
 *
 * The steps of a server context's initialization are marked below, and
 * doc/accept-loop.md has them for those who know SSPI. Nothing but step 6, how
 * long to wait for a client, knows that there is a mechanism called SCRAM.
 */
#include <getopt.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_scram.h>
#include <stdio.h>
#include <stdlib.h>

#include "loop.h"

#define IDLE 300000 /* how long an established context may be idle, in ms */

static gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;

/* Print what a peer may have chosen: none of it is to pass for a line of
 * ours. */
static void
print_buffer(const gss_buffer_desc *buffer)
{
    const char *at = buffer->value;
    size_t i;

    for (i = 0; i < buffer->length; i++)
        putchar((unsigned char)at[i] < ' ' || at[i] == 0x7f ? '?' : at[i]);
}

/* Say in words what a call returned: there are some for either code. */
static void
say(const char *what, OM_uint32 major, OM_uint32 minor)
{
    OM_uint32 codes[2] = {major, minor};
    static const int types[2] = {GSS_C_GSS_CODE, GSS_C_MECH_CODE};
    int i;

    printf("%s", what);
    for (i = 0; i < 2; i++) {
        gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
        OM_uint32 ignored, more = 0;

        (void)gss_display_status(&ignored, codes[i], types[i], GSS_C_NO_OID,
                                 &more, &text);
        printf(": ");
        print_buffer(&text);
        gss_release_buffer(&ignored, &text);
    }
    putchar('\n');
}

/*
 * Step 1: acquire a credential handle before listening. With --lazy this is
 * left out, and step 3 passes none: then the mechanism acquires its default one
 * as each request arrives. Either way the credential is that of the account
 * which runs this process.
 */
static void
acquire(void)
{
    OM_uint32 minor;
    OM_uint32 major =
        gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, GSS_C_NO_OID_SET,
                         GSS_C_ACCEPT, &cred, NULL, NULL);

    if (major != GSS_S_COMPLETE) {
        say("no credential", major, minor);
        exit(EXIT_FAILURE);
    }
}

/*
 * Step 6: how long may the client take for its next token? A mechanism that
 * gives half-open contexts a deadline is asked how much of it is left. With any
 * other, the limit that the connection was given at first holds on.
 */
static void
limit_wait(struct connection *c)
{
    static gss_OID_desc time_left = {GSS_SCRAM_TIME_LEFT_OID_LENGTH,
                                     (void *)GSS_SCRAM_TIME_LEFT_OID};
    gss_buffer_set_t answer = GSS_C_NO_BUFFER_SET;
    OM_uint32 minor;

    if (gss_inquire_sec_context_by_oid(&minor, c->context, &time_left,
                                       &answer) == GSS_S_COMPLETE &&
        answer->count == 1 && answer->elements[0].length == 4) {
        const uint8_t *ms = answer->elements[0].value;

        loop_set_time(c, NEXT_TOKEN,
                      (uint32_t)ms[0] << 24 | (uint32_t)ms[1] << 16 |
                          (uint32_t)ms[2] << 8 | ms[3]);
    }
    gss_release_buffer_set(&minor, &answer);
}

/* Step 5b: the context is established. Whose it is, is what a server decides
 * by from here on. */
static void
welcome(struct connection *c, gss_name_t client)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;

    (void)gss_display_name(&minor, client, &text, NULL);
    printf("established: ");
    print_buffer(&text);
    putchar('\n');
    gss_release_buffer(&minor, &text);
    c->phase = ESTABLISHED;
    loop_set_time(c, MESSAGE, IDLE);
}

/*
 * Step 3: hand the client's token to the mechanism, which returns a status and
 * a token. Step 4: a token is sent whatever the status says, as it is what
 * tells the client of a failure. Step 5: the status says how it goes on. The
 * client is in with GSS_S_COMPLETE alone, and with a name: whoever lets in what
 * is no error may let in a status that nobody thought of.
 */
static void
take_context_token(struct connection *c, gss_buffer_t token)
{
    gss_buffer_desc reply = GSS_C_EMPTY_BUFFER;
    gss_name_t client = GSS_C_NO_NAME;
    OM_uint32 major, minor, ignored;
    bool queued = true;

    major = gss_accept_sec_context(&minor, &c->context, cred, token,
                                   GSS_C_NO_CHANNEL_BINDINGS, &client, NULL,
                                   &reply, NULL, NULL, NULL);
    if (reply.length != 0)
        queued = wire_queue(&c->wire, WIRE_CONTEXT, &reply);
    gss_release_buffer(&ignored, &reply);
    wire_forget(&c->wire);

    if (queued && major == GSS_S_CONTINUE_NEEDED) {
        limit_wait(c); /* step 5a: another token is to come */
        loop_send(c);
    } else if (queued && major == GSS_S_COMPLETE && client != GSS_C_NO_NAME) {
        welcome(c, client);
        loop_send(c);
    } else {
        say("refused", major, minor);
        loop_refuse(c);
    }
    gss_release_name(&ignored, &client);
}

/*
 * Step 7: the context protects what follows. A message is answered with its
 * MIC, or with nothing where the client wants none. A status that is no error
 * and not plain success either would be a message that is old, or repeated, or
 * out of order, which over TCP is nobody's accident.
 */
static OM_uint32
answer_message(struct connection *c, int flags, const gss_buffer_desc *token,
               OM_uint32 *minor)
{
    gss_buffer_desc plain = GSS_C_EMPTY_BUFFER, mic = GSS_C_EMPTY_BUFFER;
    bool wrapped = flags & WIRE_WRAPPED, signs = flags & WIRE_SEND_MIC;
    gss_buffer_desc message = *token;
    OM_uint32 major = GSS_S_COMPLETE, ignored;
    int sealed = 0;

    *minor = 0;
    if (wrapped)
        major = gss_unwrap(minor, c->context, &message, &plain, &sealed, NULL);
    if (major == GSS_S_COMPLETE && wrapped && flags & WIRE_ENCRYPTED && !sealed)
        major = GSS_S_BAD_QOP; /* it claims to be what it is not */
    if (major == GSS_S_COMPLETE && signs)
        major = gss_get_mic(minor, c->context, GSS_C_QOP_DEFAULT,
                            wrapped ? &plain : &message, &mic);
    if (major == GSS_S_COMPLETE &&
        !wire_queue(&c->wire, signs ? WIRE_MIC : WIRE_NOOP, &mic))
        major = GSS_S_FAILURE;
    gss_release_buffer(&ignored, &plain);
    gss_release_buffer(&ignored, &mic);
    return major;
}

static void
take_message(struct connection *c, int flags, gss_buffer_t token)
{
    OM_uint32 minor;
    OM_uint32 major = answer_message(c, flags, token, &minor);

    wire_forget(&c->wire);
    if (major == GSS_S_COMPLETE) {
        loop_set_time(c, MESSAGE, IDLE);
        loop_send(c);
    } else {
        say("message refused", major, minor);
        loop_refuse(c);
    }
}

/*
 * What a token is for depends on the phase. A client that does not keep to that
 * is sent away, as is one that would not authenticate.
 */
static void
take_token(struct connection *c, int flags, gss_buffer_t token)
{
    if (c->phase == GREETING && flags == (WIRE_NOOP | WIRE_CONTEXT_NEXT)) {
        wire_forget(&c->wire);
        c->phase = HANDSHAKE;
    } else if (c->phase == HANDSHAKE && flags == WIRE_CONTEXT) {
        take_context_token(c, token);
    } else if (c->phase == ESTABLISHED && flags & WIRE_DATA) {
        take_message(c, flags, token);
    } else {
        if (c->phase != ESTABLISHED || flags != WIRE_NOOP)
            puts("refused: not what the protocol has here");
        loop_end(c);
    }
}

/* Step 8: the client fell silent. Its context is deleted with the connection,
 * and there is nobody to send anything to. */
static void
time_is_up(struct connection *c)
{
    if (c->phase != REFUSED)
        puts("closed: the client's time is up");
}

static _Noreturn void
usage(bool wanted)
{
    fputs(
        "usage: accept-loop [--address ADDRESS] [--port PORT] [--lazy]\n"
        "           [--limit SECONDS] [--once CONNECTIONS]\n"
        "\n"
        "Serve gss-client on 127.0.0.1 port 4444, or as said; port 0 is any\n"
        "that is free. --lazy acquires a credential for each request instead\n"
        "of one ahead of all. --limit is for first tokens, and for mechanisms\n"
        "without a limit of their own (30). --once ends after so many\n"
        "connections.\n",
        wanted ? stdout : stderr);
    exit(wanted ? EXIT_SUCCESS : 2);
}

static unsigned long
number(const char *text, unsigned long most)
{
    char *rest;
    unsigned long value = strtoul(text, &rest, 10);

    if (*text < '0' || *text > '9' || *rest != '\0' || value > most)
        usage(false);
    return value;
}

int
main(int argc, char **argv)
{
    static const struct option known[] = {
        {"address", required_argument, NULL, 'a'},
        {"port", required_argument, NULL, 'p'},
        {"lazy", no_argument, NULL, 'l'},
        {"limit", required_argument, NULL, 't'},
        {"once", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct loop_server server = {take_token, time_is_up, 30000, 0};
    const char *address = "127.0.0.1";
    uint16_t port = 4444;
    bool lazy = false;
    OM_uint32 minor;
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'a')
            address = optarg;
        else if (option == 'p')
            port = (uint16_t)number(optarg, UINT16_MAX);
        else if (option == 'l')
            lazy = true;
        else if (option == 't')
            server.first_limit = (uint32_t)number(optarg, 86400) * 1000;
        else if (option == 'o')
            server.once = number(optarg, UINT32_MAX);
        else
            usage(option == 'h');
    }
    if (optind != argc)
        usage(false);

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!lazy)
        acquire();
    loop_listen(address, port);
    loop_run(&server); /* step 2: requests arrive */
    gss_release_cred(&minor, &cred);
    return EXIT_SUCCESS;
}
