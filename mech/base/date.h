/*
 * Dates of the Gregorian calendar, in UTC, as a file of users has them:
 * "2026-11-29".
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/slice.h"

#define DATE_LEN (sizeof("2026-11-29") - 1)

static inline unsigned
date_digits(const uint8_t *text, size_t len)
{
    unsigned n = 0;

    while (len-- > 0)
        n = n * 10 + (unsigned)(*text++ - '0');
    return n;
}

/*
 * The beginning of a day, in seconds since 1970: the days of the years before
 * it, those of its months before it, counted from March so that a leap day
 * comes last, and its own.
 *
 * @return 0 for a day before 1970, or one that no month has
 */
static inline uint64_t
date_seconds(unsigned year, unsigned month, unsigned day)
{
    unsigned since_march = (month + 9) % 12;
    uint64_t y = year - (month < 3), days;

    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return 0;
    days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * since_march + 2) / 5 +
           day - 1;
    return (days - 719468) * 86400; /* those from March of year 0 to 1970 */
}

/*
 * Read a date: four digits, two and two.
 *
 * @param seconds  as date_seconds; set on true alone
 */
static inline bool
date_read(struct slice text, uint64_t *seconds)
{
    size_t i;

    if (text.len != DATE_LEN)
        return false;
    for (i = 0; i < DATE_LEN; i++) {
        bool dash = i == 4 || i == 7;

        if (dash ? text.data[i] != '-'
                 : text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    *seconds =
        date_seconds(date_digits(text.data, 4), date_digits(text.data + 5, 2),
                     date_digits(text.data + 8, 2));
    return true;
}

#endif
