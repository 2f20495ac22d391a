/*
 * The passwords that the agent keeps: which one is for whom, how long, and what
 * is left of one that is not there any more.
 */
#include "daemon/agent/entries.h"

#include <stdio.h>

#include "../unit/unit.h"

#define NOW 1000000

static struct agent_entries entries;

static void
begin(void)
{
    memset(&entries, 0, sizeof(entries));
}

static enum scram_status
keep_for(const char *target, const char *user, const char *password,
         uint32_t lifetime)
{
    const struct wire_keep keep = {.target = slice_of(target),
                                   .user = slice_of(user),
                                   .password = slice_of(password),
                                   .lifetime = lifetime};
    struct sentence why = {""};
    enum scram_status status = entries_keep(&entries, &keep, NOW, &why);

    ck_assert((status == SCRAM_OK) == (why.text[0] == '\0'));
    return status;
}

static enum scram_status
keep(const char *target, const char *user)
{
    return keep_for(target, user, "password", WIRE_FOREVER);
}

/* The user whose password is for a target, or why there is none. */
static const char *
chosen(const char *target, const char *user)
{
    static char name[SCRAM_USER_MAX + 1];
    struct agent_entry *e;

    switch (entries_choose(&entries, SCRAM_SHA_256, slice_of(target),
                           slice_of(user), &e)) {
    case SCRAM_OK:
        snprintf(name, sizeof(name), "%.*s", (int)e->user_len, (char *)e->user);
        return name;
    case SCRAM_EXPIRED:
        return "(expired)";
    default:
        return "(none)";
    }
}

/* Whether bytes are anywhere in what there is. */
static bool
is_anywhere(const char *bytes)
{
    return memmem(&entries, sizeof(entries), bytes, strlen(bytes)) != NULL;
}

START_TEST(a_password_takes_the_place_of_the_one_before)
{
    uint64_t number;

    ck_assert_int_eq(keep("*", "alice"), SCRAM_OK);
    ck_assert_int_eq(keep("*", "bob"), SCRAM_OK);
    number = entries.list[1].number;
    ck_assert_int_eq(keep_for("*", "alice", "the second one", 60), SCRAM_OK);
    ck_assert_uint_eq(entries.count, 2);
    /* It is another one. */
    ck_assert_ptr_null(entries_find(&entries, number));
    ck_assert_uint_eq(agent_entry_left(&entries.list[0], NOW), 60);
    ck_assert_uint_eq(agent_entry_left(&entries.list[1], NOW), WIRE_FOREVER);
    /* A shorter one leaves nothing of a longer one. */
    ck_assert_int_eq(keep_for("*", "alice", "3", 60), SCRAM_OK);
    ck_assert(!is_anywhere("second"));
}
END_TEST

/* As the command says to each of them, and as it is with the file. */
START_TEST(who_logs_in_last_is_whom_programs_log_in_as)
{
    ck_assert_int_eq(keep("*", "alice"), SCRAM_OK);
    ck_assert_int_eq(keep("*", "bob"), SCRAM_OK);
    ck_assert_int_eq(keep("HTTP@y", "carol"), SCRAM_OK);
    ck_assert_str_eq(chosen("HTTP@x", ""), "bob");
    ck_assert_str_eq(chosen("HTTP@x", "alice"), "alice");
    ck_assert_str_eq(chosen("HTTP@y", ""), "carol");
    ck_assert_str_eq(chosen("", ""), "carol");
    ck_assert_int_eq(keep("*", "alice"), SCRAM_OK);
    ck_assert_str_eq(chosen("HTTP@x", ""), "alice");
    ck_assert_str_eq(chosen("HTTP@x", "bob"), "bob");
    ck_assert_str_eq(chosen("", ""), "alice");
    ck_assert_uint_eq(entries.count, 3);
}
END_TEST

