#include <stddef.h>

#include "agent.h"
#include "base/agent_path.h"
#include "doctor.h"

/* agent_visit */
static enum scram_status
doctor_agent_count(void *data, const struct wire_listed *login)
{
    size_t *logins = data;

    (void)login;
    ++*logins;
    return SCRAM_OK;
}

bool
doctor_agent(void)
{
    char path[AGENT_PATH_MAX];
    struct sentence why = {""};
    size_t logins = 0;
    enum scram_status status = agent_list(doctor_agent_count, &logins, &why);

    if (status == SCRAM_OK && agent_path(path))
        return doctor_ok("gss-scram-agent answers this account at %s, and "
                         "has %zu %s",
                         path, logins, logins == 1 ? "login" : "logins");
    /* Nobody has to have one. */
    if (status == SCRAM_AGENT_GONE) {
        doctor_note("clients of this account have passwords from programs and "
                    "files alone: %s",
                    why.text);
        return true;
    }
    return doctor_fail("systemctl --user restart gss-scram-agent.service", "%s",
                       why.text);
}
