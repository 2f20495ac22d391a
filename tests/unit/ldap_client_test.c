#include "directory/client.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "directory/ask.h"
#include "directory/clock.h"
#include "listener.h"
#include "scratch.h"
#include "unit.h"

/* What is waited for, in milliseconds; how much longer a busy machine may
 * take. */
#define WAIT 200
#define TOTAL 700
#define LATE 5000

static struct listener listeners[3];

/* An authority: a machine need not have those that the defaults name. */
static const char authority[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeTCCAR+gAwIBAgIUHBWSQCHN5D8pqQlMHA6FtkgZP6swCgYIKoZIzj0EAwIw\n"
    "ETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEzMDAxMDkzMloYDzIxMjYxMTA2MDEw\n"
    "OTMyWjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
    "AASEILALhkKDOA1T+VaJPOZjVFK2t5TLNUVcj3NFM0jNffG8vtEiovJAXVXxcSE3\n"
    "vhzmfQjXg1d6SBl1devzaO9po1MwUTAdBgNVHQ4EFgQUpz2mCNnScxqf7hsFajHo\n"
    "gRe6bYQwHwYDVR0jBBgwFoAUpz2mCNnScxqf7hsFajHogRe6bYQwDwYDVR0TAQH/\n"
    "BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiB8t4uIUEt50QspdN78hNbx+f6MyXT2\n"
    "EXpfAFEM71ebBAIhALVQ07nd4lTRTziDV2sj3XQ/2KV9oEPwiu5vmOZSAsJt\n"
    "-----END CERTIFICATE-----\n";

/* The resolver that libldap calls, which answers nobody while it is held. */
static atomic_bool held;
static atomic_uint resolved;

int
getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
            struct addrinfo **found)
{
    static int (*next)(const char *, const char *, const struct addrinfo *,
                       struct addrinfo **);

    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
    resolved++;
    while (held)
        usleep(1000);
    return next(host, port, hints, found);
}

/* A client of listeners of these kinds. */
static struct ldap_client *
open_client(const enum listener_kind *kinds, size_t count,
            enum config_ldap_tls tls)
{
    struct config_ldap config;
    struct ldap_location location;
    struct ldap_client *client;
    char text[256] = "";
    size_t i;

    for (i = 0; i < count; i++) {
        listener_start(&listeners[i], kinds[i]);
        strcat(text, listeners[i].url);
        strcat(text, " ");
    }
    ck_assert_int_eq(ldap_location_read(slice_of(text), &location, NULL),
                     SCRAM_OK);
    config_ldap_init(&config);
    config.connect_timeout = config.lookup_timeout = WAIT;
    config.total_timeout = TOTAL;
    config.tls = tls;
    strcpy(config.tls_ca, scratch_file("authority.pem", authority));
    ck_assert_int_eq(ldap_client_open(&location, &config, &client, NULL),
                     SCRAM_OK);
    return client;
}

/* Let servers that answer have as long as a busy machine may need. */
static void
be_patient(struct ldap_client *client)
{
    client->config.connect_timeout = client->config.lookup_timeout = LATE;
    client->config.total_timeout = 8 * LATE;
}

static enum scram_status
no_visit(void *data, const struct ldap_client_entry *entry)
{
    (void)data;
    (void)entry;
    return SCRAM_BAD_ARGUMENT;
}

static enum scram_status
search(struct ldap_client *client, struct sentence *why)
{
    static const char *const attributes[] = {"authPassword", "uid", NULL};
    static const struct ldap_client_search alice = {"(uid=alice)", attributes,
                                                    false};

    return ldap_client_search(client, &alice, false, no_visit, NULL, why);
}

