#include "gss/status.h"

#include <stdlib.h>
#include <string.h>

#include "gss/buffer.h"

#define S(status)                                                              \
    ((int)GSS_SCRAM_BAD_ENCODING - (int)SCRAM_BAD_ENCODING + (int)(status))

_Static_assert(S(SCRAM_BAD_SIGNATURE) == GSS_SCRAM_BAD_SIGNATURE &&
                   S(SCRAM_STORE_FAILED) == GSS_SCRAM_STORE_FAILED &&
                   S(SCRAM_STATUS_LAST) == GSS_SCRAM_EXPIRED &&
                   GSS_SCRAM_EXPIRED < GSS_SCRAM_NO_CONTEXT,
               "the public header's codes are enum scram_status's");

/* The general sentence for each minor code. */
static const struct {
    int code;
    const char *text;
} sentences[] = {
    {GSS_SCRAM_BAD_ENCODING, "The peer's token is not a valid SCRAM message at "
                             "this point of the login"},
    {GSS_SCRAM_UNSUPPORTED_EXTENSION,
     "The peer requires a SCRAM extension that this mechanism does not have"},
    {GSS_SCRAM_BAD_USERNAME,
     "The user name has characters that SASLprep (RFC 4013) does not allow"},
    {GSS_SCRAM_BAD_PROOF, "The user is unknown or disabled, or the password "
                          "is wrong"},
    {GSS_SCRAM_BAD_BINDINGS, "The channel bindings differ from the peer's, or "
                             "are required and missing"},
    {GSS_SCRAM_BAD_NONCE, "The peer's nonce does not belong to this exchange"},
    {GSS_SCRAM_TOO_FEW_ITERATIONS,
     "The server's iteration count is less than this client demands"},
    {GSS_SCRAM_TOO_MANY_ITERATIONS,
     "The server's iteration count is more than this client accepts"},
    {GSS_SCRAM_BAD_SERVER_SIGNATURE,
     "The server could not prove that it knows the user's password"},
    {GSS_SCRAM_SERVER_ERROR, "The server refused"},
    {GSS_SCRAM_BAD_SIGNATURE, "The message was changed on its way"},
    {GSS_SCRAM_TOO_LATE, "The client took longer to answer than "
                         "handshake_timeout allows"},
    {GSS_SCRAM_BAD_PASSWORD,
     "The password is empty, longer than 1024 bytes, or has characters that "
     "SASLprep (RFC 4013) does not allow"},
    {GSS_SCRAM_BAD_ARGUMENT,
     "The program passed an argument that is not valid for this call"},
    {GSS_SCRAM_TOO_SMALL, "A buffer that the program passed is too small"},
    {GSS_SCRAM_NO_MEMORY, "Out of memory"},
    {GSS_SCRAM_NO_RESOURCES,
     "As many logins as max_half_open allows are in progress in this process; "
     "try again later, or raise max_half_open"},
    {GSS_SCRAM_CRYPTO_FAILED, "libcrypto failed to compute a hash or a cipher"},
    {GSS_SCRAM_BAD_CONFIG, "The configuration file is wrong"},
    {GSS_SCRAM_BAD_LOCATION,
     "The location of the store begins with none of the known schemes"},
    {GSS_SCRAM_STORE_ABSENT, "There is no store of verifiers; make one with "
                             "gss-scram user add"},
    {GSS_SCRAM_STORE_FORBIDDEN,
     "This account may not read the store of verifiers"},
    {GSS_SCRAM_STORE_FAILED, "The store of verifiers cannot be used"},
    {GSS_SCRAM_USER_EXISTS, "There is a password for that user already"},
    {GSS_SCRAM_BROKER_GONE, "gss-scramd, which checks passwords for this "
                            "server, cannot be reached; is gss-scramd.socket "
                            "started?"},
    {GSS_SCRAM_BROKER_SLOW, "gss-scramd, which checks passwords for this "
                            "server, did not answer within broker_timeout"},
    {GSS_SCRAM_BROKER_ANEW, "gss-scramd does not know of this exchange: it "
                            "began anew meanwhile, or another account began "
                            "the exchange. The client has to begin again"},
    {GSS_SCRAM_THROTTLED, "There were too many wrong passwords for this user; "
                          "the next one is looked at in a while"},
    {GSS_SCRAM_AGENT_GONE, "gss-scram-agent, which has the password, cannot "
                           "be reached any more. Begin again once it runs, and "
                           "give it the password with gss-scram login"},
    {GSS_SCRAM_AGENT_SLOW, "gss-scram-agent, which has the password, does not "
                           "answer; see whether it hangs"},
    {GSS_SCRAM_AGENT_ANEW, "gss-scram-agent does not know of this login: it "
                           "was started anew, or the login took too long. "
                           "Begin again"},
    {GSS_SCRAM_EXPIRED, "The time is over for which gss-scram-agent was to "
                        "keep the password; give it anew with gss-scram login"},
    {GSS_SCRAM_NO_CONTEXT, "The context is not established, or was refused"},
    {GSS_SCRAM_NO_CREDENTIAL,
     "There is no user name and password for this login"},
    {GSS_SCRAM_BAD_NAME, "The name is not a user name or a host-based service"},
    {GSS_SCRAM_BAD_QOP,
     "Only the default quality of protection (0) is supported"},
    {GSS_SCRAM_BAD_MECH, "The mechanism is not one of SCRAM's"},
    {GSS_SCRAM_BUSY, "Another thread is using this context at the same time"},
    {GSS_SCRAM_NOT_KNOWN, "This OID is not supported for this context"},
    {GSS_SCRAM_NO_ATTRIBUTE, "The name has no such attribute"},
    {GSS_SCRAM_NO_ACCOUNT, "The user may not act as a local account: see "
                           "local_accounts in the configuration"},
    {GSS_SCRAM_NO_TRANSFER,
     "A context can be exported only after it is established"},
    {GSS_SCRAM_BAD_EXPORT, "This is not a context that this version of "
                           "gss-scram has exported"},
};

