/*
 * "gss-scram doctor": finds out, as an account, what keeps it from logging
 * users in, and says what to do about each thing.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <gssapi/gssapi.h>

#include "base/config.h"
#include "base/sentence.h"
#include "options.h"

int doctor(const struct options *options);

/* Say what is as it should be, printf's way, and return true. */
bool doctor_ok(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Say what is not, printf's way, and return false.
 *
 * @param fix  what to do about it; NULL where what is said says it
 */
bool doctor_fail(const char *fix, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Say what is strange and need not be wrong. */
void doctor_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Say what is not looked at, because of a failure above. */
void doctor_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The parts of the examination. Each says what it finds, and returns whether
 * all is well; doctor_configuration, whether it can be used.
 *
 * @param config    of doctor_configuration: set on true alone; the caller
 * clears it
 * @param location  of the store
 * @param configured  whether the configuration has that location
 * @param store     the same where it was named on the command line, else NULL
 */
bool doctor_module(void);
bool doctor_configuration(struct config *config);
bool doctor_store(const char *location, bool configured);

/* The same for a directory that gss-scramd asks, by an account that may see it
 * so. */
bool doctor_directory(const char *location);

/* The same for gss-scramd's own, whose users it tells root. */
bool doctor_own_store(const char *location);
bool doctor_broker(const struct config *config);
bool doctor_agent(void);
bool doctor_credentials(void);
bool doctor_handshake(void);
bool doctor_credential(const char *store);

/* The same of a store's file: who can change it, or put another there. */
bool doctor_guard(const char *path);

extern gss_OID_desc doctor_mech; /* SCRAM-SHA-256 */

/* What libgssapi says of a failure, with the mechanism's own sentence. */
struct sentence doctor_status(OM_uint32 major, OM_uint32 minor);

#endif
