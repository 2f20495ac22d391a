#include "agent.h"

#include <openssl/crypto.h>

#include "ask/ask.h"
#include "ask/talk.h"
#include "base/agent_path.h"
#include "scram/verifier.h"

#define PATIENCE 5000 /* milliseconds: nothing is derived from a password */

/* The longest are a keep, and a listed with a sentence. */
#define QUESTION_MAX (WIRE_TARGET_MAX + WIRE_USER_MAX + WIRE_PASSWORD_MAX + 64)
#define ANSWER_MAX (WIRE_TARGET_MAX + WIRE_USER_MAX + WIRE_SENTENCE_MAX + 64)

/* Ask, or without a question greet. */
static enum scram_status
agent_ask(const struct ask_question *question, struct sentence *why)
{
    char path[AGENT_PATH_MAX];
    const struct ask_daemon daemon = {.path = path,
                                      .timeout = PATIENCE,
                                      .once = true,
                                      .name = "gss-scram-agent",
                                      .unit = "gss-scram-agent.socket",
                                      .limit = "this command",
                                      .hello = ask_hello,
                                      .welcome = ask_take_welcome};
    enum scram_status status;

    if (!agent_path(path)) {
        sentence_write(why,
                       "XDG_RUNTIME_DIR names a directory whose path is too "
                       "long for a socket; name a shorter one");
        return SCRAM_BAD_CONFIG;
    }
    status = question == NULL ? ask_check(&daemon, why)
                              : ask_call(&daemon, question, why);
    if (status == SCRAM_BROKER_SLOW)
        return SCRAM_AGENT_SLOW;
    if (status != SCRAM_BROKER_GONE)
        return status;
    sentence_write(
        why,
        "no gss-scram-agent listens at %s: start it with \"systemctl --user "
        "enable --now gss-scram-agent.socket\", or where there is no systemd "
        "with \"gss-scram-agent --foreground\"",
        path);
    return SCRAM_AGENT_GONE;
}

/* What the agent said, as this command's own. */
static enum scram_status
answered(enum scram_status status, struct slice sentence, struct sentence *why)
{
    if (status != SCRAM_OK)
        sentence_write(why, "%.*s", (int)sentence.len,
                       (const char *)sentence.data);
    return status;
}

enum scram_status
agent_check(struct sentence *why)
{
    return agent_ask(NULL, why);
}

/* ask_take */
static bool
take_kept(void *data, struct slice answer)
{
    return wire_parse_kept(answer, data);
}

enum scram_status
agent_keep(const struct wire_keep *keep, struct sentence *why)
{
    uint8_t question_space[QUESTION_MAX], answer_space[ANSWER_MAX];
    struct buffer question = BUFFER_ARRAY(question_space);
    struct buffer answer = BUFFER_ARRAY(answer_space);
    struct wire_kept kept;
    enum scram_status status;

    wire_put_keep(keep, &question);
    status = agent_ask(&(struct ask_question){buffer_slice(&question), &answer,
                                              take_kept, &kept},
                       why);
    OPENSSL_cleanse(question_space, sizeof(question_space));
    return status == SCRAM_OK ? answered(kept.status, kept.sentence, why)
                              : status;
}

/* ask_take */
static bool
take_listed(void *data, struct slice answer)
{
    const struct wire_listed *listed = data;

    return wire_parse_listed(answer, data) &&
           listed->mechanism < SCRAM_MECHANISMS;
}

enum scram_status
agent_list(agent_visit *visit, void *data, struct sentence *why)
{
    uint8_t question_space[16], answer_space[ANSWER_MAX];
    struct wire_list list = {0};
    struct wire_listed listed = {.more = true};
    enum scram_status status = SCRAM_OK;

    for (; status == SCRAM_OK && listed.more; list.index++) {
        struct buffer question = BUFFER_ARRAY(question_space);
        struct buffer answer = BUFFER_ARRAY(answer_space);

        wire_put_list(&list, &question);
        status =
            agent_ask(&(struct ask_question){buffer_slice(&question), &answer,
                                             take_listed, &listed},
                      why);
        /* There are none, or fewer than a moment ago. */
        if (status == SCRAM_OK && listed.status == SCRAM_NO_USER)
            break;
        if (status == SCRAM_OK)
            status = answered(listed.status, listed.sentence, why);
        if (status == SCRAM_OK)
            status = visit(data, &listed);
    }
    return status;
}

/* ask_take */
static bool
take_forgotten(void *data, struct slice answer)
{
    return wire_parse_forgotten(answer, data);
}

enum scram_status
agent_forget(struct slice target, struct slice user, uint32_t *count,
             struct sentence *why)
{
    uint8_t question_space[QUESTION_MAX], answer_space[ANSWER_MAX];
    struct buffer question = BUFFER_ARRAY(question_space);
    struct buffer answer = BUFFER_ARRAY(answer_space);
    struct wire_forgotten forgotten;
    enum scram_status status;

    wire_put_forget(&(struct wire_forget){target, user}, &question);
    status = agent_ask(&(struct ask_question){buffer_slice(&question), &answer,
                                              take_forgotten, &forgotten},
                       why);
    if (status == SCRAM_OK)
        status = answered(forgotten.status, forgotten.sentence, why);
    if (status == SCRAM_OK)
        *count = forgotten.count;
    /* Nothing to be forgotten is no failure of the agent's. */
    if (status == SCRAM_NO_USER) {
        *count = 0;
        return SCRAM_OK;
    }
    return status;
}
