/*
 * What Check does when a test asserts something, which does not fail and is not
 * counted: it is linked in too.
 */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>

#include "fault.h"

void __real__mark_point(const char *file, int line);
void __wrap__mark_point(const char *file, int line);
CK_ATTRIBUTE_NORETURN void __real__ck_assert_failed(const char *file, int line,
                                                    const char *expression,
                                                    const char *format, ...);
CK_ATTRIBUTE_NORETURN void __wrap__ck_assert_failed(const char *file, int line,
                                                    const char *expression,
                                                    const char *format, ...);

void
__wrap__mark_point(const char *file, int line)
{
    bool paused = fault_pause();

    __real__mark_point(file, line);
    fault_resume(paused);
}

void
__wrap__ck_assert_failed(const char *file, int line, const char *expression,
                         const char *format, ...)
{
    char text[512], where[600];
    va_list args;

    fault_disarm();
    text[0] = '\0';
    va_start(args, format);
    if (format != NULL)
        vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    snprintf(where, sizeof(where), "%s (the call that failed: %s)", text,
             fault_where() != NULL ? fault_where() : "none");
    __real__ck_assert_failed(file, line, expression, "%s", where);
}
