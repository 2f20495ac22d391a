/*
 * Sequence numbers as a peer sends them, in any order, against a plain list of
 * those that came. The first byte says what is reported; each number is a byte
 * that says how it is meant, and as many more as it then takes.
 */
#include "fuzz.h"

#include "rfc4121/window.h"

#define MANY 1024

const size_t fuzz_input_max = 9 * MANY + 1;

struct came {
    uint64_t seq[MANY];
    size_t count;
    uint64_t next; /* one more than the highest */
};

static bool
has(const struct came *came, uint64_t seq)
{
    size_t i;

    for (i = 0; i < came->count; i++) {
        if (came->seq[i] == seq)
            return true;
    }
    return false;
}

static enum rfc4121_order
expect(const struct came *came, uint64_t seq, bool replay, bool sequence)
{
    if (replay && seq < came->next && came->next - seq > RFC4121_WINDOW)
        return RFC4121_OLD;
    if (replay && has(came, seq))
        return RFC4121_DUPLICATE;
    if (!sequence || seq == came->next)
        return RFC4121_IN_ORDER;
    return seq > came->next ? RFC4121_GAP : RFC4121_UNSEQ;
}

static uint64_t
next_seq(struct slice *rest, const struct came *came)
{
    uint8_t how = fuzz_byte(rest);

    if (how < 0x40) /* near what is expected */
        return came->next + how;
    if (how < 0xc0)
        return came->next - (how - 0x40u);
    return fuzz_number(rest, 8);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size};
    struct rfc4121_window window = {0};
    struct came came = {.count = 0};
    uint8_t what = fuzz_byte(&rest);
    bool replay = (what & 1) != 0 || (what & 2) == 0;
    bool sequence = (what & 2) != 0;

    while (rest.len != 0 && came.count < MANY) {
        uint64_t seq = next_seq(&rest, &came);

        if (seq == UINT64_MAX) /* the last of all passes for a duplicate */
            continue;
        FUZZ_CHECK(rfc4121_window_note(&window, seq, replay, sequence) ==
                   expect(&came, seq, replay, sequence));
        came.seq[came.count++] = seq;
        if (seq >= came.next)
            came.next = seq + 1;
    }
    return 0;
}
