/*
 * gss-scram: SCRAM (RFC 5802, RFC 7677) as a GSS-API mechanism.
 *
 * Nothing here is needed to use the mechanism: gss_accept_sec_context and its
 * kin do that. It is for a program that asks for SCRAM by name or wants to tell
 * one refusal from another.
 */
#ifndef GSSAPI_SCRAM_H
#define GSSAPI_SCRAM_H

#include <gssapi/gssapi.h>

/*
 * The mechanisms' OIDs, as the bytes of a gss_OID_desc:
 *
 *   static gss_OID_desc mech = {GSS_SCRAM_SHA_256_OID_LENGTH,
 *                               (void *)GSS_SCRAM_SHA_256_OID};
 */
#define GSS_SCRAM_SHA_256_OID_LENGTH 6 /* 1.3.6.1.5.5.18 */
#define GSS_SCRAM_SHA_256_OID "\x2b\x06\x01\x05\x05\x12"
#define GSS_SCRAM_SHA_1_OID_LENGTH 6 /* 1.3.6.1.5.5.14 */
#define GSS_SCRAM_SHA_1_OID "\x2b\x06\x01\x05\x05\x0e"

/*
 * The keys of a credential store that the mechanism takes: to acquire a
 * credential from (gss_acquire_cred_from), the location of the verifiers for an
 * acceptor, and a credentials file or the password of the desired name for an
 * initiator; to store one into (gss_store_cred_into), a credentials file and
 * the targets that it is for, which are "*" unless told otherwise. Any other
 * key that begins with scram, in whatever case, and one of these twice, are
 * errors.
 */
#define GSS_SCRAM_CRED_STORE "scram_store"
#define GSS_SCRAM_CRED_FILE "scram_credentials"
#define GSS_SCRAM_CRED_PASSWORD "password"
#define GSS_SCRAM_CRED_TARGET "scram_target"

/*
 * For gss_inquire_sec_context_by_oid on a context that waits for its client's
 * next token: the milliseconds that the server may still wait, as one buffer of
 * four bytes in network order; 0 once the deadline has passed. The OID is
 * 2.25.241805289178185233858696328515116865828.
 */
#define GSS_SCRAM_TIME_LEFT_OID_LENGTH 20
#define GSS_SCRAM_TIME_LEFT_OID                                                \
    "\x69\x82\xeb\xea\x80\xcd\x9d\xee\xea\x85\xe3\x84\xfe\xcd\xca\xde\xe2\xb0" \
    "\xb2\x24"

/*
 * The attributes of a name (RFC 6680: gss_inquire_name,
 * gss_get_name_attribute), one value each but for groups, in UTF-8: URNs of
 * OIDs under 2.25.174413562148261219532326005289630689956; and for groups a
 * name without a colon, as GssapiRequiredNameAttributes of Apache's
 * mod_auth_gssapi takes no other.
 *
 * The name of a user that an established context gave to its acceptor has all
 * of them, authenticated, a group for each that the store has the user in. That
 * gives no right by itself: the program says what a group means. No other name
 * has a store or an authenticated attribute; one that was imported from what
 * gss_export_name_composite made has the same attributes as before, none of
 * them authenticated.
 */
#define GSS_SCRAM_ATTR_USER /* the user's name, as SASLprep made it */         \
    "urn:oid:2.25.174413562148261219532326005289630689956.1"
#define GSS_SCRAM_ATTR_MECHANISM /* "SCRAM-SHA-256" or "SCRAM-SHA-1" */        \
    "urn:oid:2.25.174413562148261219532326005289630689956.2"
#define GSS_SCRAM_ATTR_STORE /* the store that has the user: "file:/..." */    \
    "urn:oid:2.25.174413562148261219532326005289630689956.3"
#define GSS_SCRAM_ATTR_GROUP /* each group that the user is in */ "scram-group"

/*
 * Minor status codes, as the mechanism makes them. MIT's libgssapi may hand a
 * program another number for the same code: gss_display_status with the
 * mechanism's OID turns that one into a sentence. doc/status-codes.md says of
 * each what happened and what to do.
 */
enum gss_scram_minor {
    GSS_SCRAM_BAD_ENCODING = 0x53435201,
    GSS_SCRAM_UNSUPPORTED_EXTENSION = 0x53435202,
    GSS_SCRAM_BAD_USERNAME = 0x53435203,
    GSS_SCRAM_BAD_PROOF = 0x53435204,
    GSS_SCRAM_BAD_BINDINGS = 0x53435205,
    GSS_SCRAM_BAD_NONCE = 0x53435206,
    GSS_SCRAM_TOO_FEW_ITERATIONS = 0x53435207,
    GSS_SCRAM_TOO_MANY_ITERATIONS = 0x53435208,
    GSS_SCRAM_BAD_SERVER_SIGNATURE = 0x53435209,
    GSS_SCRAM_SERVER_ERROR = 0x5343520a,
    GSS_SCRAM_BAD_SIGNATURE = 0x5343520b,
    GSS_SCRAM_TOO_LATE = 0x5343520c,
    GSS_SCRAM_BAD_PASSWORD = 0x5343520d,
    GSS_SCRAM_BAD_ARGUMENT = 0x5343520e,
    GSS_SCRAM_TOO_SMALL = 0x5343520f,
    GSS_SCRAM_NO_MEMORY = 0x53435210,
    GSS_SCRAM_NO_RESOURCES = 0x53435211,
    GSS_SCRAM_CRYPTO_FAILED = 0x53435212,
    GSS_SCRAM_BAD_CONFIG = 0x53435213,
    GSS_SCRAM_BAD_LOCATION = 0x53435214,
    GSS_SCRAM_STORE_ABSENT = 0x53435215,
    GSS_SCRAM_STORE_FORBIDDEN = 0x53435216,
    GSS_SCRAM_STORE_FAILED = 0x53435217,
    GSS_SCRAM_USER_EXISTS = 0x53435219,
    GSS_SCRAM_BROKER_GONE = 0x5343521a,
    GSS_SCRAM_BROKER_SLOW = 0x5343521b,
    GSS_SCRAM_BROKER_ANEW = 0x5343521c,
    GSS_SCRAM_THROTTLED = 0x5343521d,
    GSS_SCRAM_AGENT_GONE = 0x5343521e,
    GSS_SCRAM_AGENT_SLOW = 0x5343521f,
    GSS_SCRAM_AGENT_ANEW = 0x53435220,
    GSS_SCRAM_EXPIRED = 0x53435221,
    GSS_SCRAM_NO_CONTEXT = 0x53435240,
    GSS_SCRAM_NO_CREDENTIAL = 0x53435241,
    GSS_SCRAM_BAD_NAME = 0x53435242,
    GSS_SCRAM_BAD_QOP = 0x53435243,
    GSS_SCRAM_BAD_MECH = 0x53435244,
    GSS_SCRAM_BUSY = 0x53435245,
    GSS_SCRAM_NOT_KNOWN = 0x53435246,
    GSS_SCRAM_NO_ATTRIBUTE = 0x53435247,
    GSS_SCRAM_NO_ACCOUNT = 0x53435248,
    GSS_SCRAM_NO_TRANSFER = 0x53435249,
    GSS_SCRAM_BAD_EXPORT = 0x5343524a
};

#endif
