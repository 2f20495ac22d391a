#include "gss/exported_name.h"

#include <gssapi/gssapi_ext.h>

#include "gss/buffer.h"
#include "gss/oid.h"
#include "gss/status.h"

#define OID_MAX 32 /* bytes; ours are shorter */
#define HEADER_MAX (6 + OID_MAX)
#define COMPOSITE_VERSION 1

static const struct slice plain_id = {(const uint8_t *)"\x04\x01", 2};
static const struct slice composite_id = {(const uint8_t *)"\x04\x02", 2};

static OM_uint32
bad_name(OM_uint32 *minor)
{
    return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
}

/*
 * What both forms begin with: the form's identifier, the length of the OID in
 * DER as two bytes, the OID in DER.
 */
static void
put_header(struct buffer *b, struct slice id, enum scram_mechanism mechanism)
{
    gss_OID oid = oid_of_mechanism(mechanism);

    buffer_put(b, id);
    pack_number(b, 2, 2 + (uint64_t)oid->length);
    buffer_put(b, SLICE("\x06"));
    pack_number(b, 1, oid->length);
    buffer_put(b, (struct slice){oid->elements, oid->length});
}

/* Take the header of either form, and find out which. */
static bool
exported_name_take_header(struct unpack *u, bool *composite)
{
    struct slice id = unpack_raw(u, plain_id.len);
    enum scram_mechanism mechanism;
    gss_OID_desc oid;
    size_t der;

    *composite = slice_equal(id, composite_id);
    if (!*composite && !slice_equal(id, plain_id))
        return false;
    der = (size_t)unpack_number(u, 2, 2 + OID_MAX);
    if (!slice_equal(unpack_raw(u, 1), SLICE("\x06")))
        return false;
    oid.length = (OM_uint32)unpack_number(u, 1, OID_MAX);
    oid.elements = (void *)unpack_raw(u, oid.length).data;
    return !u->failed && der == 2 + (size_t)oid.length &&
           oid_to_mechanism(&oid, &mechanism);
}

size_t
name_packed_size(const struct name *name)
{
    return 1 + pack_bytes_size(name->len) + pack_bytes_size(name->store_len) +
           pack_bytes_size(name->groups_len);
}

void
name_pack(struct buffer *b, const struct name *name)
{
    pack_number(b, 1, name->kind);
    pack_bytes(b, name_slice(name));
    pack_bytes(b, name_store(name));
    pack_bytes(b, name_groups(name));
}

/* Nothing that ends up on a terminal or in a log does more than be read. */
static bool
exported_name_is_plain(struct slice s)
{
    size_t i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < 0x20 || s.data[i] == 0x7f)
            return false;
    }
    return true;
}

OM_uint32
name_unpack(OM_uint32 *minor, struct unpack *u, enum scram_mechanism mechanism,
            struct name **name)
{
    uint8_t memory[NAME_SERVICE_MAX];
    struct buffer prepared = BUFFER_ARRAY(memory);
    enum name_kind kind = (enum name_kind)unpack_number(u, 1, NAME_SERVICE);
    struct slice text = unpack_bytes(u, NAME_SERVICE_MAX);
    struct slice store = unpack_bytes(u, NAME_STORE_MAX);
    struct slice groups = unpack_bytes(u, GROUPS_TEXT_MAX);
    struct name *made;
    gss_name_t handle;
    OM_uint32 major;

    if (u->failed || !exported_name_is_plain(store) || !groups_check(groups))
        return bad_name(minor);
    major = name_prepare(minor, kind, text, &prepared);
    if (major != GSS_S_COMPLETE)
        return major;
    made = name_new_in_store(mechanism, kind, buffer_slice(&prepared), store,
                             groups);
    major = name_return(minor, made, &handle);
    if (major == GSS_S_COMPLETE)
        *name = made;
    return major;
}

/*
 * The name's length as four bytes and the name follow the header. RFC 5802,
 * section 8.3: the name is input to the normalisation of user names, whatever
 * it was before.
 */
static OM_uint32
take_plain(OM_uint32 *minor, struct unpack *u, enum scram_mechanism mechanism,
           struct name **name)
{
    uint8_t memory[NAME_SERVICE_MAX];
    struct buffer prepared = BUFFER_ARRAY(memory);
    struct slice text = unpack_bytes(u, NAME_SERVICE_MAX);
    gss_name_t handle;
    OM_uint32 major;

    if (u->failed)
        return bad_name(minor);
    major = name_prepare(minor, NAME_USER, text, &prepared);
    if (major != GSS_S_COMPLETE)
        return major;
    *name = name_new(mechanism, NAME_USER, buffer_slice(&prepared));
    return name_return(minor, *name, &handle);
}

/* A version as one byte and the packed name follow the header. */
static OM_uint32
take_composite(OM_uint32 *minor, struct unpack *u,
               enum scram_mechanism mechanism, struct name **name)
{
    if (unpack_number(u, 1, COMPOSITE_VERSION) != COMPOSITE_VERSION)
        return bad_name(minor);
    return name_unpack(minor, u, mechanism, name);
}

OM_uint32
exported_name_import(OM_uint32 *minor, enum scram_mechanism mechanism,
                     struct slice bytes, gss_name_t *output)
{
    struct unpack u = {bytes, false};
    struct name *name;
    OM_uint32 major;
    bool composite;

    if (!exported_name_take_header(&u, &composite))
        return bad_name(minor);
    major = composite ? take_composite(minor, &u, mechanism, &name)
                      : take_plain(minor, &u, mechanism, &name);
    if (major != GSS_S_COMPLETE)
        return major;
    if (!unpack_complete(&u)) {
        name_free(name);
        return bad_name(minor);
    }
    return name_return(minor, name, output);
}

/* A buffer for the caller, of at most that size, with the header in it. */
static OM_uint32
begin_export(OM_uint32 *minor, const struct name *name, struct slice id,
             size_t size, gss_buffer_t output, struct buffer *b)
{
    if (!buffer_allocate(output, size)) {
        status_minor(minor, SCRAM_NO_MEMORY, NULL);
        return GSS_S_FAILURE;
    }
    *b = (struct buffer){output->value, 0, size, false};
    put_header(b, id, name->mechanism);
    return GSS_S_COMPLETE;
}

OM_uint32
gss_export_name(OM_uint32 *minor, const gss_name_t input, gss_buffer_t exported)
{
    struct name *name = (struct name *)input;
    struct buffer b;
    OM_uint32 major;

    *minor = 0;
    buffer_none(exported);
    if (name == NULL)
        return bad_name(minor);
    major = begin_export(minor, name, plain_id,
                         HEADER_MAX + pack_bytes_size(name->len), exported, &b);
    if (major != GSS_S_COMPLETE)
        return major;
    pack_bytes(&b, name_slice(name));
    buffer_shorten(exported, b.len);
    return GSS_S_COMPLETE;
}

OM_uint32
gss_export_name_composite(OM_uint32 *minor, gss_name_t input,
                          gss_buffer_t exported)
{
    struct name *name = (struct name *)input;
    struct buffer b;
    OM_uint32 major;

    *minor = 0;
    buffer_none(exported);
    if (name == NULL)
        return bad_name(minor);
    major = begin_export(minor, name, composite_id,
                         HEADER_MAX + 1 + name_packed_size(name), exported, &b);
    if (major != GSS_S_COMPLETE)
        return major;
    pack_number(&b, 1, COMPOSITE_VERSION);
    name_pack(&b, name);
    buffer_shorten(exported, b.len);
    return GSS_S_COMPLETE;
}
