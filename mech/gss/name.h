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
    bool authenticated; /* an established context gave it to its acceptor */
    size_t len;
    size_t store_len;
    size_t groups_len;
    char text[]; /* len bytes, the store's location and base/groups.h's text,
                    each with a NUL behind it */
};

#define NAME_STORE_MAX 8192 /* bytes of a location that is kept */

/* A new name with a copy of @p text, which is valid already; NULL without
 * memory. Release it with name_free. */
struct name *name_new(enum scram_mechanism mechanism, enum name_kind kind,
                      struct slice text);

/* The same with the location of the store that the name is from, which is left
 * out where it is longer than NAME_STORE_MAX, and the user's groups, which are
 * valid already. */
struct name *name_new_in_store(enum scram_mechanism mechanism,
                               enum name_kind kind, struct slice text,
                               struct slice store, struct slice groups);

/* A copy; NULL without memory. */
struct name *name_copy(const struct name *name);

void name_free(struct name *name);

/*
 * Write a name as it is valid: SASLprep'd, if it is a user's.
 *
 * @param out  NAME_SERVICE_MAX bytes
 * @return GSS_S_COMPLETE, or GSS_S_BAD_NAME with *minor set
 */
OM_uint32 name_prepare(OM_uint32 *minor, enum name_kind kind, struct slice text,
                       struct buffer *out);

/* Hand a name to a caller; it is NULL where there was no memory for it. */
OM_uint32 name_return(OM_uint32 *minor, struct name *name, gss_name_t *output);

static inline struct slice
name_slice(const struct name *name)
{
    return (struct slice){(const uint8_t *)name->text, name->len};
}

/* The location of the store; empty where none is known. */
static inline struct slice
name_store(const struct name *name)
{
    return (struct slice){(const uint8_t *)name->text + name->len + 1,
                          name->store_len};
}

/* The user's groups, base/groups.h's text; empty where none are known. */
static inline struct slice
name_groups(const struct name *name)
{
    return (struct slice){(const uint8_t *)name->text + name->len + 1 +
                              name->store_len + 1,
                          name->groups_len};
}

#endif
