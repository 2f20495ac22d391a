#include "sasl_end.h"

#include <check.h>
#include <string.h>

void
sasl_begin(struct sasl_end *end, enum sasl_maker maker, bool serves,
           const struct sasl_settings *settings)
{
    memset(end, 0, sizeof(*end));
    end->settings = settings;
    end->serves = serves;
    if (maker == GNU)
        sasl_begin_gnu(end);
    else
        sasl_begin_cyrus(end, maker);
}

void
sasl_take(struct sasl_end *end, const char *token, size_t len)
{
    end->len = 0;
    end->step(end, token, len);
}

void
sasl_end(struct sasl_end *end)
{
    end->end(end);
}

void
sasl_say(struct sasl_end *end, const char *token, size_t len)
{
    ck_assert_uint_lt(len, sizeof(end->token));
    if (len != 0)
        memcpy(end->token, token, len);
    end->token[len] = '\0';
    end->len = len;
}
