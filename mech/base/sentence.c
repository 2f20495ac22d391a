#include "base/sentence.h"

#include <stdarg.h>
#include <stdio.h>

/* Take out what would begin another line of a log, or talk to a terminal: the
 * control characters of ASCII and, as UTF-8 has them, of ISO 8859. */
static void
silence(char *text)
{
    unsigned char *c = (unsigned char *)text;

    for (; *c != '\0'; c++) {
        if (*c < 0x20 || *c == 0x7f)
            *c = '?';
        else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
            c[0] = c[1] = '?';
    }
}

void
sentence_write(struct sentence *why, const char *format, ...)
{
    va_list args;

    if (why == NULL)
        return;
    va_start(args, format);
    vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    silence(why->text);
}
