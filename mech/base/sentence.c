#include "base/sentence.h"

#include <stdarg.h>
#include <stdio.h>

void
sentence_write(struct sentence *why, const char *format, ...)
{
    va_list args;

    if (why == NULL)
        return;
    va_start(args, format);
    vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
}
