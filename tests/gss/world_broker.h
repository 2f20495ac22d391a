/*
 * A world whose logins gss-scramd verifies. Where GSS_SCRAM_TEST_BROKER is set
 * in the environment, world_make starts one that answers from the world's
 * store, as the account that runs the tests, and every configuration that has
 * that store, and says nothing of a broker, names it.
 */
#ifndef WORLD_BROKER_H
#define WORLD_BROKER_H

#include <stdbool.h>

/* Whether there is to be one. */
bool world_is_brokered(void);

/* Start it, once there is a store; and have it end. */
void world_broker_start(void);
void world_broker_stop(void);

/* What stands behind [scram] of such a configuration: a line, or nothing. */
const char *world_broker_line(const char *configuration);

#endif
