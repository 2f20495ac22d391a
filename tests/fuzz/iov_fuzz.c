/*
 * Tokens in several buffers. The input's first byte says which way they go, and
 * what is done: any bytes in any buffers are opened and checked, or what a peer
 * made is, some of it changed on the way.
 */
#include "buffers.h"
#include "tokens.h"

/* A block, and what is done with it. */
const size_t fuzz_input_max = UINT16_MAX + FUZZ_OVER;

enum { FROM_ACCEPTOR = 1, CONFIDENTIAL = 2 };

struct play {
    struct rfc4121_context *sender, *receiver;
    enum rfc4121_role role; /* the sender's */
    bool confidential;
};

static void
check_status(enum scram_status status)
{
    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_ENCODING ||
               status == SCRAM_BAD_SIGNATURE || status == SCRAM_BAD_ARGUMENT ||
               status == SCRAM_TOO_SMALL);
}

/* Any bytes, for every function; each finds them as they were. */
static void
raw(struct play *play, struct slice rest)
{
    struct slice content = fuzz_block(&rest);
    struct buffers b = buffers_make(&rest, content), copy, kept;
    enum rfc4121_order order;
    int i;

    for (i = 0; i < 4; i++) {
        bool confidential = play->confidential;

        copy = buffers_copy(&b);
        kept = copy; /* some become shorter, or point into others */
        if (i == 0)
            check_status(rfc4121_unwrap_iov(play->receiver, copy.iov,
                                            copy.count, &confidential, &order));
        else if (i == 1)
            check_status(rfc4121_verify_mic_iov(play->receiver, copy.iov,
                                                copy.count, &order));
        else if (i == 2)
            check_status(rfc4121_wrap_iov(play->sender, &confidential, copy.iov,
                                          copy.count));
        else
            check_status(
                rfc4121_get_mic_iov(play->sender, copy.iov, copy.count));
        buffers_free(&kept);
    }
    buffers_free(&b);
}

/* Change a byte, or the length, of buffers, as the input says. */
static void
edit(struct slice *rest, struct buffers *b)
{
    uint8_t edits = fuzz_byte(rest) % 8;

    while (edits-- > 0 && b->count != 0) {
        struct rfc4121_iov *iov = &b->iov[fuzz_byte(rest) % b->count];
        size_t at = (size_t)fuzz_number(rest, 2);
        uint8_t with = fuzz_byte(rest);

        if (with == 0xff && iov->len != 0) {
            struct slice shorter = {iov->data, at % iov->len};
            uint8_t *old = iov->data;

            iov->data = (uint8_t *)(uintptr_t)fuzz_copy(shorter).data;
            iov->len = shorter.len;
            free(old);
        } else if (iov->len != 0) {
            iov->data[at % iov->len] ^= with;
        }
    }
}

/* Whether what the checksum covers is as it was sent: all but the RRC, and of
 * a MIC token all. */
static bool
is_as_sent(const struct buffers *sent, struct buffers *came, bool *rrc)
{
    size_t i;
    bool same;

    *rrc = false;
    for (i = 0; i < came->count; i++) {
        if (came->iov[i].type != RFC4121_IOV_HEADER || came->iov[i].len < 8 ||
            came->iov[i].len != sent->iov[i].len)
            continue;
        *rrc = memcmp(came->iov[i].data + 6, sent->iov[i].data + 6, 2) != 0;
        memcpy(sent->iov[i].data + 6, came->iov[i].data + 6, 2);
    }
    same = buffers_equal(sent, came, RFC4121_IOV_HEADER) &&
           buffers_equal(sent, came, RFC4121_IOV_DATA) &&
           buffers_equal(sent, came, RFC4121_IOV_SIGN_ONLY) &&
           buffers_equal(sent, came, RFC4121_IOV_TRAILER);
    return same;
}

/* Wrap what the input says, change some of it, and unwrap it. */
static void
wrap(struct play *play, struct slice rest)
{
    struct slice content = fuzz_block(&rest);
    struct buffers b = buffers_make(&rest, content), sent, plain, kept;
    bool confidential = play->confidential, opened, same, rrc;
    size_t before[BUFFERS_MAX], i;
    enum rfc4121_order order;
    enum scram_status status;

    for (i = 0; i < b.count; i++)
        before[i] = b.iov[i].len;
    status = rfc4121_wrap_iov_length(&confidential, b.iov, b.count);
    buffers_resize(&b, before);
    plain = buffers_copy(&b);
    opened = confidential;
    if (status == SCRAM_OK)
        status = rfc4121_wrap_iov(play->sender, &opened, b.iov, b.count);
    check_status(status);
    if (status == SCRAM_OK) {
        FUZZ_CHECK(opened == confidential);
        sent = buffers_copy(&b);
        edit(&rest, &b);
        same = is_as_sent(&sent, &b, &rrc);
        kept = b;
        status =
            rfc4121_unwrap_iov(play->receiver, b.iov, b.count, &opened, &order);
        check_status(status);
        if (buffers_have(&b, RFC4121_IOV_STREAM) == 0) {
            FUZZ_CHECK(same || status != SCRAM_OK);
            if (same && !rrc && buffers_equal(&sent, &b, RFC4121_IOV_PADDING))
                FUZZ_CHECK(status == SCRAM_OK);
            if (status == SCRAM_OK)
                FUZZ_CHECK(opened == confidential &&
                           buffers_equal(&plain, &b, RFC4121_IOV_DATA));
        }
        buffers_free(&sent);
        b = kept; /* DATA may point into a STREAM by now */
    }
    buffers_free(&plain);
    buffers_free(&b);
}

