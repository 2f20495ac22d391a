/*
 * Who is entitled, as the name services say, which are the test's: a group
 * "servers" with two members, and accounts of which some have names.
 */
#include "daemon/accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/scratch.h"
#include "../unit/unit.h"

static const struct {
    const char *name;
    uid_t uid;
} people[] = {
    {"root", 0},       {"web", 1033},  {"mail", 1034},
    {"postman", 1034}, {"news", 1035},
};

static int group_error, people_error;
static bool people_have_any_case; /* Web is found as web is */
static size_t least_size;         /* of the memory for an entry */
static gid_t group_gid = 2000;
static const char *members[4];

int __wrap_getgrnam_r(const char *name, struct group *group, char *buffer,
                      size_t size, struct group **found);
int __wrap_getpwnam_r(const char *name, struct passwd *entry, char *buffer,
                      size_t size, struct passwd **found);
int __wrap_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer,
                      size_t size, struct passwd **found);

int
__wrap_getgrnam_r(const char *name, struct group *group, char *buffer,
                  size_t size, struct group **found)
{
    (void)buffer;
    (void)size;
    *found = NULL;
    if (group_error != 0)
        return group_error;
    if (strcmp(name, "servers") != 0)
        return 0;
    *group = (struct group){.gr_gid = group_gid, .gr_mem = (char **)members};
    *found = group;
    return 0;
}

static bool
is_called(const char *is, const char *name)
{
    return people_have_any_case ? strcasecmp(is, name) == 0
                                : strcmp(is, name) == 0;
}

static int
find_person(const char *name, uid_t uid, struct passwd *entry, size_t size,
            struct passwd **found)
{
    int i;

    *found = NULL;
    if (people_error != 0)
        return people_error;
    if (size < least_size)
        return ERANGE;
    for (i = 0; i < COUNT(people); i++) {
        if (name == NULL ? people[i].uid == uid
                         : is_called(people[i].name, name))
            break;
    }
    if (i == COUNT(people))
        return 0;
    *entry = (struct passwd){.pw_name = (char *)people[i].name,
                             .pw_uid = people[i].uid};
    *found = entry;
    return 0;
}

int
__wrap_getpwnam_r(const char *name, struct passwd *entry, char *buffer,
                  size_t size, struct passwd **found)
{
    (void)buffer;
    return find_person(name, 0, entry, size, found);
}

int
__wrap_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
                  struct passwd **found)
{
    (void)buffer;
    return find_person(NULL, uid, entry, size, found);
}

static struct accounts *accounts;

static void
configure(const char *text)
{
    ck_assert_int_eq(
        setenv("GSS_SCRAM_CONFIG", scratch_file("scram.conf", text), 1), 0);
}

static enum scram_status
read_all(struct sentence *why)
{
    static char group[] = "servers";
    static const struct config_broker broker = {.group = group};
    struct accounts *made = NULL;
    enum scram_status status = accounts_read(&broker, accounts, &made, why);

    if (status == SCRAM_OK) {
        accounts_free(accounts);
        accounts = made;
    }
    return status;
}

static void
refresh(void)
{
    struct accounts *made = NULL;
    struct sentence why = {""};

    ck_assert_msg(accounts_refresh(accounts, &made, &why) == SCRAM_OK, "%s",
                  why.text);
    accounts_free(accounts);
    accounts = made;
}

static void
begin(void)
{
    members[0] = "web";
    members[1] = "nobody-knows";
    members[2] = NULL;
    configure("[scram]\n    store = file:/nowhere/users\n");
    ck_assert_int_eq(read_all(NULL), SCRAM_OK);
}

static void
end(void)
{
    accounts_free(accounts);
    accounts = NULL;
}

/* Of one that has none of the groups that matter. */
static bool
may_ask(uid_t uid)
{
    const struct peer peer = {uid, 4711, 1};

    return accounts_entitle(accounts, -1, &peer);
}

START_TEST(members_of_the_group_may_ask)
{
    char name[ACCOUNTS_NAME];

    ck_assert(may_ask(0));
    ck_assert(may_ask(geteuid()));
    ck_assert(may_ask(1033));
    ck_assert(!may_ask(1034));
    ck_assert(!may_ask(4711));
    accounts_name(accounts, 1033, name);
    ck_assert_str_eq(name, "web");
    accounts_name(accounts, 1034, name);
    ck_assert_str_eq(name, "1034");
}
END_TEST

START_TEST(who_is_in_the_group_is_asked_again)
{
    members[0] = "mail";
    refresh();
    ck_assert(!may_ask(1033));
    ck_assert(may_ask(1034));
    members[0] = NULL;
    refresh();
    ck_assert(!may_ask(1034));
}
END_TEST

/* Some name services take Web for web, which may be somebody else elsewhere. */
START_TEST(a_member_has_the_name_of_an_account)
{
    people_have_any_case = true;
    members[0] = "Web";
    refresh();
    ck_assert(!may_ask(1033));
}
END_TEST

START_TEST(an_account_with_a_long_entry_is_found)
{
    least_size = 9000;
    refresh();
    ck_assert_str_eq(accounts->trouble.text, "");
    ck_assert(may_ask(1033));
}
END_TEST

