/*
 * How libgssapi comes to know of a mechanism: a line "name OID module" in
 * /etc/gss/mech or in a file /etc/gss/mech.d/NAME.conf, or in the file that
 * GSS_MECH_CONFIG names and then in no other.
 */
#ifndef DOCTOR_REGISTRATION_H
#define DOCTOR_REGISTRATION_H

#include <limits.h>
#include <stdbool.h>

#include "base/sentence.h"

struct registration {
    char file[PATH_MAX];   /* where it stands */
    unsigned line;         /* from 1 on */
    char module[PATH_MAX]; /* as it is written, or made absolute */
};

/*
 * Find the first registration of a mechanism.
 *
 * @param oid    in dots
 * @param found  set on true alone
 * @param where  a list of the files that were looked at
 */
bool registration_find(const char *oid, struct registration *found,
                       struct sentence *where);

/*
 * Make the module's name absolute, if it is not: the library looks for it in
 * the folder gss/ beside itself.
 *
 * @return false where the library cannot be found
 */
bool registration_resolve(struct registration *registration);

#endif
