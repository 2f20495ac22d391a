/*
 * What GS2 (RFC 5801), which makes a SASL mechanism of a GSS-API one, hands
 * over as channel bindings: its own header, the channel's bindings behind it or
 * not. So there are channel bindings always, and mostly no channel bound.
 */
#ifndef SCRAM_GS2_H
#define SCRAM_GS2_H

#include "base/slice.h"

enum scram_gs2 {
    SCRAM_GS2_NONE,    /* not GS2's */
    SCRAM_GS2_UNBOUND, /* a header and nothing more: no channel is bound */
    SCRAM_GS2_BOUND    /* a type of channel bindings, and their data */
};

/* Whose application data is that? (RFC 5801, sections 4 and 5.1) */
enum scram_gs2 scram_gs2_kind(struct slice application_data);

#endif
