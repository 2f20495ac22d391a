#include "directory/value.h"

#include "base/date.h"

#define TIME_LEN (sizeof("20270131120000") - 1)
#define DISABLED SLICE("X-DISABLED-")

static struct slice
trim(struct slice s)
{
    while (s.len > 0 && s.data[0] == ' ')
        s = (struct slice){s.data + 1, s.len - 1};
    while (s.len > 0 && s.data[s.len - 1] == ' ')
        s.len--;
    return s;
}

/*
 * RFC 3112, section 2:
 *   authPasswordValue = w scheme s authInfo s authValue w
 *   s = w SEP w      w = *SP      SEP = "$"
 * Put it without those spaces, and with the scheme in capitals: its case does
 * not count.
 */
static void
ldap_value_normalize(struct slice value, struct buffer *normal)
{
    struct slice rest = value;
    size_t i, scheme_len = 0;

    for (;;) {
        const uint8_t *at =
            rest.len == 0 ? NULL : memchr(rest.data, '$', rest.len);
        struct slice part = {rest.data,
                             at == NULL ? rest.len : (size_t)(at - rest.data)};

        buffer_put(normal, trim(part));
        if (scheme_len == 0)
            scheme_len = normal->len;
        if (at == NULL)
            break;
        buffer_put(normal, SLICE("$"));
        rest = (struct slice){at + 1, rest.len - part.len - 1};
    }
    for (i = 0; i < scheme_len; i++)
        if (normal->data[i] >= 'a' && normal->data[i] <= 'z')
            normal->data[i] -= 'a' - 'A';
}

/* Whether a normalized value has one of our schemes. */
static bool
ldap_value_is_ours(struct slice s)
{
    const uint8_t *at = s.len == 0 ? NULL : memchr(s.data, '$', s.len);
    enum scram_mechanism mechanism;

    return at != NULL &&
           scram_mechanism_by_name(
               (struct slice){s.data, (size_t)(at - s.data)}, &mechanism);
}

enum scram_status
ldap_value_read(struct slice value, struct scram_verifier *verifier)
{
    uint8_t space[LDAP_VALUE_MAX];
    struct buffer normal = BUFFER_ARRAY(space);
    enum scram_status status = SCRAM_NO_USER;
    bool disabled = false;
    struct slice s;

    ldap_value_normalize(value, &normal);
    s = buffer_slice(&normal);
    if (slice_starts_with(s, DISABLED)) {
        disabled = true;
        s = (struct slice){s.data + DISABLED.len, s.len - DISABLED.len};
    }
    if (ldap_value_is_ours(s))
        status = normal.overflow ? SCRAM_BAD_ENCODING
                                 : scram_verifier_parse(s, verifier);
    if (status == SCRAM_OK)
        verifier->enabled = !disabled;
    OPENSSL_cleanse(space, sizeof(space));
    return status;
}

void
ldap_value_write(const struct scram_verifier *verifier, struct buffer *value)
{
    if (!verifier->enabled)
        buffer_put(value, DISABLED);
    scram_verifier_format(verifier, value);
}

/* Whether all of a text is digits. */
static bool
ldap_value_is_digits(struct slice s)
{
    size_t i;

    for (i = 0; i < s.len; i++)
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    return s.len > 0;
}

