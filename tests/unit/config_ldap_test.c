#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "scratch.h"

static enum scram_status
load(const char *key, const char *value, struct config *config,
     struct sentence *why)
{
    char text[2048];

    snprintf(text, sizeof(text), "[scram]\n%s = %s\n", key, value);
    return config_load_file(scratch_file("scram.conf", text), NULL, config,
                            why);
}

START_TEST(without_keys_the_defaults_hold)
{
    struct config config CLEANUP_CONFIG = {0};

    ck_assert_int_eq(
        config_load_file(scratch_path("missing"), NULL, &config, NULL),
        SCRAM_OK);
    ck_assert_str_eq(config.ldap.base, "");
    ck_assert_str_eq(config.ldap.filter, "(uid=%u)");
    ck_assert_str_eq(config.ldap.attribute, "authPassword");
    ck_assert_int_eq(config.ldap.tls, CONFIG_LDAP_TLS_UNSAID);
    ck_assert_uint_eq(config.ldap.connect_timeout, 2000);
    ck_assert_uint_eq(config.ldap.lookup_timeout, 2000);
    ck_assert_uint_eq(config.ldap.total_timeout, 4000);
    ck_assert_uint_eq(config.ldap.cache_ttl, 60000);
    ck_assert_uint_eq(config.ldap.cache_stale, 0);
    ck_assert_uint_eq(config.ldap.cache_size, 10000);
}
END_TEST

static const struct {
    const char *key, *value;
    size_t offset; /* of the text in struct config_ldap */
} texts[] = {
#define TEXT(field) offsetof(struct config_ldap, field)
    {"ldap_base", "ou=people,dc=example,dc=org", TEXT(base)},
    {"ldap_filter", "(&(objectClass=person)(uid=%u))", TEXT(filter)},
    {"ldap_attribute", "userPassword", TEXT(attribute)},
    {"ldap_expires", "shadowExpire", TEXT(expires)},
    {"ldap_groups", "memberOf", TEXT(groups)},
    {"ldap_groups_base", "ou=groups,dc=example,dc=org", TEXT(groups_base)},
    {"ldap_tls_ca", "/etc/ssl/ca.pem", TEXT(tls_ca)},
    {"ldap_bind_dn", "cn=a b,dc=example", TEXT(bind_dn)},
    {"ldap_bind_password_file", "/etc/x", TEXT(bind_password_file)},
    {"ldap_decoy_key_file", "/etc/y", TEXT(decoy_key_file)},
};

START_TEST(a_text_is_taken_as_it_is)
{
    struct config config CLEANUP_CONFIG = {0};

    ck_assert_int_eq(load(texts[_i].key, texts[_i].value, &config, NULL),
                     SCRAM_OK);
    ck_assert_str_eq((const char *)&config.ldap + texts[_i].offset,
                     texts[_i].value);
}
END_TEST

static const struct {
    const char *key, *value;
    size_t offset; /* of the number in struct config_ldap */
    uint32_t is;
} numbers[] = {
    {"ldap_scope", "sub", TEXT(scope), CONFIG_LDAP_SUB},
    {"ldap_scope", "one", TEXT(scope), CONFIG_LDAP_ONE},
    {"ldap_scope", "base", TEXT(scope), CONFIG_LDAP_BASE},
    {"ldap_tls", "none", TEXT(tls), CONFIG_LDAP_TLS_NONE},
    {"ldap_tls", "starttls", TEXT(tls), CONFIG_LDAP_TLS_STARTTLS},
    {"ldap_sasl_mechanism", "EXTERNAL", TEXT(sasl), CONFIG_LDAP_SASL_EXTERNAL},
    {"ldap_sasl_mechanism", "none", TEXT(sasl), CONFIG_LDAP_SASL_NONE},
    {"ldap_sasl_mechanism", "GSSAPI", TEXT(sasl), CONFIG_LDAP_SASL_GSSAPI},
    {"ldap_connect_timeout", "10ms", TEXT(connect_timeout), 10},
    {"ldap_lookup_timeout", "1m", TEXT(lookup_timeout), 60000},
    {"ldap_total_timeout", "3", TEXT(total_timeout), 3000},
    {"ldap_decoy_iterations", "4096", TEXT(decoy_iterations), 4096},
    {"ldap_cache_ttl", "0s", TEXT(cache_ttl), 0},
    {"ldap_cache_ttl", "0", TEXT(cache_ttl), 0},
    {"ldap_cache_ttl", "1h", TEXT(cache_ttl), 3600000},
    {"ldap_cache_stale", "24h", TEXT(cache_stale), 86400000},
    {"ldap_cache_size", "1", TEXT(cache_size), 1},
};

