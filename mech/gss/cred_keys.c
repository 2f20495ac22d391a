#include "gss/cred_keys.h"

#include <gssapi/gssapi_scram.h>
#include <string.h>
#include <strings.h>

#define PREFIX "scram"

/* Where a key's value goes; NULL for a key that is not known. */
static const char **
cred_keys_value_of(struct cred_keys *keys, const char *key)
{
    return strcmp(key, GSS_SCRAM_CRED_STORE) == 0      ? &keys->store
           : strcmp(key, GSS_SCRAM_CRED_FILE) == 0     ? &keys->credentials
           : strcmp(key, GSS_SCRAM_CRED_TARGET) == 0   ? &keys->target
           : strcmp(key, GSS_SCRAM_CRED_PASSWORD) == 0 ? &keys->password
                                                       : NULL;
}

static enum scram_status
cred_keys_take(const gss_key_value_element_desc *element,
               struct cred_keys *keys, struct sentence *why)
{
    const char **value = cred_keys_value_of(keys, element->key);

    if (value == NULL &&
        strncasecmp(element->key, PREFIX, sizeof(PREFIX) - 1) == 0) {
        sentence_write(why,
                       "The credential store has a key \"%.64s\", which is not "
                       "known; there are " GSS_SCRAM_CRED_STORE
                       ", " GSS_SCRAM_CRED_FILE " and " GSS_SCRAM_CRED_TARGET,
                       element->key);
        return SCRAM_BAD_ARGUMENT;
    }
    if (value == NULL)
        return SCRAM_OK;
    if (*value != NULL) {
        sentence_write(why,
                       "The credential store has the key %s twice; keep one of "
                       "them",
                       element->key);
        return SCRAM_BAD_ARGUMENT;
    }
    *value = element->value;
    return SCRAM_OK;
}

enum scram_status
cred_keys_read(gss_const_key_value_set_t set, struct cred_keys *keys,
               struct sentence *why)
{
    enum scram_status status = SCRAM_OK;
    struct cred_keys read = {NULL, NULL, NULL, NULL};
    OM_uint32 i;

    for (i = 0; set != GSS_C_NO_CRED_STORE && i < set->count; i++) {
        /* One without a key or a value is none. */
        if (set->elements[i].key != NULL && set->elements[i].value != NULL &&
            status == SCRAM_OK)
            status = cred_keys_take(&set->elements[i], &read, why);
    }
    if (status == SCRAM_OK)
        *keys = read;
    return status;
}