static const struct {
    enum listener_kind kind;
    enum config_ldap_tls tls;
    const char *says;
    bool waits;
} bad[] = {
    {LISTENER_SILENT, CONFIG_LDAP_TLS_UNSAID, "Timed out", true},
    {LISTENER_SILENT, CONFIG_LDAP_TLS_STARTTLS, "Timed out", true},
    /* Newer versions of GnuTLS refuse that themselves, soon or late. */
    {LISTENER_FRAGMENTS, CONFIG_LDAP_TLS_STARTTLS, "", false},
    {LISTENER_TRICKLE, CONFIG_LDAP_TLS_UNSAID, "Timed out", true},
    {LISTENER_TRICKLE, CONFIG_LDAP_TLS_STARTTLS, "Timed out", true},
    {LISTENER_RAMBLING, CONFIG_LDAP_TLS_UNSAID, "Timed out", true},
    {LISTENER_RESET, CONFIG_LDAP_TLS_UNSAID, "Can't contact LDAP server",
     false},
    {LISTENER_RUBBISH, CONFIG_LDAP_TLS_UNSAID, "", false},
    {LISTENER_HUGE, CONFIG_LDAP_TLS_UNSAID, "", false},
};

START_TEST(a_server_that_is_no_good_fails_in_time_with_its_name)
{
    struct ldap_client *client = open_client(&bad[_i].kind, 1, bad[_i].tls);
    struct sentence why = {""};
    uint64_t took, began = ldap_clock();

    if (bad[_i].kind == LISTENER_RESET)
        be_patient(client); /* it is to say that, and not that time is over */
    ck_assert_int_eq(search(client, &why), SCRAM_STORE_ABSENT);
    took = ldap_clock() - began;
    ck_assert_uint_lt(took, TOTAL + LATE);
    if (bad[_i].waits)
        ck_assert_uint_ge(took + 1, WAIT); /* of a clock of milliseconds */
    ck_assert_msg(strstr(why.text, bad[_i].says) != NULL, "%s", why.text);
    ck_assert_ptr_nonnull(strstr(why.text, listeners[0].url));
    ldap_client_close(client);
}
END_TEST

START_TEST(another_server_is_asked_then_and_first_from_then_on)
{
    const enum listener_kind kinds[] = {bad[_i].kind, LISTENER_EMPTY};
    struct ldap_client *client = open_client(kinds, 2, CONFIG_LDAP_TLS_UNSAID);
    struct sentence why = {""};
    unsigned asked, i;

    be_patient(client);
    ck_assert_msg(search(client, &why) == SCRAM_OK, "%s", why.text);
    asked = listeners[0].connections;
    for (i = 0; i < 5; i++)
        ck_assert_int_eq(search(client, &why), SCRAM_OK);
    ck_assert_uint_eq(listeners[0].connections, asked);
    ck_assert_uint_eq(listeners[1].questions, 6);
    ck_assert_uint_eq(listeners[1].connections, 1);
    ldap_client_close(client);
}
END_TEST

START_TEST(one_that_fails_after_a_while_says_so_at_once_the_next_time)
{
    const enum listener_kind kind = LISTENER_SILENT;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    struct sentence first = {""}, second = {""};

    ck_assert_int_eq(search(client, &first), SCRAM_STORE_ABSENT);
    ck_assert_int_eq(search(client, &second), SCRAM_STORE_ABSENT);
    ck_assert_str_eq(first.text, second.text);
    ck_assert_uint_eq(listeners[0].connections, 1);
    ldap_client_close(client);
}
END_TEST

START_TEST(all_together_take_no_longer_than_they_may)
{
    const enum listener_kind kinds[] = {LISTENER_SILENT, LISTENER_TRICKLE,
                                        LISTENER_SILENT};
    struct ldap_client *client =
        open_client(kinds, 3, CONFIG_LDAP_TLS_STARTTLS);
    struct sentence why = {""};
    uint64_t took, began = ldap_clock();

    ck_assert_int_eq(search(client, &why), SCRAM_STORE_ABSENT);
    took = ldap_clock() - began;
    ck_assert_uint_ge(took, 2 * WAIT);
    ck_assert_uint_lt(took, TOTAL + LATE);
    ck_assert_ptr_nonnull(strstr(why.text, listeners[0].url));
    ck_assert_ptr_nonnull(strstr(why.text, listeners[1].url));
    ldap_client_close(client);
}
END_TEST

