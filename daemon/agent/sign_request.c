/*
 * The second request of a login: the proof that the user knows the password.
 */
#include <stdlib.h>

#include "base/config.h"
#include "daemon/agent/agent.h"
#include "daemon/agent/requests.h"

/* A proof that waits for keys, with the messages that it is over. */
struct sign_job {
    struct derive_job base; /* first */
    struct connection *connection;
    struct agent_messages messages;
    uint8_t text[]; /* what those are slices of */
};

void
agent_refuse_sign(enum scram_status status, const char *sentence,
                  struct buffer *answer)
{
    const struct wire_signed refused = {.status = status,
                                        .sentence = slice_of(sentence)};

    wire_put_signed(&refused, answer);
}

enum scram_status
agent_find_entry(struct agent *a, uint64_t number, struct agent_entry **entry,
                 struct sentence *why)
{
    *entry = entries_find(a->entries, number);
    if (*entry != NULL)
        return SCRAM_OK;
    sentence_write(why, "gss-scram-agent does not keep the password of this "
                        "login any longer: give it anew with gss-scram login");
    return SCRAM_EXPIRED;
}

/* What the account's configuration allows, as it is now. */
static enum scram_status
read_limits(const struct agent *a, struct scram_limits *limits,
            struct sentence *why)
{
    struct config config CLEANUP_CONFIG = {0};
    enum scram_status status =
        config_load_file(config_path(), a->account, &config, why);

    if (status == SCRAM_OK)
        *limits = (struct scram_limits){config.client_min_iterations,
                                        config.client_max_iterations};
    return status;
}

/* Whether a proof may be made, and of which keys. */
static enum scram_status
check_sign(struct agent *a, const struct wire_sign *sign,
           const struct agent_messages *messages, struct agent_entry **entry,
           struct derive_job *job, struct sentence *why)
{
    const struct agent_seal_scope scope = {
        AGENT_SEAL_CHOICE,
        (enum scram_mechanism)sign->mechanism,
        {sign->target, sign->client_first}};
    struct scram_limits limits;
    enum scram_status status = agent_seal_use(&a->seals, &scope, sign->seal,
                                              agent_now(), &job->entry, why);

    if (status == SCRAM_OK)
        status = agent_find_entry(a, job->entry, entry, why);
    if (status == SCRAM_OK)
        status = read_limits(a, &limits, why);
    if (status == SCRAM_OK)
        status = agent_check(*entry, messages, limits, &job->asked, why);
    if (status == SCRAM_OK)
        status =
            entry_salt_of((struct slice){job->asked.salt, job->asked.salt_len},
                          job->asked.iterations, &job->salt);
    return status;
}

/* Make the proof, and the seal by which the server's answer to it is looked at.
 */
static void
answer_sign(struct agent *a, struct agent_entry *e,
            const struct scram_keys *keys,
            const struct agent_messages *messages, struct buffer *answer)
{
    const struct agent_seal_scope scope = {AGENT_SEAL_SIGNATURE,
                                           e->mechanism,
                                           {messages->client_first,
                                            messages->server_first,
                                            messages->without_proof}};
    uint8_t memory[AGENT_SEAL_LEN], firsts_memory[AGENT_FIRSTS_MAX];
    struct buffer seal = BUFFER_ARRAY(memory);
    struct buffer firsts = BUFFER_ARRAY(firsts_memory);
    const struct scram_unproved unproved =
        agent_unproved(e->mechanism, messages, &firsts);
    struct secret_key proof CLEANUP_KEY = {{0}};
    struct wire_signed made = {.status = SCRAM_OK};

    made.status = scram_prove(&unproved, keys, &proof);
    if (made.status == SCRAM_OK)
        made.status =
            agent_seal_make(&a->seals, &scope, e->number, agent_now(), &seal);
    if (made.status != SCRAM_OK) {
        agent_refuse_sign(made.status, "the proof cannot be computed", answer);
        return;
    }
    e->used++;
    made.proof = scram_key_slice(e->mechanism, &proof);
    made.seal = buffer_slice(&seal);
    wire_put_signed(&made, answer);
}

static struct slice
agent_sign_keep(struct buffer *text, struct slice bytes)
{
    struct slice kept = {text->data + text->len, bytes.len};

    buffer_put(text, bytes);
    return kept;
}

