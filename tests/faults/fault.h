/*
 * Calls that fail when a test says so. The program is linked so that every
 * call that the module's own code makes of another library, and that can fail,
 * comes here first (wrapped.txt lists them); libcrypto is made to ask here for
 * its memory too. Each of these is a point, and one or all from one on fail.
 */
#ifndef FAULT_H
#define FAULT_H

#include <errno.h>
#include <stdbool.h>

/* In the environment: all calls fail while the program is loaded, until
 * fault_disarm. */
#define FAULT_AT_LOAD "FAULT_AT_LOAD"

/*
 * Have points fail from here on.
 *
 * @param n     the first that fails, from 1
 * @param last  the last that does; the same as @p n for one alone
 */
void fault_arm(unsigned n, unsigned last);

/* Have all calls work again. */
void fault_disarm(void);

/* Have all calls work for a while that is not counted; and go on, with what
 * fault_pause returned. */
bool fault_pause(void);
void fault_resume(bool paused);

/* What was called at the first point that failed since fault_arm; NULL where
 * so many points were not passed. */
const char *fault_where(void);

/* For what stands in for a call: whether it is to fail now. */
bool fault_strikes(const char *call);

/* Whether fstat has failed: what a descriptor is cannot be told then, and one
 * that may be the program's is not closed. */
extern bool fault_unknown;

/* How many mappings the module has made and not released. */
extern int fault_mappings;

/*
 * Define what stands in for a function.
 *
 * @param failure  what it returns where it fails
 */
#define FAULT_WRAP(type, name, parameters, arguments, failure)                 \
    type __real_##name parameters;                                             \
    type __wrap_##name parameters;                                             \
    type __wrap_##name parameters                                              \
    {                                                                          \
        if (fault_strikes(#name))                                              \
            return failure;                                                    \
        return __real_##name arguments;                                        \
    }

/* The same for one that releases something, which it does all the same. */
#define FAULT_WRAP_RELEASE(type, name, parameters, arguments, failure)         \
    type __real_##name parameters;                                             \
    type __wrap_##name parameters;                                             \
    type __wrap_##name parameters                                              \
    {                                                                          \
        type result = __real_##name arguments;                                 \
                                                                               \
        return fault_strikes(#name) ? failure : result;                        \
    }

/* A result with an errno. */
#define WITH_ERRNO(error, result) (errno = (error), (result))

#endif
