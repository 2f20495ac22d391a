#include "directory/list.h"

#include <stdio.h>
#include <string.h>

#include "directory/store.h"
#include "fake_directory.h"
#include "scratch.h"
#include "unit.h"

static char seen[256];

/* store_visit */
static enum scram_status
see(void *data, struct slice user, const struct scram_verifier *verifier)
{
    size_t len = strlen(seen);
    int *left = data;

    snprintf(seen + len, sizeof(seen) - len, "%.*s %u%s%.*s;", (int)user.len,
             (const char *)user.data, (unsigned)verifier->iterations,
             verifier->groups.len == 0 ? "" : " ", (int)verifier->groups.len,
             (const char *)verifier->groups.text);
    return --*left == 0 ? SCRAM_USER_EXISTS : SCRAM_OK;
}

static struct store *
open_store(void)
{
    struct store *store;

    fake_configure("");
    ck_assert_int_eq(store_open(STORE_KINDS(&store_ldap), "ldap://127.0.0.1",
                                STORE_READ, &store, NULL),
                     SCRAM_OK);
    fake.entries[0].uid = "zoe";
    strcpy(fake.entries[0].values[0], fake_verifier("SCRAM-SHA-256", 4097));
    fake.entries[1].uid = "al";
    strcpy(fake.entries[1].values[0], fake_verifier("OTHER", 4098));
    fake.entries[2].uid = "alice";
    strcpy(fake.entries[2].values[0],
           fake_verifier("X-DISABLED-SCRAM-SHA-256", 4099));
    fake.entries[3].uid = "ali";
    strcpy(fake.entries[3].values[0], fake_verifier("SCRAM-SHA-256", 5000));
    return store;
}

START_TEST(users_with_verifiers_come_in_their_order)
{
    struct store *store = open_store();
    int left = -1;

    ck_assert_int_eq(store_iterate(store, see, &left, NULL), SCRAM_OK);
    ck_assert_str_eq(seen, "ali 5000;alice 4099;zoe 4097;");
    ck_assert_str_eq(fake.filter, "(&(uid=*)(authPassword=*))");
    store_close(store);
}
END_TEST

START_TEST(whoever_has_seen_enough_ends_it)
{
    struct store *store = open_store();
    int left = 2;

    ck_assert_int_eq(store_iterate(store, see, &left, NULL), SCRAM_USER_EXISTS);
    ck_assert_str_eq(seen, "ali 5000;alice 4099;");
    store_close(store);
}
END_TEST

START_TEST(whether_there_are_any_is_found_out)
{
    struct store *store = open_store();
    bool has = false;

    ck_assert_int_eq(ldap_shows(store, LDAP_FACT_VERIFIER, &has, NULL),
                     SCRAM_OK);
    ck_assert(has);
    fake.entries[0].values[0][0] = '\0';
    fake.entries[2].values[0][0] = '\0';
    strcpy(fake.entries[3].values[0], "SCRAM-SHA-256$damaged");
    ck_assert_int_eq(ldap_shows(store, LDAP_FACT_VERIFIER, &has, NULL),
                     SCRAM_OK);
    ck_assert(has);
    fake.entries[3].values[0][0] = '\0'; /* and one of another scheme */
    ck_assert_int_eq(ldap_shows(store, LDAP_FACT_VERIFIER, &has, NULL),
                     SCRAM_OK);
    ck_assert(!has);
    fake.fails = SCRAM_STORE_ABSENT;
    ck_assert_int_eq(ldap_shows(store, LDAP_FACT_VERIFIER, &has, NULL),
                     SCRAM_STORE_FAILED);
    store_close(store);
}
END_TEST

/* One that has the same users, and is asked for what else they have. */
static struct store *
open_store_with(const char *lines)
{
    struct store *store;

    store_close(open_store());
    fake_configure(lines);
    ck_assert_int_eq(store_open(STORE_KINDS(&store_ldap), "ldap://127.0.0.1",
                                STORE_READ, &store, NULL),
                     SCRAM_OK);
    return store;
}

static bool
shows(struct store *store, enum ldap_fact what)
{
    bool shown;

    ck_assert_int_eq(ldap_shows(store, what, &shown, NULL), SCRAM_OK);
    return shown;
}

START_TEST(whether_anybody_expires_is_found_out)
{
    struct store *store = open_store_with("ldap_expires = shadowExpire");

    ck_assert(!shows(store, LDAP_FACT_EXPIRES));
    fake.entries[3].expires[0] = "never"; /* be it damaged */
    ck_assert(shows(store, LDAP_FACT_EXPIRES));
    ck_assert_str_eq(fake.filter, "(&(uid=*)(authPassword=*)(shadowExpire=*))");
    store_close(store);
}
END_TEST

START_TEST(whether_anybody_is_in_a_group_is_found_out)
{
    struct store *store =
        open_store_with("ldap_expires = shadowExpire\nldap_groups = memberOf\n"
                        "ldap_groups_base = ou=groups,dc=example");

    fake.entries[3].expires[0] = "7";
    fake.entries[3].groups[0] = "cn=a,dc=example"; /* which does not count */
    ck_assert(!shows(store, LDAP_FACT_GROUP));
    fake.entries[3].groups[1] = "cn=a,ou=groups,dc=example";
    ck_assert(shows(store, LDAP_FACT_GROUP));
    ck_assert_str_eq(fake.filter, "(&(uid=*)(authPassword=*)(memberOf=*))");
    ck_assert(shows(store, LDAP_FACT_EXPIRES));
    store_close(store);
}
END_TEST

START_TEST(users_come_with_their_groups)
{
    struct store *store = open_store_with("ldap_groups = memberOf");
    int left = -1;

    fake.entries[2].groups[0] = "web";
    fake.entries[2].groups[1] = "staff";
    fake.entries[0].groups[0] = "staff";
    ck_assert_int_eq(store_iterate(store, see, &left, NULL), SCRAM_OK);
    ck_assert_str_eq(seen, "ali 5000;alice 4099 web,staff;zoe 4097 staff;");
    store_close(store);
}
END_TEST

START_TEST(a_directory_that_does_not_answer_is_a_failure)
{
    struct store *store = open_store();
    struct sentence why = {""};
    int left = -1;

    fake.fails = SCRAM_STORE_ABSENT;
    ck_assert_int_eq(store_iterate(store, see, &left, &why),
                     SCRAM_STORE_FAILED);
    ck_assert_str_eq(why.text, "the fake fails");
    ck_assert_str_eq(seen, "");
    store_close(store);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_test(tests, users_with_verifiers_come_in_their_order);
    tcase_add_test(tests, whether_there_are_any_is_found_out);
    tcase_add_test(tests, whether_anybody_expires_is_found_out);
    tcase_add_test(tests, whether_anybody_is_in_a_group_is_found_out);
    tcase_add_test(tests, users_come_with_their_groups);
    tcase_add_test(tests, whoever_has_seen_enough_ends_it);
    tcase_add_test(tests, a_directory_that_does_not_answer_is_a_failure);
}

int
main(void)
{
    return unit_run("ldap_list", add, 30);
}
