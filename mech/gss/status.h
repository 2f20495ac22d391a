/*
 * Where outcomes become GSS-API's: the one place that turns an enum
 * scram_status into a minor code, a sentence and, for the two calls that make a
 * context, a major code (DESIGN's table of outcomes).
 */
#ifndef GSS_STATUS_H
#define GSS_STATUS_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_scram.h>

#include "base/sentence.h"
#include "base/status.h"

/*
 * Set *minor for an outcome that is not SCRAM_OK.
 *
 * @param why  the sentence for it, which gss_display_status then gives to this
 *             thread in the place of the general one; NULL or empty for none
 */
void status_minor(OM_uint32 *minor, enum scram_status status,
                  const struct sentence *why);

/* The sentence for an outcome that is not SCRAM_OK: @p why where it says
 * something, or the general one. */
const char *status_sentence(enum scram_status status,
                            const struct sentence *why);

/* Set *minor to a code that no enum scram_status stands for, and return
 * @p major. @p why as above. */
OM_uint32 status_refuse(OM_uint32 *minor, OM_uint32 major,
                        enum gss_scram_minor code, const struct sentence *why);

/* The sentence of a minor code, for the thread that made the failing call; NULL
 * for a code that is none of ours. */
const char *status_text(OM_uint32 minor);

/* What gss_accept_sec_context and gss_init_sec_context return for an outcome
 * that is not SCRAM_OK. */
OM_uint32 status_accept_major(enum scram_status status);
OM_uint32 status_init_major(enum scram_status status);

/*
 * What gss_accept_sec_context and gss_init_sec_context return in the place of
 * @p major: GSS_S_COMPLETE, GSS_S_CONTINUE_NEEDED, or an error that GSS_ERROR
 * sees. Supplementary bits alone (RFC 2744, section 3.9.1) are no error to a
 * program that tests as most do, which would take the peer as authenticated:
 * they get GSS_S_FAILURE beside them.
 */
OM_uint32 status_exchange_major(OM_uint32 major);

#endif
