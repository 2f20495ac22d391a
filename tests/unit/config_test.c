#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "scratch.h"

static void
assert_equal(const struct config *config, const struct config *expected)
{
    ck_assert_str_eq(config->store, expected->store);
    ck_assert_uint_eq(config->handshake_timeout, expected->handshake_timeout);
    ck_assert_uint_eq(config->max_half_open, expected->max_half_open);
    ck_assert_int_eq(config->require_channel_bindings,
                     expected->require_channel_bindings);
    ck_assert_uint_eq(config->client_min_iterations,
                      expected->client_min_iterations);
    ck_assert_uint_eq(config->client_max_iterations,
                      expected->client_max_iterations);
    ck_assert_int_eq(config->audit, expected->audit);
    ck_assert_int_eq(config->local_accounts, expected->local_accounts);
}

static char default_store[] = CONFIG_DEFAULT_STORE;
static char all[] = "file:/all", web[] = "file:/web";

/* config_ldap_test has the first, and a_broker_is_a_path_or_none the rest. */
#define NO_MORE {.scope = CONFIG_LDAP_SUB}, "", 0

#define DEFAULTS                                                               \
    {                                                                          \
        default_store, 30000, 65536, false, 4096, CONFIG_ITERATIONS_MAX,       \
            false, false, NO_MORE                                              \
    }

#define SCRAM                                                                  \
    "[scram]\nstore = file:/all\nhandshake_timeout = 500ms\n"                  \
    "max_half_open = 7\nrequire_channel_bindings = yes\n"                      \
    "client_min_iterations = 50000\nclient_max_iterations = 2147483647\n"      \
    "audit = syslog\n"                                                         \
    "local_accounts = same_name\n"

static const struct {
    const char *text;
    const char *account;
    struct config expected;
} good[] = {
    {"", "www-data", DEFAULTS},
    {"[scram]\n[accounts]\n", "www-data", DEFAULTS},
    {SCRAM,
     "www-data",
     {all, 500, 7, true, 50000, 2147483647, true, true, NO_MORE}},
    {SCRAM, NULL, {all, 500, 7, true, 50000, 2147483647, true, true, NO_MORE}},
    /* key by key */
    {SCRAM "[accounts]\nwww-data = {\nstore = file:/web\n}\n",
     "www-data",
     {web, 500, 7, true, 50000, 2147483647, true, true, NO_MORE}},
    {SCRAM "[accounts]\nwww-data = {\nhandshake_timeout = 1h\n"
           "max_half_open = 16777216\nrequire_channel_bindings = off\n"
           "client_min_iterations = 4096\nclient_max_iterations = 4096\naudit "
           "= none\n"
           "local_accounts = none\n}\n",
     "www-data",
     {all, 3600000, 16777216, false, 4096, 4096, false, false, NO_MORE}},
    /* wherever the sections stand */
    {"[accounts]\nwww-data = {\nstore = file:/web\n}\n" SCRAM,
     "www-data",
     {web, 500, 7, true, 50000, 2147483647, true, true, NO_MORE}},
    /* and no one else's */
    {SCRAM "[accounts]\nwww-data = {\nstore = file:/web\n}\n",
     "www",
     {all, 500, 7, true, 50000, 2147483647, true, true, NO_MORE}},
    {SCRAM "[accounts]\nwww-data = {\nstore = file:/web\n}\n",
     NULL,
     {all, 500, 7, true, 50000, 2147483647, true, true, NO_MORE}},
    {"[accounts]\n4711 = {\nstore = file:/web\n}\n",
     "4711",
     {web, 30000, 65536, false, 4096, CONFIG_ITERATIONS_MAX, false, false,
      NO_MORE}},
};

START_TEST(what_the_account_s_section_says_overrides_key_by_key)
{
    struct config config CLEANUP_CONFIG = {0};
    struct sentence why = {""};

    ck_assert_msg(config_load_file(scratch_file("good", good[_i].text),
                                   good[_i].account, &config, &why) == SCRAM_OK,
                  "%s", why.text);
    assert_equal(&config, &good[_i].expected);
}
END_TEST

