#include "directory/filter.h"

#include <stdio.h>

/* The attribute before a "=%u)", at the end of what comes before it: "(uid=".
 * Anything but a name there would be another kind of comparison. */
static bool
name_before(const char *template, const char *at, struct ldap_filter_names *f)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    const char *begin = at - 1;
    size_t len;

    if (at == template || *begin != '=' || at[2] != ')' ||
        f->count == LDAP_FILTER_NAMES_MAX)
        return false;
    while (begin > template && begin[-1] != '(')
        begin--;
    len = strspn(begin, letters);
    if (begin == template || len == 0 || len >= LDAP_NAME_MAX ||
        begin + len + 1 != at)
        return false;
    memcpy(f->names[f->count], begin, len);
    f->names[f->count++][len] = '\0';
    return true;
}

enum scram_status
ldap_filter_check(const char *template, struct ldap_filter_names *names,
                  struct sentence *why)
{
    struct ldap_filter_names found = {.count = 0};
    const char *at = template, *fault = NULL;

    if (template[0] != '(')
        fault = "it does not begin with (";
    while (fault == NULL && (at = strchr(at, '%')) != NULL) {
        if (at[1] == 'u' && !name_before(template, at, &found))
            fault = "each %u has to stand as in (uid=%u)";
        else if (at[1] != 'u' && at[1] != '%')
            fault = "there is nothing but %u and %% in it";
        at += 2;
    }
    if (fault == NULL && found.count == 0)
        fault = "there is no %u in it, for the user";
    if (fault == NULL) {
        *names = found;
        return SCRAM_OK;
    }
    sentence_write(why, "ldap_filter is \"%s\": %s", template, fault);
    return SCRAM_BAD_CONFIG;
}

/*
 * RFC 4515, section 3:
 *   assertionvalue = *( normal / escaped )
 *   escaped        = "\" 2HEX
 * where NUL, "(", ")", "*" and "\" are not normal. UTF-8 is.
 */
static void
put_escaped(struct slice value, struct buffer *filter)
{
    size_t i;

    for (i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        char escaped[4];

        if (c == '\0' || strchr("()*\\", c) != NULL) {
            snprintf(escaped, sizeof(escaped), "\\%02x", (unsigned)c);
            buffer_put(filter, slice_of(escaped));
        } else {
            buffer_put(filter, (struct slice){&value.data[i], 1});
        }
    }
}

void
ldap_filter_write(const char *template, struct slice user,
                  struct buffer *filter)
{
    const char *at = template;

    for (; *at != '\0'; at++) {
        if (*at != '%')
            buffer_put(filter, (struct slice){(const uint8_t *)at, 1});
        else if (*++at == '%')
            buffer_put(filter, SLICE("%"));
        else if (user.len == 0)
            buffer_put(filter, SLICE("*"));
        else
            put_escaped(user, filter);
    }
}
