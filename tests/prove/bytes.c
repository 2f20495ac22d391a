/* Slices, buffers and packed bytes. */
#include "base/pack.h"
#include "prove.h"

void
prove_decimal(void)
{
    struct slice s = any_slice(LENGTH);
    uint32_t number, max = nondet_32();

    if (slice_decimal(s, max, &number))
        must(number != 0 && number <= max, "within its limit");
}

void
prove_slices(void)
{
    struct slice a = any_slice(LENGTH), b = any_slice(LENGTH);

    must(!slice_equal(a, b) || a.len == b.len, "equal ones are as long");
    must(!slice_starts_with(a, b) || a.len >= b.len, "a beginning is shorter");
}

void
prove_put(void)
{
    struct buffer b = any_buffer(LENGTH), before = b;
    struct slice s = any_slice(LENGTH);

    buffer_put(&b, s);
    must(b.overflow ? b.len == before.len : b.len == before.len + s.len,
         "all of it or nothing");
    must(b.len <= b.capacity, "within its capacity");
    must(b.overflow || !before.overflow, "what did not fit is remembered");
}

/* Whatever is taken next, and so for any order in which things are taken. */
static void
rest_is_whole(const struct unpack *u, struct slice before)
{
    must(u->rest.data + u->rest.len == before.data + before.len &&
             u->rest.len <= before.len,
         "what is left ends where it did");
}

void
prove_unpack_raw(void)
{
    struct unpack u = {any_slice(LENGTH), nondet_bool()};
    struct slice before = u.rest, taken = unpack_raw(&u, nondet_size());

    must(taken.len == 0 || is_within(taken, before), "raw bytes");
    rest_is_whole(&u, before);
}

void
prove_unpack_number(void)
{
    struct unpack u = {any_slice(LENGTH), nondet_bool()};
    struct slice before = u.rest;
    uint64_t max = nondet_64();
    size_t len = nondet_size();

    given(len <= 8);
    must(unpack_number(&u, len, max) <= max, "a number");
    rest_is_whole(&u, before);
}

void
prove_unpack_bytes(void)
{
    struct unpack u = {any_slice(LENGTH), nondet_bool()};
    struct slice before = u.rest, taken;
    size_t max = nondet_size();

    taken = unpack_bytes(&u, max);
    must(taken.len <= max && (taken.len == 0 || is_within(taken, before)),
         "bytes");
    rest_is_whole(&u, before);
}

void
prove_numbers(void)
{
    uint8_t memory[8];
    struct buffer b = BUFFER_ARRAY(memory);
    uint64_t number = nondet_64();
    size_t len = nondet_size();
    struct unpack u;

    given(len <= 8 && (len == 8 || number >> (8 * len) == 0));
    pack_number(&b, len, number);
    u = (struct unpack){buffer_slice(&b), false};
    must(!b.overflow && unpack_number(&u, len, UINT64_MAX) == number &&
             unpack_complete(&u),
         "a number comes back");
}
