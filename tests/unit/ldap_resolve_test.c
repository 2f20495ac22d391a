#include "store/ldap_resolve.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/ldap_clock.h"
#include "unit.h"

/* The resolver, in the place of libc's: a name takes as long as it says. */
int __wrap_getaddrinfo(const char *host, const char *port,
                       const struct addrinfo *hints, struct addrinfo **found);
int __real_getaddrinfo(const char *host, const char *port,
                       const struct addrinfo *hints, struct addrinfo **found);

static int ends[2];

int
__wrap_getaddrinfo(const char *host, const char *port,
                   const struct addrinfo *hints, struct addrinfo **found)
{
    char byte;

    if (hints->ai_flags & AI_NUMERICHOST)
        return __real_getaddrinfo(host, port, hints, found);
    if (strcmp(host, "unknown.example") == 0)
        return EAI_NONAME;
    if (strcmp(host, "slow.example") == 0)
        (void)!read(ends[0], &byte, 1);
    return __real_getaddrinfo("127.0.0.2", port, hints, found);
}

START_TEST(a_name_or_an_address_has_addresses)
{
    static const char *const hosts[] = {"127.0.0.1", "::1", "quick.example"};
    struct addrinfo *addresses = NULL;

    ck_assert_int_eq(
        ldap_resolve(hosts[_i], "389", ldap_clock() + 5000, &addresses), 0);
    ck_assert_ptr_nonnull(addresses);
    ck_assert_int_eq(addresses->ai_socktype, SOCK_STREAM);
    freeaddrinfo(addresses);
}
END_TEST

START_TEST(what_is_wrong_with_a_name_is_said)
{
    struct addrinfo *addresses;

    ck_assert_int_eq(
        ldap_resolve("unknown.example", "389", ldap_clock() + 5000, &addresses),
        EAI_NONAME);
}
END_TEST

START_TEST(a_resolver_that_hangs_is_not_waited_for)
{
    struct addrinfo *addresses;
    uint64_t began = ldap_clock();

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(
        ldap_resolve("slow.example", "389", began + 50, &addresses),
        EAI_SYSTEM);
    ck_assert_int_eq(errno, ETIMEDOUT);
    ck_assert_uint_ge(ldap_clock() - began, 50);
    /* it may answer later, and nobody minds */
    ck_assert_int_eq((int)write(ends[1], "x", 1), 1);
    ck_assert_int_eq(
        ldap_resolve("quick.example", "389", ldap_clock() + 5000, &addresses),
        0);
    freeaddrinfo(addresses);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_name_or_an_address_has_addresses, 0, 3);
    tcase_add_test(tests, what_is_wrong_with_a_name_is_said);
    tcase_add_test(tests, a_resolver_that_hangs_is_not_waited_for);
}

int
main(void)
{
    return unit_run("ldap_resolve", add, 30);
}