START_TEST(a_name_is_compared_as_it_is_prepared)
{
    ck_assert_int_eq(keep("*", "alic\302\252"), SCRAM_OK); /* is an "a" */
    ck_assert_str_eq(chosen("HTTP@x", "alica"), "alica");
    ck_assert_int_eq(keep("*", "alica"), SCRAM_OK);
    ck_assert_uint_eq(entries.count, 1);
}
END_TEST

static const struct {
    const char *target, *user, *password;
    uint32_t lifetime;
    enum scram_status status;
} refused[] = {
    {"www", "a", "p", 1, SCRAM_BAD_ARGUMENT},
    {"", "a", "p", 1, SCRAM_BAD_ARGUMENT},
    {"HTTP@**", "a", "p", 1, SCRAM_BAD_ARGUMENT},
    {"*", "", "p", 1, SCRAM_BAD_USERNAME},
    {"*", "\007", "p", 1, SCRAM_BAD_USERNAME},
    {"*", "a", "", 1, SCRAM_BAD_PASSWORD},
    {"*", "a", "\007", 1, SCRAM_BAD_PASSWORD},
    {"*", "a", "\377", 1, SCRAM_BAD_PASSWORD},
    {"*", "a", "p", 0, SCRAM_BAD_ARGUMENT},
};

START_TEST(what_is_no_password_is_not_kept)
{
    ck_assert_int_eq(keep_for(refused[_i].target, refused[_i].user,
                              refused[_i].password, refused[_i].lifetime),
                     refused[_i].status);
    ck_assert_uint_eq(entries.count, 0);
}
END_TEST

START_TEST(a_password_that_is_too_long_is_not_kept)
{
    char password[SCRAM_PASSWORD_MAX + 2];

    memset(password, 'p', sizeof(password));
    password[SCRAM_PASSWORD_MAX + 1] = '\0';
    ck_assert_int_eq(keep_for("*", "a", password, 1), SCRAM_BAD_PASSWORD);
    password[SCRAM_PASSWORD_MAX] = '\0';
    ck_assert_int_eq(keep_for("*", "a", password, 1), SCRAM_OK);
}
END_TEST

START_TEST(one_is_wiped_when_its_time_is_over)
{
    ck_assert_int_eq(keep_for("*", "alice", "correct-horse", 60), SCRAM_OK);
    ck_assert_int_eq(keep_for("*", "bob", "battery-staple", 90), SCRAM_OK);
    ck_assert_uint_eq(entries_expire(&entries, NOW), NOW + 60000);
    ck_assert_uint_eq(entries_expire(&entries, NOW + 59999), NOW + 60000);
    ck_assert(is_anywhere("correct-horse"));
    ck_assert_uint_eq(agent_entry_left(&entries.list[1], NOW + 59999), 1);
    ck_assert_str_eq(chosen("HTTP@x", "alice"), "alice");

    ck_assert_uint_eq(entries_expire(&entries, NOW + 60000), NOW + 90000);
    ck_assert(!is_anywhere("correct-horse"));
    ck_assert(is_anywhere("battery-staple"));
    ck_assert_ptr_null(entries_find(&entries, 1));
    /* Whoever asks for it learns why; whoever asks for any gets another. */
    ck_assert_str_eq(chosen("HTTP@x", "alice"), "(expired)");
    ck_assert_str_eq(chosen("HTTP@x", "carol"), "(none)");
    ck_assert_str_eq(chosen("HTTP@x", ""), "bob");
    ck_assert_ptr_eq(entries_at(&entries, 0), &entries.list[0]);
    ck_assert_ptr_null(entries_at(&entries, 1));

    ck_assert_uint_eq(entries_expire(&entries, NOW + 90000), ENTRIES_NO_END);
    ck_assert(!is_anywhere("battery-staple"));
    /* A new one is as any other. */
    ck_assert_int_eq(keep("*", "alice"), SCRAM_OK);
    ck_assert_str_eq(chosen("HTTP@x", "alice"), "alice");
    ck_assert_uint_eq(entries.count, 2);
}
END_TEST

