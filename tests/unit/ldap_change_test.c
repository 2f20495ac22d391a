#include "directory/change.h"

#include <string.h>

#include "directory/store.h"
#include "directory/value.h"
#include "fake_directory.h"
#include "scratch.h"
#include "unit.h"

static struct store *store;

static void
set_up(void)
{
    fake_configure("");
    ck_assert_int_eq(store_open(STORE_KINDS(&store_ldap), "ldap://127.0.0.1",
                                STORE_WRITE, &store, NULL),
                     SCRAM_OK);
    fake.entries[0].uid = "alice";
    strcpy(fake.entries[0].values[0], "MD5$c2FsdA==$aGFzaA==");
}

static void
tear_down(void)
{
    store_close(store);
}

static struct scram_verifier
verifier(const char *scheme, unsigned iterations)
{
    struct scram_verifier v;

    ck_assert_int_eq(
        ldap_value_read(slice_of(fake_verifier(scheme, iterations)), &v),
        SCRAM_OK);
    return v;
}

/* Whether alice has exactly what she had before and these, "" being none. */
static bool
alice_has(const char *first, const char *second)
{
    const struct fake_entry *e = &fake.entries[0];
    unsigned others = 0, firsts = 0, seconds = 0, i;

    for (i = 0; i < FAKE_VALUES; i++) {
        if (e->values[i][0] == '\0')
            continue;
        if (strcmp(e->values[i], "MD5$c2FsdA==$aGFzaA==") == 0)
            others++;
        else if (strcmp(e->values[i], first) == 0)
            firsts++;
        else if (strcmp(e->values[i], second) == 0)
            seconds++;
        else
            return false;
    }
    return others == 1 && firsts == (first[0] != '\0') &&
           seconds == (second[0] != '\0');
}

static enum scram_status
put(const char *user, const char *scheme, unsigned iterations,
    enum store_put how)
{
    struct scram_verifier v = verifier(scheme, iterations);
    struct sentence why = {""};
    enum scram_status status = store_put(store, slice_of(user), &v, how, &why);

    ck_assert((status == SCRAM_OK) == (why.text[0] == '\0') ||
              fake.changes > 1);
    return status;
}

START_TEST(a_verifier_is_put_into_an_entry_that_is_there)
{
    char text[400];

    strcpy(text, fake_verifier("SCRAM-SHA-256", 4096));
    ck_assert_int_eq(put("nobody", "SCRAM-SHA-256", 4096, STORE_EITHER),
                     SCRAM_NO_USER);
    ck_assert_int_eq(put("Alice", "SCRAM-SHA-256", 4096, STORE_EITHER),
                     SCRAM_NO_USER);
    ck_assert_int_eq(put("alice", "SCRAM-SHA-256", 4096, STORE_REPLACE),
                     SCRAM_NO_USER);
    ck_assert(alice_has("", ""));
    ck_assert_int_eq(put("alice", "SCRAM-SHA-256", 4096, STORE_ADD), SCRAM_OK);
    ck_assert(alice_has(text, ""));
    ck_assert(fake.entries[0].has_class);
    ck_assert_int_eq(put("alice", "SCRAM-SHA-256", 5000, STORE_ADD),
                     SCRAM_USER_EXISTS);
    ck_assert(alice_has(text, ""));
    ck_assert_int_eq(put("alice", "SCRAM-SHA-256", 5000, STORE_REPLACE),
                     SCRAM_OK);
    ck_assert(alice_has(fake_verifier("SCRAM-SHA-256", 5000), ""));
}
END_TEST

START_TEST(who_is_disabled_has_a_value_that_nobody_else_knows)
{
    struct scram_verifier v = verifier("SCRAM-SHA-256", 4096);

    v.enabled = false;
    ck_assert_int_eq(store_set(store, SLICE("alice"), &v, 1, STORE_ADD, NULL),
                     SCRAM_OK);
    ck_assert(alice_has(fake_verifier("X-DISABLED-SCRAM-SHA-256", 4096), ""));
    v.enabled = true;
    ck_assert_int_eq(
        store_set(store, SLICE("alice"), &v, 1, STORE_REPLACE, NULL), SCRAM_OK);
    ck_assert(alice_has(fake_verifier("SCRAM-SHA-256", 4096), ""));
}
END_TEST

