/*
 * SASL's own SCRAM on the wire: this mechanism, through Cyrus SASL's plugin for
 * GS2 (RFC 5801), with Cyrus SASL's and GNU SASL's own, at either end.
 */
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "../gss/world.h"
#include "sasl_end.h"

static const struct {
    enum sasl_maker client, server;
} pairs[] = {
    {MODULE, MODULE}, {CYRUS, MODULE}, {GNU, MODULE},
    {MODULE, CYRUS},  {MODULE, GNU},
};

static const struct sasl_settings alice = {
    .mechanism = "SCRAM-SHA-256",
    .user = "alice",
    .password = SASL_ALICES_PASSWORD,
};

static struct sasl_end client, server;
static char transcript[16384]; /* a line for each token */

static void
write_down(const struct sasl_end *end)
{
    size_t len = strlen(transcript);

    if (end->len != 0)
        snprintf(transcript + len, sizeof(transcript) - len, "%s\n",
                 end->token);
}

static void
begin(int pair, const struct sasl_settings *clients,
      const struct sasl_settings *servers)
{
    transcript[0] = '\0';
    sasl_begin(&server, pairs[pair].server, true, servers);
    sasl_begin(&client, pairs[pair].client, false, clients);
    write_down(&client);
}

/* Until neither has anything to say. */
static void
go_on(void)
{
    while (client.state != SASL_REFUSES && server.state == SASL_GOES_ON) {
        sasl_take(&server, client.token, client.len);
        write_down(&server);
        if (server.state != SASL_REFUSES && client.state == SASL_GOES_ON) {
            sasl_take(&client, server.token, server.len);
            write_down(&client);
        }
    }
}

static void
run(int pair, const struct sasl_settings *clients,
    const struct sasl_settings *servers)
{
    begin(pair, clients, servers);
    go_on();
}

static void
end(void)
{
    sasl_end(&client);
    sasl_end(&server);
}

static void
assert_logged_in(const char *authid, const char *authzid)
{
    ck_assert_msg(server.state == SASL_IS_DONE, "server: %s%s", transcript,
                  server.token);
    ck_assert_msg(client.state == SASL_IS_DONE, "client: %s%s", transcript,
                  client.token);
    ck_assert_str_eq(server.authid, authid);
    ck_assert_str_eq(server.authzid, authzid);
}

/* The server refuses, and the client cannot think that it is logged in. */
static void
assert_refused(void)
{
    ck_assert_msg(server.state == SASL_REFUSES, "server: %s", transcript);
    ck_assert_msg(client.state != SASL_IS_DONE, "client: %s", transcript);
}

static void
assert_transcript(const char *pattern)
{
    regex_t regex;

    ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    ck_assert_msg(regexec(&regex, transcript, 0, NULL, 0) == 0,
                  "%s is not in\n%s(%s)", pattern, transcript, client.token);
    regfree(&regex);
}

#define BASE64 "[A-Za-z0-9+/]+=*"

START_TEST(the_bytes_are_those_of_sasl)
{
    run(_i, &alice, &alice);
    assert_logged_in("alice", "alice");
    assert_transcript("^n,,n=alice,r=[^,\n]+\n"
                      "r=[^,\n]+,s=" BASE64 ",i=4096\n"
                      "c=biws,r=[^,\n]+,p=" BASE64 "\n"
                      "v=" BASE64 "\n$");
    end();
}
END_TEST

START_TEST(there_is_no_security_layer)
{
    run(_i, &alice, &alice);
    ck_assert_int_eq(client.ssf, 0);
    ck_assert_int_eq(server.ssf, 0);
    end();
}
END_TEST

START_TEST(sha_1_is_there_when_it_is_registered)
{
    struct sasl_settings settings = alice;

    settings.mechanism = "SCRAM-SHA-1";
    run(_i, &settings, &settings);
    assert_logged_in("alice", "alice");
    end();
}
END_TEST

START_TEST(a_wrong_password_is_refused)
{
    struct sasl_settings settings = alice;

    settings.password = "looking-glass";
    run(_i, &settings, &alice);
    assert_refused();
    end();
}
END_TEST

START_TEST(an_unknown_user_is_refused)
{
    struct sasl_settings settings = alice;

    settings.user = "bob";
    run(_i, &settings, &alice);
    assert_refused();
    end();
}
END_TEST

START_TEST(a_comma_and_an_equals_sign_get_through)
{
    struct sasl_settings settings = alice;

    settings.user = "a,b=c";
    settings.password = "comma";
    run(_i, &settings, &alice);
    assert_logged_in("a,b=c", "a,b=c");
    assert_transcript("^n,,n=a=2Cb=3Dc,r=");
    end();
}
END_TEST

/* A domain, a letter beyond ASCII, and what SASLprep makes another of. */
static const struct {
    const char *stored, *given;
} names[] = {
    {"alice@example.org", "alice@example.org"},
    {"J\u00fcrgen", "J\u00fcrgen"},
    {"IX", "I\u00adX"},
};

START_TEST(users_of_this_mechanism_have_any_name)
{
    struct sasl_settings settings = alice;
    int i;

    if (pairs[_i].server != MODULE)
        return;
    for (i = 0; i < COUNT(names); i++) {
        settings.user = names[i].given;
        settings.password = "a secret";
        run(_i, &settings, &alice);
        assert_logged_in(names[i].stored, names[i].stored);
        end();
    }
}
END_TEST

START_TEST(who_one_wants_to_be_gets_through)
{
    struct sasl_settings settings = alice;

    settings.authzid = "carol";
    run(_i, &settings, &alice);
    assert_logged_in("alice", "carol");
    assert_transcript("^n,a=carol,n=alice,r=");
    end();
}
END_TEST

