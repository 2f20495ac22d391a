#include "base/config_value.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/slice.h"

bool
config_value_number(const char *text, uint32_t min, uint32_t max,
                    uint32_t *number)
{
    uint32_t n;

    if (!slice_decimal(slice_of(text), max, &n) || n < min)
        return false;
    *number = n;
    return true;
}

bool
config_value_duration(const char *text, uint32_t min, uint32_t max,
                      uint32_t *duration)
{
    static const struct {
        const char *name;
        uint32_t milliseconds;
    } units[] = {{"", 1000},   {"ms", 1},      {"s", 1000},
                 {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    struct slice number = {(const uint8_t *)text, strspn(text, "0123456789")};
    const char *unit = text + number.len;
    uint32_t n;
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(unit, units[i].name) == 0)
            break;
    }
    if (i == sizeof(units) / sizeof(units[0]) ||
        !slice_decimal(number, max / units[i].milliseconds, &n) ||
        n * units[i].milliseconds < min)
        return false;
    *duration = n * units[i].milliseconds;
    return true;
}

bool
config_value_boolean(const char *text, bool *truth)
{
    static const char *const words[][2] = {
        {"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};
    size_t i;
    int is;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        for (is = 0; is <= 1; is++) {
            if (strcasecmp(text, words[i][is]) == 0) {
                *truth = is;
                return true;
            }
        }
    }
    return false;
}