/* Have keys derived for a proof; false where that cannot be. */
static bool
wait_for_keys(struct agent *a, const struct derive_job *base,
              const struct agent_messages *m, struct connection *connection)
{
    size_t len =
        m->client_first.len + m->server_first.len + m->without_proof.len;
    struct sign_job *job = calloc(1, sizeof(*job) + len);
    struct buffer text;

    if (job == NULL)
        return false;
    text = (struct buffer){job->text, 0, len, false};
    job->base = *base;
    job->connection = connection;
    job->messages.client_first = agent_sign_keep(&text, m->client_first);
    job->messages.server_first = agent_sign_keep(&text, m->server_first);
    job->messages.without_proof = agent_sign_keep(&text, m->without_proof);
    if (derive_add(a->derive, &job->base))
        return true;
    free(job);
    return false;
}

enum request_end
agent_take_sign(void *data, struct request *request, bool *greeted)
{
    struct agent *a = data;
    struct agent_messages messages;
    const struct scram_keys *keys;
    struct derive_job job = {.entry = 0};
    struct agent_entry *e = NULL;
    struct sentence why = {""};
    struct wire_sign sign;
    enum scram_status status;

    (void)greeted;
    if (!wire_parse_sign(request->message, &sign) ||
        sign.mechanism >= SCRAM_MECHANISMS)
        return REQUEST_MALFORMED;
    messages = (struct agent_messages){sign.client_first, sign.server_first,
                                       sign.without_proof};
    agent_expire(a);
    status = check_sign(a, &sign, &messages, &e, &job, &why);
    if (status != SCRAM_OK) {
        agent_refuse_sign(status, why.text, request->answer);
        return REQUEST_ANSWERED;
    }
    keys = entry_keys_find(&e->keys, &job.salt);
    if (keys != NULL) {
        answer_sign(a, e, keys, &messages, request->answer);
        return REQUEST_ANSWERED;
    }
    if (!wait_for_keys(a, &job, &messages, request->connection)) {
        agent_refuse_sign(SCRAM_NO_RESOURCES,
                          "gss-scram-agent is busy with too many logins",
                          request->answer);
        return REQUEST_ANSWERED;
    }
    agent_refuse_sign(SCRAM_WORKING, "", request->answer);
    return REQUEST_WORKING;
}

/* derive_ops */
static bool
tell_working(struct derive_job *base)
{
    uint8_t memory[64];
    struct buffer answer = BUFFER_ARRAY(memory);

    agent_refuse_sign(SCRAM_WORKING, "", &answer);
    return connection_working(((struct sign_job *)base)->connection,
                              buffer_slice(&answer));
}

static void
say_why_no_keys(enum scram_status status, uint64_t wait, struct sentence *why)
{
    if (status == SCRAM_NO_RESOURCES)
        sentence_write(why,
                       "Servers have asked for keys by too many different "
                       "salts. gss-scram-agent computes for another one in %lu "
                       "seconds",
                       (unsigned long)(wait / 1000 + 1));
    else if (status == SCRAM_EXPIRED)
        sentence_write(why, "the password was forgotten while its keys were "
                            "computed: give it anew with gss-scram login");
    else
        sentence_write(why, "the keys of the password cannot be computed");
}

/* derive_ops */
static void
answer_waiting(void *data, struct derive_job *base, enum scram_status status,
               struct agent_entry *entry, const struct scram_keys *keys,
               uint64_t wait)
{
    struct sign_job *job = (struct sign_job *)base;
    uint8_t memory[WIRE_PROOF_MAX + WIRE_SEAL_MAX + WIRE_SENTENCE_MAX + 64];
    struct buffer answer = BUFFER_ARRAY(memory);
    struct sentence why = {""};

    if (status == SCRAM_OK) {
        answer_sign(data, entry, keys, &job->messages, &answer);
    } else {
        say_why_no_keys(status, wait, &why);
        agent_refuse_sign(status, why.text, &answer);
    }
    connection_answer(job->connection, buffer_slice(&answer));
    OPENSSL_cleanse(memory, sizeof(memory));
    free(job);
}

/* derive_ops */
static void
agent_sign_drop(struct derive_job *base)
{
    connection_answer(((struct sign_job *)base)->connection, SLICE(""));
    free(base);
}

const struct derive_ops agent_sign_ops = {tell_working, answer_waiting,
                                          agent_sign_drop};
