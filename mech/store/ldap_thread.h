/* Threads of ours, for what may take longer than anybody can wait. */
#ifndef STORE_LDAP_THREAD_H
#define STORE_LDAP_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Start one that nobody joins. It takes no signals: they are for the program's
 * own threads.
 */
bool ldap_thread_start(void *(*run)(void *data), void *data);

/* Run something in one, and wait for its end. False where there is none. */
bool ldap_thread_run(void *(*run)(void *data), void *data);

/* A condition whose waits end by ldap_clock(). False without memory. */
bool ldap_thread_condition(pthread_cond_t *condition);

#endif
