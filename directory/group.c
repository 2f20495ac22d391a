#include "directory/group.h"

#include <ldap.h>
#include <stdlib.h>
#include <string.h>

struct ldap_group_base {
    LDAPDN dn;
    size_t len; /* RDNs */
};

static size_t
ldap_group_dn_len(LDAPDN dn)
{
    size_t n = 0;

    while (dn != NULL && dn[n] != NULL)
        n++;
    return n;
}

/* libldap reads up to a NUL, whatever length it is told. */
static LDAPDN
ldap_group_read_dn(struct slice text)
{
    char space[LDAP_GROUP_DN_MAX + 1];
    LDAPDN dn = NULL;

    if (text.len == 0 || text.len > LDAP_GROUP_DN_MAX ||
        memchr(text.data, '\0', text.len) != NULL)
        return NULL;
    memcpy(space, text.data, text.len);
    space[text.len] = '\0';
    return ldap_str2dn(space, &dn, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS
               ? dn
               : NULL;
}

/* Whatever the locale has for capitals. */
static char
ldap_group_small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
ldap_group_same_bytes(const struct berval *a, const struct berval *b)
{
    size_t i = 0;

    while (i < a->bv_len && i < b->bv_len &&
           ldap_group_small(a->bv_val[i]) == ldap_group_small(b->bv_val[i]))
        i++;
    return i == a->bv_len && i == b->bv_len;
}

static bool
ldap_group_rdn_has(LDAPRDN rdn, const LDAPAVA *ava)
{
    for (; *rdn != NULL; rdn++)
        if (ldap_group_same_bytes(&(*rdn)->la_attr, &ava->la_attr) &&
            ldap_group_same_bytes(&(*rdn)->la_value, &ava->la_value))
            return true;
    return false;
}

static bool
ldap_group_same_rdn(LDAPRDN a, LDAPRDN b)
{
    size_t i;

    for (i = 0; a[i] != NULL && b[i] != NULL; i++)
        if (!ldap_group_rdn_has(b, a[i]) || !ldap_group_rdn_has(a, b[i]))
            return false;
    return a[i] == NULL && b[i] == NULL;
}

static bool
ldap_group_is_below(LDAPDN dn, const struct ldap_group_base *base)
{
    size_t i;

    if (ldap_group_dn_len(dn) != base->len + 1)
        return false;
    for (i = 0; i < base->len; i++)
        if (!ldap_group_same_rdn(dn[i + 1], base->dn[i]))
            return false;
    return true;
}

/* A group's name; a value that is written as BER, "#0403...", is none. */
static bool
ldap_group_add_rdn(LDAPRDN rdn, struct groups *groups)
{
    const LDAPAVA *first = rdn[0];

    if (first == NULL || rdn[1] != NULL || (first->la_flags & LDAP_AVA_BINARY))
        return false;
    return groups_add(groups,
                      (struct slice){(const uint8_t *)first->la_value.bv_val,
                                     first->la_value.bv_len});
}

bool
ldap_group_add(const struct ldap_group_base *base, struct slice value,
               struct groups *groups)
{
    LDAPDN dn;
    bool good;

    if (base == NULL)
        return groups_add(groups, value);
    dn = ldap_group_read_dn(value);
    if (dn == NULL)
        return false;
    good = !ldap_group_is_below(dn, base) || ldap_group_add_rdn(dn[0], groups);
    ldap_dnfree(dn);
    return good;
}

enum scram_status
ldap_group_base_new(const char *dn, struct ldap_group_base **opened,
                    struct sentence *why)
{
    struct ldap_group_base *base;

    if (dn[0] == '\0') {
        *opened = NULL;
        return SCRAM_OK;
    }
    base = calloc(1, sizeof(*base));
    if (base == NULL)
        return SCRAM_NO_MEMORY;
    base->dn = ldap_group_read_dn(slice_of(dn));
    base->len = ldap_group_dn_len(base->dn);
    if (base->dn != NULL) {
        *opened = base;
        return SCRAM_OK;
    }
    free(base);
    sentence_write(why, "ldap_groups_base is \"%s\", which is no DN", dn);
    return SCRAM_BAD_CONFIG;
}

void
ldap_group_base_free(struct ldap_group_base *base)
{
    if (base == NULL)
        return;
    ldap_dnfree(base->dn);
    free(base);
}
