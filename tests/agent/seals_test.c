/*
 * The agent's seals: of one scope, for a time, once, and for good.
 */
#include "daemon/agent/seals.h"

#include "../unit/unit.h"

#define NOW 50000000

static struct agent_seals seals;

struct made {
    uint8_t bytes[AGENT_SEAL_LEN];
};

static void
begin(void)
{
    struct sentence why;

    seals = (struct agent_seals){.last = 0};
    ck_assert_int_eq(agent_seals_begin(&seals, &why), SCRAM_OK);
}

static void
end(void)
{
    agent_seals_end(&seals);
}

static struct agent_seal_scope
scope(void)
{
    return (struct agent_seal_scope){
        AGENT_SEAL_SIGNATURE,
        SCRAM_SHA_256,
        {SLICE("client-first"), SLICE("server-first"), SLICE("final")}};
}

static struct made
make_at(uint64_t now)
{
    const struct agent_seal_scope s = scope();
    struct made made;
    struct buffer seal = BUFFER_ARRAY(made.bytes);

    ck_assert_int_eq(agent_seal_make(&seals, &s, 7, now, &seal), SCRAM_OK);
    ck_assert(seal.len == AGENT_SEAL_LEN && !seal.overflow);
    return made;
}

static enum scram_status
use_of(const struct agent_seal_scope *s, struct slice bytes, uint64_t now)
{
    struct sentence why = {""};
    uint64_t entry = 0;
    enum scram_status status =
        agent_seal_use(&seals, s, bytes, now, &entry, &why);

    ck_assert_uint_eq(entry, status == SCRAM_OK ? 7 : 0);
    ck_assert((status == SCRAM_OK) == (why.text[0] == '\0'));
    return status;
}

static enum scram_status
use(const struct made *made, uint64_t now)
{
    const struct agent_seal_scope s = scope();

    return use_of(&s, SLICE_ARRAY(made->bytes), now);
}

START_TEST(a_seal_is_good_once)
{
    struct made one = make_at(NOW), two = make_at(NOW);

    ck_assert_int_eq(use(&two, NOW), SCRAM_OK);
    ck_assert_int_eq(use(&two, NOW), SCRAM_AGENT_ANEW);
    ck_assert_int_eq(use(&one, NOW), SCRAM_OK);
    ck_assert_int_eq(use(&one, NOW), SCRAM_AGENT_ANEW);
    ck_assert_int_eq(use(&two, NOW), SCRAM_AGENT_ANEW);
}
END_TEST

START_TEST(a_seal_has_its_time)
{
    struct made one = make_at(NOW), two = make_at(NOW);

    ck_assert_int_eq(use(&one, NOW + AGENT_SEAL_MS), SCRAM_AGENT_ANEW);
    ck_assert_int_eq(use(&one, NOW + AGENT_SEAL_MS - 1), SCRAM_OK);
    ck_assert_int_eq(use(&two, NOW + 10 * AGENT_SEAL_MS), SCRAM_AGENT_ANEW);
}
END_TEST