START_TEST(a_word_a_time_or_a_number_is_understood)
{
    struct config config CLEANUP_CONFIG = {0};
    uint32_t is;

    ck_assert_int_eq(load(numbers[_i].key, numbers[_i].value, &config, NULL),
                     SCRAM_OK);
    memcpy(&is, (const char *)&config.ldap + numbers[_i].offset, sizeof(is));
    ck_assert_uint_eq(is, numbers[_i].is);
}
END_TEST

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X512 X64 X64 X64 X64 X64 X64 X64 X64

static const struct {
    const char *key, *value;
} wrong[] = {
    {"ldap_base", X512},
    {"ldap_scope", "subtree"},
    {"ldap_filter", X512},
    {"ldap_attribute", "auth Password"},
    {"ldap_attribute", "a)(b"},
    {"ldap_expires", "1.3.6.1.1.1.1.10"},
    {"ldap_expires", "shadow Expire"},
    {"ldap_groups", "1.2.840.113556.1.2.102"},
    {"ldap_groups", "member Of"},
    {"ldap_groups_base", X512},
    {"ldap_tls", "ssl"},
    {"ldap_tls_ca", "ca.pem"},
    {"ldap_bind_dn", X512},
    {"ldap_bind_password_file", "password"},
    {"ldap_sasl_mechanism", "external"},
    {"ldap_connect_timeout", "0s"},
    {"ldap_lookup_timeout", "9ms"},
    {"ldap_total_timeout", "61s"},
    {"ldap_decoy_key_file", "secret"},
    {"ldap_decoy_iterations", "4095"},
    {"ldap_cache_ttl", "61m"},
    {"ldap_cache_ttl", "00"},
    {"ldap_cache_stale", "25h"},
    {"ldap_cache_size", "0"},
    {"ldap_cache_size", "10000001"},
};

START_TEST(what_is_out_of_range_is_refused_by_its_name)
{
    struct config config = {0};
    struct sentence why = {""};

    ck_assert_int_eq(load(wrong[_i].key, wrong[_i].value, &config, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, wrong[_i].key));
}
END_TEST

START_TEST(two_that_say_the_same_are_the_same)
{
    struct config one CLEANUP_CONFIG = {0}, other CLEANUP_CONFIG = {0};
    char text[] = "[scram]\nldap_base = dc=a-long-one\n[accounts]\nx = {\n"
                  "ldap_base = dc=a\n}\n";

    ck_assert_int_eq(
        config_load_file(scratch_file("one", text), "x", &one, NULL), SCRAM_OK);
    ck_assert_int_eq(load("ldap_base", "dc=a", &other, NULL), SCRAM_OK);
    ck_assert_mem_eq(&one.ldap, &other.ldap, sizeof(one.ldap));
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_test(tests, without_keys_the_defaults_hold);
    tcase_add_loop_test(tests, a_text_is_taken_as_it_is, 0, COUNT(texts));
    tcase_add_loop_test(tests, a_word_a_time_or_a_number_is_understood, 0,
                        COUNT(numbers));
    tcase_add_loop_test(tests, what_is_out_of_range_is_refused_by_its_name, 0,
                        COUNT(wrong));
    tcase_add_test(tests, two_that_say_the_same_are_the_same);
}

int
main(void)
{
    return unit_run("config_ldap", add, 30);
}
