/* Proofs that must fail: what CBMC is asked to find, it does find. */
#include "prove.h"

/* A reader that believes the length that it is told. */
void
prove_out_of_bounds(void)
{
    struct slice s = any_slice(LENGTH);
    uint8_t bits = 0;
    size_t i, len;

    given(s.len != 0);
    len = s.data[0];
    given(len < LENGTH);
    for (i = 1; i <= len; i++)
        bits |= s.data[i];
    must(len == 0 || (bits & s.data[1]) == s.data[1], "its bits are there");
}

void
prove_overflow(void)
{
    uint32_t a = nondet_32(), b = a + 1;

    must(b != 7 || a == 6, "one less");
}

void
prove_for_ever(void)
{
    size_t len = nondet_size(), taken = nondet_size();

    given(len < 4 && taken < 4);
    while (len >= taken && len != 0)
        len -= taken;
}

/* A window that forgets. */
void
prove_taken_twice(void)
{
    uint64_t seen = nondet_64(), seq = nondet_64();
    bool taken = nondet_bool();

    given(!taken || (seen >> (seq % 32) & 1) == 1);
    seen |= UINT64_C(1) << (nondet_64() % 64);
    must(taken || (seen >> (seq % 64) & 1) == 0, "it is new");
}
