#include "store/file_tally.h"

#include <stdlib.h>
#include <string.h>

#include "scram/verifier.h"

static int
file_tally_compare(const struct file_tally_kind *kind, uint32_t iterations,
                   uint8_t salt_len)
{
    if (kind->iterations != iterations)
        return kind->iterations < iterations ? -1 : 1;
    return kind->salt_len - salt_len;
}

/* The first kind that is not less than these. */
static size_t
file_tally_find(const struct file_tally *tally, uint32_t iterations,
                uint8_t salt_len)
{
    size_t first = 0, end = tally->count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;

        if (file_tally_compare(&tally->kinds[middle], iterations, salt_len) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static bool
insert(struct file_tally *tally, size_t at, uint32_t iterations,
       uint8_t salt_len)
{
    if (tally->count == tally->room) {
        size_t room = tally->room == 0 ? 8 : tally->room * 2;
        struct file_tally_kind *kinds =
            realloc(tally->kinds, room * sizeof(*kinds));

        if (kinds == NULL)
            return false;
        tally->kinds = kinds;
        tally->room = room;
    }
    memmove(tally->kinds + at + 1, tally->kinds + at,
            (tally->count - at) * sizeof(*tally->kinds));
    tally->kinds[at] = (struct file_tally_kind){iterations, salt_len, 0};
    tally->count++;
    return true;
}

bool
file_tally_add(struct file_tally *tally, uint32_t iterations, uint8_t salt_len)
{
    size_t at = tally->last;

    /* Most are as the one before. */
    if (at >= tally->count ||
        file_tally_compare(&tally->kinds[at], iterations, salt_len) != 0) {
        at = file_tally_find(tally, iterations, salt_len);
        if (at == tally->count ||
            file_tally_compare(&tally->kinds[at], iterations, salt_len) != 0) {
            if (tally->count == FILE_TALLY_MAX)
                return true;
            if (!insert(tally, at, iterations, salt_len))
                return false;
        }
        tally->last = at;
    }
    tally->kinds[at].users++;
    return true;
}

void
file_tally_remove(struct file_tally *tally, uint32_t iterations,
                  uint8_t salt_len)
{
    size_t at = file_tally_find(tally, iterations, salt_len);

    if (at == tally->count ||
        file_tally_compare(&tally->kinds[at], iterations, salt_len) != 0 ||
        --tally->kinds[at].users > 0)
        return;
    tally->count--;
    memmove(tally->kinds + at, tally->kinds + at + 1,
            (tally->count - at) * sizeof(*tally->kinds));
}

/* Of what the kinds have beyond whole sixteenths, the kind with the most that
 * has not got another one; the first of equals. */
static size_t
largest_remainder(const struct file_tally *tally, uint64_t all,
                  const bool *taken)
{
    size_t i, most = 0;
    uint64_t of_most = 0;

    for (i = 0; i < tally->count; i++) {
        uint64_t rest = tally->kinds[i].users * FILE_TALLY_SHARES % all;

        if (!taken[i] && rest > of_most) {
            most = i;
            of_most = rest;
        }
    }
    return most;
}

void
file_tally_share(const struct file_tally *tally,
                 struct file_tally_kind shares[FILE_TALLY_SHARES])
{
    uint8_t sixteenths[FILE_TALLY_MAX];
    bool taken[FILE_TALLY_MAX] = {false};
    unsigned left = FILE_TALLY_SHARES, next = 0;
    uint64_t all = 0;
    size_t i;

    for (i = 0; i < tally->count; i++)
        all += tally->kinds[i].users;
    for (i = 0; i < tally->count; i++) {
        sixteenths[i] =
            (uint8_t)(tally->kinds[i].users * FILE_TALLY_SHARES / all);
        left -= sixteenths[i];
    }
    for (; all > 0 && left > 0; left--) {
        i = largest_remainder(tally, all, taken);
        taken[i] = true;
        sixteenths[i]++;
    }
    for (i = 0; i < tally->count; i++)
        for (; sixteenths[i] > 0; sixteenths[i]--)
            shares[next++] = tally->kinds[i];
    while (next < FILE_TALLY_SHARES)
        shares[next++] = (struct file_tally_kind){
            scram_default_iterations(SCRAM_SHA_256), SCRAM_SALT_LEN, 0};
}

void
file_tally_clear(struct file_tally *tally)
{
    free(tally->kinds);
    *tally = (struct file_tally){0};
}
