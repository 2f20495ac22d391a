#include "directory/entry.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#define ATTRIBUTES_MAX 8

/* Its values, attribute by attribute, as libldap copies them. */
struct copies {
    unsigned count;
    struct berval **of[ATTRIBUTES_MAX];
};

/* They may be verifiers. */
static void
copies_clear(struct copies *copies)
{
    unsigned a;
    size_t i;

    for (a = 0; a < copies->count; a++) {
        for (i = 0; copies->of[a] != NULL && copies->of[a][i] != NULL; i++)
            OPENSSL_cleanse(copies->of[a][i]->bv_val, copies->of[a][i]->bv_len);
        ldap_value_free_len(copies->of[a]);
    }
}

static struct ldap_client_value *
ldap_entry_list(const struct copies *copies, size_t *count)
{
    struct ldap_client_value *values;
    unsigned a;
    size_t n = 0;

    for (a = 0; a < copies->count; a++)
        n += (size_t)ldap_count_values_len(copies->of[a]);
    values = calloc(n + 1, sizeof(*values));
    if (values == NULL)
        return NULL;
    *count = 0;
    for (a = 0; a < copies->count; a++) {
        struct berval **v = copies->of[a];

        for (; v != NULL && *v != NULL; v++)
            values[(*count)++] = (struct ldap_client_value){
                a, {(const uint8_t *)(*v)->bv_val, (*v)->bv_len}};
    }
    return values;
}

enum scram_status
ldap_entry_visit(LDAP *ld, LDAPMessage *message, const char *const *attributes,
                 ldap_client_visit *visit, void *data)
{
    struct copies copies __attribute__((cleanup(copies_clear))) = {0};
    struct ldap_client_entry entry = {.dn = ldap_get_dn(ld, message)};
    struct ldap_client_value *values;
    enum scram_status status = SCRAM_NO_MEMORY;

    while (attributes[copies.count] != NULL && copies.count < ATTRIBUTES_MAX) {
        copies.of[copies.count] =
            ldap_get_values_len(ld, message, attributes[copies.count]);
        copies.count++;
    }
    values = ldap_entry_list(&copies, &entry.count);
    entry.values = values;
    if (entry.dn != NULL && values != NULL)
        status = visit(data, &entry);
    free(values);
    ldap_memfree((char *)(uintptr_t)entry.dn);
    return status;
}
