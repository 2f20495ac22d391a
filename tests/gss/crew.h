/*
 * Threads that log in, each with contexts of its own, and what they share.
 * Nothing here speaks to Check, which is not for threads: what goes wrong is
 * returned as a sentence.
 */
#ifndef CREW_H
#define CREW_H

#include <pthread.h>
#include <stdatomic.h>

#include "world.h"

/* What all share. GSS_C_NO_CREDENTIAL leaves it to the mechanism. */
struct shared {
    gss_cred_id_t client, wrong, server;
    gss_name_t target;
    atomic_bool done;         /* for who goes on until then */
    atomic_uint done_members; /* that came to their end */
    atomic_uint logins;       /* that succeeded */
    atomic_uint refused;      /* and that did not, as they should */
};

/* Acquire credentials, or leave them to the mechanism, and a name. */
void shared_make(struct shared *shared, bool defaults);
void shared_release(struct shared *shared);

/* The two ends of one context. */
struct pair {
    gss_ctx_id_t client, server;
    gss_name_t user;
    gss_buffer_desc to_server, to_client;
    OM_uint32 client_major, server_major;
};

/* One call on each side. */
void pair_client_leg(struct pair *pair, const struct shared *shared,
                     gss_cred_id_t cred);
void pair_server_leg(struct pair *pair, const struct shared *shared);

/* All of them; whether both are complete. */
bool pair_run(struct pair *pair, const struct shared *shared,
              gss_cred_id_t cred);

void pair_release(struct pair *pair);

/* Replace a context by what another process would import. */
OM_uint32 pair_move(gss_ctx_id_t *context);

/* A message each way. */
const char *pair_talk(const struct pair *pair);

/* What a thread does: returns what went wrong, or NULL. */
typedef const char *crew_work(struct shared *shared, unsigned member);

#define CREW 8

struct crew {
    struct crew_member {
        pthread_t thread;
        struct shared *shared;
        crew_work *work;
        unsigned number;
    } members[CREW];
};

void crew_start(struct crew *crew, struct shared *shared, crew_work *work);

/* Wait for all; fails the test where anything went wrong. */
void crew_join(struct crew *crew);

#endif
