#include "format_ldif.h"

#include <ctype.h>
#include <strings.h>

#include "base/base64.h"
#include "text.h"

bool
ldif_is_named(struct slice name, const char *wanted)
{
    return name.len == strlen(wanted) &&
           strncasecmp((const char *)name.data, wanted, name.len) == 0;
}

/* An attribute's description without its options (RFC 4512, section 2.5). */
static struct slice
without_options(struct slice description)
{
    const uint8_t *at = description.len == 0
                            ? NULL
                            : memchr(description.data, ';', description.len);

    if (at != NULL)
        description.len = (size_t)(at - description.data);
    return description;
}

/*
 * attrval-spec = AttributeDescription value-spec SEP
 * value-spec = ":" (...)
 *
 * Take a line apart that begins one of the entry's; false if it is no LDIF.
 */
static bool
as_attribute(struct slice line, struct ldif_attribute *attribute)
{
    size_t i = 0;

    if (slice_equal(line, SLICE("-"))) {
        *attribute = (struct ldif_attribute){line, {NULL, 0}};
        return true;
    }
    while (i < line.len &&
           (isalnum(line.data[i]) || memchr("-._;", line.data[i], 4) != NULL))
        i++;
    if (i == 0 || i == line.len || line.data[i] != ':')
        return false;
    attribute->name = without_options((struct slice){line.data, i});
    attribute->value = (struct slice){line.data + i + 1, line.len - i - 1};
    return true;
}

/* Whether a line says who the user is, what a verifier is, whether the user may
 * log in, or what is changed; nothing else of an entry need be kept. */
static bool
matters(const struct source *source, struct slice name)
{
    static const char *const names[] = {
        "dn",         "uid", "nsAccountLock", "pwdAccountLockedTime",
        "changetype", "add", "delete",        "replace",
        "-"};
    size_t i;

    if (ldif_is_named(name, source->attribute))
        return true;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (ldif_is_named(name, names[i]))
            return true;
    return false;
}

/* An entry that is being read. */
struct reading {
    bool any;          /* a line of it, or of a comment before it, was read */
    bool kept;         /* the last line, which the next may continue */
    bool too_long;     /* what is to be kept */
    unsigned long odd; /* the number of the first line that is no LDIF; or 0 */
};

/* Take in a line, of which @p whole tells whether all of it is there. */
static void
format_ldif_entry_take_line(struct source *source, struct slice line,
                            bool whole, struct reading *reading)
{
    struct buffer *entry = &source->entry;
    struct ldif_attribute attribute;

    if (line.data[0] == ' ') {
        line = (struct slice){line.data + 1, line.len - 1};
        if (!reading->any && reading->odd == 0)
            reading->odd = source->input.line;
    } else if (line.data[0] == '#') {
        reading->kept = false;
    } else if (as_attribute(line, &attribute)) {
        reading->kept = matters(source, attribute.name);
        if (reading->kept && entry->len > 0)
            buffer_put(entry, SLICE("\n"));
    } else {
        reading->kept = false;
        if (reading->odd == 0)
            reading->odd = source->input.line;
    }
    reading->any = true;
    if (!reading->kept)
        return;
    reading->too_long = reading->too_long || !whole;
    buffer_put(entry, line);
}

/* Read the lines up to an empty one, the first of which is not empty. */
static enum input_status
read_lines(struct source *source, struct reading *reading)
{
    enum input_status status;
    struct slice line;

    source->entry = BUFFER_ARRAY(source->text);
    source->next = 0;
    source->modifies = source->ours = source->others = false;
    do
        status = input_next(&source->input, &line);
    while (status == INPUT_LINE && format_trim(line).len == 0);
    source->entry_line = source->input.line;
    while (status <= INPUT_TOO_LONG && line.len != 0) {
        format_ldif_entry_take_line(source, line, status == INPUT_LINE,
                                    reading);
        status = input_next(&source->input, &line);
    }
    return status;
}

bool
ldif_next_attribute(const struct source *source, size_t *next,
                    struct ldif_attribute *attribute)
{
    const uint8_t *end;
    struct slice rest;

    if (*next == source->entry.len)
        return false;
    rest =
        (struct slice){source->entry.data + *next, source->entry.len - *next};
    end = memchr(rest.data, '\n', rest.len);
    if (end != NULL)
        rest.len = (size_t)(end - rest.data);
    *next += rest.len + (end != NULL);
    return as_attribute(rest, attribute);
}

/*
 * value-spec = ":" (FILL 0*1(SAFE-STRING) / ":" FILL (BASE64-STRING) /
 *                   "<" FILL url)
 */
bool
ldif_read_value(struct slice written, struct buffer *value)
{
    if (written.len > 0 && written.data[0] == '<')
        return false;
    if (written.len > 0 && written.data[0] == ':')
        return base64_decode(
            format_trim((struct slice){written.data + 1, written.len - 1}),
            value);
    buffer_put(value, format_trim(written));
    return !value->overflow;
}

