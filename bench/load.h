/*
 * The load generator: many clients of a server that speaks the gss-sample
 * programs' protocol, in one thread. How a client behaves is its mode: honest
 * ones are in load_honest.c, the others in load_hostile.c.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <gssapi/gssapi.h>

#include "../examples/wire.h"

enum verdict {
    GOING_ON,
    GOOD, /* it went as it should; the client leaves */
    BAD
};

struct client {
    struct wire wire;
    unsigned number;    /* from 0 */
    uint64_t began;     /* microseconds of the monotonic clock */
    uint64_t answered;  /* when the first token came; 0: not yet */
    int step;           /* the mode's */
    gss_cred_id_t cred; /* its own, if it is one of many users */
    gss_ctx_id_t context;
};

struct mode {
    const char *name;
    /* Queue what the client says first. */
    enum verdict (*begin)(struct client *c);
    /* Take a token of the server's. */
    enum verdict (*take)(struct client *c, int flags, gss_buffer_t token);
    /* The server closed the connection, after so many milliseconds. */
    enum verdict (*closed)(struct client *c, double after);
    bool drips; /* sends a byte in a while */
};

/* What the command line said. */
struct load {
    const char *address;
    const struct mode *mode;
    bool negotiate; /* SPNEGO around SCRAM */
    bool kerberos;  /* instead of SCRAM, with the tickets that there are */
    unsigned port;
    unsigned sources; /* loopback addresses to come from: 127.0.0.1 and on */
    unsigned total;   /* clients */
    unsigned at_once; /* of them */
    unsigned users;   /* that they are in turn; 0: all are the same */
    unsigned rate;    /* clients a second; 0: as many as can be */
    unsigned least, most; /* milliseconds until a hostile one is closed */
    unsigned drip;        /* milliseconds between two bytes */
};
extern struct load load;

/* Read the command line, and return the user's name. */
char *load_options(int argc, char **argv);

/* What an honest client said, for those who say it again. */
enum { RECORD_MAX = 8 };
struct record {
    int flags[RECORD_MAX];
    gss_buffer_desc tokens[RECORD_MAX];
    int count;
    bool on;
};
extern struct record record;

extern const struct mode honest, silent, drip, garbage, close_early, replay;

/* Acquire the credential of all clients; false after saying why not. */
bool honest_acquire(char *user, gss_buffer_t password);
void honest_release(void);

/* Release what a client holds. */
void honest_forget(struct client *c);

/* Queue what opens every connection: the greeting and the first token. */
enum verdict honest_begin(struct client *c);

/* Take the server's context token, and queue the answer to it if there is
 * one; @p major is what became of it. */
enum verdict honest_step(struct client *c, gss_buffer_t token,
                         OM_uint32 *major);

#endif
