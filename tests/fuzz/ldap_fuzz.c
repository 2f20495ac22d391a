/*
 * What a directory has of a user, the filter that asks for one whatever their
 * name is, where a directory is, and a user's groups.
 */
#include "fuzz.h"

#include <string.h>

#include "base/date.h"
#include "directory/filter.h"
#include "directory/group.h"
#include "directory/location.h"
#include "directory/value.h"

const size_t fuzz_input_max = LDAP_LOCATION_MAX + FUZZ_OVER;

static void
value(struct slice bytes)
{
    CLEANUP_ACCOUNT struct ldap_account account = {0};
    struct scram_verifier v = {.iterations = 7}, again;
    struct ldap_kept kept;
    uint8_t memory[LDAP_VALUE_TEXT_MAX];
    struct buffer text = BUFFER_ARRAY(memory);
    enum scram_status status = ldap_value_read(bytes, &v);
    uint64_t expires = 7;

    FUZZ_CHECK(ldap_value_expires(bytes, &expires) ? expires <= DATE_END
                                                   : expires == 7);

    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_NO_USER ||
               status == SCRAM_BAD_ENCODING);
    FUZZ_CHECK(status == SCRAM_OK || v.iterations == 7);
    FUZZ_CHECK(ldap_account_take(&account, bytes) ==
               (status == SCRAM_NO_USER ? SCRAM_OK : status));
    if (status != SCRAM_OK) {
        FUZZ_CHECK(account.has == 0);
        return;
    }
    FUZZ_CHECK(account.has == 1u << v.mechanism);
    FUZZ_CHECK(ldap_account_take(&account, bytes) == SCRAM_USER_EXISTS);
    ldap_kept_write(&account, &kept);
    ldap_account_wipe(&account);
    ldap_kept_read(&kept, SLICE("web"), &account);
    again = account.of[v.mechanism];
    FUZZ_CHECK(account.has == 1u << v.mechanism &&
               again.mechanism == v.mechanism && again.enabled == v.enabled &&
               memcmp(&again.stored_key, &v.stored_key, 32) == 0 &&
               memcmp(&again.server_key, &v.server_key, 32) == 0);
    FUZZ_CHECK(slice_equal(ldap_account_groups(&account), SLICE("web")));
    ldap_value_write(&again, &text);
    FUZZ_CHECK(!text.overflow);
    FUZZ_CHECK(ldap_value_read(buffer_slice(&text), &again) == SCRAM_OK);
    FUZZ_CHECK(again.enabled == v.enabled && again.salt_len == v.salt_len &&
               again.mechanism == v.mechanism &&
               again.iterations == v.iterations &&
               memcmp(again.salt, v.salt, v.salt_len) == 0);
}

static size_t
count_of(struct slice s, uint8_t c)
{
    size_t i, n = 0;

    for (i = 0; i < s.len; i++)
        n += s.data[i] == c;
    return n;
}

/* Nobody's name adds to a filter, or takes from it. */
static void
filter(struct slice rest)
{
    struct slice line = fuzz_line(&rest), filter;
    char *template = strndup((const char *)line.data, line.len);
    struct ldap_filter_names names = {.count = 9};
    uint8_t memory[8192];
    struct buffer text = BUFFER_ARRAY(memory);
    struct slice user = {rest.data, rest.len < 256 ? rest.len : 256};
    unsigned i;

    if (template != NULL &&
        ldap_filter_check(template, &names, NULL) == SCRAM_OK) {
        FUZZ_CHECK(names.count >= 1 && names.count <= LDAP_FILTER_NAMES_MAX);
        for (i = 0; i < names.count; i++)
            FUZZ_CHECK(names.names[i][0] != '\0' &&
                       strlen(names.names[i]) < LDAP_NAME_MAX);
        ldap_filter_write(template, user, &text);
        filter = buffer_slice(&text);
        line = slice_of(template);
        if (!text.overflow) {
            FUZZ_CHECK(count_of(filter, '(') == count_of(line, '('));
            FUZZ_CHECK(count_of(filter, ')') == count_of(line, ')'));
            FUZZ_CHECK(user.len == 0 ||
                       count_of(filter, '*') == count_of(line, '*'));
            FUZZ_CHECK(count_of(filter, '\0') == 0);
        }
    } else {
        FUZZ_CHECK(names.count == 9);
    }
    free(template);
}

static void
location(struct slice text)
{
    struct ldap_location l = {.count = 0};
    enum scram_status status = ldap_location_read(text, &l, NULL);
    unsigned i;

    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_LOCATION);
    FUZZ_CHECK((status == SCRAM_OK) == (l.count != 0));
    FUZZ_CHECK(l.count <= LDAP_SERVERS_MAX);
    for (i = 0; i < l.count; i++) {
        const struct ldap_server *s = &l.servers[i];

        FUZZ_CHECK(strlen(s->url) < sizeof(s->url) &&
                   strlen(s->host) < sizeof(s->host) &&
                   strlen(s->port) < sizeof(s->port) &&
                   strlen(s->path) < sizeof(s->path));
        FUZZ_CHECK(s->scheme != LDAP_LOCAL || ldap_server_is_near(s));
    }
}

/* Lines: a base, and a value each. */
static void
group_values(struct slice rest)
{
    struct slice line = fuzz_line(&rest);
    char *dn = strndup((const char *)line.data, line.len);
    struct ldap_group_base *base = NULL;
    struct groups groups = {.len = 0}, before;

    if (dn != NULL && ldap_group_base_new(dn, &base, NULL) == SCRAM_OK) {
        FUZZ_CHECK((base == NULL) == (dn[0] == '\0'));
        while (rest.len > 0) {
            struct slice value = fuzz_copy(fuzz_line(&rest));

            before = groups;
            if (ldap_group_add(base, value, &groups))
                FUZZ_CHECK(groups_check(groups_slice(&groups)) &&
                           groups.len >= before.len);
            else
                FUZZ_CHECK(memcmp(&groups, &before, sizeof(groups)) == 0);
            fuzz_free(value);
        }
    }
    ldap_group_base_free(base);
    free(dn);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parts[])(struct slice) = {value, filter, location,
                                                  group_values};
    struct slice rest = {data, size}, bytes;
    uint8_t which = fuzz_byte(&rest);

    bytes = fuzz_copy(rest);
    parts[which % 4](bytes);
    fuzz_free(bytes);
    return 0;
}