START_TEST(what_is_damaged_or_twice_goes_when_it_is_replaced)
{
    struct scram_verifier v = verifier("SCRAM-SHA-256", 4096);

    fake.entries[0].has_class = true;
    strcpy(fake.entries[0].values[1], "SCRAM-SHA-256$x");
    strcpy(fake.entries[0].values[2], fake_verifier("SCRAM-SHA-256", 4097));
    strcpy(fake.entries[0].values[3], fake_verifier("scram-sha-256", 4098));
    ck_assert_int_eq(store_set(store, SLICE("alice"), &v, 1, STORE_ADD, NULL),
                     SCRAM_USER_EXISTS);
    ck_assert_int_eq(
        store_set(store, SLICE("alice"), &v, 1, STORE_REPLACE, NULL), SCRAM_OK);
    ck_assert(alice_has(fake_verifier("SCRAM-SHA-256", 4096), ""));
}
END_TEST

START_TEST(ours_alone_is_removed)
{
    struct sentence why = {""};

    ck_assert_int_eq(put("alice", "SCRAM-SHA-256", 4096, STORE_ADD), SCRAM_OK);
    ck_assert_int_eq(store_remove(store, SLICE("alice"), &why), SCRAM_OK);
    ck_assert(alice_has("", ""));
    ck_assert_int_eq(store_remove(store, SLICE("alice"), &why), SCRAM_NO_USER);
    ck_assert_ptr_nonnull(strstr(why.text, "alice"));
}
END_TEST

START_TEST(what_somebody_else_changes_meanwhile_is_looked_at_again)
{
    ck_assert_int_eq(put("alice", "SCRAM-SHA-256", 4096, STORE_ADD), SCRAM_OK);
    strcpy(fake.entries[0].values[0], fake_verifier("SCRAM-SHA-256", 4096));
    strcpy(fake.entries[0].values[1], "MD5$c2FsdA==$aGFzaA==");
    fake.meddled = true;
    ck_assert_int_eq(put("alice", "SCRAM-SHA-256", 6000, STORE_REPLACE),
                     SCRAM_OK);
    ck_assert(alice_has(fake_verifier("SCRAM-SHA-256", 6000), ""));
}
END_TEST

START_TEST(many_are_put_each_for_itself)
{
    struct scram_verifier v = verifier("SCRAM-SHA-256", 4096), none = {0};
    struct store_entry entries[] = {
        {SLICE("nobody"), &v, SCRAM_OK},
        {SLICE("alice"), &v, SCRAM_OK},
        {SLICE("alice"), &v, SCRAM_OK},
        {SLICE("alice"), &none, SCRAM_OK},
    };

    store_begin(store);
    ck_assert_int_eq(store_put_many(store, entries, 4, STORE_ADD, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK);
    ck_assert_int_eq(entries[0].status, SCRAM_NO_USER);
    ck_assert_int_eq(entries[1].status, SCRAM_OK);
    ck_assert_int_eq(entries[2].status, SCRAM_USER_EXISTS);
    ck_assert_int_eq(entries[3].status, SCRAM_BAD_ARGUMENT);
    fake.fails = SCRAM_STORE_ABSENT;
    ck_assert_int_eq(store_put_many(store, entries, 4, STORE_ADD, NULL),
                     SCRAM_STORE_ABSENT);
}
END_TEST

START_TEST(a_store_for_reading_is_not_written)
{
    struct scram_verifier v = verifier("SCRAM-SHA-256", 4096);
    struct store *reading;

    ck_assert_int_eq(store_open(STORE_KINDS(&store_ldap), "ldap://127.0.0.1",
                                STORE_READ, &reading, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(store_put(reading, SLICE("alice"), &v, STORE_EITHER, NULL),
                     SCRAM_STORE_FORBIDDEN);
    ck_assert_int_eq(store_remove(reading, SLICE("alice"), NULL),
                     SCRAM_STORE_FORBIDDEN);
    ck_assert_uint_eq(fake.changes, 0);
    store_close(reading);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_verifier_is_put_into_an_entry_that_is_there);
    tcase_add_test(tests, who_is_disabled_has_a_value_that_nobody_else_knows);
    tcase_add_test(tests, what_is_damaged_or_twice_goes_when_it_is_replaced);
    tcase_add_test(tests, ours_alone_is_removed);
    tcase_add_test(tests,
                   what_somebody_else_changes_meanwhile_is_looked_at_again);
    tcase_add_test(tests, many_are_put_each_for_itself);
    tcase_add_test(tests, a_store_for_reading_is_not_written);
}

int
main(void)
{
    return unit_run("ldap_change", add, 30);
}