static const struct {
    const char *text;
    const char *broker;
    uint32_t timeout;
} brokers[] = {
    {"", "", 5000},
    {"[scram]\nbroker = none\n", "", 5000},
    {"[scram]\nbroker = \"\"\n", "", 5000},
    {"[scram]\nbroker = /run/gss-scram/broker\n", "/run/gss-scram/broker",
     5000},
    {"[scram]\nbroker_timeout = 100ms\n", "", 100},
    {"[scram]\nbroker = /all\nbroker_timeout = 1m\n[accounts]\n"
     "www-data = {\nbroker = /web\n}\n",
     "/web", 60000},
    {"[scram]\nbroker = /all\n[accounts]\n"
     "www-data = {\nbroker = none\nbroker_timeout = 1s\n}\n",
     "", 1000},
};

START_TEST(a_broker_is_a_path_or_none)
{
    struct config config CLEANUP_CONFIG = {0};
    struct sentence why = {""};

    ck_assert_msg(config_load_file(scratch_file("broker", brokers[_i].text),
                                   "www-data", &config, &why) == SCRAM_OK,
                  "%s", why.text);
    ck_assert_str_eq(config.broker, brokers[_i].broker);
    ck_assert_uint_eq(config.broker_timeout, brokers[_i].timeout);
}
END_TEST

START_TEST(a_missing_file_means_the_defaults)
{
    struct config config CLEANUP_CONFIG = {0};

    ck_assert_int_eq(
        config_load_file(scratch_path("missing"), "www-data", &config, NULL),
        SCRAM_OK);
    assert_equal(&config, &(struct config)DEFAULTS);
}
END_TEST

#define A10 "aaaaaaaaaa"
#define A31 A10 A10 A10 "a"
#define A107 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 "aaaaaaa"

