#include "store/ldap_load.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODULE "gss_scram_ldap.so"

/* What stands before a path's last name, with the slash. False for a path that
 * has no folder. */
static bool
cut_to_folder(char *path)
{
    char *slash = strrchr(path, '/');

    if (slash == NULL)
        return false;
    slash[1] = '\0';
    return true;
}

/* Whether there is a module in a folder below another. */
static bool
is_in(const char *folder, const char *below, char *path)
{
    int len = snprintf(path, PATH_MAX, "%s%s" MODULE, folder, below);

    return len < PATH_MAX && access(path, F_OK) == 0;
}

static bool
is_library(const char *path)
{
    size_t len = strlen(path);

    return len < PATH_MAX && len > 3 && strcmp(path + len - 3, ".so") == 0;
}

/* The folder of the library, or of the program, that this code is in. */
static bool
find_folder(char *folder)
{
    static const char here;
    Dl_info info;
    ssize_t len;

    /* Of a program, dladdr knows no more than what it was called. */
    if (dladdr(&here, &info) != 0 && info.dli_fname[0] == '/' &&
        is_library(info.dli_fname)) {
        snprintf(folder, PATH_MAX, "%s", info.dli_fname);
        return cut_to_folder(folder);
    }
    len = readlinkat(AT_FDCWD, "/proc/self/exe", folder, PATH_MAX - 1);
    if (len < 0)
        return false;
    folder[len] = '\0';
    return cut_to_folder(folder);
}

static void
find(char *path)
{
    char folder[PATH_MAX];

    if (find_folder(folder) &&
        (is_in(folder, "", path) || is_in(folder, ".libs/", path)))
        return;
    snprintf(path, PATH_MAX, "%s/" MODULE, MODULE_FOLDER);
}

enum scram_status
ldap_load(const struct ldap_client_ops **ops, struct sentence *why)
{
    const struct ldap_client_ops *found;
    char path[PATH_MAX];
    void *module;

    find(path);
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        const char *reason = dlerror();

        sentence_write(why,
                       "a store in a directory needs the module %s, which "
                       "cannot be loaded (%.200s); on Debian it is in the "
                       "package gss-scram-ldap",
                       path, reason == NULL ? "nobody knows why" : reason);
        return SCRAM_STORE_FAILED;
    }
    found = dlsym(module, LDAP_CLIENT_SYMBOL);
    if (found == NULL || found->version != LDAP_CLIENT_VERSION) {
        sentence_write(why, "%s is of another version of gss-scram", path);
        return SCRAM_STORE_FAILED;
    }
    *ops = found;
    return SCRAM_OK;
}
