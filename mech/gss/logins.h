/*
 * The logins that contexts made of a credentials file: a credential with a
 * password for each pattern and user, so that the next context to the same
 * target finds what was derived from it. There are a few, the last ones.
 */
#ifndef GSS_LOGINS_H
#define GSS_LOGINS_H

#include <stdint.h>

#include "base/secret.h"
#include "base/slice.h"

#define LOGINS_MAX 8

struct cred;

struct logins {
    struct login {
        struct secret target; /* the pattern */
        struct cred *cred;    /* NULL: this one is free */
        uint64_t used;        /* when it was last of use, by the clock */
    } logins[LOGINS_MAX];
    uint64_t clock;
};

/* Those that GSS_C_NO_CREDENTIAL makes, in common for the whole process. */
extern struct logins logins_of_process;

/* Logins of a credential's own; NULL without memory. */
struct logins *logins_new(void);

/* Release them and wipe what they know; the process' own stay. NULL is none. */
void logins_free(struct logins *logins);

/*
 * The login to use for a pattern: the one that is there already, if the same
 * user has the same password in it, or else @p login, which then takes its
 * place.
 *
 * @param login  as the file has it now; a reference, which is handed over
 * @return a reference of the caller's own
 */
struct cred *logins_settle(struct logins *logins, struct slice target,
                           struct cred *login);

#endif