static const char *
general_sentence(OM_uint32 code)
{
    size_t i;

    for (i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
        if ((OM_uint32)sentences[i].code == code)
            return sentences[i].text;
    }
    return NULL;
}

const char *
status_sentence(enum scram_status status, const struct sentence *why)
{
    if (why != NULL && why->text[0] != '\0')
        return why->text;
    return general_sentence((OM_uint32)S(status));
}

/*
 * The last sentence that was made with knowledge of the case, for the thread
 * that made the failing call: a minor code has no room for it.
 */
static _Thread_local struct {
    OM_uint32 code;
    struct sentence why;
} last;

static void
remember(OM_uint32 code, const struct sentence *why)
{
    if (why == NULL || why->text[0] == '\0') {
        if (last.code == code)
            last.code = 0;
        return;
    }
    last.code = code;
    last.why = *why;
}

void
status_minor(OM_uint32 *minor, enum scram_status status,
             const struct sentence *why)
{
    *minor = (OM_uint32)S(status);
    remember(*minor, why);
}

OM_uint32
status_refuse(OM_uint32 *minor, OM_uint32 major, enum gss_scram_minor code,
              const struct sentence *why)
{
    *minor = (OM_uint32)code;
    remember(*minor, why);
    return major;
}

OM_uint32
status_accept_major(enum scram_status status)
{
    switch (status) {
    case SCRAM_BAD_PROOF:
        return GSS_S_BAD_SIG;
    case SCRAM_BAD_ENCODING:
    case SCRAM_BAD_NONCE:
    case SCRAM_UNSUPPORTED_EXTENSION:
    case SCRAM_BAD_USERNAME:
        return GSS_S_DEFECTIVE_TOKEN;
    case SCRAM_BAD_BINDINGS:
        return GSS_S_BAD_BINDINGS;
    case SCRAM_TOO_LATE:
        return GSS_S_FAILURE | GSS_S_OLD_TOKEN;
    default:
        return GSS_S_FAILURE;
    }
}

OM_uint32
status_init_major(enum scram_status status)
{
    switch (status) {
    case SCRAM_BAD_SERVER_SIGNATURE:
        return GSS_S_BAD_SIG;
    case SCRAM_BAD_ENCODING:
    case SCRAM_BAD_NONCE:
    case SCRAM_UNSUPPORTED_EXTENSION:
    case SCRAM_TOO_FEW_ITERATIONS:
    case SCRAM_TOO_MANY_ITERATIONS:
        return GSS_S_DEFECTIVE_TOKEN;
    case SCRAM_BAD_BINDINGS:
        return GSS_S_BAD_BINDINGS;
    /* What is wrong is what the credential holds. */
    case SCRAM_BAD_PROOF:
    case SCRAM_BAD_PASSWORD:
    case SCRAM_BAD_USERNAME:
        return GSS_S_DEFECTIVE_CREDENTIAL;
    case SCRAM_EXPIRED:
        return GSS_S_CREDENTIALS_EXPIRED;
    default:
        return GSS_S_FAILURE;
    }
}

OM_uint32
status_exchange_major(OM_uint32 major)
{
    if (major == GSS_S_COMPLETE || major == GSS_S_CONTINUE_NEEDED ||
        GSS_ERROR(major))
        return major;
    return GSS_S_FAILURE | major;
}

const char *
status_text(OM_uint32 minor)
{
    return minor == last.code ? last.why.text : general_sentence(minor);
}

OM_uint32
gss_display_status(OM_uint32 *minor, OM_uint32 value, int type, gss_OID mech,
                   OM_uint32 *message_context, gss_buffer_t text)
{
    const char *sentence;

    (void)mech;
    *minor = 0;
    *message_context = 0;
    if (type != GSS_C_MECH_CODE)
        return GSS_S_BAD_STATUS;
    /* What a call leaves that has nothing to add to its major code. */
    sentence = value == 0 ? "No error" : status_text(value);
    if (sentence == NULL)
        return GSS_S_BAD_STATUS;
    return buffer_return(minor, slice_of(sentence), text);
}