START_TEST(what_is_forgotten_is_wiped)
{
    ck_assert_int_eq(keep_for("HTTP@*", "alice", "correct-horse", 60),
                     SCRAM_OK);
    ck_assert_int_eq(keep_for("*", "alice", "battery-staple", 60), SCRAM_OK);
    ck_assert_int_eq(keep_for("*", "bob", "paperclip", 60), SCRAM_OK);
    ck_assert_int_eq(keep_for("*", "carol", "bicycle", 1), SCRAM_OK);
    ck_assert_uint_eq(entries_forget(&entries, SLICE("HTTP@x"), SLICE("")), 0);
    ck_assert_uint_eq(entries_forget(&entries, SLICE("*"), SLICE("alice")), 1);
    ck_assert(!is_anywhere("battery-staple"));
    ck_assert(is_anywhere("correct-horse") && is_anywhere("paperclip"));
    (void)entries_expire(&entries, NOW + 1000);
    ck_assert_uint_eq(entries_forget(&entries, SLICE(""), SLICE("")), 2);
    ck_assert_uint_eq(entries.count, 0);
    ck_assert(!is_anywhere("correct-horse") && !is_anywhere("paperclip"));
    ck_assert_str_eq(chosen("HTTP@x", "carol"), "(none)");
}
END_TEST

START_TEST(there_is_room_for_so_many)
{
    char user[16];
    unsigned i;

    for (i = 0; i < ENTRIES_MAX; i++) {
        snprintf(user, sizeof(user), "user%u", i);
        ck_assert_int_eq(keep_for("*", user, "p", i == 5 ? 1 : 60), SCRAM_OK);
    }
    ck_assert_int_eq(keep("*", "one more"), SCRAM_NO_RESOURCES);
    ck_assert_int_eq(keep("*", "user7"), SCRAM_OK);
    /* One that has expired gives way. */
    (void)entries_expire(&entries, NOW + 1000);
    ck_assert_int_eq(keep("*", "one more"), SCRAM_OK);
    ck_assert_str_eq(chosen("HTTP@x", "user5"), "(none)");
    ck_assert_str_eq(chosen("HTTP@x", "one more"), "one more");
    ck_assert_int_eq(keep("*", "another"), SCRAM_NO_RESOURCES);
}
END_TEST

static struct entry_salt
salt_of(unsigned number)
{
    struct entry_salt salt;
    uint8_t bytes[2] = {(uint8_t)(number >> 8), (uint8_t)number};

    ck_assert_int_eq(entry_salt_of(SLICE_ARRAY(bytes), 4096, &salt), SCRAM_OK);
    return salt;
}

static const struct scram_keys *
keys_of(struct entry_keys *keys, unsigned number)
{
    struct entry_salt salt = salt_of(number);

    return entry_keys_find(keys, &salt);
}

static void
put(struct entry_keys *keys, unsigned number)
{
    struct scram_keys derived = {{{(uint8_t)number}}, {{0}}, {{0}}};
    struct entry_salt salt = salt_of(number);

    entry_keys_put(keys, &salt, &derived);
}

START_TEST(keys_are_of_a_salt_and_a_count)
{
    static struct entry_keys keys;
    struct entry_salt other;

    put(&keys, 7);
    ck_assert_ptr_nonnull(keys_of(&keys, 7));
    ck_assert_uint_eq(keys_of(&keys, 7)->client_key.data[0], 7);
    ck_assert_ptr_null(keys_of(&keys, 8));
    ck_assert_int_eq(entry_salt_of(SLICE("\0\7"), 4097, &other), SCRAM_OK);
    ck_assert_ptr_null(entry_keys_find(&keys, &other));
    entry_keys_forget(&keys);
    ck_assert_ptr_null(keys_of(&keys, 7));
}
END_TEST

