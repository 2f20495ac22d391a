/*
 * Clients that do as gss-client does: authenticate, send a message wrapped and
 * encrypted, verify the MIC that comes back, and say goodbye.
 */
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_scram.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

static gss_OID_desc scram = {GSS_SCRAM_SHA_256_OID_LENGTH,
                             (void *)GSS_SCRAM_SHA_256_OID};
static gss_OID_desc krb5 = {9, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
static gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};
static gss_OID_set_desc only_scram = {1, &scram};
static gss_buffer_desc message = {17, (void *)"an honest message"};
static gss_buffer_desc password;
static const char *user;
static gss_name_t target;
static gss_cred_id_t cred; /* of all clients, unless they are many users */
static gss_OID mech;

struct record record;

static void
complain(const char *what, OM_uint32 minor)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 ignored, more = 0;

    (void)gss_display_status(&ignored, minor, GSS_C_MECH_CODE, mech, &more,
                             &text);
    fprintf(stderr, "load: %s: %.*s\n", what, (int)text.length,
            (char *)text.value);
    gss_release_buffer(&ignored, &text);
}

/* A user's credential, from the password. */
static OM_uint32
acquire_user(OM_uint32 *minor, char *called, gss_OID_set mechs,
             gss_cred_id_t *acquired)
{
    gss_buffer_desc who = {strlen(called), called};
    OM_uint32 major, ignored;
    gss_name_t name;

    major = gss_import_name(minor, &who, GSS_C_NT_USER_NAME, &name);
    if (major != GSS_S_COMPLETE)
        return major;
    major = gss_acquire_cred_with_password(
        minor, name, &password, 0, mechs, GSS_C_INITIATE, acquired, NULL, NULL);
    gss_release_name(&ignored, &name);
    return major;
}

bool
honest_acquire(char *user_of_all, gss_buffer_t password_of_all)
{
    gss_buffer_desc service = {14, (void *)"host@localhost"};
    gss_OID_set_desc mechs = {1, load.negotiate ? &spnego : &scram};
    OM_uint32 major, minor;

    if (load.kerberos)
        mechs.elements = &krb5;
    mech = mechs.elements;
    user = user_of_all;
    password = *password_of_all;
    major =
        gss_import_name(&minor, &service, GSS_C_NT_HOSTBASED_SERVICE, &target);
    if (major == GSS_S_COMPLETE && load.kerberos)
        major = gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechs,
                                 GSS_C_INITIATE, &cred, NULL, NULL);
    else if (major == GSS_S_COMPLETE)
        major = acquire_user(&minor, user_of_all, &mechs, &cred);
    if (major == GSS_S_COMPLETE && load.negotiate)
        major = gss_set_neg_mechs(&minor, cred, &only_scram);
    if (major != GSS_S_COMPLETE)
        complain("no credential", minor);
    return major == GSS_S_COMPLETE;
}

void
honest_release(void)
{
    OM_uint32 minor;

    while (record.count > 0)
        free(record.tokens[--record.count].value);
    gss_release_cred(&minor, &cred);
    gss_release_name(&minor, &target);
}

/*
 * The credential of one of many users. Who is next to whom in the directory is
 * not so in time: a prime number keeps them apart.
 */
static bool
acquire_own(struct client *c)
{
    gss_OID_set_desc mechs = {1, mech};
    uint64_t number = (uint64_t)c->number * 1000003 % load.users;
    char called[256];
    OM_uint32 minor;

    snprintf(called, sizeof(called), "%s%u", user, (unsigned)number);
    if (acquire_user(&minor, called, &mechs, &c->cred) == GSS_S_COMPLETE)
        return true;
    complain("no credential", minor);
    return false;
}

void
honest_forget(struct client *c)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &c->context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &c->cred);
}

static enum verdict
say(struct client *c, int flags, const gss_buffer_desc *token)
{
    if (record.on && record.count < RECORD_MAX) {
        gss_buffer_desc *copy = &record.tokens[record.count];

        copy->value = malloc(token->length + 1);
        if (copy->value == NULL)
            return BAD;
        copy->length = token->length;
        if (token->length != 0)
            memcpy(copy->value, token->value, token->length);
        record.flags[record.count++] = flags;
    }
    return wire_queue(&c->wire, flags, token) ? GOING_ON : BAD;
}

enum verdict
honest_step(struct client *c, gss_buffer_t token, OM_uint32 *major)
{
    gss_buffer_desc answer = GSS_C_EMPTY_BUFFER;
    enum verdict verdict = GOING_ON;
    OM_uint32 minor, ignored;

    *major = gss_init_sec_context(
        &minor, c->cred != GSS_C_NO_CREDENTIAL ? c->cred : cred, &c->context,
        target, mech, GSS_C_MUTUAL_FLAG, 0, GSS_C_NO_CHANNEL_BINDINGS, token,
        NULL, &answer, NULL, NULL);
    if (answer.length != 0)
        verdict = say(c, WIRE_CONTEXT, &answer);
    gss_release_buffer(&ignored, &answer);
    if (!GSS_ERROR(*major))
        return verdict;
    complain("an honest client was refused", minor);
    return BAD;
}

enum verdict
honest_begin(struct client *c)
{
    gss_buffer_desc none = GSS_C_EMPTY_BUFFER;
    OM_uint32 major;

    if (load.users != 0 && !acquire_own(c))
        return BAD;
    if (say(c, WIRE_NOOP | WIRE_CONTEXT_NEXT, &none) == BAD)
        return BAD;
    return honest_step(c, GSS_C_NO_BUFFER, &major);
}

static enum verdict
send_message(struct client *c)
{
    gss_buffer_desc sealed = GSS_C_EMPTY_BUFFER;
    enum verdict verdict = BAD;
    OM_uint32 minor;
    int is_sealed = 0;

    if (gss_wrap(&minor, c->context, 1, GSS_C_QOP_DEFAULT, &message, &is_sealed,
                 &sealed) == GSS_S_COMPLETE &&
        is_sealed)
        verdict =
            say(c, WIRE_DATA | WIRE_WRAPPED | WIRE_ENCRYPTED | WIRE_SEND_MIC,
                &sealed);
    gss_release_buffer(&minor, &sealed);
    return verdict;
}

static enum verdict
take_mic(struct client *c, gss_buffer_t mic)
{
    gss_buffer_desc none = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;

    if (gss_verify_mic(&minor, c->context, &message, mic, NULL) !=
        GSS_S_COMPLETE) {
        complain("a MIC of the server's is wrong", minor);
        return BAD;
    }
    return say(c, WIRE_NOOP, &none) == BAD ? BAD : GOOD;
}

static enum verdict
take(struct client *c, int flags, gss_buffer_t token)
{
    enum verdict verdict;
    OM_uint32 major;

    if (flags == WIRE_MIC && c->step == 1)
        return take_mic(c, token);
    if (flags != WIRE_CONTEXT || c->step != 0)
        return BAD;
    verdict = honest_step(c, token, &major);
    if (verdict == GOING_ON && major == GSS_S_COMPLETE) {
        c->step = 1;
        verdict = send_message(c);
    }
    return verdict;
}

static enum verdict
closed(struct client *c, double after)
{
    fprintf(stderr, "load: honest client %u was left alone after %.0f ms\n",
            c->number, after);
    return BAD;
}

const struct mode honest = {"honest", honest_begin, take, closed, false};
