/*
 * What is freed stays as it is, for as long as the process lives: malloc's own
 * links, or another block, would hide what was left in it. These stand before
 * the C library's, in a program that is linked with this file or has it in
 * LD_PRELOAD (quarantine.la).
 *
 * What a library allocates that SECURITY.md says does not wipe (LMDB, libldap,
 * libidn and what those stand on) is in memory that is not looked through:
 * secrets_find is for what this project's own code holds.
 */
#ifndef QUARANTINE_H
#define QUARANTINE_H

#include <stdbool.h>

/* While set, whatever is freed is wiped: what another library that is called
 * then leaves is not looked for. */
extern bool quarantine_wipes;

#endif
