#include "unit.h"

#include "gss/context.h"
#include "gss/exported.h"
#include "noise.h"
#include "scram/message.h"

#define BOUND (CONTEXT_FLAGS | GSS_C_CHANNEL_BOUND_FLAG)

static const struct exported kinds[] = {
    {.kind = EXPORTED_INITIATOR,
     .mechanism = SCRAM_SHA_256,
     .target = {.text = {(const uint8_t *)"host@server", 11},
                .kind = NAME_SERVICE,
                .mechanism = SCRAM_SHA_1},
     .flags = CONTEXT_FLAGS,
     .source = {.text = {(const uint8_t *)"alice", 5}},
     .messages = {{1, 2, 3}, 4, 5, 0x1f}},
    {.kind = EXPORTED_ACCEPTOR,
     .mechanism = SCRAM_SHA_1,
     .audit = true,
     .flags = BOUND,
     .source = {.text = {(const uint8_t *)"bob", 3},
                .store = {(const uint8_t *)"lmdb:/a", 7},
                .mechanism = SCRAM_SHA_1},
     .messages = {{0}, UINT64_MAX, UINT64_MAX, UINT64_MAX}},
    {.kind = EXPORTED_HALF_OPEN,
     .mechanism = SCRAM_SHA_256,
     .require_channel_bindings = true,
     .client_first = {(const uint8_t *)"n=user,r=ab", 11},
     .server_first = {(const uint8_t *)"r=abcd,s=cw==,i=4096", 20},
     .ticket = {7, TICKETS - 1, UINT64_MAX},
     .left = 3600000},
};

static uint8_t memory[65536];

static struct slice
written(const struct exported *e)
{
    struct buffer out = BUFFER_ARRAY(memory);

    exported_write(e, &out);
    ck_assert(!out.overflow);
    ck_assert_uint_eq(out.len, exported_size(e));
    return buffer_slice(&out);
}

static void
assert_same_name(const struct exported_name *a, const struct exported_name *b)
{
    ck_assert(slice_equal(a->text, b->text));
    ck_assert(slice_equal(a->store, b->store));
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_int_eq(a->mechanism, b->mechanism);
}

START_TEST(what_was_written_is_read)
{
    const struct exported *e = &kinds[_i];
    struct exported got;

    ck_assert(exported_read(written(e), &got));
    ck_assert_int_eq(got.kind, e->kind);
    ck_assert_int_eq(got.mechanism, e->mechanism);
    ck_assert_int_eq(got.audit, e->audit);
    assert_same_name(&got.target, &e->target);
    assert_same_name(&got.source, &e->source);
    ck_assert_uint_eq(got.flags, e->flags);
    ck_assert_mem_eq(got.messages.key, e->messages.key,
                     sizeof(e->messages.key));
    ck_assert_uint_eq(got.messages.next_seq, e->messages.next_seq);
    ck_assert_uint_eq(got.messages.expected, e->messages.expected);
    ck_assert_uint_eq(got.messages.received, e->messages.received);
    ck_assert_int_eq(got.require_channel_bindings, e->require_channel_bindings);
    ck_assert(slice_equal(got.client_first, e->client_first));
    ck_assert(slice_equal(got.server_first, e->server_first));
    ck_assert_uint_eq(got.ticket.table, e->ticket.table);
    ck_assert_uint_eq(got.ticket.place, e->ticket.place);
    ck_assert_uint_eq(got.ticket.word, e->ticket.word);
    ck_assert_uint_eq(got.left, e->left);
}
END_TEST

/* In memory of its own, so that a byte too far is found; nothing is set. */
static bool
reads(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    struct exported got = {.left = 4711};
    bool good;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    good = exported_read((struct slice){copy, len}, &got);
    ck_assert(good || got.left == 4711);
    free(copy);
    return good;
}

START_TEST(nothing_is_missing_and_nothing_follows)
{
    struct slice s = written(&kinds[_i]);
    size_t len;

    for (len = 0; len < s.len; len++)
        ck_assert(!reads(s.data, len));
    ck_assert(reads(s.data, s.len));
    memory[s.len] = 0;
    ck_assert(!reads(s.data, s.len + 1));
}
END_TEST

