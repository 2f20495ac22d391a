/*
 * How libgssapi comes to know of a mechanism: a line "name OID module" in the
 * file mech or in a file mech.d/NAME.conf of its own folder, as a rule
 * /etc/gss, or in the file that GSS_MECH_CONFIG names and then in no other.
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
 * Find the folder in which libgssapi looks for registrations: the one that it
 * was built for, which need not be the one that this build installs them in.
 *
 * @param folder  at most PATH_MAX bytes; the usual one, /etc/gss, where the
 *                library is another than MIT's
 */
void registration_folder(char *folder);

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
