/*
 * Root's messages to gss-scramd: what is put is parsed, and nothing else.
 */
#include "wire/admin.h"

#include "unit.h"

static struct scram_verifier
verifier(enum scram_mechanism mechanism)
{
    struct scram_verifier v = {.mechanism = mechanism,
                               .iterations = 4096,
                               .salt_len = SCRAM_SALT_LEN,
                               .enabled = true,
                               .expires = 1801440000,
                               .groups = {9, "web,staff"}};
    size_t len = scram_hash_len(mechanism);

    memset(v.salt, 1, sizeof(v.salt));
    memset(v.stored_key.data, 2, len);
    memset(v.server_key.data, 3, len);
    return v;
}

/* Append both mechanisms' entries. */
static struct wire_entries
both(struct buffer *out, bool keys)
{
    struct wire_entries entries = {.count = 0};
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        struct scram_verifier v = verifier((enum scram_mechanism)m);
        struct wire_entry e = wire_entry_of(SLICE("alice"), &v, keys);

        ck_assert(wire_add_entry(&entries, out, &e));
    }
    return entries;
}

static void
check_both(struct wire_entries entries, bool keys)
{
    struct scram_verifier v, expected;
    struct wire_entry e;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        expected = verifier((enum scram_mechanism)m);
        ck_assert(wire_next_entry(&entries, &e));
        ck_assert(slice_equal(e.user, SLICE("alice")));
        ck_assert_uint_eq(e.expires, expected.expires);
        ck_assert(slice_equal(e.groups, SLICE("web,staff")));
        ck_assert_int_eq(wire_entry_verifier(&e, &v), keys);
        if (!keys)
            continue;
        ck_assert_uint_eq(v.expires, expected.expires);
        ck_assert(slice_equal(groups_slice(&v.groups), SLICE("web,staff")));
        ck_assert_mem_eq(v.salt, expected.salt, SCRAM_SALT_LEN);
        ck_assert_mem_eq(&v.stored_key, &expected.stored_key, 32);
        ck_assert_mem_eq(&v.server_key, &expected.server_key, 32);
    }
    ck_assert(!wire_next_entry(&entries, &e));
}

START_TEST(a_request_is_parsed_whole_or_not_at_all)
{
    uint8_t space[2048] = {0}, packed[1024];
    struct buffer out = BUFFER_ARRAY(space), entries = BUFFER_ARRAY(packed);
    struct wire_admin_request r = {.op = WIRE_ADMIN_SET,
                                   .location = SLICE("lmdb:/users"),
                                   .user = SLICE("alice"),
                                   .how = 2,
                                   .flags = WIRE_PASSWORD,
                                   .number = 7},
                              parsed;
    size_t len;

    r.entries = both(&entries, true);
    wire_put_admin_request(&r, &out);
    for (len = 0; len <= out.len + 1; len++)
        ck_assert_int_eq(
            wire_parse_admin_request((struct slice){space, len}, &parsed),
            len == out.len);
    ck_assert_int_eq(parsed.op, r.op);
    ck_assert(slice_equal(parsed.location, r.location));
    ck_assert(slice_equal(parsed.user, r.user));
    ck_assert_uint_eq(parsed.how, 2);
    ck_assert_uint_eq(parsed.flags, WIRE_PASSWORD);
    ck_assert_uint_eq(parsed.number, 7);
    check_both(parsed.entries, true);
}
END_TEST

START_TEST(an_answer_is_parsed_whole_or_not_at_all)
{
    uint8_t space[2048] = {0}, packed[1024];
    struct buffer out = BUFFER_ARRAY(space), entries = BUFFER_ARRAY(packed);
    struct wire_admin_answer a = {.op = WIRE_ADMIN_LIST,
                                  .status = SCRAM_STORE_FAILED,
                                  .flags = WIRE_MORE,
                                  .text = SLICE("text"),
                                  .sentence = SLICE("why")},
                             parsed;
    size_t len;

    a.entries = both(&entries, false);
    wire_put_admin_answer(&a, &out);
    for (len = 0; len <= out.len + 1; len++)
        ck_assert_int_eq(
            wire_parse_admin_answer((struct slice){space, len}, &parsed),
            len == out.len);
    ck_assert_int_eq(parsed.status, SCRAM_STORE_FAILED);
    ck_assert_uint_eq(parsed.flags, WIRE_MORE);
    ck_assert(slice_equal(parsed.text, a.text));
    ck_assert(slice_equal(parsed.sentence, a.sentence));
    check_both(parsed.entries, false);
}
END_TEST

/* What an entry must not have: a byte of the entry, and what it becomes. */
static const struct {
    size_t at;
    uint8_t value;
} bad[] = {
    {3, 6},    /* a user's length that eats what follows */
    {9, 2},    /* a mechanism that there is not */
    {10, 64},  /* a flag that there is not */
    {11, 255}, /* more iterations than fit */
    {34, 10},  /* groups that eat what follows */
    {38, 0},   /* groups that are none */
    {47, 65},  /* a salt's length that eats what follows */
    {67, 31},  /* a key of another length */
    {103, 31}, /* likewise */
};

START_TEST(an_entry_with_a_byte_that_is_wrong_is_refused)
{
    uint8_t space[1024], packed[512];
    struct scram_verifier v = verifier(SCRAM_SHA_256);
    struct wire_entry e = wire_entry_of(SLICE("alice"), &v, true);
    struct wire_admin_request r = {.op = WIRE_ADMIN_PUT}, parsed;
    struct buffer out = BUFFER_ARRAY(space), entries = BUFFER_ARRAY(packed);
    size_t begin;

    ck_assert(wire_add_entry(&r.entries, &entries, &e));
    wire_put_admin_request(&r, &out);
    begin = out.len - entries.len;
    ck_assert(wire_parse_admin_request(buffer_slice(&out), &parsed));
    space[begin + bad[_i].at] = bad[_i].value;
    ck_assert(!wire_parse_admin_request(buffer_slice(&out), &parsed));
}
END_TEST