START_TEST(an_entry_with_very_many_values_is_looked_at_in_time)
{
    const enum listener_kind kind = LISTENER_CROWDED;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    struct sentence why = {""};
    uint64_t began = ldap_clock();

    be_patient(client);
    ck_assert_msg(search(client, &why) == SCRAM_BAD_ARGUMENT, "%s", why.text);
    ck_assert_uint_lt(ldap_clock() - began, TOTAL + LATE);
    ldap_client_close(client);
}
END_TEST

START_TEST(one_of_two_entries_is_not_looked_at)
{
    const enum listener_kind kind = LISTENER_TWINS;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    struct sentence why = {""};

    be_patient(client);
    ck_assert_int_eq(search(client, &why), SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, "finds more than one entry"));
    ldap_client_close(client);
}
END_TEST

/* Count what is found. */
static enum scram_status
count_visit(void *data, const struct ldap_client_entry *entry)
{
    (void)entry;
    ++*(unsigned *)data;
    return SCRAM_OK;
}

/* Search for all, and count them. */
static enum scram_status
count_all(struct ldap_client *client, unsigned *count, struct sentence *why)
{
    static const char *const attributes[] = {"authPassword", "uid", NULL};
    static const struct ldap_client_search all = {"(uid=alice)", attributes,
                                                  true};

    *count = 0;
    return ldap_client_search(client, &all, false, count_visit, count, why);
}

START_TEST(all_pages_are_read)
{
    const enum listener_kind kind = LISTENER_PAGES;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    struct sentence why = {""};
    unsigned count;

    be_patient(client);
    ck_assert_msg(count_all(client, &count, &why) == SCRAM_OK, "%s", why.text);
    ck_assert_uint_eq(count, 3);
    ck_assert_uint_eq(listeners[0].questions, 3);
    ldap_client_close(client);
}
END_TEST

/* Nobody is to see an entry twice. */
START_TEST(who_has_seen_entries_asks_no_other_server)
{
    const enum listener_kind kinds[] = {LISTENER_LEAVING, LISTENER_EMPTY};
    struct ldap_client *client = open_client(kinds, 2, CONFIG_LDAP_TLS_UNSAID);
    struct sentence why = {""};
    unsigned count;

    be_patient(client);
    ck_assert_int_eq(count_all(client, &count, &why), SCRAM_STORE_ABSENT);
    ck_assert_uint_eq(count, 1);
    ck_assert_ptr_nonnull(strstr(why.text, listeners[0].url));
    ck_assert_ptr_null(strstr(why.text, listeners[1].url));
    ck_assert_uint_eq(listeners[1].questions, 0);
    ldap_client_close(client);
}
END_TEST

START_TEST(a_referral_is_not_followed)
{
    const enum listener_kind kind = LISTENER_REFERRING;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    struct sentence why = {""};

    listener_start(&listeners[1], LISTENER_EMPTY);
    listeners[0].refers_to = listeners[1].url;
    be_patient(client);
    ck_assert_msg(search(client, &why) == SCRAM_STORE_FAILED, "%s", why.text);
    ck_assert_ptr_nonnull(strstr(why.text, "Referral"));
    ck_assert_uint_eq(listeners[1].connections, 0);
    ldap_client_close(client);
}
END_TEST

START_TEST(a_server_that_refuses_starttls_is_not_asked)
{
    const enum listener_kind kind = LISTENER_EMPTY;
    struct ldap_client *client =
        open_client(&kind, 1, CONFIG_LDAP_TLS_STARTTLS);
    struct sentence why = {""};

    be_patient(client);
    ck_assert_int_eq(search(client, &why), SCRAM_STORE_ABSENT);
    ck_assert_msg(strstr(why.text, "Protocol error") != NULL, "%s", why.text);
    ck_assert_uint_eq(listeners[0].questions, 0);
    ldap_client_close(client);
}
END_TEST

