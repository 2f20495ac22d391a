#include "base/agent_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether it may be what XDG_RUNTIME_DIR names for this account. */
static bool
is_own_folder(const char *path)
{
    struct stat st;

    return path != NULL && path[0] == '/' && stat(path, &st) == 0 &&
           S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

bool
agent_path(char *path)
{
    const char *folder = secure_getenv("XDG_RUNTIME_DIR");
    int len;

    if (is_own_folder(folder))
        len = snprintf(path, AGENT_PATH_MAX, "%s/gss-scram/agent", folder);
    else
        len = snprintf(path, AGENT_PATH_MAX, "/run/user/%lu/gss-scram/agent",
                       (unsigned long)geteuid());
    return len > 0 && len < AGENT_PATH_MAX;
}
