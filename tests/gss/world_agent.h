/*
 * A world whose clients have gss-scram-agent: the program itself, with its
 * socket in the world's folder, where this process looks for it from then on.
 */
#ifndef WORLD_AGENT_H
#define WORLD_AGENT_H

#include <sys/types.h>

#include "wire/agent.h"

/* The path of its socket. */
const char *world_agent_socket(void);

/* Start it, and wait for its socket. The credentials file, which clients would
 * read where it has nothing for them, is removed. */
void world_agent_start(void);

/* Its process; 0 while there is none. */
pid_t world_agent_process(void);

/* Kill it, if it is there, and remove the socket. */
void world_agent_stop(void);

/* alice's password, for any target, for an hour. */
extern const struct wire_keep world_agent_alice;

/* Have it keep a password, which it must. */
void world_agent_keep(const struct wire_keep *keep);

#endif
