#include <dlfcn.h>
#include <gssapi/gssapi_scram.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folders.h"
#include "doctor.h"
#include "doctor_registration.h"

#define OID_IN_DOTS "1.3.6.1.5.5.18"
#define INSTALLED "/mech.d/gss-scram.conf"

gss_OID_desc doctor_mech = {GSS_SCRAM_SHA_256_OID_LENGTH,
                            (void *)GSS_SCRAM_SHA_256_OID};

static bool
not_registered(const char *named, const char *folder,
               const struct sentence *where)
{
    static const char installed[] = FOLDER_CONFIGURATION INSTALLED;
    struct sentence fix;

    sentence_write(&fix, "ln -s %s %s/mech.d/", installed, folder);
    if (named == NULL && strcmp(folder, FOLDER_CONFIGURATION) != 0 &&
        access(installed, F_OK) == 0)
        return doctor_fail(fix.text,
                           "the registration %s is not read, as libgssapi was "
                           "built to read those in %s/mech.d",
                           installed, folder);
    sentence_write(
        &fix,
        "put \"scram-sha-256 " OID_IN_DOTS " " REGISTERED_MODULE "\" into %s%s",
        named != NULL ? named : folder, named != NULL ? "" : INSTALLED);
    return doctor_fail(fix.text, "no line registers the mechanism in %s",
                       where->text);
}

static bool
is_registered(struct registration *registration)
{
    const char *named = secure_getenv("GSS_MECH_CONFIG");
    char folder[PATH_MAX];
    struct sentence where;

    registration_folder(folder);
    if (named != NULL)
        doctor_note("GSS_MECH_CONFIG names the file of registrations here; a "
                    "server without it has those in %s",
                    folder);
    if (!registration_find(OID_IN_DOTS, registration, &where))
        return not_registered(named, folder, &where);
    return doctor_ok("it is registered in %s, line %u, OID " OID_IN_DOTS,
                     registration->file, registration->line);
}

/* What another build's module reads may be another configuration. */
static void
look_whose_it_is(const char *module)
{
    static const char own[] = FOLDER_MODULES "/gss_scram.so";
    struct stat registered, installed;

    if (secure_getenv("GSS_SCRAM_CONFIG") == NULL &&
        (stat(module, &registered) != 0 || stat(own, &installed) != 0 ||
         registered.st_dev != installed.st_dev ||
         registered.st_ino != installed.st_ino))
        doctor_note("the module is not the one that was built with this "
                    "command, %s: it may read another configuration than %s",
                    own, config_path());
}

/* Load it as the library does, and find in it what makes it a mechanism. */
static bool
is_loadable(struct registration *registration)
{
    void *module;
    bool known;

    if (!registration_resolve(registration))
        return doctor_fail("name the module by an absolute path there",
                           "libgssapi_krb5, beside which %s has the module, "
                           "cannot be found in this process",
                           registration->file);
    module = dlopen(registration->module, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL)
        return doctor_fail("install it there, or name its absolute path in "
                           "that line",
                           "the module that %s, line %u, names does not load: "
                           "%s",
                           registration->file, registration->line, dlerror());
    known = dlsym(module, "gss_accept_sec_context") != NULL;
    dlclose(module);
    if (!known)
        return doctor_fail("let that line name gss_scram.so",
                           "%s, which %s, line %u, names, loads, but is no "
                           "GSS-API mechanism",
                           registration->module, registration->file,
                           registration->line);
    look_whose_it_is(registration->module);
    return doctor_ok("the module %s loads", registration->module);
}

static bool
is_listed(const struct registration *registration)
{
    gss_OID_set mechs;
    OM_uint32 minor;
    int present = 0;

    if (GSS_ERROR(gss_indicate_mechs(&minor, &mechs)))
        return doctor_fail(NULL,
                           "libgssapi cannot say which mechanisms there are");
    gss_test_oid_set_member(&minor, &doctor_mech, mechs, &present);
    gss_release_oid_set(&minor, &mechs);
    if (!present)
        return doctor_fail("look for a line above it with the same OID, and "
                           "for another GSS-API library than MIT's",
                           "libgssapi does not list the mechanism, although %s "
                           "registers it",
                           registration->file);
    return doctor_ok("libgssapi lists the mechanism");
}

bool
doctor_module(void)
{
    struct registration registration;

    return is_registered(&registration) && is_loadable(&registration) &&
           is_listed(&registration);
}
