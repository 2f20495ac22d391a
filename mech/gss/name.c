#include "gss/name.h"

#include <gssapi/gssapi_ext.h>
#include <stdlib.h>

#include "gss/buffer.h"
#include "gss/oid.h"
#include "gss/status.h"

struct name *
name_new(enum scram_mechanism mechanism, enum name_kind kind, struct slice text)
{
    struct name *name = malloc(sizeof(*name) + text.len + 1);

    if (name == NULL)
        return NULL;
    name->mechanism = mechanism;
    name->kind = kind;
    name->len = text.len;
    if (text.len != 0)
        memcpy(name->text, text.data, text.len);
    name->text[text.len] = '\0';
    return name;
}

struct name *
name_copy(const struct name *name)
{
    return name_new(name->mechanism, name->kind, name_slice(name));
}

void
name_free(struct name *name)
{
    free(name);
}

static OM_uint32
return_name(OM_uint32 *minor, struct name *name, gss_name_t *output)
{
    if (name == NULL) {
        status_minor(minor, SCRAM_NO_MEMORY, NULL);
        return GSS_S_FAILURE;
    }
    *output = (gss_name_t)name;
    return GSS_S_COMPLETE;
}

static OM_uint32
import_user(OM_uint32 *minor, enum scram_mechanism mechanism, struct slice text,
            gss_name_t *output)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer prepared = BUFFER_ARRAY(memory);

    if (scram_prepare_user(text, &prepared) != SCRAM_OK) {
        status_minor(minor, SCRAM_BAD_USERNAME, NULL);
        return GSS_S_BAD_NAME;
    }
    return return_name(
        minor, name_new(mechanism, NAME_USER, buffer_slice(&prepared)), output);
}

static OM_uint32
import_service(OM_uint32 *minor, enum scram_mechanism mechanism,
               struct slice text, gss_name_t *output)
{
    if (text.len == 0 || text.len > NAME_SERVICE_MAX ||
        memchr(text.data, '\0', text.len) != NULL)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    return return_name(minor, name_new(mechanism, NAME_SERVICE, text), output);
}

#define EXPORT_HEADER 10 /* bytes around an exported name's OID and text */

static size_t
read_number(const uint8_t *bytes, size_t n)
{
    size_t i, number = 0;

    for (i = 0; i < n; i++)
        number = number << 8 | bytes[i];
    return number;
}

/*
 * RFC 2743, section 3.2: 04 01, the length of the OID in DER as two bytes, the
 * OID, the name's length as four bytes, the name. RFC 5802, section 8.3: the
 * name is input to the normalisation of user names, whatever it was before.
 */
static OM_uint32
import_exported(OM_uint32 *minor, struct slice s, gss_name_t *output)
{
    enum scram_mechanism mechanism;
    gss_OID_desc oid;
    size_t n, len;

    if (s.len < EXPORT_HEADER || s.data[0] != 4 || s.data[1] != 1)
        goto bad;
    n = s.data[5];
    if (n >= 0x80 || read_number(s.data + 2, 2) != 2 + n || s.data[4] != 6 ||
        s.len - EXPORT_HEADER < n)
        goto bad;
    oid = (gss_OID_desc){(OM_uint32)n, (void *)(s.data + 6)};
    len = read_number(s.data + 6 + n, 4);
    if (!oid_to_mechanism(&oid, &mechanism) || len != s.len - EXPORT_HEADER - n)
        goto bad;
    return import_user(minor, mechanism,
                       (struct slice){s.data + EXPORT_HEADER + n, len}, output);
bad:
    return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
}

OM_uint32
gssspi_import_name_by_mech(OM_uint32 *minor, gss_OID mech, gss_buffer_t input,
                           gss_OID type, gss_name_t *output)
{
    struct slice text = slice_of_buffer(input);
    enum scram_mechanism mechanism;

    *minor = 0;
    *output = GSS_C_NO_NAME;
    if (!oid_to_mechanism(mech, &mechanism))
        return status_refuse(minor, GSS_S_BAD_MECH, GSS_SCRAM_BAD_MECH, NULL);
    if (type != GSS_C_NO_OID && oid_equal(type, GSS_C_NT_EXPORT_NAME))
        return import_exported(minor, text, output);

    /* Some callers, the stock gss-server among them, count the NUL. */
    if (text.len != 0 && text.data[text.len - 1] == '\0')
        text.len--;
    if (type == GSS_C_NO_OID || oid_equal(type, GSS_C_NT_USER_NAME))
        return import_user(minor, mechanism, text, output);
    if (oid_equal(type, GSS_C_NT_HOSTBASED_SERVICE) ||
        oid_equal(type, GSS_C_NT_HOSTBASED_SERVICE_X))
        return import_service(minor, mechanism, text, output);
    return status_refuse(minor, GSS_S_BAD_NAMETYPE, GSS_SCRAM_BAD_NAME, NULL);
}

