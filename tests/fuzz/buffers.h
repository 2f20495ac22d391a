/*
 * Buffers of a message, as the input describes them: how many there are, and
 * for each its type and its length in two bytes.
 */
#ifndef FUZZ_BUFFERS_H
#define FUZZ_BUFFERS_H

#include "fuzz.h"
#include "rfc4121/iov.h"

#define BUFFERS_MAX 12

struct buffers {
    struct rfc4121_iov iov[BUFFERS_MAX];
    size_t count;
};

/* Each in memory of its own; filled from @p content, over and over. */
struct buffers buffers_make(struct slice *rest, struct slice content);

/* Memory of their own for what has another length by now. */
void buffers_resize(struct buffers *b, const size_t *before);

struct buffers buffers_copy(const struct buffers *b);
void buffers_free(struct buffers *b);

/* How many there are of a type. */
size_t buffers_have(const struct buffers *b, enum rfc4121_iov_type type);

/* Whether they hold the same where a message's tokens cover them. */
bool buffers_equal(const struct buffers *a, const struct buffers *b,
                   enum rfc4121_iov_type type);

#endif
