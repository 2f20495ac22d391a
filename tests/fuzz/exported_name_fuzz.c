/*
 * Names as they are imported, in each form; the first byte says which. What
 * becomes of one is exported in both forms, which are imported as the same
 * name, under either type.
 */
#include "fuzz.h"

#include <gssapi/gssapi_ext.h>

#include "gss/exported_name.h"
#include "gss/status.h"

const size_t fuzz_input_max = NAME_SERVICE_MAX + NAME_STORE_MAX + FUZZ_OVER;

static void
check_again(gss_name_t name, gss_OID type, bool composite,
            gss_buffer_t exported)
{
    gss_buffer_desc again;
    gss_name_t other;
    OM_uint32 minor;
    int equal;

    FUZZ_CHECK(gss_import_name(&minor, exported, type, &other) ==
               GSS_S_COMPLETE);
    FUZZ_CHECK(gss_compare_name(&minor, name, other, &equal) ==
                   GSS_S_COMPLETE &&
               equal);
    FUZZ_CHECK(!((struct name *)other)->authenticated);
    if (composite)
        FUZZ_CHECK(gss_export_name_composite(&minor, other, &again) ==
                   GSS_S_COMPLETE);
    else
        FUZZ_CHECK(gss_export_name(&minor, other, &again) == GSS_S_COMPLETE);
    FUZZ_CHECK(slice_equal((struct slice){again.value, again.length},
                           (struct slice){exported->value, exported->length}));
    gss_release_buffer(&minor, &again);
    gss_release_name(&minor, &other);
}

static void
check_exported(gss_name_t name, bool composite, gss_buffer_t exported)
{
    check_again(name, GSS_C_NT_EXPORT_NAME, composite, exported);
    check_again(name, GSS_C_NT_COMPOSITE_EXPORT, composite, exported);
}

/* What else there is to do with a name. */
static void
check_shown(gss_name_t name)
{
    const struct name *n = (const struct name *)name;
    gss_buffer_desc text;
    gss_name_t other;
    OM_uint32 minor;
    gss_OID type;
    int equal;

    FUZZ_CHECK(gss_display_name(&minor, name, &text, &type) == GSS_S_COMPLETE);
    FUZZ_CHECK(
        slice_equal((struct slice){text.value, text.length}, name_slice(n)));
    FUZZ_CHECK((type == GSS_C_NT_USER_NAME) == (n->kind == NAME_USER));
    gss_release_buffer(&minor, &text);
    FUZZ_CHECK(gss_duplicate_name(&minor, name, &other) == GSS_S_COMPLETE);
    FUZZ_CHECK(gss_compare_name(&minor, name, other, &equal) ==
                   GSS_S_COMPLETE &&
               equal);
    gss_release_name(&minor, &other);
}

static void
check_name(gss_name_t name)
{
    const struct name *n = (const struct name *)name;
    gss_buffer_desc exported;
    OM_uint32 minor;

    FUZZ_CHECK(n->len != 0 && !n->authenticated);
    FUZZ_CHECK(n->kind == NAME_USER ? n->len <= SCRAM_USER_MAX
                                    : n->len <= NAME_SERVICE_MAX);
    FUZZ_CHECK(strlen(n->text) == n->len);
    FUZZ_CHECK(groups_check(name_groups(n)));
    /* A service's name is exported as if it were a user's, whose name may be
     * shorter only. */
    FUZZ_CHECK(gss_export_name(&minor, name, &exported) == GSS_S_COMPLETE);
    if (n->kind == NAME_USER)
        check_exported(name, false, &exported);
    gss_release_buffer(&minor, &exported);
    FUZZ_CHECK(gss_export_name_composite(&minor, name, &exported) ==
               GSS_S_COMPLETE);
    check_exported(name, true, &exported);
    gss_release_buffer(&minor, &exported);
    check_shown(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const gss_OID types[] = {GSS_C_NT_EXPORT_NAME, GSS_C_NT_COMPOSITE_EXPORT,
                             GSS_C_NT_USER_NAME, GSS_C_NT_HOSTBASED_SERVICE,
                             GSS_C_NT_ANONYMOUS};
    struct slice rest = {data, size}, bytes;
    uint8_t which = fuzz_byte(&rest);
    gss_buffer_desc input;
    gss_name_t name;
    OM_uint32 minor, major;

    bytes = fuzz_copy(rest);
    input = (gss_buffer_desc){bytes.len, (void *)(uintptr_t)bytes.data};
    major = gss_import_name(&minor, &input, types[which % 5], &name);
    FUZZ_CHECK((major == GSS_S_COMPLETE) == (name != GSS_C_NO_NAME));
    if (major == GSS_S_COMPLETE)
        check_name(name);
    else
        FUZZ_CHECK((major == GSS_S_BAD_NAME ||
                    (major == GSS_S_BAD_NAMETYPE && which % 5 == 4)) &&
                   status_text(minor) != NULL);
    gss_release_name(&minor, &name);
    fuzz_free(bytes);
    return 0;
}