START_TEST(a_message_that_is_too_long_is_not_waited_for)
{
    const enum listener_kind kind = LISTENER_HUGE;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    struct sentence why = {""};

    be_patient(client);
    ck_assert_int_eq(search(client, &why), SCRAM_STORE_ABSENT);
    ck_assert_msg(strstr(why.text, "Timed out") == NULL, "%s", why.text);
    ldap_client_close(client);
}
END_TEST

START_TEST(a_server_that_no_time_is_left_for_is_not_said_to_fail)
{
    const enum listener_kind kinds[] = {LISTENER_SILENT, LISTENER_EMPTY};
    struct ldap_client *client = open_client(kinds, 2, CONFIG_LDAP_TLS_UNSAID);
    struct sentence why = {""};

    client->config.total_timeout = WAIT;
    ck_assert_int_eq(search(client, &why), SCRAM_STORE_ABSENT);
    ck_assert_ptr_nonnull(strstr(why.text, listeners[0].url));
    ck_assert_ptr_null(strstr(why.text, listeners[1].url));
    ldap_client_close(client);
}
END_TEST

/* libldap writes to a socket that its server has closed. */
START_TEST(a_client_keeps_a_closed_socket_from_ending_the_process)
{
    const enum listener_kind kind = LISTENER_EMPTY;
    struct sigaction now;
    struct ldap_client *client;

    ck_assert_ptr_ne(signal(SIGPIPE, SIG_DFL), SIG_ERR);
    client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    ck_assert_int_eq(sigaction(SIGPIPE, NULL, &now), 0);
    ck_assert(now.sa_handler == SIG_IGN);
    ldap_client_close(client);
}
END_TEST

START_TEST(a_connection_is_used_for_its_server_and_for_a_minute)
{
    const enum listener_kind kinds[] = {LISTENER_EMPTY, LISTENER_EMPTY};
    struct ldap_client *client = open_client(kinds, 2, CONFIG_LDAP_TLS_UNSAID);
    struct ldap_slot *slot;
    int i;

    be_patient(client);
    ck_assert_int_eq(search(client, NULL), SCRAM_OK);
    ck_assert_int_eq(ldap_pool_take(&client->pool, 1, 0, 0, &slot),
                     LDAP_POOL_TO_OPEN);
    ldap_pool_opened(&client->pool, slot);
    ldap_pool_leave(&client->pool, slot, false);
    ck_assert_int_eq(search(client, NULL), SCRAM_OK);
    ck_assert_uint_eq(listeners[0].connections, 1);
    for (i = 0; i < LDAP_CONNECTIONS_MAX; i++)
        client->pool.slots[i].left -= 61 * 1000;
    ck_assert_int_eq(search(client, NULL), SCRAM_OK);
    ck_assert_uint_eq(listeners[0].connections, 2);
    ldap_client_close(client);
}
END_TEST

START_TEST(a_connection_is_kept)
{
    const enum listener_kind kind = LISTENER_EMPTY;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    int i;

    be_patient(client);
    for (i = 0; i < 100; i++)
        ck_assert_int_eq(search(client, NULL), SCRAM_OK);
    ck_assert_uint_eq(listeners[0].questions, 100);
    ck_assert_uint_eq(listeners[0].connections, 1);
    ldap_client_close(client);
}
END_TEST

START_TEST(one_that_the_server_closes_is_made_anew)
{
    const enum listener_kind kind = LISTENER_HASTY;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    struct sentence why = {""};
    int i;

    be_patient(client);
    for (i = 0; i < 20; i++)
        ck_assert_msg(search(client, &why) == SCRAM_OK, "%s", why.text);
    ck_assert_uint_eq(listeners[0].connections, 20);
    ldap_client_close(client);
}
END_TEST