START_TEST(keys_are_wiped_with_the_password_that_expires)
{
    ck_assert_int_eq(keep_for("*", "alice", "correct-horse", 60), SCRAM_OK);
    put(&entries.list[0].keys, 7);
    (void)entries_expire(&entries, NOW + 59999);
    ck_assert_ptr_nonnull(keys_of(&entries.list[0].keys, 7));
    (void)entries_expire(&entries, NOW + 60000);
    ck_assert_ptr_null(keys_of(&entries.list[0].keys, 7));
}
END_TEST

START_TEST(keys_of_no_use_for_longest_give_way)
{
    static struct entry_keys keys;
    unsigned i;

    for (i = 0; i < ENTRY_KEYS_MAX; i++)
        put(&keys, i);
    ck_assert_ptr_nonnull(keys_of(&keys, 0));
    put(&keys, ENTRY_KEYS_MAX);
    ck_assert_ptr_nonnull(keys_of(&keys, 0));
    ck_assert_ptr_null(keys_of(&keys, 1));
    for (i = 2; i <= ENTRY_KEYS_MAX; i++)
        ck_assert_ptr_nonnull(keys_of(&keys, i));
}
END_TEST

START_TEST(so_many_are_derived_at_once_and_then_one_a_minute)
{
    struct entry_keys *keys;
    unsigned i;

    ck_assert_int_eq(keep("*", "alice"), SCRAM_OK);
    keys = &entries.list[0].keys;
    for (i = 0; i < ENTRY_KEYS_AT_ONCE; i++)
        ck_assert_uint_eq(entry_keys_take_turn(keys, NOW + i), 0);
    ck_assert_uint_eq(entry_keys_take_turn(keys, NOW + i), 59984);
    /* Neither forgotten keys nor a new password are a way around it. */
    entry_keys_forget(keys);
    ck_assert_int_eq(keep_for("*", "alice", "another", 60), SCRAM_OK);
    ck_assert_uint_eq(entry_keys_take_turn(keys, NOW + 59990), 10);
    ck_assert_uint_eq(entry_keys_take_turn(keys, NOW + 60000), 0);
    ck_assert_uint_eq(entry_keys_take_turn(keys, NOW + 60001), 59999);
}
END_TEST

/* Logins that were days ago keep nobody waiting; nor is more than so many saved
 * up. */
START_TEST(what_was_derived_long_ago_does_not_count)
{
    static struct entry_keys keys;
    const uint64_t day = 86400000;
    unsigned i, j;

    for (i = 1; i <= 100; i++) {
        for (j = 0; j < 5; j++)
            ck_assert_uint_eq(entry_keys_take_turn(&keys, i * day), 0);
    }
    for (; j < ENTRY_KEYS_AT_ONCE; j++)
        ck_assert_uint_eq(entry_keys_take_turn(&keys, 100 * day), 0);
    ck_assert_uint_eq(entry_keys_take_turn(&keys, 100 * day), 60000);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, a_password_takes_the_place_of_the_one_before);
    tcase_add_test(tests, who_logs_in_last_is_whom_programs_log_in_as);
    tcase_add_test(tests, a_name_is_compared_as_it_is_prepared);
    tcase_add_loop_test(tests, what_is_no_password_is_not_kept, 0,
                        COUNT(refused));
    tcase_add_test(tests, a_password_that_is_too_long_is_not_kept);
    tcase_add_test(tests, one_is_wiped_when_its_time_is_over);
    tcase_add_test(tests, what_is_forgotten_is_wiped);
    tcase_add_test(tests, there_is_room_for_so_many);
    tcase_add_test(tests, keys_are_of_a_salt_and_a_count);
    tcase_add_test(tests, keys_are_wiped_with_the_password_that_expires);
    tcase_add_test(tests, keys_of_no_use_for_longest_give_way);
    tcase_add_test(tests, so_many_are_derived_at_once_and_then_one_a_minute);
    tcase_add_test(tests, what_was_derived_long_ago_does_not_count);
}

int
main(void)
{
    return unit_run("entries", add, 60);
}