START_TEST(who_one_may_not_be_is_refused)
{
    struct sasl_settings settings = alice;

    settings.authzid = "root";
    run(_i, &settings, &alice);
    assert_refused();
    end();
}
END_TEST

/* A server's v=... that is not the right one: it does not know the user. */
START_TEST(a_server_that_is_not_the_one_is_refused)
{
    begin(_i, &alice, &alice);
    sasl_take(&server, client.token, client.len);
    sasl_take(&client, server.token, server.len);
    sasl_take(&server, client.token, client.len);
    ck_assert_mem_eq(server.token, "v=", 2);
    server.token[2] = server.token[2] == 'A' ? 'B' : 'A';
    sasl_take(&client, server.token, server.len);
    ck_assert_int_eq(client.state, SASL_REFUSES);
    end();
}
END_TEST

static const char *const types[] = {"tls-unique", "tls-exporter",
                                    "tls-server-end-point"};

static struct sasl_settings
bound(const char *type, const char *data)
{
    struct sasl_settings settings = alice;

    settings.mechanism = "SCRAM-SHA-256-PLUS";
    settings.binding = type;
    settings.data = data;
    return settings;
}

/* GNU SASL knows two of the three. */
static bool
both_know(int pair, const char *type)
{
    return (pairs[pair].client != GNU && pairs[pair].server != GNU) ||
           strcmp(type, "tls-server-end-point") != 0;
}

START_TEST(the_channel_is_bound_by_every_type_that_both_know)
{
    int i;
    char pattern[128];

    for (i = 0; i < COUNT(types); i++) {
        struct sasl_settings settings = bound(types[i], "the channel");

        if (!both_know(_i, types[i]))
            continue;
        run(_i, &settings, &settings);
        assert_logged_in("alice", "alice");
        snprintf(pattern, sizeof(pattern), "^p=%s,,n=alice,r=", types[i]);
        assert_transcript(pattern);
        end();
    }
}
END_TEST

START_TEST(another_channel_is_refused)
{
    struct sasl_settings ours = bound("tls-exporter", "the channel");
    struct sasl_settings theirs = bound("tls-exporter", "the chanter");

    run(_i, &theirs, &ours);
    assert_refused();
    end();
}
END_TEST

START_TEST(a_server_of_this_mechanism_may_insist_on_a_channel)
{
    struct sasl_settings settings = bound("tls-exporter", "the channel");

    if (pairs[_i].server != MODULE)
        return;
    world_write("scram.conf",
                "[scram]\n store = %s\n require_channel_bindings = true\n",
                world_store());
    run(_i, &settings, &settings);
    assert_logged_in("alice", "alice");
    end();
    run(_i, &alice, &alice);
    assert_refused();
    end();
}
END_TEST

/* The client could have bound, and says that the server could not; but GNU
 * SASL 2.2 cannot say so, for a mistake of its own. */
static struct sasl_settings
could_bind(void)
{
    struct sasl_settings settings = bound("tls-exporter", "the channel");

    settings.mechanism = "SCRAM-SHA-256";
    settings.offer = "EXTERNAL";
    return settings;
}

START_TEST(a_server_without_a_channel_takes_a_client_that_has_one)
{
    struct sasl_settings settings = could_bind();

    if (pairs[_i].client == GNU)
        return;
    run(_i, &settings, &alice);
    assert_logged_in("alice", "alice");
    assert_transcript("^y,,n=alice,r=");
    assert_transcript("\nc=eSws,r=");
    end();
}
END_TEST

START_TEST(a_downgrade_is_noticed)
{
    struct sasl_settings settings = could_bind();
    struct sasl_settings ours = bound("tls-exporter", "the channel");

    if (pairs[_i].client == GNU)
        return;
    ours.mechanism = "SCRAM-SHA-256";
    run(_i, &settings, &ours);
    assert_transcript("^y,,n=alice,r=");
    assert_refused();
    end();
}
END_TEST

static void
add(TCase *tests)
{
    int i, n = COUNT(pairs);

    for (i = 0; i < COUNT(names); i++)
        world_add_user(names[i].stored, "a secret", SCRAM_SHA_256, true);
    tcase_add_loop_test(tests, the_bytes_are_those_of_sasl, 0, n);
    tcase_add_loop_test(tests, there_is_no_security_layer, 0, n);
    tcase_add_loop_test(tests, sha_1_is_there_when_it_is_registered, 0, n);
    tcase_add_loop_test(tests, a_wrong_password_is_refused, 0, n);
    tcase_add_loop_test(tests, an_unknown_user_is_refused, 0, n);
    tcase_add_loop_test(tests, a_comma_and_an_equals_sign_get_through, 0, n);
    tcase_add_loop_test(tests, users_of_this_mechanism_have_any_name, 0, n);
    tcase_add_loop_test(tests, who_one_wants_to_be_gets_through, 0, n);
    tcase_add_loop_test(tests, who_one_may_not_be_is_refused, 0, n);
    tcase_add_loop_test(tests, a_server_that_is_not_the_one_is_refused, 0, n);
    tcase_add_loop_test(
        tests, the_channel_is_bound_by_every_type_that_both_know, 0, n);
    tcase_add_loop_test(tests, another_channel_is_refused, 0, n);
    tcase_add_loop_test(
        tests, a_server_of_this_mechanism_may_insist_on_a_channel, 0, n);
    tcase_add_loop_test(
        tests, a_server_without_a_channel_takes_a_client_that_has_one, 0, n);
    tcase_add_loop_test(tests, a_downgrade_is_noticed, 0, n);
}

int
main(void)
{
    return world_run("sasl", add, 60);
}