static void *
search_often(void *data)
{
    intptr_t failed = 0;
    int i;

    for (i = 0; i < 50; i++)
        failed += search(data, NULL) != SCRAM_OK;
    return (void *)failed;
}

START_TEST(threads_share_a_few_connections)
{
    const enum listener_kind kind = LISTENER_EMPTY;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    pthread_t threads[40];
    void *failed;
    int i;

    be_patient(client);
    for (i = 0; i < 40; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, search_often, client), 0);
    for (i = 0; i < 40; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
    ck_assert_uint_eq(listeners[0].questions, 40 * 50);
    ck_assert_uint_le(listeners[0].connections, 16);
    ldap_client_close(client);
}
END_TEST

static void *
search_once(void *data)
{
    return (void *)(intptr_t)search(data, NULL);
}

/* Have threads search at once, of which @p count at least have to fail before
 * @p held is let go; the others fail afterwards. */
#define THREADS 6
static void
search_at_once(struct ldap_client *client, unsigned count)
{
    pthread_t threads[THREADS];
    unsigned i, failed = 0;
    bool over[THREADS] = {false};
    void *status;

    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, search_once, client),
                         0);
    while (failed < THREADS) {
        for (i = 0; i < THREADS; i++) {
            if (over[i] || pthread_tryjoin_np(threads[i], &status) != 0)
                continue;
            ck_assert_int_eq((int)(intptr_t)status, SCRAM_STORE_ABSENT);
            over[i] = true;
            failed++;
        }
        if (failed >= count)
            held = false;
        usleep(1000);
    }
}

START_TEST(a_server_that_hangs_costs_many_who_ask_at_once_one_limit)
{
    const enum listener_kind kind = LISTENER_SILENT;
    struct ldap_client *client =
        open_client(&kind, 1, CONFIG_LDAP_TLS_STARTTLS);

    search_at_once(client, 0);
    ck_assert_uint_eq(listeners[0].connections, 1);
    ck_assert_uint_eq(client->states[0].failures, 1);
    ldap_client_close(client);
}
END_TEST

/* As a resolver does that gets no answer: for longer than anybody waits. */
START_TEST(a_library_that_hangs_holds_one_thread)
{
    const enum listener_kind kind = LISTENER_EMPTY;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);

    strcpy(client->location.servers[0].host, "held.invalid");
    resolved = 0; /* without that for this machine's own name */
    held = true;
    search_at_once(client, THREADS - 1);
    ck_assert_uint_eq(resolved, 1);
    ldap_client_close(client);
}
END_TEST

START_TEST(who_refuses_is_said_to_refuse)
{
    const enum listener_kind kind = LISTENER_STOPPED;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    struct sentence why = {""};

    close(listeners[0].fd); /* nobody listens there now */
    ck_assert_int_eq(search(client, &why), SCRAM_STORE_ABSENT);
    ck_assert_ptr_nonnull(strstr(why.text, "Can't contact LDAP server"));
    ck_assert_ptr_null(strstr(why.text, "Timed out"));
    ldap_client_close(client);
}
END_TEST

START_TEST(who_gets_no_connection_learns_nothing_of_a_server)
{
    const enum listener_kind kind = LISTENER_EMPTY;
    struct ldap_client *client = open_client(&kind, 1, CONFIG_LDAP_TLS_UNSAID);
    struct ldap_slot *slots[LDAP_CONNECTIONS_MAX];
    struct sentence why = {""};
    int i;

    client->config.total_timeout = WAIT;
    client->states[0].failures = 3;
    for (i = 0; i < LDAP_CONNECTIONS_MAX; i++) {
        ck_assert_int_eq(ldap_pool_take(&client->pool, 0, 0, 0, &slots[i]),
                         LDAP_POOL_TO_OPEN);
        ldap_pool_opened(&client->pool, slots[i]);
    }
    ck_assert_int_eq(search(client, &why), SCRAM_STORE_ABSENT);
    ck_assert_ptr_nonnull(strstr(why.text, "are in use"));
    ck_assert_uint_eq(client->states[0].failures, 3);
    be_patient(client);
    for (i = 0; i < LDAP_CONNECTIONS_MAX; i++)
        ldap_pool_leave(&client->pool, slots[i], true);
    ck_assert_msg(search(client, &why) == SCRAM_OK, "%s", why.text);
    ck_assert_uint_eq(client->states[0].failures, 0);
    ldap_client_close(client);
}
END_TEST

