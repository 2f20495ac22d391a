#include "gss/name.h"

#include <gssapi/gssapi_ext.h>
#include <stdlib.h>

#include "gss/buffer.h"
#include "gss/exported_name.h"
#include "gss/oid.h"
#include "gss/status.h"

struct name *
name_new_in_store(enum scram_mechanism mechanism, enum name_kind kind,
                  struct slice text, struct slice store, struct slice groups)
{
    struct buffer out = {0};
    struct name *name;

    if (store.len > NAME_STORE_MAX)
        store = SLICE("");
    out.capacity = text.len + 1 + store.len + 1 + groups.len + 1;
    name = malloc(sizeof(*name) + out.capacity);
    if (name == NULL)
        return NULL;
    *name = (struct name){.mechanism = mechanism,
                          .kind = kind,
                          .len = text.len,
                          .store_len = store.len,
                          .groups_len = groups.len};
    out.data = (uint8_t *)name->text;
    buffer_put(&out, text);
    buffer_put(&out, SLICE("\0"));
    buffer_put(&out, store);
    buffer_put(&out, SLICE("\0"));
    buffer_put(&out, groups);
    buffer_put(&out, SLICE("\0"));
    return name;
}

struct name *
name_new(enum scram_mechanism mechanism, enum name_kind kind, struct slice text)
{
    return name_new_in_store(mechanism, kind, text, SLICE(""), SLICE(""));
}

struct name *
name_copy(const struct name *name)
{
    struct name *copy =
        name_new_in_store(name->mechanism, name->kind, name_slice(name),
                          name_store(name), name_groups(name));

    if (copy != NULL)
        copy->authenticated = name->authenticated;
    return copy;
}

void
name_free(struct name *name)
{
    free(name);
}

OM_uint32
name_return(OM_uint32 *minor, struct name *name, gss_name_t *output)
{
    if (name == NULL) {
        status_minor(minor, SCRAM_NO_MEMORY, NULL);
        return GSS_S_FAILURE;
    }
    *output = (gss_name_t)name;
    return GSS_S_COMPLETE;
}

OM_uint32
name_prepare(OM_uint32 *minor, enum name_kind kind, struct slice text,
             struct buffer *out)
{
    if (kind == NAME_USER) {
        if (scram_prepare_user(text, out) == SCRAM_OK)
            return GSS_S_COMPLETE;
        status_minor(minor, SCRAM_BAD_USERNAME, NULL);
        return GSS_S_BAD_NAME;
    }
    if (text.len == 0 || text.len > NAME_SERVICE_MAX ||
        memchr(text.data, '\0', text.len) != NULL)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    buffer_put(out, text);
    return GSS_S_COMPLETE;
}

static OM_uint32
import_text(OM_uint32 *minor, enum scram_mechanism mechanism,
            enum name_kind kind, struct slice text, gss_name_t *output)
{
    uint8_t memory[NAME_SERVICE_MAX];
    struct buffer prepared = BUFFER_ARRAY(memory);
    OM_uint32 major;

    /* Some callers, the stock gss-server among them, count the NUL. */
    if (text.len != 0 && text.data[text.len - 1] == '\0')
        text.len--;
    major = name_prepare(minor, kind, text, &prepared);
    if (major != GSS_S_COMPLETE)
        return major;
    return name_return(
        minor, name_new(mechanism, kind, buffer_slice(&prepared)), output);
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
    if (type == GSS_C_NO_OID || oid_equal(type, GSS_C_NT_USER_NAME))
        return import_text(minor, mechanism, NAME_USER, text, output);
    if (oid_equal(type, GSS_C_NT_HOSTBASED_SERVICE) ||
        oid_equal(type, GSS_C_NT_HOSTBASED_SERVICE_X))
        return import_text(minor, mechanism, NAME_SERVICE, text, output);
    if (oid_equal(type, GSS_C_NT_EXPORT_NAME) ||
        oid_equal(type, GSS_C_NT_COMPOSITE_EXPORT))
        return exported_name_import(minor, mechanism, text, output);
    /* Nobody is anonymous here, and a person with an account's number is not
     * thereby the user of the same name. */
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

/* Names of one mechanism are equal where their exported forms are (RFC 2743,
 * section 3.2), and those do not tell a user from a service. Names of different
 * mechanisms libgssapi takes for different ones without asking. */
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
    return name_return(minor, name_copy((struct name *)input), output);
}

OM_uint32
gss_release_name(OM_uint32 *minor, gss_name_t *name)
{
    *minor = 0;
    name_free((struct name *)*name);
    *name = GSS_C_NO_NAME;
    return GSS_S_COMPLETE;
}
