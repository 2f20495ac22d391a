/*
 * Names (RFC 5802, section 8.3): a user's, SASLprep'd, or a host-based
 * service's, which is no part of the protocol.
 */
#ifndef GSS_NAME_H
#define GSS_NAME_H

#include <gssapi/gssapi.h>

#include "base/slice.h"
#include "scram/verifier.h"

#define NAME_SERVICE_MAX 1024 /* bytes of a host-based service's name */

struct name {
    enum scram_mechanism mechanism; /* whose OID an exported name has */
    enum name_kind { NAME_USER, NAME_SERVICE } kind;
    size_t len;
    char text[]; /* len bytes, and a NUL */
};

/* A new name with a copy of @p text, which is valid already; NULL without
 * memory. Release it with name_free. */
struct name *name_new(enum scram_mechanism mechanism, enum name_kind kind,
                      struct slice text);

/* A copy; NULL without memory. */
struct name *name_copy(const struct name *name);

void name_free(struct name *name);

static inline struct slice
name_slice(const struct name *name)
{
    return (struct slice){(const uint8_t *)name->text, name->len};
}

#endif
