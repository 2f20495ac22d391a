/* Whether the configuration makes sense for a directory. */
#ifndef DIRECTORY_CHECK_H
#define DIRECTORY_CHECK_H

#include "base/config.h"
#include "directory/location.h"

/*
 * Look for what is missing, contradicts itself or would give away secrets,
 * before anything is sent.
 *
 * @return SCRAM_OK, SCRAM_BAD_CONFIG
 */
enum scram_status ldap_check(const struct ldap_location *location,
                             const struct config *config, struct sentence *why);

#endif
