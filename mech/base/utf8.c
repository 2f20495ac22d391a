#include "base/utf8.h"

size_t
utf8_char_len(struct slice s)
{
    static const struct {
        uint8_t first, last;   /* of the first byte */
        uint8_t second, third; /* the second's least and greatest */
        size_t len;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    size_t i, k;

    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (s.data[0] < forms[i].first || s.data[0] > forms[i].last)
            continue;
        if (s.len < forms[i].len)
            return 0;
        if (forms[i].len > 1 &&
            (s.data[1] < forms[i].second || s.data[1] > forms[i].third))
            return 0;
        for (k = 2; k < forms[i].len; k++) {
            if ((s.data[k] & 0xc0) != 0x80)
                return 0;
        }
        return forms[i].len;
    }
    return 0;
}
