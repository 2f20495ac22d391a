#include "base/config_broker.h"

#include <string.h>

#include "base/config.h"
#include "scratch.h"
#include "unit.h"

static enum scram_status
load(const char *text, struct config_broker *config, struct sentence *why)
{
    ck_assert_int_eq(
        setenv("GSS_SCRAM_CONFIG", scratch_file("scram.conf", text), 1), 0);
    return config_broker_load(config, why);
}

/* Files that say nothing of it. */
static const char *const silent[] = {"", "[scram]\n    no_such_key = 1\n",
                                     "[broker]\n"};

START_TEST(without_keys_the_defaults_hold)
{
    struct config_broker config CLEANUP_CONFIG_BROKER = {0};

    ck_assert_int_eq(load(silent[_i], &config, NULL), SCRAM_OK);
    ck_assert_str_eq(config.admin, CONFIG_BROKER_ADMIN);
    ck_assert_str_eq(config.state, CONFIG_BROKER_STATE);
    ck_assert_str_eq(config.group, "gss-scram");
    ck_assert_str_eq(config.account, "gss-scram");
    ck_assert_uint_eq(config.guess_burst, 20);
    ck_assert_uint_eq(config.guess_refill, 30000);
}
END_TEST

#define SET                                                                    \
    "[broker]\n    admin = /a/b\n    state = \"/c d\"\n"                       \
    "[accounts]\n[broker]\n    group = e\n    account = f\n"                   \
    "    guess_burst = 0\n    guess_refill = 2m\n"

START_TEST(each_key_sets_its_value)
{
    struct config_broker config CLEANUP_CONFIG_BROKER = {0};

    ck_assert_int_eq(load(SET, &config, NULL), SCRAM_OK);
    ck_assert_str_eq(config.admin, "/a/b");
    ck_assert_str_eq(config.state, "/c d");
    ck_assert_str_eq(config.group, "e");
    ck_assert_str_eq(config.account, "f");
    ck_assert_uint_eq(config.guess_burst, 0);
    ck_assert_uint_eq(config.guess_refill, 120000);
}
END_TEST

#define LETTERS_64                                                             \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *text, *said;
} mistakes[] = {
    {"[broker]\n    stat = /a\n",
     "line 2: there is no key stat for [broker]; did you mean state?"},
    {"[broker]\n    admin = a/b\n",
     "line 2: admin in [broker] is \"a/b\"; it must be the absolute path"},
    {"[broker]\n    admin = /" LETTERS_64 LETTERS_64 "\n", "line 2: admin in"},
    {"[broker]\n    state = a\n", "line 2: state in [broker] is \"a\""},
    {"[broker]\n    group = " LETTERS_64 "\n", "line 2: group in [broker]"},
    {"[broker]\n    account = \"\"\n", "line 2: account in [broker] is \"\""},
    {"[broker]\n    guess_burst = 1001\n", "it must be a number from 0 to"},
    {"[broker]\n    guess_refill = 999ms\n", "it must be a time from 1s to"},
    {"[broker]\n    group = a\n    group = b\n",
     "group occurs twice in [broker]"},
    {"[broker]\n    group = {\n    }\n", "group in [broker] is \"{\""},
    {"[broker]\n    x = {\n    group = a\n    }\n", "there is no key x"},
};

START_TEST(a_mistake_is_refused_with_its_line)
{
    struct config_broker config = {0};
    struct sentence why = {""};

    ck_assert_int_eq(load(mistakes[_i].text, &config, &why), SCRAM_BAD_CONFIG);
    ck_assert_msg(strstr(why.text, mistakes[_i].said) != NULL, "%s", why.text);
    ck_assert_ptr_null(config.admin);
}
END_TEST

/* The module reads the same file, and has no part in this. */
START_TEST(what_stands_in_broker_is_nothing_to_the_others)
{
    struct config config CLEANUP_CONFIG = {0};

    ck_assert_int_eq(
        config_load_file(
            scratch_file("scram.conf", "[broker]\n    no_such_key = 1\n"), NULL,
            &config, NULL),
        SCRAM_OK);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_loop_test(tests, without_keys_the_defaults_hold, 0,
                        COUNT(silent));
    tcase_add_test(tests, each_key_sets_its_value);
    tcase_add_loop_test(tests, a_mistake_is_refused_with_its_line, 0,
                        COUNT(mistakes));
    tcase_add_test(tests, what_stands_in_broker_is_nothing_to_the_others);
}

int
main(void)
{
    return unit_run("config_broker", add, 10);
}
