/*
 * How many users of a store have which count of iterations and which length of
 * salt, and what that makes of users who are not there: a decoy draws both from
 * the tally, so that no count is one that only real users have, or only decoys.
 *
 * The shares are rounded to sixteenths, by largest remainders; a decoy is drawn
 * by a number from 0 to 15 in cumulative intervals that are in the order of
 * (count, length). What hardly anybody has rounds to nothing: such a user can
 * be told from a decoy, which is why a mixed store is warned of.
 */
#ifndef STORE_FILE_TALLY_H
#define STORE_FILE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_TALLY_SHARES 16
#define FILE_TALLY_MAX 4096 /* kinds that are counted; others are not */

/* What a user has, and how many do. */
struct file_tally_kind {
    uint32_t iterations;
    uint8_t salt_len;
    uint64_t users;
};

/* One that is all zero is empty. */
struct file_tally {
    struct file_tally_kind *kinds; /* in order; owned */
    size_t count;
    size_t room;
    size_t last; /* that was added to */
};

/* Count a user; false without memory. */
bool file_tally_add(struct file_tally *tally, uint32_t iterations,
                    uint8_t salt_len);

/* Count a user no more; one who was not counted is nobody. */
void file_tally_remove(struct file_tally *tally, uint32_t iterations,
                       uint8_t salt_len);

/*
 * What a decoy gets by each number.
 *
 * @param shares  (600,000, 16) each when nobody was counted
 */
void file_tally_share(const struct file_tally *tally,
                      struct file_tally_kind shares[FILE_TALLY_SHARES]);

void file_tally_clear(struct file_tally *tally);

#endif
