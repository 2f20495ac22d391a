/* Slices, buffers and packed bytes. */
#include "pack.h"

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

void
prove_unpack_raw(void)
{
    struct unpack u = any_unpack(), before = u;
    size_t len = nondet_size();
    struct slice taken = unpack_raw(&u, len);

    must(is_taken(&before, &u, len) && are_bytes(&u, taken), "raw bytes");
    must(u.failed || taken.len == len, "as many as were asked for");
}

void
prove_big_endian_read(void)
{
    struct slice s = any_slice(LENGTH);

    (void)big_endian_read(s.data, s.len);
}

/* Stands for big_endian_read. */
uint64_t promised_read(const uint8_t *bytes, size_t len);

uint64_t
promised_read(const uint8_t *bytes, size_t len)
{
    must(len <= 8, "a number has eight bytes at most");
    must(len == 0 || __CPROVER_r_ok(bytes, len), "they are there");
    return len == 0 ? 0 : nondet_64();
}

void
prove_unpack_number(void)
{
    struct unpack u = any_unpack(), before = u;
    uint64_t max = nondet_64(), number;
    size_t len = nondet_size();

    given(len <= 8);
    number = unpack_number(&u, len, max);
    must(is_taken(&before, &u, len) && number <= max, "a number");
    must(!u.failed || number == 0, "or none");
}

void
prove_unpack_bytes(void)
{
    struct unpack u = any_unpack(), before = u;
    size_t max = nondet_size();
    struct slice taken = unpack_bytes(&u, max);

    must(is_taken(&before, &u, 4 + taken.len) && are_bytes(&u, taken),
         "bytes behind their length");
    must(taken.len <= max, "not too many");
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