/* Every single bit counts. */
START_TEST(a_seal_is_right_as_it_was_made)
{
    const struct agent_seal_scope s = scope();
    struct made made = make_at(NOW);
    unsigned i;

    for (i = 0; i < 8 * AGENT_SEAL_LEN; i++) {
        made.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        ck_assert_int_eq(use(&made, NOW), SCRAM_AGENT_ANEW);
        made.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (i = 0; i < AGENT_SEAL_LEN; i++)
        ck_assert_int_eq(use_of(&s, (struct slice){made.bytes, i}, NOW),
                         SCRAM_AGENT_ANEW);
    ck_assert_int_eq(use(&made, NOW), SCRAM_OK);
}
END_TEST

START_TEST(a_seal_is_of_one_scope)
{
    struct made made = make_at(NOW);
    struct agent_seal_scope s;
    unsigned i;

    for (i = 0; i < 7; i++) {
        s = scope();
        if (i == 0)
            s.kind = AGENT_SEAL_CHOICE;
        else if (i == 1)
            s.mechanism = SCRAM_SHA_1;
        else if (i < 5)
            s.parts[i - 2] = SLICE("another");
        else if (i == 5) /* the same bytes, at another place */
            s.parts[0] = SLICE("client-firstserver-first"),
            s.parts[1] = SLICE("");
        else
            s.parts[1].len--;
        ck_assert_int_eq(use_of(&s, SLICE_ARRAY(made.bytes), NOW),
                         SCRAM_AGENT_ANEW);
    }
    ck_assert_int_eq(use(&made, NOW), SCRAM_OK);
}
END_TEST

/* Where a part has what stands between parts, if lengths did not count. */
START_TEST(a_seal_is_for_parts_that_are_cut_where_they_were)
{
    struct agent_seal_scope s = scope();
    struct made made;
    struct buffer seal = BUFFER_ARRAY(made.bytes);

    s.parts[0] = SLICE("a\0\0\0\0b");
    s.parts[1] = SLICE("c");
    ck_assert_int_eq(agent_seal_make(&seals, &s, 7, NOW, &seal), SCRAM_OK);
    s.parts[0] = SLICE("a");
    s.parts[1] = SLICE("b\0\0\0\0c");
    ck_assert_int_eq(use_of(&s, SLICE_ARRAY(made.bytes), NOW),
                     SCRAM_AGENT_ANEW);
}
END_TEST

START_TEST(a_seal_is_of_one_key)
{
    struct made made = make_at(NOW);
    struct sentence why;

    agent_seals_end(&seals);
    seals = (struct agent_seals){.last = 0};
    ck_assert_int_eq(agent_seals_begin(&seals, &why), SCRAM_OK);
    (void)make_at(NOW);
    ck_assert_int_eq(use(&made, NOW), SCRAM_AGENT_ANEW);
}
END_TEST

/* However many are used in between, no seal is good a second time. */
START_TEST(a_used_seal_that_is_forgotten_is_not_good_again)
{
    static struct made made[AGENT_SEALS_USED + 10];
    struct made never = make_at(NOW);
    unsigned i;

    for (i = 0; i < AGENT_SEALS_USED + 10; i++) {
        made[i] = make_at(NOW);
        ck_assert_int_eq(use(&made[i], NOW), SCRAM_OK);
    }
    for (i = 0; i < AGENT_SEALS_USED + 10; i++)
        ck_assert_int_eq(use(&made[i], NOW), SCRAM_AGENT_ANEW);
    /* And one that is older than what is remembered is none any more. */
    ck_assert_int_eq(use(&never, NOW), SCRAM_AGENT_ANEW);
    made[0] = make_at(NOW);
    ck_assert_int_eq(use(&made[0], NOW), SCRAM_OK);
}
END_TEST

START_TEST(what_has_expired_makes_room_before_anything_is_forgotten)
{
    static struct made made[AGENT_SEALS_USED];
    const uint64_t later = NOW + AGENT_SEAL_MS;
    struct made waits, last;
    unsigned i;

    for (i = 0; i < AGENT_SEALS_USED; i++) {
        made[i] = make_at(NOW);
        ck_assert_int_eq(use(&made[i], NOW), SCRAM_OK);
    }
    waits = make_at(later - 1);
    last = make_at(later);
    ck_assert_int_eq(use(&last, later), SCRAM_OK);
    ck_assert_uint_eq(seals.used_count, 1);
    ck_assert_int_eq(use(&made[5], later), SCRAM_AGENT_ANEW);
    ck_assert_int_eq(use(&waits, later), SCRAM_OK);
    ck_assert_int_eq(use(&waits, later), SCRAM_AGENT_ANEW);
    ck_assert_int_eq(use(&last, later), SCRAM_AGENT_ANEW);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_seal_is_good_once);
    tcase_add_test(tests, a_seal_has_its_time);
    tcase_add_test(tests, a_seal_is_right_as_it_was_made);
    tcase_add_test(tests, a_seal_is_of_one_scope);
    tcase_add_test(tests, a_seal_is_for_parts_that_are_cut_where_they_were);
    tcase_add_test(tests, a_seal_is_of_one_key);
    tcase_add_test(tests, a_used_seal_that_is_forgotten_is_not_good_again);
    tcase_add_test(tests,
                   what_has_expired_makes_room_before_anything_is_forgotten);
}

int
main(void)
{
    return unit_run("seals", add, 60);
}
