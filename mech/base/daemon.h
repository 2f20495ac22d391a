/*
 * Which daemon of ours a process is, if it is one.
 */
#ifndef BASE_DAEMON_H
#define BASE_DAEMON_H

/*
 * The daemon's name: defined, and exported from the program, by a daemon, and
 * found there by a module that is loaded into it. In a process that answers,
 * the module does not ask: a directory's library, for one, may log in by
 * GSS-API in there, and would wait for itself.
 */
extern const char gss_scram_daemon[] __attribute__((weak));

#endif