OM_uint32
gss_import_name(OM_uint32 *minor, gss_buffer_t input, gss_OID type,
                gss_name_t *output)
{
    return gssspi_import_name_by_mech(minor, oid_of_mechanism(SCRAM_SHA_256),
                                      input, type, output);
}

OM_uint32
gss_display_name(OM_uint32 *minor, gss_name_t input, gss_buffer_t text,
                 gss_OID *type)
{
    struct name *name = (struct name *)input;

    *minor = 0;
    buffer_none(text);
    if (type != NULL)
        *type = GSS_C_NO_OID;
    if (name == NULL)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    if (type != NULL)
        *type = name->kind == NAME_USER ? GSS_C_NT_USER_NAME
                                        : GSS_C_NT_HOSTBASED_SERVICE;
    return buffer_return(minor, name_slice(name), text);
}

/* Names are equal where their exported forms are (RFC 2743, section 3.2), and
 * those do not tell a user from a service. */
OM_uint32
gss_compare_name(OM_uint32 *minor, gss_name_t a, gss_name_t b, int *equal)
{
    *minor = 0;
    *equal = a == b || (a != GSS_C_NO_NAME && b != GSS_C_NO_NAME &&
                        slice_equal(name_slice((struct name *)a),
                                    name_slice((struct name *)b)));
    return GSS_S_COMPLETE;
}

OM_uint32
gss_duplicate_name(OM_uint32 *minor, const gss_name_t input, gss_name_t *output)
{
    *minor = 0;
    *output = GSS_C_NO_NAME;
    if (input == GSS_C_NO_NAME)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    return return_name(minor, name_copy((struct name *)input), output);
}

OM_uint32
gss_export_name(OM_uint32 *minor, const gss_name_t input, gss_buffer_t exported)
{
    struct name *name = (struct name *)input;
    uint8_t memory[EXPORT_HEADER + 16 + NAME_SERVICE_MAX], header[6], length[4];
    struct buffer out = BUFFER_ARRAY(memory);
    gss_OID oid;
    size_t i;

    *minor = 0;
    buffer_none(exported);
    if (name == NULL)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    oid = oid_of_mechanism(name->mechanism);
    memcpy(header, "\x04\x01\x00\x00\x06\x00", sizeof(header));
    header[3] = (uint8_t)(2 + oid->length);
    header[5] = (uint8_t)oid->length;
    for (i = 0; i < sizeof(length); i++)
        length[i] = (uint8_t)(name->len >> (24 - 8 * i));
    buffer_put(&out, SLICE_ARRAY(header));
    buffer_put(&out, (struct slice){oid->elements, oid->length});
    buffer_put(&out, SLICE_ARRAY(length));
    buffer_put(&out, name_slice(name));
    return buffer_return(minor, buffer_slice(&out), exported);
}

/* A name of ours is one of the mechanism's, and has no attributes. */
OM_uint32
gss_inquire_name(OM_uint32 *minor, gss_name_t input, int *is_mn, gss_OID *mech,
                 gss_buffer_set_t *attributes)
{
    struct name *name = (struct name *)input;

    *minor = 0;
    if (attributes != NULL)
        *attributes = GSS_C_NO_BUFFER_SET;
    if (name == NULL)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    if (is_mn != NULL)
        *is_mn = 1;
    if (mech != NULL)
        *mech = oid_of_mechanism(name->mechanism);
    return attributes == NULL ? GSS_S_COMPLETE
                              : gss_create_empty_buffer_set(minor, attributes);
}

OM_uint32
gss_release_name(OM_uint32 *minor, gss_name_t *name)
{
    *minor = 0;
    name_free((struct name *)*name);
    *name = GSS_C_NO_NAME;
    return GSS_S_COMPLETE;
}