/* Nor does a program that is no daemon take everybody's configuration for that
 * of an account that cannot be found out. */
START_TEST(an_account_that_cannot_be_found_out_has_no_configuration)
{
    struct config config CLEANUP_CONFIG = {0};
    struct sentence why = {""};

    ck_assert_int_eq(config_load(&config, &why), SCRAM_OK);
    config_clear(&config);
    people_error = EIO;
    ck_assert_int_eq(config_load(&config, &why), SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "cannot find out which account"));
}
END_TEST

static const int errors[] = {EIO, EAGAIN, ENOMEM, EMFILE};

START_TEST(what_cannot_be_found_out_stays)
{
    group_error = errors[_i];
    refresh();
    ck_assert(may_ask(1033));
    ck_assert_ptr_nonnull(strstr(accounts->trouble.text, "it stays as it was"));
    group_error = 0;
    people_error = errors[_i];
    members[0] = "mail";
    refresh();
    ck_assert(may_ask(1033));
    ck_assert(!may_ask(1034));
    people_error = 0;
    refresh();
    ck_assert(!may_ask(1033));
    ck_assert(may_ask(1034));
    ck_assert_str_eq(accounts->trouble.text, "");
}
END_TEST

/* A group that is gone is no failure. */
START_TEST(without_a_group_nobody_is_in_it)
{
    group_error = ENOENT;
    refresh();
    ck_assert(!may_ask(1033));
    ck_assert(!accounts->has_gid);
}
END_TEST

START_TEST(a_peers_group_counts_unless_it_stands_for_all)
{
    const struct peer peer = {4711, 2000, 1};
    const struct peer unmapped = {4711, peer_overflow_gid(), 1};
    const struct peer nobodys = {peer_overflow_uid(), 2000, 1};
    const struct peer of_root = {4711, 0, 1};

    ck_assert(accounts_entitle(accounts, -1, &peer));
    ck_assert(!accounts_entitle(accounts, -1, &nobodys));
    group_error = ENOENT;
    refresh();
    ck_assert(!accounts_entitle(accounts, -1, &of_root));
    group_error = 0;
    group_gid = peer_overflow_gid();
    refresh();
    ck_assert(!accounts_entitle(accounts, -1, &unmapped));
}
END_TEST

#define SECTION(name, key) "    " name " = {\n        " key "\n    }\n"
#define STORE "store = file:/nowhere/other"

/* Whose section it is: an account's by its first name, or by its number if it
 * has none. */
START_TEST(a_section_with_a_store_entitles_its_account)
{
    configure("[scram]\n    store = file:/nowhere/users\n[accounts]\n" SECTION(
        "news", STORE) SECTION("4711", STORE) SECTION("postman", STORE)
                  SECTION("1034", STORE) SECTION("web", "audit = none")
                      SECTION("4712", "handshake_timeout = 9s"));
    members[0] = NULL;
    ck_assert_int_eq(read_all(NULL), SCRAM_OK);
    ck_assert(may_ask(1035));
    ck_assert(may_ask(4711));
    ck_assert(!may_ask(1034)); /* it is called mail */
    ck_assert(!may_ask(1033));
    ck_assert(!may_ask(4712));
    ck_assert_str_eq(accounts_policy(accounts, 1035)->location,
                     "file:/nowhere/other");
    ck_assert_str_eq(accounts_policy(accounts, 1034)->location,
                     "file:/nowhere/users");
    ck_assert_uint_eq(accounts_policy(accounts, 4712)->handshake_timeout, 9000);
    ck_assert_str_eq(accounts_policy(accounts, 4712)->location,
                     "file:/nowhere/users");
}
END_TEST

/* Its section might lead to another store. */
START_TEST(an_account_that_cannot_be_found_out_is_no_account_without_section)
{
    struct sentence why = {""};

    people_error = EIO;
    configure("[accounts]\n" SECTION("news", STORE));
    ck_assert_int_eq(read_all(&why), SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(strstr(why.text, "the section news"));
    people_error = 0;
    ck_assert_int_eq(read_all(&why), SCRAM_OK);
    people_error = EIO;
    ck_assert_int_eq(read_all(&why), SCRAM_OK);
    ck_assert_str_eq(accounts_policy(accounts, 1035)->section, "news");
    refresh();
    ck_assert_str_eq(accounts_policy(accounts, 1035)->section, "news");
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, members_of_the_group_may_ask);
    tcase_add_test(tests, who_is_in_the_group_is_asked_again);
    tcase_add_test(tests, a_member_has_the_name_of_an_account);
    tcase_add_test(tests,
                   an_account_that_cannot_be_found_out_has_no_configuration);
    tcase_add_test(tests, an_account_with_a_long_entry_is_found);
    tcase_add_loop_test(tests, what_cannot_be_found_out_stays, 0,
                        COUNT(errors));
    tcase_add_test(tests, without_a_group_nobody_is_in_it);
    tcase_add_test(tests, a_peers_group_counts_unless_it_stands_for_all);
    tcase_add_test(tests, a_section_with_a_store_entitles_its_account);
    tcase_add_test(
        tests,
        an_account_that_cannot_be_found_out_is_no_account_without_section);
}

int
main(void)
{
    return unit_run("accounts", add, 30);
}