static const struct {
    const char *text;
    const char *says[3]; /* NULL: no more than the others */
} wrong[] = {
    {"[scram]\nstoer = file:/x\n",
     {"there is no key stoer for [scram]; did you mean store?"}},
    {"[accounts]\na = {\nstoer = file:/x\n}\n",
     {"there is no key stoer for [accounts] a; did you mean store?"}},
    {"[scram]\ncache_ttl = 1s\n",
     {"no key cache_ttl for [scram]; scram.conf(5) has a list of them"}},
    {"[scram]\nldap_cache_tl = 1s\n", {"did you mean ldap_cache_ttl?"}},
    {"[scram]\nldaptls_ca = /x\n", {"did you mean ldap_tls_ca?"}},
    {"[scram]\nxaudit = none\n", {"did you mean audit?"}},
    {"[scram]\nclient_mix_iterations = 1\n", {"did you mean client_m"}},
    {"[scram]\n" A31 " = 1\n", {"has a list of them"}},
    {"[scram]\n" A31 "a = 1\n", {"has a list of them"}},
    {"[scram]\nrequire_channel_bindings1234567 = 1\n", {"a list of them"}},
    {"[scram]\nrequire_channel_bindings123 = 1\n",
     {"did you mean require_channel_bindings?"}},
    {"[scarm]\nstore = file:/x\n",
     {"there is no section [scarm]", "[scram], [accounts] and"}},
    {"[scram]\nstore = file:/x\nstore = file:/y\n",
     {"store occurs twice in [scram]"}},
    {"[scram]\nstore = file:/x\n[scram]\nstore = file:/y\n",
     {"store occurs twice in [scram]"}},
    {"[accounts]\na = {\nstore = file:/x\nstore = file:/y\n}\n",
     {"store occurs twice in [accounts] a"}},
    {"[accounts]\na = file:/x\n", {"[accounts]", "a = { ... }"}},
    {"[scram]\nstore = {\nx = 1\n}\n", {"store in [scram]", "location"}},
    {"[accounts]\na = {\nstore = {\nx = 1\n}\n}\n",
     {"line 3 begins a section within another's braces"}},
    {"[scram]\nstore = /x\n", {"store in [scram]", "\"/x\"", "location"}},
    {"[scram]\nstore = file:\n", {"store in [scram]", "location"}},
    {"[scram]\nstore = :/x\n", {"store in [scram]", "location"}},
    {"[scram]\nstore = \"\"\n", {"store in [scram]", "location"}},
    {"[scram]\nbroker = run/broker\n",
     {"broker in [scram]", "\"run/broker\"", "from / on"}},
    {"[scram]\nbroker = /" A107 "\n", {"broker in [scram]", "107 bytes"}},
    {"[scram]\nbroker_timeout = 99ms\n",
     {"broker_timeout in [scram]", "99ms", "100ms to 1m"}},
    {"[scram]\nbroker_timeout = 61s\n",
     {"broker_timeout in [scram]", "61s", "100ms to 1m"}},
    {"[scram]\nhandshake_timeout = 99ms\n",
     {"handshake_timeout in [scram]", "99ms", "100ms to 1h"}},
    {"[scram]\nhandshake_timeout = 3601\n",
     {"handshake_timeout in [scram]", "3601", "100ms to 1h"}},
    {"[scram]\nhandshake_timeout = soon\n",
     {"handshake_timeout in [scram]", "soon", "100ms to 1h"}},
    {"[scram]\nmax_half_open = 0\n",
     {"max_half_open in [scram]", "1 to 16777216"}},
    {"[scram]\nmax_half_open = 16777217\n",
     {"max_half_open in [scram]", "1 to 16777216"}},
    {"[scram]\nmax_half_open = many\n",
     {"max_half_open in [scram]", "many", "1 to 16777216"}},
    {"[scram]\nrequire_channel_bindings = maybe\n",
     {"require_channel_bindings in [scram]", "maybe", "true or false"}},
    {"[scram]\nclient_min_iterations = 4095\n",
     {"client_min_iterations in [scram]", "4096 to 2147483647"}},
    {"[scram]\nclient_min_iterations = 2147483648\n",
     {"client_min_iterations in [scram]", "4096 to 2147483647"}},
    {"[scram]\nclient_min_iterations = 10000001\n",
     {"client_min_iterations is 10000001",
      "client_max_iterations is 10000000"}},
    {"[scram]\nclient_max_iterations = 4095\n",
     {"client_max_iterations in [scram]", "4096 to 2147483647"}},
    {"[scram]\nclient_max_iterations = 2147483648\n",
     {"client_max_iterations in [scram]", "4096 to 2147483647"}},
    {"[scram]\naudit = yes\n", {"audit in [scram]", "yes", "syslog or none"}},
    {"[scram]\nlocal_accounts = yes\n",
     {"local_accounts in [scram]", "yes", "none or same_name"}},
    /* in another account's section too */
    {"[accounts]\nb = {\nclient_max_iterations = 1\n}\n",
     {"client_max_iterations in [accounts] b", "4096 to 2147483647"}},
    {"[scram]\nstore\n", {"line 2 is no section, no comment"}},
    {"[scram]\n\nstoer = file:/x\n", {": line 3: there is no key stoer"}},
    {"[scram]\naudit = none\n[x]\n", {": line 3: there is no section [x]"}},
    {"[accounts]\na = {\naudit = no\n}\n", {": line 3: audit in [accounts] a"}},
    {"[accounts]\na = {\naudit = none\n}\na = {\naudit = none\n}\n",
     {": line 6: audit occurs twice in [accounts] a"}},
    {"[accounts]\nb = {\naudit = none\n}\nc = {\naudit = none\n}\n"
     "b = {\naudit = none\n}\n",
     {": line 9: audit occurs twice in [accounts] b"}},
    {"[accounts]\na = {\nstore = file:/x\n", {"line 2 begins a = {"}},
    {"[scram]\nrequire_channel_bindings = true # please\n",
     {"line 2 has a comment"}},
};

START_TEST(a_mistake_is_refused_with_the_file_the_key_and_what_is_allowed)
{
    struct config config, before;
    struct sentence why = {""};
    const char *path = scratch_file("wrong", wrong[_i].text);
    int i;

    memset(&config, 0x5a, sizeof(config));
    before = config;
    ck_assert_int_eq(config_load_file(path, "a", &config, &why),
                     SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, path));
    for (i = 0; i < COUNT(wrong[_i].says) && wrong[_i].says[i] != NULL; i++)
        ck_assert_msg(strstr(why.text, wrong[_i].says[i]) != NULL, "%s",
                      why.text);
    ck_assert_mem_eq(&config, &before, sizeof(config));
    ck_assert_int_eq(config_load_file(path, "a", &config, NULL),
                     SCRAM_BAD_CONFIG);
}
END_TEST