/* It takes a connection at once, and what is said over it never. */
static const struct {
    enum config_ldap_tls tls;
    uint32_t connect, lookup, total;
    unsigned failures;
} times[] = {
    {CONFIG_LDAP_TLS_UNSAID, 50, 2 * LATE, 50, 0},
    {CONFIG_LDAP_TLS_UNSAID, 50, WAIT, WAIT, 1},
    {CONFIG_LDAP_TLS_STARTTLS, 50, 2 * LATE, 3 * LATE, 1},
};

START_TEST(a_server_that_has_little_time_is_not_said_to_fail)
{
    const enum listener_kind kind = LISTENER_SILENT;
    struct ldap_client *client = open_client(&kind, 1, times[_i].tls);
    struct sentence why = {""};

    client->config.connect_timeout = times[_i].connect;
    client->config.lookup_timeout = times[_i].lookup;
    client->config.total_timeout = times[_i].total;
    ck_assert_int_eq(search(client, &why), SCRAM_STORE_ABSENT);
    ck_assert_ptr_nonnull(strstr(why.text, "Timed out"));
    ck_assert_uint_eq(client->states[0].failures, times[_i].failures);
    ldap_client_close(client);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_loop_test(tests,
                        a_server_that_is_no_good_fails_in_time_with_its_name, 0,
                        COUNT(bad));
    tcase_add_loop_test(tests,
                        another_server_is_asked_then_and_first_from_then_on, 5,
                        COUNT(bad));
    tcase_add_loop_test(
        tests, another_server_is_asked_then_and_first_from_then_on, 0, 1);
    tcase_add_test(tests,
                   one_that_fails_after_a_while_says_so_at_once_the_next_time);
    tcase_add_test(tests, all_together_take_no_longer_than_they_may);
    tcase_add_test(tests, an_entry_with_very_many_values_is_looked_at_in_time);
    tcase_add_test(tests, one_of_two_entries_is_not_looked_at);
    tcase_add_test(tests, all_pages_are_read);
    tcase_add_test(tests, who_has_seen_entries_asks_no_other_server);
    tcase_add_test(tests, a_referral_is_not_followed);
    tcase_add_test(tests, a_server_that_refuses_starttls_is_not_asked);
    tcase_add_test(tests, a_message_that_is_too_long_is_not_waited_for);
    tcase_add_test(tests,
                   a_server_that_no_time_is_left_for_is_not_said_to_fail);
    tcase_add_test(tests,
                   a_client_keeps_a_closed_socket_from_ending_the_process);
    tcase_add_test(tests, a_connection_is_used_for_its_server_and_for_a_minute);
    tcase_add_test(tests, a_connection_is_kept);
    tcase_add_test(tests, one_that_the_server_closes_is_made_anew);
    tcase_add_test(tests, threads_share_a_few_connections);
    tcase_add_loop_test(tests,
                        a_server_that_has_little_time_is_not_said_to_fail, 0,
                        COUNT(times));
    tcase_add_test(tests, who_gets_no_connection_learns_nothing_of_a_server);
    tcase_add_test(tests,
                   a_server_that_hangs_costs_many_who_ask_at_once_one_limit);
    tcase_add_test(tests, a_library_that_hangs_holds_one_thread);
    tcase_add_test(tests, who_refuses_is_said_to_refuse);
}

int
main(void)
{
    return unit_run("ldap_client", add, 60);
}