/* Whether a line begins a mod-spec. */
static bool
is_change(struct slice name)
{
    return ldif_is_named(name, "add") || ldif_is_named(name, "delete") ||
           ldif_is_named(name, "replace");
}

/*
 * change-modify = "modify" SEP *mod-spec
 * mod-spec = ("add:" / "delete:" / "replace:") FILL AttributeDescription SEP
 *            *attrval-spec "-" SEP
 *
 * Look through what a record of that kind changes. What is added to
 * the attribute that verifiers are made of is read like an entry's; false if
 * other things are done to it, or anything to uid.
 */
static bool
check_modify(struct source *source, struct sentence *why)
{
    const char *attribute = source->attribute;
    bool adds = false; /* what follows is added to it */
    struct ldif_attribute a;
    size_t next = 0;

    while (ldif_next_attribute(source, &next, &a)) {
        uint8_t space[256];
        struct buffer text = BUFFER_ARRAY(space);
        struct slice what;

        if (ldif_is_named(a.name, attribute) && !adds) {
            sentence_write(why,
                           "the record has a value of %s, and no \"add: %s\" "
                           "before it",
                           attribute, attribute);
            return false;
        }
        if (ldif_is_named(a.name, "-"))
            adds = false;
        if (!is_change(a.name))
            continue;
        what = ldif_read_value(a.value, &text)
                   ? without_options(buffer_slice(&text))
                   : (struct slice){NULL, 0};
        adds = ldif_is_named(what, attribute) && ldif_is_named(a.name, "add");
        if (ldif_is_named(what, "uid") ||
            (ldif_is_named(what, attribute) && !adds)) {
            sentence_write(why,
                           "the record is a change, \"%.*s: %.*s\", and an "
                           "import only adds users; import the entry as it is "
                           "after the change",
                           (int)a.name.len, (const char *)a.name.data,
                           (int)what.len, (const char *)what.data);
            return false;
        }
    }
    return true;
}

/*
 * change-record = dn-spec SEP *control "changetype:" FILL ("add" / "delete" /
 *                 "modify" / "modrdn" / "moddn") ...
 *
 * Look through an entry: false if it is none, or a change that an import cannot
 * make.
 */
static bool
check_entry(struct source *source, struct sentence *why)
{
    uint8_t space[64];
    struct buffer type = BUFFER_ARRAY(space);
    unsigned dns = 0, types = 0, values = 0, changes = 0;
    struct ldif_attribute a;
    size_t next = 0;

    while (ldif_next_attribute(source, &next, &a)) {
        dns += ldif_is_named(a.name, "dn");
        values += ldif_is_named(a.name, source->attribute);
        changes += is_change(a.name);
        if (ldif_is_named(a.name, "changetype") && types++ == 0 &&
            !ldif_read_value(a.value, &type))
            types++;
    }
    if (dns != 1 && dns + types + values > 0) {
        sentence_write(why, dns == 0 ? "the entry has no dn"
                                     : "the entry has more than one dn; an "
                                       "empty line between two is missing");
        return false;
    }
    if (types == 1 && ldif_is_named(buffer_slice(&type), "add"))
        return true;
    /* Without a type, what is changed is what says that it is a change. */
    source->modifies =
        types == 0 ? changes > 0
                   : types == 1 && ldif_is_named(buffer_slice(&type), "modify");
    if (types == 0 && !source->modifies)
        return true;
    if (source->modifies)
        return check_modify(source, why);
    sentence_write(why,
                   "the record is a change, \"changetype: %.64s\", and an "
                   "import only adds users; \"gss-scram user remove\" "
                   "removes one",
                   text_show(buffer_slice(&type)).text);
    return false;
}

/* Lines up to an empty one, without comments, unfolded. */
enum format_status
ldif_read_entry(struct source *source, struct record *record,
                struct sentence *why)
{
    struct reading reading = {.any = false};
    enum input_status input = read_lines(source, &reading);

    *record = (struct record){.line = source->entry_line};
    if (input == INPUT_FAILED)
        return FORMAT_FAILED;
    if (!reading.any)
        return FORMAT_END;
    if (reading.odd != 0) {
        record->line = reading.odd;
        sentence_write(why, "it is not a line of LDIF, and its entry, up to "
                            "the next empty line, was left out");
    } else if (reading.too_long || source->entry.overflow) {
        sentence_write(why,
                       "the entry has more than %d bytes of names and "
                       "values of %s",
                       INPUT_LINE_MAX, source->attribute);
    } else if (check_entry(source, why)) {
        return FORMAT_RECORD;
    }
    source->entry.len = 0;
    return FORMAT_BAD;
}