START_TEST(the_environment_names_the_file)
{
    struct config config CLEANUP_CONFIG = {0};
    const char *path = scratch_file("named", SCRAM);

    ck_assert_int_eq(setenv("GSS_SCRAM_CONFIG", path, 1), 0);
    ck_assert_str_eq(config_path(), path);
    ck_assert_int_eq(config_load(&config, NULL), SCRAM_OK);
    ck_assert_str_eq(config.store, all);
}
END_TEST

START_TEST(a_file_that_the_environment_names_has_to_be_there)
{
    struct config config, before;
    struct sentence why = {""};

    memset(&config, 0x5a, sizeof(config));
    before = config;
    ck_assert_int_eq(setenv("GSS_SCRAM_CONFIG", scratch_path("missing"), 1), 0);
    ck_assert_int_eq(config_load(&config, &why), SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "GSS_SCRAM_CONFIG names"));
    ck_assert_ptr_nonnull(strstr(why.text, scratch_path("missing")));
    ck_assert_mem_eq(&config, &before, sizeof(config));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_does_not_mean_the_defaults)
{
    struct config config;
    struct sentence why = {""};

    ck_assert_int_eq(symlink("/nonexistent/x", scratch_path("dangling")), 0);
    ck_assert_int_eq(
        config_load_file(scratch_path("dangling"), NULL, &config, &why),
        SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, scratch_path("dangling")));
    ck_assert_int_eq(
        config_load_file(scratch_path("dangling/gss/c"), NULL, &config, &why),
        SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "a symbolic link that leads nowh"));
}
END_TEST

START_TEST(without_it_the_file_is_the_system_s)
{
    ck_assert_int_eq(unsetenv("GSS_SCRAM_CONFIG"), 0);
    ck_assert_str_eq(config_path(), CONFIG_DEFAULT_PATH);
    ck_assert_int_eq(setenv("GSS_SCRAM_CONFIG", "", 1), 0);
    ck_assert_str_eq(config_path(), CONFIG_DEFAULT_PATH);
}
END_TEST

START_TEST(the_account_is_the_effective_uid_s)
{
    struct config config CLEANUP_CONFIG = {0};
    char account[256], text[512];

    config_account(account, sizeof(account));
    snprintf(text, sizeof(text), "[accounts]\n%s = {\nstore = %s\n}\n", account,
             web);
    ck_assert_int_eq(
        setenv("GSS_SCRAM_CONFIG", scratch_file("account", text), 1), 0);
    ck_assert_int_eq(config_load(&config, NULL), SCRAM_OK);
    ck_assert_str_eq(config.store, web);
}
END_TEST

START_TEST(an_account_without_a_name_has_a_number)
{
    char account[256];

    if (geteuid() != 0)
        return; /* nobody else can be somebody else */
    ck_assert_int_eq(seteuid(3999999999u), 0);
    config_account(account, sizeof(account));
    ck_assert_str_eq(account, "3999999999");
    ck_assert_int_eq(seteuid(0), 0);
    config_account(account, sizeof(account));
    ck_assert_str_eq(account, "root");
}
END_TEST

START_TEST(clearing_twice_is_clearing_once)
{
    struct config config;

    ck_assert_int_eq(
        config_load_file(scratch_path("missing"), NULL, &config, NULL),
        SCRAM_OK);
    config_clear(&config);
    ck_assert_ptr_null(config.store);
    config_clear(&config);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_loop_test(tests,
                        what_the_account_s_section_says_overrides_key_by_key, 0,
                        COUNT(good));
    tcase_add_loop_test(tests, a_broker_is_a_path_or_none, 0, COUNT(brokers));
    tcase_add_test(tests, a_missing_file_means_the_defaults);
    tcase_add_loop_test(
        tests, a_mistake_is_refused_with_the_file_the_key_and_what_is_allowed,
        0, COUNT(wrong));
    tcase_add_test(tests, the_environment_names_the_file);
    tcase_add_test(tests, a_file_that_the_environment_names_has_to_be_there);
    tcase_add_test(tests,
                   a_file_that_cannot_be_read_does_not_mean_the_defaults);
    tcase_add_test(tests, without_it_the_file_is_the_system_s);
    tcase_add_test(tests, the_account_is_the_effective_uid_s);
    tcase_add_test(tests, an_account_without_a_name_has_a_number);
    tcase_add_test(tests, clearing_twice_is_clearing_once);
}

int
main(void)
{
    return unit_run("config", add, 10);
}
