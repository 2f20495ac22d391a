#include "doctor_registration.h"

#include <dlfcn.h>
#include <errno.h>
#include <glob.h>
#include <gssapi/gssapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS " \t\r\n"

/* Whether a line registers @p oid; the module's name goes to @p module. */
static bool
read_line(char *line, const char *oid, char *module)
{
    char *rest, *name, *number, *file;

    if (line[0] == '#')
        return false;
    name = strtok_r(line, WORDS, &rest);
    number = name == NULL ? NULL : strtok_r(NULL, WORDS, &rest);
    file = number == NULL ? NULL : strtok_r(NULL, WORDS, &rest);
    if (file == NULL || strcmp(number, oid) != 0 || strlen(file) >= PATH_MAX)
        return false;
    strcpy(module, file);
    return true;
}

static bool
look_into(const char *path, const char *oid, struct registration *found,
          struct sentence *where)
{
    char line[BUFSIZ];
    FILE *file = fopen(path, "re");
    bool there = false;
    size_t len = strlen(where->text);

    snprintf(where->text + len, sizeof(where->text) - len, "%s%s%s",
             len == 0 ? "" : ", ", path,
             file != NULL      ? ""
             : errno == ENOENT ? " (which is not there)"
                               : " (which cannot be read)");
    if (file == NULL)
        return false;
    for (found->line = 1; fgets(line, sizeof(line), file) != NULL;
         found->line++) {
        there = read_line(line, oid, found->module);
        if (there)
            break;
    }
    fclose(file);
    if (there)
        snprintf(found->file, sizeof(found->file), "%s", path);
    return there;
}

bool
registration_find(const char *oid, struct registration *found,
                  struct sentence *where)
{
    const char *named = secure_getenv("GSS_MECH_CONFIG");
    bool there;
    glob_t paths;
    size_t i;

    where->text[0] = '\0';
    if (named != NULL)
        return look_into(named, oid, found, where);
    there = look_into("/etc/gss/mech", oid, found, where);
    if (there || glob("/etc/gss/mech.d/*.conf", 0, NULL, &paths) != 0)
        return there;
    for (i = 0; i < paths.gl_pathc && !there; i++)
        there = look_into(paths.gl_pathv[i], oid, found, where);
    globfree(&paths);
    return there;
}

bool
registration_resolve(struct registration *registration)
{
    char name[PATH_MAX];
    const char *slash;
    Dl_info library;

    if (registration->module[0] == '/')
        return true;
    strcpy(name, registration->module);
    if (dladdr((void *)gss_indicate_mechs, &library) == 0)
        return false;
    slash = strrchr(library.dli_fname, '/');
    return slash != NULL &&
           snprintf(registration->module, PATH_MAX, "%.*s/gss/%s",
                    (int)(slash - library.dli_fname), library.dli_fname,
                    name) < PATH_MAX;
}
