/*
 * What programs and gss-scram-agent send each other: what is read is within the
 * message, and is written as it was.
 */
#include "fuzz.h"

#include "wire/agent.h"

const size_t fuzz_input_max = WIRE_MESSAGE_MAX + FUZZ_OVER;

static uint8_t memory[WIRE_MESSAGE_MAX];

static void
check_within(struct slice part, struct slice message)
{
    FUZZ_CHECK(part.len == 0 || fuzz_is_within(part, message));
}

/* What was read, written again, is what it was. */
#define CHECK_SAME(kind, read, message)                                        \
    do {                                                                       \
        struct buffer out = BUFFER_ARRAY(memory);                              \
                                                                               \
        wire_put_##kind(read, &out);                                           \
        FUZZ_CHECK(!out.overflow && slice_equal(buffer_slice(&out), message)); \
    } while (0)

static void
read_choose(struct slice message)
{
    struct wire_choose c;
    struct wire_choice d;

    if (wire_parse_choose(message, &c)) {
        check_within(c.target, message);
        check_within(c.user, message);
        CHECK_SAME(choose, &c, message);
    }
    if (wire_parse_choice(message, &d)) {
        check_within(d.user, message);
        check_within(d.nonce, message);
        check_within(d.seal, message);
        check_within(d.sentence, message);
        FUZZ_CHECK(d.seal.len <= WIRE_SEAL_MAX &&
                   d.nonce.len <= WIRE_NONCE_MAX &&
                   d.status <= SCRAM_STATUS_LAST);
        CHECK_SAME(choice, &d, message);
    }
}

static void
read_sign(struct slice message)
{
    struct wire_sign s;
    struct wire_signed t;

    if (wire_parse_sign(message, &s)) {
        check_within(s.target, message);
        check_within(s.seal, message);
        check_within(s.client_first, message);
        check_within(s.server_first, message);
        check_within(s.without_proof, message);
        CHECK_SAME(sign, &s, message);
    }
    if (wire_parse_signed(message, &t)) {
        check_within(t.proof, message);
        check_within(t.seal, message);
        check_within(t.sentence, message);
        FUZZ_CHECK(
            t.proof.len <= WIRE_PROOF_MAX && t.seal.len <= WIRE_SEAL_MAX &&
            t.status != SCRAM_EARLIER_PROOF && t.status <= SCRAM_WORKING);
        CHECK_SAME(signed, &t, message);
    }
}

static void
read_verify(struct slice message)
{
    struct wire_verify v;
    struct wire_verified w;

    if (wire_parse_verify(message, &v)) {
        check_within(v.seal, message);
        check_within(v.client_first, message);
        check_within(v.server_first, message);
        check_within(v.without_proof, message);
        check_within(v.server_final, message);
        CHECK_SAME(verify, &v, message);
    }
    if (wire_parse_verified(message, &w)) {
        check_within(w.session_key, message);
        check_within(w.error, message);
        check_within(w.sentence, message);
        FUZZ_CHECK(w.session_key.len == WIRE_SESSION_KEY_LEN);
        CHECK_SAME(verified, &w, message);
    }
}

static void
read_keep(struct slice message)
{
    struct wire_keep k;
    struct wire_kept l;

    if (wire_parse_keep(message, &k)) {
        check_within(k.target, message);
        check_within(k.user, message);
        check_within(k.password, message);
        FUZZ_CHECK(k.min_iterations <= INT32_MAX);
        CHECK_SAME(keep, &k, message);
    }
    if (wire_parse_kept(message, &l)) {
        check_within(l.sentence, message);
        CHECK_SAME(kept, &l, message);
    }
}

static void
read_list(struct slice message)
{
    struct wire_list l;
    struct wire_listed m;

    if (wire_parse_list(message, &l))
        CHECK_SAME(list, &l, message);
    if (wire_parse_listed(message, &m)) {
        check_within(m.target, message);
        check_within(m.user, message);
        check_within(m.sentence, message);
        CHECK_SAME(listed, &m, message);
    }
}

static void
read_forget(struct slice message)
{
    struct wire_forget f;
    struct wire_forgotten g;

    if (wire_parse_forget(message, &f)) {
        check_within(f.target, message);
        check_within(f.user, message);
        CHECK_SAME(forget, &f, message);
    }
    if (wire_parse_forgotten(message, &g)) {
        check_within(g.sentence, message);
        CHECK_SAME(forgotten, &g, message);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice message = fuzz_copy((struct slice){data, size});

    read_choose(message);
    read_sign(message);
    read_verify(message);
    read_keep(message);
    read_list(message);
    read_forget(message);
    fuzz_free(message);
    return 0;
}
