/*
 * Questions that may be asked at any moment: each is answered or refused with a
 * major status that exists and a minor one that there is a sentence for.
 */
#ifndef ASKING_H
#define ASKING_H

#include "world.h"

static gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};
static gss_OID_desc unknown = {3, (void *)"\x2a\x03\x04"};
static gss_OID_desc empty = {0, (void *)""};

/* What no call would leave behind by itself. */
#define NOT_SET 0x5a5a5a5aU

/* Whether there is a sentence for a status, and for all that follow it. */
static inline bool
is_displayed(OM_uint32 status, int type, gss_OID mech)
{
    gss_buffer_desc text;
    OM_uint32 minor, more = 0;

    do {
        if (gss_display_status(&minor, status, type, mech, &more, &text) !=
                GSS_S_COMPLETE ||
            text.length == 0)
            return false;
        gss_release_buffer(&minor, &text);
    } while (more != 0);
    return true;
}

static inline OM_uint32
settle(const char *question, OM_uint32 major, OM_uint32 minor, gss_OID mech)
{
    ck_assert_msg(GSS_ROUTINE_ERROR(major) <= GSS_S_BAD_MECH_ATTR &&
                      GSS_CALLING_ERROR(major) <= GSS_S_CALL_BAD_STRUCTURE &&
                      GSS_SUPPLEMENTARY_INFO(major) < 0x20,
                  "%s: there is no status 0x%x", question, major);
    ck_assert_msg(is_displayed(major, GSS_C_GSS_CODE, mech),
                  "%s: 0x%x has no sentence", question, major);
    if (GSS_ERROR(major) && minor != 0)
        ck_assert_msg(is_displayed(minor, GSS_C_MECH_CODE, mech),
                      "%s: 0x%x with 0x%x, which has no sentence", question,
                      major, minor);
    return major;
}

/* The major status of a call, which takes &minor, of the mechanism @p mech. */
#define ASK(mech, call)                                                        \
    __extension__({                                                            \
        OM_uint32 minor = NOT_SET, major_ = (call);                            \
        settle(#call, major_, minor, mech);                                    \
    })

/* Release what an answer brought. */
#define RELEASE(kind, what)                                                    \
    do {                                                                       \
        OM_uint32 ignored_;                                                    \
        gss_release_##kind(&ignored_, &(what));                                \
    } while (0)

#endif
