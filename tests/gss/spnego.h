/*
 * What the tests of SPNEGO (RFC 4178) share: which mechanisms are registered,
 * credentials for SPNEGO, and a look into its tokens.
 */
#ifndef SPNEGO_H
#define SPNEGO_H

#include <stdio.h>
#include <string.h>

#include "world.h"

/* The two that SPNEGO may choose between. A token has OIDs as these bytes. */
#define SPNEGO_OID "\x2b\x06\x01\x05\x05\x02"
#define SCRAM_OID "\x06\x06" GSS_SCRAM_SHA_256_OID
#define SHA_1_OID "\x06\x06" GSS_SCRAM_SHA_1_OID
#define NTLM_OID "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"

static gss_OID_desc spnego = {6, (void *)SPNEGO_OID};

/* The line that Debian's package gss-ntlmssp registers its module by; empty
 * where it is not installed. */
static inline const char *
ntlm_line(void)
{
    static char line[512];
    FILE *file = fopen("/etc/gss/mech.d/mech.ntlmssp.conf", "r");

    if (file == NULL)
        return "";
    while (fgets(line, sizeof(line), file) != NULL && line[0] == '#')
        ;
    fclose(file);
    return strstr(line, "1.3.6.1.4.1.311.2.2.10") != NULL ? line : "";
}

/* The letters are mechanisms in the order in which they are registered: s for
 * SCRAM-SHA-256, 1 for SCRAM-SHA-1, n for NTLM. To be called before a test's
 * first call of libgssapi, which reads this once. */
static inline void
register_mechs(const char *letters)
{
    const char *module = getenv("GSS_SCRAM_MODULE");
    char text[4096] = "";
    size_t at = 0;

    for (; *letters != '\0'; letters++) {
        if (*letters == 'n')
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s",
                                   ntlm_line());
        else
            at += (size_t)snprintf(text + at, sizeof(text) - at,
                                   "scram-%c 1.3.6.1.5.5.%s %s\n", *letters,
                                   *letters == '1' ? "14" : "18", module);
    }
    world_write("mech.conf", "%s", text);
}

/* A user of gss-ntlmssp's, with alice's password. */
static inline void
make_ntlm_user(void)
{
    world_write("ntlm.users", "WORLD:alice:wonderland\n");
    setenv("NTLM_USER_FILE", world_path("ntlm.users"), 1);
}

/* Negotiate among these, the first of them preferred. */
static inline void
negotiate_among(gss_cred_id_t cred, gss_OID first, gss_OID second)
{
    gss_OID_desc oids[2];
    gss_OID_set_desc set = {second == NULL ? 1 : 2, oids};
    OM_uint32 minor;

    oids[0] = *first;
    if (second != NULL)
        oids[1] = *second;
    ck_assert_uint_eq(gss_set_neg_mechs(&minor, cred, &set), GSS_S_COMPLETE);
}

/* The element with that tag at the beginning of the bytes: its value, and what
 * comes after it. */
static inline struct slice
der_take(struct slice *rest, uint8_t tag)
{
    struct slice value;
    size_t i, n = 0, len;

    ck_assert(rest->len >= 2 && rest->data[0] == tag);
    len = rest->data[1];
    if (len >= 0x80) {
        n = len & 0x7f;
        ck_assert(n <= 2 && rest->len >= 2 + n);
        for (len = 0, i = 0; i < n; i++)
            len = len << 8 | rest->data[2 + i];
    }
    ck_assert(rest->len >= 2 + n + len);
    value = (struct slice){rest->data + 2 + n, len};
    *rest = (struct slice){value.data + len, rest->len - 2 - n - len};
    return value;
}

/* The mechTypes of a NegTokenInit, as they stand in it. */
static inline struct slice
mech_types(gss_buffer_t token)
{
    struct slice rest = {token->value, token->length};
    struct slice oid;

    rest = der_take(&rest, 0x60);
    oid = der_take(&rest, 0x06);
    ck_assert(slice_equal(oid, SLICE(SPNEGO_OID)));
    rest = der_take(&rest, 0xa0); /* NegTokenInit */
    rest = der_take(&rest, 0x30);
    rest = der_take(&rest, 0xa0); /* mechTypes */
    return der_take(&rest, 0x30);
}

/* Whether bytes are in a token. */
static inline bool
has(gss_buffer_t token, struct slice bytes)
{
    return token->length != 0 &&
           memmem(token->value, token->length, bytes.data, bytes.len) != NULL;
}

/* The negState of a NegTokenResp. */
enum neg_state { ACCEPT_COMPLETED, ACCEPT_INCOMPLETE, REJECT, REQUEST_MIC };

static inline enum neg_state
neg_state(gss_buffer_t token)
{
    struct slice rest = {token->value, token->length};

    rest = der_take(&rest, 0xa1);
    rest = der_take(&rest, 0x30);
    rest = der_take(&rest, 0xa0);
    rest = der_take(&rest, 0x0a);
    ck_assert_uint_eq(rest.len, 1);
    return (enum neg_state)rest.data[0];
}

/* The mechanism that a context turned out to be of. */
static inline bool
is_of(gss_ctx_id_t context, gss_OID mech)
{
    OM_uint32 minor;
    gss_OID is;

    ck_assert_uint_eq(gss_inquire_context(&minor, context, NULL, NULL, NULL,
                                          &is, NULL, NULL, NULL),
                      GSS_S_COMPLETE);
    return is->length == mech->length &&
           !memcmp(is->elements, mech->elements, is->length);
}

/* The user's credential and the server's, for all that SPNEGO finds, and a
 * handshake with them. */
static inline void
negotiate_begin(struct handshake *h, const char *password)
{
    handshake_begin(h, &spnego, "alice", password);
}

#endif
