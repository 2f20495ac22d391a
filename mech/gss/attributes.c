/*
 * The attributes of names (RFC 6680): the public header says which. They are
 * the mechanism's own to set.
 */
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_scram.h>

#include "gss/buffer.h"
#include "gss/localname.h"
#include "gss/name.h"
#include "gss/oid.h"
#include "gss/status.h"

static struct slice
user(const struct name *name)
{
    return name->kind == NAME_USER ? name_slice(name) : SLICE("");
}

static struct slice
mechanism(const struct name *name)
{
    return slice_of(scram_mechanism_name(name->mechanism));
}

/* Each attribute's value; empty where a name does not have it. Of groups there
 * are as many values as names in it. */
static const struct {
    struct slice name;
    struct slice (*value)(const struct name *name);
} attributes[] = {
#define ATTRIBUTE(urn)                                                         \
    {                                                                          \
        (const uint8_t *)urn, sizeof(urn) - 1                                  \
    }
    {ATTRIBUTE(GSS_SCRAM_ATTR_USER), user},
    {ATTRIBUTE(GSS_SCRAM_ATTR_MECHANISM), mechanism},
    {ATTRIBUTE(GSS_SCRAM_ATTR_STORE), name_store},
    {ATTRIBUTE(GSS_SCRAM_ATTR_GROUP), name_groups},
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

static OM_uint32
attributes_list(OM_uint32 *minor, const struct name *name,
                gss_buffer_set_t *set)
{
    OM_uint32 major = gss_create_empty_buffer_set(minor, set);
    size_t i;

    for (i = 0; major == GSS_S_COMPLETE && i < ATTRIBUTES; i++) {
        struct slice s = attributes[i].name;
        gss_buffer_desc member = {s.len, (void *)(uintptr_t)s.data};

        if (attributes[i].value(name).len != 0)
            major = gss_add_buffer_set_member(minor, &member, set);
    }
    if (major == GSS_S_COMPLETE && name->authenticated &&
        localname_check(minor, name) == GSS_S_COMPLETE)
        major =
            gss_add_buffer_set_member(minor, GSS_C_ATTR_LOCAL_LOGIN_USER, set);
    return major;
}

/* A name of ours is one of the mechanism's. */
OM_uint32
gss_inquire_name(OM_uint32 *minor, gss_name_t input, int *is_mn, gss_OID *mech,
                 gss_buffer_set_t *set)
{
    struct name *name = (struct name *)input;
    OM_uint32 major, ignored;

    *minor = 0;
    if (set != NULL)
        *set = GSS_C_NO_BUFFER_SET;
    if (name == NULL)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    if (is_mn != NULL)
        *is_mn = 1;
    if (mech != NULL)
        *mech = oid_of_mechanism(name->mechanism);
    if (set == NULL)
        return GSS_S_COMPLETE;
    major = attributes_list(minor, name, set);
    if (major != GSS_S_COMPLETE)
        gss_release_buffer_set(&ignored, set);
    else
        *minor = 0;
    return major;
}

struct attribute {
    struct slice value;
    bool authenticated;
    int more; /* of which value it is; then what there is behind it, or 0 */
};

/* Take one of the groups: the first, or the one that was said to be the next.
 */
static bool
pick(struct attribute *a)
{
    struct slice rest = a->value;
    int number, wanted = a->more > 0 ? a->more : 0;

    for (number = 0; groups_next(&rest, &a->value); number++) {
        if (number == wanted) {
            a->more = rest.len != 0 ? number + 1 : 0;
            return true;
        }
    }
    return false;
}

/*
 * The account that a user may act as. Where there is none this is no refusal,
 * but an empty attribute that nobody vouches for: at a refusal libgssapi would
 * compare the names that SPNEGO hands out, and authorize the user. It also
 * hands *minor, which says why, to the caller of gss_localname.
 */
static void
local_login_user(OM_uint32 *minor, const struct name *name, struct attribute *a)
{
    if (localname_check(minor, name) != GSS_S_COMPLETE)
        return;
    a->value = name_slice(name);
    a->authenticated = name->authenticated;
}

static bool
attributes_find(OM_uint32 *minor, const struct name *name, struct slice wanted,
                struct attribute *a)
{
    size_t i;

    a->value = SLICE("");
    a->authenticated = false;
    if (slice_equal(wanted, slice_of_buffer(GSS_C_ATTR_LOCAL_LOGIN_USER))) {
        local_login_user(minor, name, a);
        a->more = 0;
        return true;
    }
    for (i = 0; i < ATTRIBUTES; i++) {
        if (!slice_equal(wanted, attributes[i].name))
            continue;
        a->value = attributes[i].value(name);
        a->authenticated = name->authenticated;
        if (attributes[i].value == name_groups)
            return pick(a);
        a->more = 0;
        return a->value.len != 0;
    }
    return false;
}

OM_uint32
gss_get_name_attribute(OM_uint32 *minor, gss_name_t input,
                       gss_buffer_t attribute, int *authenticated,
                       int *complete, gss_buffer_t value, gss_buffer_t display,
                       int *more)
{
    struct name *name = (struct name *)input;
    struct attribute a = {.more = more != NULL ? *more : 0};
    OM_uint32 ignored, major = GSS_S_COMPLETE;

    *minor = 0;
    buffer_none(value);
    buffer_none(display);
    if (name == NULL)
        return status_refuse(minor, GSS_S_BAD_NAME, GSS_SCRAM_BAD_NAME, NULL);
    if (!attributes_find(minor, name, slice_of_buffer(attribute), &a))
        return status_refuse(minor, GSS_S_UNAVAILABLE, GSS_SCRAM_NO_ATTRIBUTE,
                             NULL);
    if (value != GSS_C_NO_BUFFER)
        major = buffer_return(minor, a.value, value);
    if (major == GSS_S_COMPLETE && display != GSS_C_NO_BUFFER)
        major = buffer_return(minor, a.value, display);
    if (major != GSS_S_COMPLETE) {
        gss_release_buffer(&ignored, value);
        return major;
    }
    if (authenticated != NULL)
        *authenticated = a.authenticated;
    if (complete != NULL)
        *complete = 1;
    if (more != NULL)
        *more = a.more;
    return GSS_S_COMPLETE;
}
