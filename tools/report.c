#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#include "command.h"

void
report(const char *format, ...)
{
    va_list args;

    fputs("gss-scram: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

/* For those whose maker has no sentence to add to it. */
static const char *
report_sentence_for(enum scram_status status)
{
    switch (status) {
    case SCRAM_NO_MEMORY:
        return "out of memory";
    case SCRAM_CRYPTO_FAILED:
        return "libcrypto failed";
    case SCRAM_NO_USER:
        return "there is no such user";
    case SCRAM_USER_EXISTS:
        return "the user is there already";
    default:
        return "the store cannot be used";
    }
}

int
report_failure(enum scram_status status, const struct sentence *why)
{
    report("%s",
           why->text[0] != '\0' ? why->text : report_sentence_for(status));
    switch (status) {
    case SCRAM_NO_USER:
    case SCRAM_USER_EXISTS:
    case SCRAM_BAD_USERNAME:
    case SCRAM_BAD_PASSWORD:
        return EXIT_REFUSED;
    default:
        return EXIT_UNUSABLE;
    }
}
