#include "store/ldap_library.h"

#include <netdb.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/ldap_client.h"
#include "store/ldap_clock.h"
#include "unit.h"

#define SOON 50   /* milliseconds; what hangs takes longer */
#define LATE 5000 /* what a busy machine may take */

static int ends[2];

/* The resolver, in the place of libc's, for libldap too: the name of a machine
 * is found when the test says so. */
int
getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
            struct addrinfo **found)
{
    char byte;

    (void)host;
    (void)port;
    (void)found;
    if (hints->ai_flags & AI_CANONNAME)
        (void)!read(ends[0], &byte, 1);
    return EAI_NONAME;
}

static void
hang(void)
{
    ck_assert_int_eq(pipe(ends), 0);
}

static void
go_on(void)
{
    ck_assert_int_eq((int)write(ends[1], "x", 1), 1);
}

START_TEST(a_resolver_that_hangs_is_not_waited_for)
{
    hang();
    ck_assert(!ldap_library_ready(ldap_clock() + SOON));
    ck_assert(!ldap_library_ready(ldap_clock() + SOON));
    go_on();
    ck_assert(ldap_library_ready(ldap_clock() + LATE));
    ck_assert(ldap_library_ready(0));
}
END_TEST

START_TEST(who_searches_does_not_wait_for_it_either_and_says_so)
{
    static const char *const attributes[] = {"uid", NULL};
    static const struct ldap_client_search alice = {"(uid=alice)", attributes,
                                                    false};
    struct ldap_location location;
    struct config_ldap config;
    struct ldap_client *client;
    struct sentence why;

    hang();
    config_ldap_init(&config);
    config.connect_timeout = config.total_timeout = SOON;
    ck_assert_int_eq(
        ldap_location_read(SLICE("ldap://ldap.example"), &location, NULL),
        SCRAM_OK);
    ck_assert_int_eq(
        gss_scram_ldap_client.open(&location, &config, &client, NULL),
        SCRAM_OK);
    ck_assert_int_eq(
        gss_scram_ldap_client.search(client, &alice, false, NULL, NULL, &why),
        SCRAM_STORE_ABSENT);
    ck_assert_msg(strstr(why.text, "name of this machine") != NULL, "%s",
                  why.text);
    gss_scram_ldap_client.close(client);
    go_on();
    ck_assert(ldap_library_ready(ldap_clock() + LATE));
}
END_TEST

START_TEST(a_child_that_is_forked_meanwhile_can_use_it)
{
    int status;
    pid_t child;

    hang();
    ck_assert(!ldap_library_ready(ldap_clock() + SOON));
    go_on();
    child = fork();
    if (child == 0)
        _exit(ldap_library_ready(ldap_clock() + LATE) ? 0 : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_resolver_that_hangs_is_not_waited_for);
    tcase_add_test(tests, who_searches_does_not_wait_for_it_either_and_says_so);
    tcase_add_test(tests, a_child_that_is_forked_meanwhile_can_use_it);
}

int
main(void)
{
    return unit_run("ldap_library", add, 30);
}
