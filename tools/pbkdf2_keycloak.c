/*
 * Keycloak keeps a password in two columns, each a JSON object (RFC 8259):
 *
 *   {"hashIterations":27500,"algorithm":"pbkdf2-sha256",...}
 *   {"value":"<base64>","salt":"<base64>",...}
 */
#include "base/base64.h"
#include "pbkdf2.h"

/* The members that matter; strings without their quotation marks. */
struct members {
    struct slice iterations, algorithm, value, salt;
};

static void
skip_space(struct slice *rest)
{
    while (rest->len > 0 && memchr(" \t\r\n", rest->data[0], 4) != NULL)
        *rest = (struct slice){rest->data + 1, rest->len - 1};
}

static bool
take_char(struct slice *rest, char c)
{
    skip_space(rest);
    if (rest->len == 0 || rest->data[0] != c)
        return false;
    *rest = (struct slice){rest->data + 1, rest->len - 1};
    return true;
}

/* Take a string, as it stands between its quotation marks. */
static bool
take_string(struct slice *rest, struct slice *string)
{
    size_t i = 0;

    if (!take_char(rest, '"'))
        return false;
    while (i < rest->len && rest->data[i] != '"')
        i += rest->data[i] == '\\' ? 2 : 1;
    if (i >= rest->len)
        return false;
    *string = (struct slice){rest->data, i};
    *rest = (struct slice){rest->data + i + 1, rest->len - i - 1};
    return true;
}

/* Skip an object or an array, the first character of which was seen; what it
 * has in it is of no account. */
static bool
skip_nested(struct slice *rest)
{
    size_t depth = 0;

    do {
        struct slice string;

        skip_space(rest);
        if (rest->len == 0)
            return false;
        if (rest->data[0] == '"') {
            if (!take_string(rest, &string))
                return false;
            continue;
        }
        if (memchr("{[", rest->data[0], 2) != NULL)
            depth++;
        else if (memchr("}]", rest->data[0], 2) != NULL)
            depth--;
        *rest = (struct slice){rest->data + 1, rest->len - 1};
    } while (depth > 0);
    return true;
}

/* Take a member's value: a string, or a number or a word as it stands; of what
 * is nested nothing is kept. */
static bool
pbkdf2_keycloak_take_value(struct slice *rest, struct slice *value)
{
    size_t i = 0;

    *value = (struct slice){NULL, 0};
    skip_space(rest);
    if (rest->len > 0 && rest->data[0] == '"')
        return take_string(rest, value);
    if (rest->len > 0 && memchr("{[", rest->data[0], 2) != NULL)
        return skip_nested(rest);
    while (i < rest->len && memchr(",}\" \t\r\n", rest->data[i], 7) == NULL)
        i++;
    *value = (struct slice){rest->data, i};
    *rest = (struct slice){rest->data + i, rest->len - i};
    return i > 0;
}

/* Keep a member, which may be there once. */
static bool
pbkdf2_keycloak_keep(struct slice name, struct slice value, struct members *m)
{
    struct slice *place =
        slice_equal(name, SLICE("hashIterations")) ? &m->iterations
        : slice_equal(name, SLICE("algorithm"))    ? &m->algorithm
        : slice_equal(name, SLICE("value"))        ? &m->value
        : slice_equal(name, SLICE("salt"))         ? &m->salt
                                                   : NULL;

    if (place == NULL)
        return true;
    if (place->data != NULL || value.data == NULL)
        return false;
    *place = value;
    return true;
}

/* object = "{" [ member *( "," member ) ] "}"; member = string ":" value */
static bool
take_object(struct slice *rest, struct members *m)
{
    struct slice name, value;

    if (!take_char(rest, '{'))
        return false;
    if (take_char(rest, '}'))
        return true;
    do {
        if (!take_string(rest, &name) || !take_char(rest, ':') ||
            !pbkdf2_keycloak_take_value(rest, &value) ||
            !pbkdf2_keycloak_keep(name, value, m))
            return false;
    } while (take_char(rest, ','));
    return take_char(rest, '}');
}

enum pbkdf2_status
pbkdf2_read_keycloak(struct slice text, struct pbkdf2 *h, struct sentence *why)
{
    struct members m = {.salt = {NULL, 0}};
    struct slice rest = text;
    uint8_t space[512];
    struct buffer salt = BUFFER_ARRAY(space), key = BUFFER_ARRAY(h->key);
    bool whole = take_object(&rest, &m);

    skip_space(&rest);
    whole = whole && (rest.len == 0 || take_object(&rest, &m));
    skip_space(&rest);
    if (whole && m.algorithm.data != NULL &&
        !slice_equal(m.algorithm, SLICE("pbkdf2-sha256"))) {
        sentence_write(why, "its algorithm is another one than pbkdf2-sha256; "
                            "the user needs a new password");
        return PBKDF2_OTHER;
    }
    if (!whole || rest.len > 0 || m.algorithm.data == NULL ||
        m.iterations.data == NULL || m.salt.data == NULL ||
        m.value.data == NULL || !pbkdf2_base64(m.salt, &salt) ||
        !pbkdf2_base64(m.value, &key)) {
        sentence_write(why, "it is not Keycloak's credential_data and "
                            "secret_data, one after the other");
        return PBKDF2_BAD;
    }
    h->iterations = m.iterations;
    pbkdf2_set_salt(h, buffer_slice(&salt));
    h->key_len = key.len;
    return PBKDF2_TAKEN;
}
