/*
 * Looking for secrets in another process' memory: what a core dump or a read
 * past a buffer's end would tell. The process is a child that executes this
 * program again, so that it begins with none of what its parent knows.
 */
#ifndef REMAINS_H
#define REMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/secret.h"
#include "base/slice.h"

#define SECRETS_MAX 160
#define SECRET_LEN_MAX 64

/* What is looked for. */
struct secret_pattern {
    const char *name;
    uint8_t bytes[SECRET_LEN_MAX];
    size_t len;
};

struct secrets {
    struct secret_pattern patterns[SECRETS_MAX];
    size_t count;
};

/* Add a secret of 8 to SECRET_LEN_MAX bytes. */
void secrets_add(struct secrets *s, const char *name, struct slice bytes);

/* Add a key, and the beginning of the two blocks that HMAC makes of it. */
void secrets_add_key(struct secrets *s, const char *name, struct slice key);

/* The same for a whole key, also as files and directories have it. */
void secrets_add_key_text(struct secrets *s, const char *name,
                          const struct secret_key *key);

/*
 * Look through all memory that @p process can write and no other process
 * shares: heap, stacks, static data.
 *
 * @param found  for each pattern, in how many places 8 bytes of it in a row,
 *               from its beginning on or from a multiple of 8, were found
 * @return how many bytes were looked through; 0 if it cannot be read
 */
size_t secrets_find(const struct secrets *s, pid_t process,
                    unsigned found[SECRETS_MAX]);

/* The user and the password in the store, and another password. Whoever reads
 * them here has them in its memory: what the child uses of it it is sent. */
#define USER "bob"
#define PASSWORD "correct-horse-battery-staple-7391"
#define WRONG "wrong-Zebra-bicycle-paperclip-2846"

/* What a child does until it is looked at. */
struct scenario {
    const char *name;
    void (*run)(void);
    bool wrong; /* its client has the other password */
    bool agent; /* its client has gss-scram-agent, and no password */
};

#define SCENARIOS 11
extern const struct scenario scenarios[SCENARIOS]; /* the first keeps all, */
#define KEEP_AGENT_S 2  /* the next ones a login by gss-scram-agent, */
#define KEEP_CONTEXTS 1 /* and then one both ends of a context alone */

/* Go through one; returns what main returns. */
int scenario_run(const struct scenario *scenario);

#endif
