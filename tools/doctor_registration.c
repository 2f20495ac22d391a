#include "doctor_registration.h"

#include <dlfcn.h>
#include <errno.h>
#include <glob.h>
#include <gssapi/gssapi.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS " \t\r\n"
#define PATTERN "/mech.d/*.conf" /* what libgssapi looks for in its folder */

/* The pattern among the constants in a library's segment that cannot be
 * written to, from its first byte on; NULL where it is not. */
static const char *
find_pattern(const char *segment, size_t len)
{
    const char *found = memmem(segment, len, PATTERN, sizeof(PATTERN));

    while (found != NULL && found > segment && found[-1] != '\0')
        found--;
    return found == NULL || found[0] != '/' ? NULL : found;
}

static bool
has_function(const struct dl_phdr_info *library, const ElfW(Phdr) * segment)
{
    uintptr_t function = (uintptr_t)gss_indicate_mechs;
    uintptr_t start = library->dlpi_addr + segment->p_vaddr;

    return segment->p_type == PT_LOAD && function >= start &&
           function - start < segment->p_memsz;
}

/* dl_iterate_phdr's: of libgssapi's segments; the pattern goes to @p data. */
static int
look_into_library(struct dl_phdr_info *library, size_t size, void *data)
{
    const char **pattern = data;
    const ElfW(Phdr) *segments = library->dlpi_phdr;
    bool is_libgssapi = false;
    size_t i;

    (void)size;
    for (i = 0; i < library->dlpi_phnum; i++)
        is_libgssapi = is_libgssapi || has_function(library, &segments[i]);
    for (i = 0; is_libgssapi && *pattern == NULL && i < library->dlpi_phnum;
         i++)
        if (segments[i].p_type == PT_LOAD &&
            (segments[i].p_flags & (PF_R | PF_W)) == PF_R)
            *pattern = find_pattern((const char *)library->dlpi_addr +
                                        segments[i].p_vaddr,
                                    segments[i].p_filesz);
    return is_libgssapi;
}

/* The library has no call that tells it. */
void
registration_folder(char *folder)
{
    const char *pattern = NULL;

    dl_iterate_phdr(look_into_library, &pattern);
    if (pattern == NULL)
        strcpy(folder, "/etc/gss");
    else
        snprintf(folder, PATH_MAX, "%.*s",
                 (int)(strlen(pattern) - strlen(PATTERN)), pattern);
}

/* Whether a line registers @p oid; the module's name goes to @p module. */
static bool
doctor_registration_read_line(char *line, const char *oid, char *module)
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
        there = doctor_registration_read_line(line, oid, found->module);
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
    char folder[PATH_MAX], path[PATH_MAX + sizeof(PATTERN)];
    bool there;
    glob_t paths;
    size_t i;

    where->text[0] = '\0';
    if (named != NULL)
        return look_into(named, oid, found, where);
    registration_folder(folder);
    snprintf(path, sizeof(path), "%s/mech", folder);
    there = look_into(path, oid, found, where);
    snprintf(path, sizeof(path), "%s" PATTERN, folder);
    if (there || glob(path, 0, NULL, &paths) != 0)
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
