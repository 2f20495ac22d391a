/*
 * The requests of the command: to keep a password, to list those that are kept,
 * and to forget them.
 */
#include "daemon/agent/agent.h"
#include "daemon/agent/requests.h"

void
agent_refuse_keep(enum scram_status status, const char *sentence,
                  struct buffer *answer)
{
    const struct wire_kept kept = {status, slice_of(sentence)};

    wire_put_kept(&kept, answer);
}

enum request_end
agent_take_keep(void *data, struct request *request, bool *greeted)
{
    struct agent *a = data;
    struct sentence why = {""};
    struct wire_keep keep;
    enum scram_status status;

    (void)greeted;
    if (!wire_parse_keep(request->message, &keep))
        return REQUEST_MALFORMED;
    agent_expire(a);
    status = entries_keep(a->entries, &keep, agent_now(), &why);
    agent_expire(a);
    agent_refuse_keep(status, why.text, request->answer);
    return REQUEST_ANSWERED;
}

void
agent_refuse_list(enum scram_status status, const char *sentence,
                  struct buffer *answer)
{
    const struct wire_listed listed = {.status = status,
                                       .sentence = slice_of(sentence)};

    wire_put_listed(&listed, answer);
}

enum request_end
agent_take_list(void *data, struct request *request, bool *greeted)
{
    struct agent *a = data;
    struct wire_listed listed = {.status = SCRAM_OK};
    const struct agent_entry *e;
    struct wire_list list;

    (void)greeted;
    if (!wire_parse_list(request->message, &list))
        return REQUEST_MALFORMED;
    agent_expire(a);
    e = entries_at(a->entries, list.index);
    if (e == NULL) {
        agent_refuse_list(SCRAM_NO_USER, "", request->answer);
        return REQUEST_ANSWERED;
    }
    listed.more = list.index != UINT32_MAX &&
                  entries_at(a->entries, list.index + 1) != NULL;
    listed.mechanism = (uint8_t)e->mechanism;
    listed.target = agent_entry_target(e);
    listed.user = agent_entry_user(e);
    listed.left = agent_entry_left(e, agent_now());
    listed.min_iterations = e->min_iterations;
    listed.bound = e->bound;
    listed.used = e->used;
    listed.refused = e->refused;
    wire_put_listed(&listed, request->answer);
    return REQUEST_ANSWERED;
}

void
agent_refuse_forget(enum scram_status status, const char *sentence,
                    struct buffer *answer)
{
    const struct wire_forgotten forgotten = {.status = status,
                                             .sentence = slice_of(sentence)};

    wire_put_forgotten(&forgotten, answer);
}

enum request_end
agent_take_forget(void *data, struct request *request, bool *greeted)
{
    struct agent *a = data;
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(memory);
    struct wire_forgotten forgotten = {.status = SCRAM_OK};
    struct wire_forget forget;

    (void)greeted;
    if (!wire_parse_forget(request->message, &forget))
        return REQUEST_MALFORMED;
    agent_expire(a);
    /* A name that no user can have is nobody's. */
    if (forget.user.len == 0 ||
        scram_prepare_user(forget.user, &user) == SCRAM_OK)
        forgotten.count =
            entries_forget(a->entries, forget.target, buffer_slice(&user));
    agent_expire(a);
    wire_put_forgotten(&forgotten, request->answer);
    return REQUEST_ANSWERED;
}
