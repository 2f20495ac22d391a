/*
 * Dates of the Gregorian calendar, in UTC, as a file of users has them:
 * "2026-11-29".
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdio.h>

#include "base/slice.h"

#define DATE_LEN (sizeof("2026-11-29") - 1)
#define DATE_SECONDS 86400 /* of a day */
/* The end of the year 9999, the last that has four digits. */
#define DATE_END UINT64_C(253402300800)

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

/*
 * Read the last day of something, a day that its month has.
 *
 * @param end  when it is over: the first second of the day after it; set on
 *             true alone
 */
static inline bool
date_read_last(struct slice text, uint64_t *end)
{
    uint64_t first, next;
    unsigned year, month;

    if (!date_read(text, &first) || first == 0)
        return false;
    year = date_digits(text.data, 4);
    month = date_digits(text.data + 5, 2);
    next = date_seconds(year + month / 12, month % 12 + 1, 1);
    if (first >= next)
        return false;
    *end = first + DATE_SECONDS;
    return true;
}

/* A day in writing, or "-". */
struct date_text {
    char text[DATE_LEN + 1];
};

/* The day of a time in seconds since 1970; of 0 there is none. It is
 * date_seconds the other way round, as a time_t of 32 bits ends in 2038. */
static inline struct date_text
date_write(uint64_t seconds)
{
    struct date_text date = {"-"};
    unsigned days, year, since_march, month, day;

    if (seconds == 0 || seconds >= DATE_END)
        return date;
    days = (unsigned)(seconds / DATE_SECONDS) + 719468;
    /* Of 400 years, which are always of as many days, and in them. */
    day = days % 146097;
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    year += days / 146097 * 400;
    since_march = (5 * day + 2) / 153;
    day -= (153 * since_march + 2) / 5;
    month = (since_march + 2) % 12 + 1;
    year += month < 3;
    snprintf(date.text, sizeof(date.text), "%04u-%02u-%02u", year % 10000,
             month % 100, (day + 1) % 100);
    return date;
}

/*
 * The last day that is over by a time, so that nothing that is said in days
 * lasts for longer than was meant; of 0 there is none. date_read_last refuses
 * the first day of all, which stands for whatever is over for ever.
 */
static inline struct date_text
date_write_last(uint64_t end)
{
    uint64_t next = end / DATE_SECONDS * DATE_SECONDS;

    if (end != 0 && next <= DATE_SECONDS)
        return (struct date_text){"1970-01-01"};
    return date_write(next == 0 ? 0 : next - DATE_SECONDS);
}

#endif
