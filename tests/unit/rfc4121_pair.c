#include "rfc4121_pair.h"

#include <check.h>
#include <stdlib.h>

uint8_t next_confounder[16];

enum scram_status
fixed_confounder(uint8_t *bytes, size_t len)
{
    ck_assert_uint_eq(len, sizeof(next_confounder));
    memcpy(bytes, next_confounder, len);
    return SCRAM_OK;
}

static struct rfc4121_context *
context(const uint8_t *key, enum rfc4121_role role)
{
    struct rfc4121_context *made;

    ck_assert_int_eq(
        rfc4121_new(key, role, true, true, fixed_confounder, &made), SCRAM_OK);
    return made;
}

struct pair
pair(struct noise *noise, enum rfc4121_role sender)
{
    struct pair p;

    noise_fill(noise, p.key, sizeof(p.key));
    noise_fill(noise, next_confounder, sizeof(next_confounder));
    p.sender = context(p.key, sender);
    p.receiver = context(p.key, sender == RFC4121_ACCEPTOR ? RFC4121_INITIATOR
                                                           : RFC4121_ACCEPTOR);
    p.peer = k5_peer(p.key, sender);
    return p;
}

void
pair_free(struct pair *p)
{
    rfc4121_free(p->sender);
    rfc4121_free(p->receiver);
    k5_peer_free(&p->peer);
}

uint8_t *
memory(size_t len)
{
    uint8_t *bytes = malloc(len == 0 ? 1 : len);

    ck_assert_ptr_nonnull(bytes);
    return bytes;
}

struct slice
message_of(struct noise *noise, size_t len)
{
    uint8_t *bytes = memory(len);

    noise_fill(noise, bytes, len);
    return (struct slice){bytes, len};
}

void
slice_free(struct slice s)
{
    free((void *)(uintptr_t)s.data);
}

size_t
any_len(struct noise *noise)
{
    static const size_t below[] = {2, 18, 71, 71, 300, 5000, 9000, 40000};

    return noise_below(noise, below[noise_below(noise, 8)]);
}

void
pair_try(struct noise *noise,
         void (*try)(struct noise *noise, struct pair *p,
                     const struct k5_token *how, size_t len))
{
    int i, seq;

    for (i = 0; i < 2000; i++) {
        struct pair p = pair(noise, (enum rfc4121_role)(i % 2));

        for (seq = 0; seq < 3; seq++) {
            struct k5_token how = {.sealed = noise_below(noise, 4) != 0,
                                   .seq = (uint64_t)seq};

            try(noise, &p, &how, any_len(noise));
        }
        pair_free(&p);
    }
}

void
assert_opens(struct rfc4121_context *receiver, struct slice token,
             struct slice message, bool sealed)
{
    uint8_t *opened = memory(token.len);
    enum rfc4121_order order;
    bool confidential;
    size_t len;

    ck_assert_int_eq(
        rfc4121_unwrap(receiver, token, opened, &len, &confidential, &order),
        SCRAM_OK);
    ck_assert_uint_eq(len, message.len);
    ck_assert(len == 0 || memcmp(opened, message.data, len) == 0);
    ck_assert_int_eq(confidential, sealed);
    ck_assert_int_eq(order, RFC4121_IN_ORDER);
    free(opened);
}

bool
is_refusal(enum scram_status status)
{
    return status == SCRAM_BAD_SIGNATURE || status == SCRAM_BAD_ENCODING;
}
