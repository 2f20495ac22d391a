#include "unit.h"

#include <pthread.h>

#include "rfc4121/window.h"

#define MANY ((uint64_t)1 << 32)

struct step {
    uint64_t seq;
    enum rfc4121_order order;
};

/* 0, 0 ends a table early: nothing asks for IN_ORDER at 0 but first. */
static const struct {
    bool replay, sequence;
    struct step steps[10];
} cases[] = {
    /* sequence alone: there are no duplicates, only what comes late */
    {false,
     true,
     {{0, RFC4121_IN_ORDER},
      {2, RFC4121_GAP},
      {3, RFC4121_IN_ORDER},
      {1, RFC4121_UNSEQ},
      {4, RFC4121_IN_ORDER}}},
    {false,
     true,
     {{1, RFC4121_GAP},
      {2, RFC4121_IN_ORDER},
      {2, RFC4121_UNSEQ},
      {3, RFC4121_IN_ORDER},
      {3, RFC4121_UNSEQ}}},
    {false,
     true,
     {{1000, RFC4121_GAP}, {1, RFC4121_UNSEQ}, {1001, RFC4121_IN_ORDER}}},
    /* past 32 bits */
    {true,
     true,
     {{MANY - 1, RFC4121_GAP},
      {MANY, RFC4121_IN_ORDER},
      {MANY + 2, RFC4121_GAP},
      {MANY + 1, RFC4121_UNSEQ},
      {MANY, RFC4121_DUPLICATE},
      {1, RFC4121_OLD}}},
    /* both */
    {true,
     true,
     {{5, RFC4121_GAP},
      {3, RFC4121_UNSEQ},
      {8, RFC4121_GAP},
      {3, RFC4121_DUPLICATE},
      {1, RFC4121_UNSEQ},
      {1, RFC4121_DUPLICATE},
      {5, RFC4121_DUPLICATE},
      {8, RFC4121_DUPLICATE},
      {9, RFC4121_IN_ORDER}}},
    {true,
     true,
     {{163, RFC4121_GAP},
      {100, RFC4121_UNSEQ},
      {100, RFC4121_DUPLICATE},
      {99, RFC4121_OLD},
      {164, RFC4121_IN_ORDER},
      {100, RFC4121_OLD},
      {101, RFC4121_UNSEQ}}},
    /* replay alone: a message that was not seen is as good as any */
    {true,
     false,
     {{5, RFC4121_IN_ORDER},
      {3, RFC4121_IN_ORDER},
      {8, RFC4121_IN_ORDER},
      {3, RFC4121_DUPLICATE},
      {1, RFC4121_IN_ORDER},
      {1, RFC4121_DUPLICATE},
      {9, RFC4121_IN_ORDER},
      {9, RFC4121_DUPLICATE}}},
    {true,
     false,
     {{163, RFC4121_IN_ORDER},
      {100, RFC4121_IN_ORDER},
      {100, RFC4121_DUPLICATE},
      {163, RFC4121_DUPLICATE},
      {99, RFC4121_OLD},
      {150, RFC4121_IN_ORDER},
      {150, RFC4121_DUPLICATE},
      {1, RFC4121_OLD}}},
    /* the end of the numbers: what has none left after it is no message */
    {true,
     true,
     {{UINT64_MAX - 1, RFC4121_GAP},
      {UINT64_MAX - 1, RFC4121_DUPLICATE},
      {UINT64_MAX - 2, RFC4121_UNSEQ},
      {UINT64_MAX - 66, RFC4121_OLD}}},
    {true, false, {{UINT64_MAX, RFC4121_DUPLICATE}, {7, RFC4121_IN_ORDER}}},
};

START_TEST(order_is_what_rfc_2743_says)
{
    struct rfc4121_window window = {0};
    const struct step *step = cases[_i].steps;
    int i;

    for (i = 0; i < COUNT(cases[_i].steps) && (i == 0 || step[i].seq != 0); i++)
        ck_assert_msg(rfc4121_window_note(&window, step[i].seq,
                                          cases[_i].replay,
                                          cases[_i].sequence) == step[i].order,
                      "case %d, step %d", _i, i);
}
END_TEST

START_TEST(every_number_of_the_window_is_remembered)
{
    struct rfc4121_window window = {0};
    uint64_t seq;

    for (seq = 0; seq < 10 * RFC4121_WINDOW; seq++)
        ck_assert_int_eq(rfc4121_window_note(&window, seq, true, true),
                         RFC4121_IN_ORDER);
    for (seq = 0; seq < 10 * RFC4121_WINDOW; seq++)
        ck_assert_int_eq(rfc4121_window_note(&window, seq, true, true),
                         seq < 9 * RFC4121_WINDOW ? RFC4121_OLD
                                                  : RFC4121_DUPLICATE);
}
END_TEST

#define THREADS 4
#define NUMBERS 200000

struct race {
    struct rfc4121_window window;
    _Atomic uint32_t taken[NUMBERS]; /* how often a number passed for new */
};

static void *
note_all(void *data)
{
    struct race *race = data;
    enum rfc4121_order order;
    uint64_t seq;

    for (seq = 0; seq < NUMBERS; seq++) {
        order = rfc4121_window_note(&race->window, seq, true, false);
        if (order == RFC4121_IN_ORDER)
            atomic_fetch_add(&race->taken[seq], 1);
    }
    return NULL;
}

/* Each thread holds every message; whoever is late finds it a duplicate or
 * old. */
START_TEST(of_several_threads_one_finds_a_number_new)
{
    struct race *race = calloc(1, sizeof(*race));
    pthread_t threads[THREADS];
    int i;

    ck_assert_ptr_nonnull(race);
    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, note_all, race), 0);
    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    for (i = 0; i < NUMBERS; i++)
        ck_assert_uint_eq(race->taken[i], 1);
    free(race);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, order_is_what_rfc_2743_says, 0, COUNT(cases));
    tcase_add_test(tests, every_number_of_the_window_is_remembered);
    tcase_add_test(tests, of_several_threads_one_finds_a_number_new);
}

int
main(void)
{
    return unit_run("rfc4121_window", add, 60);
}
