#include "store/ldap_ticket.h"

#include <errno.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/ldap_aside.h"

struct errand {
    char service[264]; /* ldap@host */
    bool done;
    struct sentence words;
};

static void
take_words(OM_uint32 major, OM_uint32 minor, struct sentence *words)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 ignored, more = 0;
    bool specific = minor != 0;

    gss_display_status(&ignored, specific ? minor : major,
                       specific ? GSS_C_MECH_CODE : GSS_C_GSS_CODE,
                       gss_mech_krb5, &more, &text);
    sentence_write(words, "Kerberos says: %.*s", (int)text.length,
                   text.length == 0 ? "" : (const char *)text.value);
    gss_release_buffer(&ignored, &text);
}

/* What libsasl will do, as far as it needs the KDC. The token is for nobody. */
static void
get(void *data)
{
    struct errand *e = data;
    gss_buffer_desc text = {strlen(e->service), e->service};
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 major, minor, ignored;

    major = gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name);
    if (major == GSS_S_COMPLETE)
        major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context,
                                     name, gss_mech_krb5, GSS_C_MUTUAL_FLAG, 0,
                                     GSS_C_NO_CHANNEL_BINDINGS, GSS_C_NO_BUFFER,
                                     NULL, &token, NULL, NULL);
    e->done = !GSS_ERROR(major);
    if (!e->done)
        take_words(major, minor, &e->words);
    gss_release_buffer(&ignored, &token);
    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    gss_release_name(&ignored, &name);
}

bool
ldap_ticket_get(const char *host, uint64_t deadline, struct sentence *why)
{
    static const struct ldap_aside aside = {get, free};
    struct errand *e = calloc(1, sizeof(*e));
    bool done;

    if (e == NULL) {
        sentence_write(why, "out of memory");
        return false;
    }
    snprintf(e->service, sizeof(e->service), "ldap@%s", host);
    if (!ldap_aside(&aside, e, deadline)) {
        sentence_write(why, "no ticket for ldap/%s came (%s)", host,
                       errno == ETIMEDOUT ? "Timed out" : strerror(errno));
        return false;
    }
    done = e->done;
    if (!done)
        *why = e->words;
    free(e);
    return done;
}
