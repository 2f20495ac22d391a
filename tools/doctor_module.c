#include <dlfcn.h>
#include <gssapi/gssapi_scram.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"
#include "doctor_registration.h"

#define OID_IN_DOTS "1.3.6.1.5.5.18"

gss_OID_desc doctor_mech = {GSS_SCRAM_SHA_256_OID_LENGTH,
                            (void *)GSS_SCRAM_SHA_256_OID};

static bool
is_registered(struct registration *registration)
{
    const char *named = secure_getenv("GSS_MECH_CONFIG");
    struct sentence where, fix;

    if (named != NULL)
        doctor_note("GSS_MECH_CONFIG names the file of registrations here; a "
                    "server without it has those in /etc/gss");
    sentence_write(&fix,
                   "put \"scram-sha-256 " OID_IN_DOTS " gss_scram.so\" into %s",
                   named != NULL ? named : "/etc/gss/mech.d/gss-scram.conf");
    if (!registration_find(OID_IN_DOTS, registration, &where))
        return doctor_fail(fix.text, "no line registers the mechanism in %s",
                           where.text);
    return doctor_ok("it is registered in %s, line %u, OID " OID_IN_DOTS,
                     registration->file, registration->line);
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