/* Whole fields, up to what a verifier has room for and one byte more. */
START_TEST(an_entry_s_fields_are_as_long_as_there_is_room_for)
{
    static uint8_t longest[2048];
    static const struct {
        size_t user, salt, groups, stored_key, server_key;
        bool taken;
    } lens[] = {
        {SCRAM_USER_MAX, SCRAM_SALT_MAX, GROUPS_NAME_MAX, 32, 32, true},
        {1, 1, 0, 0, 0, true},
        {SCRAM_USER_MAX + 1, 1, 0, 32, 32, false},
        {1, SCRAM_SALT_MAX + 1, 0, 32, 32, false},
        {1, 1, GROUPS_NAME_MAX + 1, 32, 32, false},
        {1, 1, 0, 20, 32, false}, /* SCRAM-SHA-1's */
        {1, 1, 0, 32, 20, false},
        {1, 1, 0, 33, 32, false},
        {1, 1, 0, 32, 33, false},
    };
    uint8_t space[4096], packed[4096];
    int i;

    memset(longest, 'x', sizeof(longest));
    for (i = 0; i < COUNT(lens); i++) {
        struct scram_verifier v = verifier(SCRAM_SHA_256);
        struct wire_entry e =
            wire_entry_of((struct slice){longest, lens[i].user}, &v, true);
        struct wire_admin_request r = {.op = WIRE_ADMIN_PUT}, parsed;
        struct buffer out = BUFFER_ARRAY(space), entries = BUFFER_ARRAY(packed);

        e.salt = (struct slice){longest, lens[i].salt};
        e.groups = (struct slice){longest, lens[i].groups};
        e.stored_key = (struct slice){longest, lens[i].stored_key};
        e.server_key = (struct slice){longest, lens[i].server_key};
        ck_assert(wire_add_entry(&r.entries, &entries, &e));
        wire_put_admin_request(&r, &out);
        ck_assert_msg(wire_parse_admin_request(buffer_slice(&out), &parsed) ==
                          lens[i].taken,
                      "%d", i);
    }
}
END_TEST

START_TEST(what_no_message_of_root_s_is_is_none)
{
    uint8_t space[256];
    struct wire_admin_request r = {.user = SLICE("alice")}, parsed;
    int op;

    for (op = 0; op < 256; op++) {
        struct buffer out = BUFFER_ARRAY(space);

        r.op = (enum wire_admin_op)op;
        wire_put_admin_request(&r, &out);
        ck_assert_int_eq(wire_parse_admin_request(buffer_slice(&out), &parsed),
                         op >= WIRE_ADMIN_PUT && op <= WIRE_ADMIN_LAST);
    }
}
END_TEST

START_TEST(a_user_is_enabled_as_before_the_way)
{
    struct scram_verifier v = verifier(SCRAM_SHA_256), taken;
    struct wire_entry e;
    int enabled;

    for (enabled = 0; enabled < 2; enabled++) {
        v.enabled = enabled;
        e = wire_entry_of(SLICE("alice"), &v, true);
        taken.enabled = !enabled;
        ck_assert(wire_entry_verifier(&e, &taken));
        ck_assert_int_eq(taken.enabled, enabled);
    }
}
END_TEST

START_TEST(as_many_entries_are_written_as_may_be_read)
{
    static uint8_t space[WIRE_ENTRIES_MAX * 128];
    struct buffer out = BUFFER_ARRAY(space);
    struct scram_verifier v = verifier(SCRAM_SHA_256);
    struct wire_entry e = wire_entry_of(SLICE("a"), &v, false);
    struct wire_entries entries = {.count = 0};
    size_t full;
    int i;

    for (i = 0; i < WIRE_ENTRIES_MAX; i++)
        ck_assert(wire_add_entry(&entries, &out, &e));
    full = out.len;
    ck_assert(!wire_add_entry(&entries, &out, &e));
    ck_assert_uint_eq(entries.count, WIRE_ENTRIES_MAX);
    ck_assert_uint_eq(out.len, full);
}
END_TEST

START_TEST(an_entry_that_does_not_fit_is_not_added)
{
    uint8_t packed[100];
    struct buffer out = BUFFER_ARRAY(packed);
    struct scram_verifier v = verifier(SCRAM_SHA_256);
    struct wire_entry e = wire_entry_of(SLICE("alice"), &v, true);
    struct wire_entries entries = {.count = 0};

    ck_assert(!wire_add_entry(&entries, &out, &e));
    ck_assert_uint_eq(out.len, 0);
    ck_assert(!out.overflow);
    e = wire_entry_of(SLICE("alice"), &v, false);
    ck_assert(wire_add_entry(&entries, &out, &e));
    ck_assert_uint_eq(entries.count, 1);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_request_is_parsed_whole_or_not_at_all);
    tcase_add_test(tests, an_answer_is_parsed_whole_or_not_at_all);
    tcase_add_loop_test(tests, an_entry_with_a_byte_that_is_wrong_is_refused, 0,
                        COUNT(bad));
    tcase_add_test(tests, an_entry_s_fields_are_as_long_as_there_is_room_for);
    tcase_add_test(tests, what_no_message_of_root_s_is_is_none);
    tcase_add_test(tests, a_user_is_enabled_as_before_the_way);
    tcase_add_test(tests, as_many_entries_are_written_as_may_be_read);
    tcase_add_test(tests, an_entry_that_does_not_fit_is_not_added);
}

int
main(void)
{
    return unit_run("wire_admin", add, 20);
}