/* generalizedTime without its "Z". */
static bool
ldap_value_time(struct slice text, uint64_t *expires)
{
    struct slice digits = {text.data, TIME_LEN};
    unsigned year, month, day, hour, minute, second;
    uint64_t first, next;

    if (text.len < TIME_LEN || !ldap_value_is_digits(digits))
        return false;
    if (text.len > TIME_LEN &&
        ((text.data[TIME_LEN] != '.' && text.data[TIME_LEN] != ',') ||
         !ldap_value_is_digits((struct slice){text.data + TIME_LEN + 1,
                                              text.len - TIME_LEN - 1})))
        return false;
    year = date_digits(text.data, 4);
    month = date_digits(text.data + 4, 2);
    day = date_digits(text.data + 6, 2);
    hour = date_digits(text.data + 8, 2);
    minute = date_digits(text.data + 10, 2);
    second = date_digits(text.data + 12, 2);
    /* Days of months are the same 2,000 years later, which is after 1970. */
    first = date_seconds(year + 2000, month, day);
    next = date_seconds(year + 2000 + month / 12, month % 12 + 1, 1);
    if (first == 0 || first >= next || hour > 23 || minute > 59 || second > 60)
        return false;
    *expires = date_seconds(year, month, day);
    if (year >= 1970)
        *expires += hour * 3600u + minute * 60u + second;
    *expires += *expires == 0;
    return true;
}

bool
ldap_value_expires(struct slice value, uint64_t *expires)
{
    uint64_t days;

    if (value.len > 0 && value.data[value.len - 1] == 'Z')
        return ldap_value_time((struct slice){value.data, value.len - 1},
                               expires);
    if (slice_equal(value, SLICE("-1"))) {
        *expires = 0;
        return true;
    }
    if (!ldap_value_is_digits(value) || value.len > 7)
        return false;
    days = date_digits(value.data, value.len);
    if (days >= DATE_END / DATE_SECONDS)
        return false;
    *expires = days == 0 ? 1 : days * DATE_SECONDS;
    return true;
}

void
ldap_account_wipe(struct ldap_account *account)
{
    OPENSSL_cleanse(account, sizeof(*account));
}

enum scram_status
ldap_account_take(struct ldap_account *account, struct slice value)
{
    CLEANUP_VERIFIER struct scram_verifier verifier;
    enum scram_status status = ldap_value_read(value, &verifier);

    if (status == SCRAM_NO_USER)
        return SCRAM_OK;
    if (status != SCRAM_OK)
        return status;
    if (account->has & 1u << verifier.mechanism)
        return SCRAM_USER_EXISTS;
    account->has |= 1u << verifier.mechanism;
    account->of[verifier.mechanism] = verifier;
    return SCRAM_OK;
}

struct slice
ldap_account_groups(const struct ldap_account *account)
{
    int m = 0;

    while (m < SCRAM_MECHANISMS && !(account->has & 1u << m))
        m++;
    return m == SCRAM_MECHANISMS ? SLICE("")
                                 : groups_slice(&account->of[m].groups);
}

void
ldap_kept_write(const struct ldap_account *account, struct ldap_kept *kept)
{
    int m;

    kept->has = account->has;
    kept->odd = account->odd;
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        const struct scram_verifier *v = &account->of[m];
        struct ldap_kept_verifier *k = &kept->of[m];

        *k = (struct ldap_kept_verifier){.stored_key = v->stored_key,
                                         .server_key = v->server_key,
                                         .expires = v->expires,
                                         .iterations = v->iterations,
                                         .enabled = v->enabled,
                                         .salt_len = v->salt_len};
        memcpy(k->salt, v->salt, sizeof(k->salt));
    }
}

void
ldap_kept_read(const struct ldap_kept *kept, struct slice groups,
               struct ldap_account *account)
{
    int m;

    account->has = kept->has;
    account->odd = kept->odd;
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        const struct ldap_kept_verifier *k = &kept->of[m];
        struct scram_verifier *v = &account->of[m];

        *v = (struct scram_verifier){.mechanism = (enum scram_mechanism)m,
                                     .iterations = k->iterations,
                                     .salt_len = k->salt_len,
                                     .stored_key = k->stored_key,
                                     .server_key = k->server_key,
                                     .enabled = k->enabled,
                                     .expires = k->expires};
        memcpy(v->salt, k->salt, sizeof(v->salt));
        if (!(kept->has & 1u << m))
            continue;
        v->groups.len = (uint16_t)groups.len;
        memcpy(v->groups.text, groups.data, groups.len);
    }
}