/* Whatever is read after all is in its range. */
START_TEST(any_bytes_are_read_or_refused)
{
    struct slice s = written(&kinds[_i]);
    struct noise noise = {7};
    size_t at, change;
    int n;

    for (at = 0; at < s.len; at++) {
        for (change = 1; change < 256; change++) {
            memory[at] ^= (uint8_t)change;
            (void)reads(memory, s.len);
            memory[at] ^= (uint8_t)change;
        }
    }
    for (n = 0; n < 20000; n++) {
        size_t len = noise_below(&noise, 200);

        noise_fill(&noise, memory, len);
        memory[0] = EXPORTED_VERSION;
        memory[1] = (uint8_t)_i;
        memory[2] = memory[3] = 0;
        (void)reads(memory, len);
    }
}
END_TEST

static uint8_t longest[SCRAM_TOKEN_MAX + 1];

static struct exported_name
name(enum name_kind kind, size_t len)
{
    return (struct exported_name){.text = {longest, len}, .kind = kind};
}

/* One thing about each that may not be, or may just be. */
START_TEST(every_number_has_its_range)
{
    struct exported i = kinds[0], a = kinds[1], h = kinds[2];
    struct exported *all[] = {&i, &a, &h};
    struct {
        struct exported what;
        bool good;
    } cases[29];
    int n = 0, k;

    memset(longest, 'x', sizeof(longest));
#define CASE(base, change, is_good)                                            \
    do {                                                                       \
        cases[n].what = base;                                                  \
        cases[n].what.change;                                                  \
        cases[n++].good = is_good;                                             \
    } while (0)
    for (k = 0; k < 3; k++) {
        CASE(*all[k], mechanism = SCRAM_MECHANISMS, false);
        CASE(*all[k], target = name(NAME_SERVICE, NAME_SERVICE_MAX), true);
        CASE(*all[k], target = name(NAME_SERVICE, NAME_SERVICE_MAX + 1), false);
    }
    CASE(h, kind = EXPORTED_HALF_OPEN + 1, false);
    CASE(i, target.text.len = 0, false);
    CASE(i, source.text.len = 0, false);
    CASE(a, source.text.len = 0, false);
    CASE(a, source.kind = NAME_SERVICE, false);
    CASE(a, source.kind = NAME_SERVICE + 1, false);
    CASE(a, source.mechanism = SCRAM_MECHANISMS, false);
    CASE(a, source = name(NAME_USER, SCRAM_USER_MAX), true);
    CASE(a, source = name(NAME_USER, SCRAM_USER_MAX + 1), false);
    CASE(a, source.text = SLICE("a\0b"), false);
    CASE(a, source.store = SLICE("lmdb:a\0"), false);
    CASE(a, source.store = ((struct slice){longest, NAME_STORE_MAX}), true);
    CASE(a, source.store = ((struct slice){longest, NAME_STORE_MAX + 1}),
         false);
    CASE(a, flags |= GSS_C_DELEG_FLAG, false);
    CASE(a, flags = 0, false);
    CASE(h, ticket.place = TICKETS, false);
    CASE(h, left = 3600001, false);
    CASE(h, client_first = ((struct slice){longest, SCRAM_TOKEN_MAX}), true);
    CASE(h, client_first = SLICE_ARRAY(longest), false);
    CASE(h, server_first = SLICE_ARRAY(longest), false);
    ck_assert_int_eq(n, COUNT(cases));
    for (k = 0; k < n; k++) {
        struct slice s = written(&cases[k].what);

        ck_assert_msg(reads(s.data, s.len) == cases[k].good, "case %d", k);
    }
}
END_TEST

START_TEST(another_version_is_not_read)
{
    struct slice s = written(&kinds[_i]);

    memory[0] = EXPORTED_VERSION + 1;
    ck_assert(!reads(s.data, s.len));
    memory[0] = 0;
    ck_assert(!reads(s.data, s.len));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, what_was_written_is_read, 0, 3);
    tcase_add_loop_test(tests, nothing_is_missing_and_nothing_follows, 0, 3);
    tcase_add_loop_test(tests, any_bytes_are_read_or_refused, 0, 3);
    tcase_add_test(tests, every_number_has_its_range);
    tcase_add_loop_test(tests, another_version_is_not_read, 0, 3);
}

int
main(void)
{
    return unit_run("exported", add, 60);
}
