#include "unit.h"

#include "gss/context.h"
#include "gss/exported.h"
#include "noise.h"

#define BOUND (CONTEXT_FLAGS | GSS_C_CHANNEL_BOUND_FLAG)

static const struct exported sides[] = {
    {.initiates = true,
     .mechanism = SCRAM_SHA_256,
     .target = {.text = {(const uint8_t *)"host@server", 11},
                .kind = NAME_SERVICE,
                .mechanism = SCRAM_SHA_1},
     .flags = CONTEXT_FLAGS,
     .source = {.text = {(const uint8_t *)"alice", 5}},
     .messages = {{1, 2, 3}, 4, 5, 0x1f}},
    {.mechanism = SCRAM_SHA_1,
     .audit = true,
     .flags = BOUND,
     .source = {.text = {(const uint8_t *)"bob", 3},
                .store = {(const uint8_t *)"file:/a", 7},
                .groups = {(const uint8_t *)"web,staff", 9},
                .mechanism = SCRAM_SHA_1},
     .messages = {{0}, UINT64_MAX, UINT64_MAX, UINT64_MAX}},
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
    ck_assert(slice_equal(a->groups, b->groups));
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_int_eq(a->mechanism, b->mechanism);
}

START_TEST(what_was_written_is_read)
{
    const struct exported *e = &sides[_i];
    struct exported got;

    ck_assert(exported_read(written(e), &got));
    ck_assert_int_eq(got.initiates, e->initiates);
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
}
END_TEST

/* In memory of its own, so that a byte too far is found; nothing is set. */
static bool
reads(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    struct exported got = {.flags = 4711};
    bool good;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    good = exported_read((struct slice){copy, len}, &got);
    ck_assert(good || got.flags == 4711);
    free(copy);
    return good;
}

START_TEST(nothing_is_missing_and_nothing_follows)
{
    struct slice s = written(&sides[_i]);
    size_t len;

    for (len = 0; len < s.len; len++)
        ck_assert(!reads(s.data, len));
    ck_assert(reads(s.data, s.len));
    memory[s.len] = 0;
    ck_assert(!reads(s.data, s.len + 1));
}
END_TEST

/* A context has all the flags that each has, and none that none has. */
START_TEST(flags_are_those_of_a_context)
{
    static const OM_uint32 all[] = {CONTEXT_FLAGS,
                                    CONTEXT_FLAGS | GSS_C_CHANNEL_BOUND_FLAG};
    struct exported e = sides[1];
    OM_uint32 bit;
    struct slice s;

    for (bit = 1; bit != 0; bit <<= 1) {
        e.flags = all[_i] ^ bit;
        s = written(&e);
        ck_assert_int_eq(reads(s.data, s.len), bit == GSS_C_CHANNEL_BOUND_FLAG);
    }
}
END_TEST

/* Whatever is read after all is in its range. */
START_TEST(any_bytes_are_read_or_refused)
{
    struct slice s = written(&sides[_i]);
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
        memory[1] = memory[2] = memory[3] = 0;
        (void)reads(memory, len);
    }
}
END_TEST

static uint8_t longest[NAME_STORE_MAX + 1];

static struct exported_name
name(enum name_kind kind, size_t len)
{
    return (struct exported_name){.text = {longest, len}, .kind = kind};
}

/* One thing about each that may not be, or may just be. */
START_TEST(every_number_has_its_range)
{
    struct exported i = sides[0], a = sides[1];
    struct exported *all[] = {&i, &a};
    struct {
        struct exported what;
        bool good;
    } cases[22];
    int n = 0, k;

    memset(longest, 'x', sizeof(longest));
#define CASE(base, change, is_good)                                            \
    do {                                                                       \
        cases[n].what = base;                                                  \
        cases[n].what.change;                                                  \
        cases[n++].good = is_good;                                             \
    } while (0)
    for (k = 0; k < 2; k++) {
        CASE(*all[k], mechanism = SCRAM_MECHANISMS, false);
        CASE(*all[k], target = name(NAME_SERVICE, NAME_SERVICE_MAX), true);
        CASE(*all[k], target = name(NAME_SERVICE, NAME_SERVICE_MAX + 1), false);
    }
    CASE(i, target.text.len = 0, false);
    CASE(i, source.text.len = 0, false);
    CASE(a, source.text.len = 0, false);
    CASE(a, source.kind = NAME_SERVICE, false);
    CASE(a, source.kind = NAME_SERVICE + 1, false);
    CASE(a, source.mechanism = SCRAM_MECHANISMS, false);
    CASE(a, source = name(NAME_USER, SCRAM_USER_MAX), true);
    CASE(a, source = name(NAME_USER, SCRAM_USER_MAX + 1), false);
    CASE(a, source.text = SLICE("a\0b"), false);
    CASE(a, source.store = SLICE("file:a\0"), false);
    CASE(a, source.store = ((struct slice){longest, NAME_STORE_MAX}), true);
    CASE(a, source.store = ((struct slice){longest, NAME_STORE_MAX + 1}),
         false);
    CASE(a, source.groups = SLICE("web,web"), false);
    CASE(a, source.groups = ((struct slice){longest, GROUPS_NAME_MAX}), true);
    CASE(a, flags |= GSS_C_DELEG_FLAG, false);
    CASE(a, flags = 0, false);
    ck_assert_int_eq(n, COUNT(cases));
    for (k = 0; k < n; k++) {
        struct slice s = written(&cases[k].what);

        ck_assert_msg(reads(s.data, s.len) == cases[k].good, "case %d", k);
    }
}
END_TEST

START_TEST(another_version_is_not_read)
{
    struct slice s = written(&sides[_i]);

    memory[0] = EXPORTED_VERSION + 1;
    ck_assert(!reads(s.data, s.len));
    memory[0] = 0;
    ck_assert(!reads(s.data, s.len));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, what_was_written_is_read, 0, 2);
    tcase_add_loop_test(tests, nothing_is_missing_and_nothing_follows, 0, 2);
    tcase_add_loop_test(tests, flags_are_those_of_a_context, 0, 2);
    tcase_add_loop_test(tests, any_bytes_are_read_or_refused, 0, 2);
    tcase_add_test(tests, every_number_has_its_range);
    tcase_add_loop_test(tests, another_version_is_not_read, 0, 2);
}

int
main(void)
{
    return unit_run("exported", add, 60);
}
