/*
 * What base/pack.h promises about a message that is taken apart from its front
 * to its end. bytes.c proves it of unpack_raw, unpack_number and unpack_bytes;
 * in the proof of a parser the promised_ functions stand for them, so that no
 * byte of the message is looked at and it may have any length.
 */
#ifndef PROVE_PACK_H
#define PROVE_PACK_H

#include "base/pack.h"
#include "prove.h"

/* Where the message is, with any bytes in it: nobody says which. */
extern uint8_t memory[LENGTH];

/* The message that is taken apart, whole. */
static struct slice message;

/* The end of the message that has @p len bytes. */
static inline struct slice
end_of_message(size_t len)
{
    return (struct slice){memory + (LENGTH - len), len};
}

static inline struct slice
any_message(void)
{
    size_t len = nondet_16();

    given(len <= LENGTH);
    message = end_of_message(len);
    return message;
}

static inline bool
is_end_of_message(struct slice rest)
{
    return rest.len <= message.len &&
           __CPROVER_POINTER_OBJECT(rest.data) ==
               __CPROVER_POINTER_OBJECT(memory) &&
           __CPROVER_POINTER_OFFSET(rest.data) == LENGTH - rest.len;
}

/* A reader that is anywhere in a message. */
static inline struct unpack
any_unpack(void)
{
    size_t left = nondet_16();

    given(left <= any_message().len);
    return (struct unpack){end_of_message(left), nondet_bool()};
}

/* Where a field of the message begins. */
static inline size_t
place(struct slice field)
{
    must(__CPROVER_POINTER_OBJECT(field.data) ==
             __CPROVER_POINTER_OBJECT(memory),
         "the field is in the message");
    return __CPROVER_POINTER_OFFSET(field.data);
}

/* That so many bytes stand between a field and the one before it. */
static inline bool
follows(struct slice field, struct slice before, size_t between)
{
    return place(field) == place(before) + before.len + between;
}

/* That a field is there, and the last of the message. */
static inline bool
ends_message(struct slice field)
{
    return field.len <= message.len && place(field) + field.len == LENGTH;
}

/*
 * What was taken by each of the three: once failed, always failed, and then
 * nothing; else what is left is the end of the message.
 */
static inline bool
is_taken(const struct unpack *before, const struct unpack *after, size_t bytes)
{
    if (!is_end_of_message(after->rest) || after->rest.len > before->rest.len)
        return false;
    if (after->failed)
        return !before->failed || after->rest.len == before->rest.len;
    return !before->failed && before->rest.len - after->rest.len == bytes;
}

/* And where it is bytes, which stand before what is left. */
static inline bool
are_bytes(const struct unpack *after, struct slice taken)
{
    if (after->failed)
        return taken.len == 0;
    return taken.len <= message.len - after->rest.len &&
           taken.data + taken.len == after->rest.data;
}

/* Go on to where so many bytes are left, or fail; false then. */
static inline bool
go_on(struct unpack *u, size_t left, bool failed)
{
    must(is_end_of_message(u->rest), "what is to be read is there");
    given(left <= u->rest.len);
    given(!u->failed || (failed && left == u->rest.len));
    *u = (struct unpack){end_of_message(left), failed};
    return !failed;
}

/* Take so many bytes, or fail. */
static inline bool
take(struct unpack *u, size_t bytes)
{
    size_t left = nondet_16();
    bool failed = nondet_bool();

    given(failed || (left <= u->rest.len && u->rest.len - left == bytes));
    return go_on(u, left, failed);
}

/* Take some bytes, or fail. */
static inline bool
take_some(struct unpack *u, size_t min)
{
    size_t left = nondet_16();
    bool failed = nondet_bool();

    given(failed || left + min <= u->rest.len);
    return go_on(u, left, failed);
}

struct slice promised_raw(struct unpack *u, size_t len);

struct slice
promised_raw(struct unpack *u, size_t len)
{
    struct slice before = u->rest;

    if (!take(u, len))
        return (struct slice){NULL, 0};
    return (struct slice){before.data, len};
}

uint64_t promised_number(struct unpack *u, size_t len, uint64_t max);

uint64_t
promised_number(struct unpack *u, size_t len, uint64_t max)
{
    uint64_t number = nondet_64();

    must(len <= 8, "a number has eight bytes at most");
    given(number <= max);
    return take(u, len) ? number : 0;
}

struct slice promised_bytes(struct unpack *u, size_t max);

struct slice
promised_bytes(struct unpack *u, size_t max)
{
    struct slice before = u->rest;
    size_t len = nondet_16();

    given(len <= max);
    if (!take(u, 4 + len))
        return (struct slice){NULL, 0};
    return (struct slice){before.data + 4, len};
}

#endif
