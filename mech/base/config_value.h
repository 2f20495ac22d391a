/*
 * What may stand on the right of a "=" in the configuration: a number, a
 * duration, a word for true or false.
 */
#ifndef BASE_CONFIG_VALUE_H
#define BASE_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Read a decimal number without sign or leading zeros.
 *
 * @param number  set on true alone
 * @return false for anything else, and for one outside @p min to @p max
 */
bool config_value_number(const char *text, uint32_t min, uint32_t max,
                         uint32_t *number);

/*
 * Read a duration: a number and a unit, "ms", "s", "m", "h" or "d", or a number
 * of seconds.
 *
 * @param min, max  milliseconds
 * @param duration  milliseconds; set on true alone
 * @return false for anything else, and for one outside @p min to @p max
 */
bool config_value_duration(const char *text, uint32_t min, uint32_t max,
                           uint32_t *duration);

/*
 * Read one of the words that krb5.conf has for true (true, yes, on, 1) and
 * false (false, no, off, 0), in any case.
 *
 * @param truth  set on true alone
 */
bool config_value_boolean(const char *text, bool *truth);

#endif