/* The same for a MIC token. */
static void
mic(struct play *play, struct slice rest)
{
    struct slice content = fuzz_block(&rest);
    struct buffers b = buffers_make(&rest, content), sent;
    size_t before[BUFFERS_MAX], i;
    enum rfc4121_order order;
    enum scram_status status;
    bool same;

    for (i = 0; i < b.count; i++)
        before[i] = b.iov[i].len;
    status = rfc4121_get_mic_iov_length(b.iov, b.count);
    buffers_resize(&b, before);
    if (status == SCRAM_OK)
        status = rfc4121_get_mic_iov(play->sender, b.iov, b.count);
    check_status(status);
    if (status == SCRAM_OK) {
        sent = buffers_copy(&b);
        edit(&rest, &b);
        same = buffers_equal(&sent, &b, RFC4121_IOV_DATA) &&
               buffers_equal(&sent, &b, RFC4121_IOV_SIGN_ONLY) &&
               buffers_equal(&sent, &b, RFC4121_IOV_MIC_TOKEN);
        status = rfc4121_verify_mic_iov(play->receiver, b.iov, b.count, &order);
        check_status(status);
        FUZZ_CHECK(same == (status == SCRAM_OK));
        buffers_free(&sent);
    }
    buffers_free(&b);
}

/* A whole token as a STREAM, opened where it is or elsewhere. */
static void
stream(struct play *play, struct slice rest)
{
    struct made made = tokens_make(&rest, play->role);
    uint8_t how = fuzz_byte(&rest);
    uint16_t rrc = made.how.rrc;
    bool edited = tokens_edit(&rest, &made), confidential;
    size_t room = made.token.len + (how & 1);
    uint8_t *memory = NULL;
    struct rfc4121_iov iov[] = {
        {RFC4121_IOV_EMPTY, NULL, 0},
        {RFC4121_IOV_STREAM, (uint8_t *)(uintptr_t)made.token.data,
         made.token.len},
        {RFC4121_IOV_DATA, NULL, 0},
    };
    enum rfc4121_order order;
    enum scram_status status;

    if ((how & 2) != 0 && room != 0) /* too little */
        room--;
    if ((how & 4) == 0) {
        memory = calloc(1, room + 1);
        iov[2].data = memory;
        iov[2].len = room;
    }
    if (made.token.len >= 8)
        rrc = (uint16_t)(made.token.data[6] << 8 | made.token.data[7]);
    status = rfc4121_unwrap_iov(play->receiver, iov, 3, &confidential, &order);
    check_status(status);
    if (status == SCRAM_OK) {
        FUZZ_CHECK(!edited && !made.mic && confidential == made.how.sealed);
        FUZZ_CHECK(
            slice_equal((struct slice){iov[2].data, iov[2].len}, made.message));
    } else {
        FUZZ_CHECK(iov[2].data == memory);
        FUZZ_CHECK(memory == NULL || !tokens_leak(&made, memory, room));
        FUZZ_CHECK(edited || made.mic || rrc != made.how.rrc || (how & 2));
    }
    free(memory);
    fuzz_free(made.token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size};
    uint8_t what = fuzz_byte(&rest);
    struct play play = {.confidential = (what & CONFIDENTIAL) != 0};

    play.role = what & FROM_ACCEPTOR ? RFC4121_ACCEPTOR : RFC4121_INITIATOR;
    play.sender = tokens_context(play.role);
    play.receiver = tokens_context(
        play.role == RFC4121_ACCEPTOR ? RFC4121_INITIATOR : RFC4121_ACCEPTOR);
    switch (what >> 2 & 3) {
    case 0:
        raw(&play, rest);
        break;
    case 1:
        wrap(&play, rest);
        break;
    case 2:
        mic(&play, rest);
        break;
    default:
        stream(&play, rest);
    }
    rfc4121_free(play.sender);
    rfc4121_free(play.receiver);
    return 0;
}
