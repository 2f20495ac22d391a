/*
 * What programs ask gss-scram-agent, any bytes and whole logins. The input is
 * lines, a request each: "h" and two versions, to greet; "c" and a target, to
 * choose; "s", to sign, and "v", to verify, with what is changed in the
 * messages, as fuzz_edit has it; "k" and what is demanded of logins, to give
 * the password anew; "f", after which its keys are forgotten;
 * anything else and a message as it stands, in which the bytes 1 to 3 stand for
 * the last nonce and the last two seals. A proof is given for a login that was
 * begun here and belongs together, and a session key for the server's right
 * answer, once.
 */
#include "fuzz.h"

#include "base/base64.h"
#include "daemon/agent/agent.h"
#include "daemon/agent/requests.h"
#include "peer.h"

const size_t fuzz_input_max = WIRE_MESSAGE_MAX + FUZZ_OVER;

#define TARGET SLICE("HTTP@www.example.org")
#define SALT_TEXT "YSBncmFpbiBvZiBzYWx0IQ==" /* PEER_SALT */

static struct agent agent;
static struct connection *const nobody = NULL;

/* The last login. */
static struct {
    char nonce[64], client_first[128], server_first[256], without_proof[256];
    uint8_t seal[WIRE_SEAL_MAX], signed_seal[WIRE_SEAL_MAX];
    size_t seal_len, signed_len;
    /* As they were. */
    char first_client_first[128];
    uint8_t first_seal[WIRE_SEAL_MAX];
    bool chosen, proved, spent;
    bool raw; /* any other request came in between */
} login;

/* derive_ops: keys for other salts are never derived here. */
static bool
working(struct derive_job *job)
{
    (void)job;
    return true;
}

static void
done(void *data, struct derive_job *job, enum scram_status status,
     struct agent_entry *entry, const struct scram_keys *keys, uint64_t wait)
{
    (void)data;
    (void)status;
    (void)entry;
    (void)keys;
    (void)wait;
    free(job);
}

static void
drop(struct derive_job *job)
{
    free(job);
}

static const struct derive_ops ops = {working, done, drop};

void
fuzz_prepare(void)
{
    struct sentence why;
    bool locked;

    setenv("GSS_SCRAM_CONFIG", fuzz_file("scram.conf", SLICE("")), 1);
    agent.timer.fd = -1;
    agent.entries = calloc(1, sizeof(*agent.entries));
    agent.loop = loop_new();
    FUZZ_CHECK(agent.entries != NULL && agent.loop != NULL);
    FUZZ_CHECK(agent_seals_begin(&agent.seals, &why) == SCRAM_OK);
    agent.derive = derive_start(agent.loop, agent.entries, &ops, NULL, &locked);
    FUZZ_CHECK(agent.derive != NULL);
}

#define DEMANDS_BOUND 1
#define DEMANDS_MORE 2

/* One password, with its keys for one salt. */
static void
keep(uint8_t demands)
{
    const struct wire_keep wish = {
        .target = SLICE("*"),
        .user = PEER_USER,
        .password = PEER_PASSWORD,
        .lifetime = WIRE_FOREVER,
        .min_iterations =
            (demands & DEMANDS_MORE) != 0 ? SCRAM_ITERATIONS_MIN + 1 : 0,
        .bound = (demands & DEMANDS_BOUND) != 0};
    struct agent_entry *entry;
    struct entry_salt salt;
    struct sentence why;

    if (entries_keep(agent.entries, &wish, 0, &why) != SCRAM_OK) {
        FUZZ_CHECK(agent.entries->count == ENTRIES_MAX);
        return;
    }
    entry = entries_find(agent.entries, agent.entries->last);
    FUZZ_CHECK(entry != NULL);
    FUZZ_CHECK(entry_salt_of(PEER_SALT, SCRAM_ITERATIONS_MIN, &salt) ==
               SCRAM_OK);
    entry_keys_put(&entry->keys, &salt, peer_keys(SCRAM_SHA_256));
}

/* Have a message answered, as connection.c does; what is shown of it is one
 * line. Nothing is there for one that is malformed, or waits. */
static struct slice
ask(struct slice message)
{
    static uint8_t memory[WIRE_MESSAGE_MAX], shown[4 * WIRE_MESSAGE_MAX];
    struct buffer answer = BUFFER_ARRAY(memory), text = BUFFER_ARRAY(shown);
    struct slice copy = fuzz_copy(message);
    struct request request = {nobody, NULL, copy, &answer};
    const struct request_op *op = agent_ops;
    enum request_end end = REQUEST_MALFORMED;
    bool greeted = true;

    while (op->take != NULL && op->op != wire_op(copy))
        op++;
    if (op->take != NULL) {
        op->show(copy, false, &text);
        end = op->take(&agent, &request, &greeted);
        FUZZ_CHECK(!answer.overflow);
        FUZZ_CHECK((end == REQUEST_MALFORMED) == (answer.len == 0));
        op->show(buffer_slice(&answer), true, &text);
        FUZZ_CHECK(memchr(shown, '\n', text.len) == NULL);
        FUZZ_CHECK(answer.len == 0 || wire_op(buffer_slice(&answer)) == op->op);
    }
    fuzz_free(copy);
    return end == REQUEST_MALFORMED ? SLICE("") : buffer_slice(&answer);
}

static void
forget_keys(void)
{
    size_t i;

    for (i = 0; i < agent.entries->count; i++)
        entry_keys_forget(&agent.entries->list[i].keys);
}

static void
greet(struct slice versions)
{
    uint8_t memory[16];
    struct buffer message = BUFFER_ARRAY(memory);

    buffer_put(&message, SLICE("\1"));
    buffer_put(&message, versions);
    if (!message.overflow)
        (void)ask(buffer_slice(&message));
}

static void
choose(struct slice target)
{
    const struct wire_choose wish = {SCRAM_SHA_256, target, SLICE("")};
    static uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer message = BUFFER_ARRAY(memory);
    struct wire_choice choice;

    login.chosen = login.proved = login.spent = false;
    wire_put_choose(&wish, &message);
    if (!wire_parse_choice(ask(buffer_slice(&message)), &choice) ||
        choice.status != SCRAM_OK)
        return;
    FUZZ_CHECK(choice.nonce.len < sizeof(login.nonce));
    login.chosen = slice_equal(target, TARGET);
    snprintf(login.nonce, sizeof(login.nonce), "%.*s", (int)choice.nonce.len,
             (const char *)choice.nonce.data);
    snprintf(login.client_first, sizeof(login.client_first), "n=alice,r=%s",
             login.nonce);
    snprintf(login.server_first, sizeof(login.server_first),
             "r=%sS,s=" SALT_TEXT ",i=4096", login.nonce);
    snprintf(login.without_proof, sizeof(login.without_proof), "c=,r=%sS",
             login.nonce);
    login.seal_len = choice.seal.len;
    memcpy(login.seal, choice.seal.data, choice.seal.len);
    memcpy(login.first_seal, login.seal, sizeof(login.seal));
    strcpy(login.first_client_first, login.client_first);
}

static bool
edit(struct slice *rest, char *text)
{
    return fuzz_edit(rest, (uint8_t *)text, strlen(text));
}

static struct slice
text_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

/* What the other side makes of the messages, as they are. */
static struct peer_signed
peer_of_login(void)
{
    char firsts[512];

    snprintf(firsts, sizeof(firsts), "%s,%s,", login.client_first,
             login.server_first);
    return peer_sign(SCRAM_SHA_256, text_of(firsts),
                     text_of(login.without_proof));
}

static void
sign(struct slice rest)
{
    struct wire_sign wish = {.mechanism = SCRAM_SHA_256, .target = TARGET};
    static uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer message = BUFFER_ARRAY(memory);
    struct peer_signed expected;
    struct wire_signed made;
    bool changed;

    (void)fuzz_edit(&rest, login.seal, login.seal_len);
    (void)edit(&rest, login.client_first);
    changed = memcmp(login.seal, login.first_seal, login.seal_len) != 0 ||
              strcmp(login.client_first, login.first_client_first) != 0;
    (void)edit(&rest, login.server_first);
    (void)edit(&rest, login.without_proof);
    wish.seal = (struct slice){login.seal, login.seal_len};
    wish.client_first = text_of(login.client_first);
    wish.server_first = text_of(login.server_first);
    wish.without_proof = text_of(login.without_proof);
    wire_put_sign(&wish, &message);
    if (!wire_parse_signed(ask(buffer_slice(&message)), &made))
        return;
    /* A seal is of one login, and good once. */
    FUZZ_CHECK(made.status == SCRAM_AGENT_ANEW || login.raw ||
               (login.chosen && !changed && !login.spent));
    login.spent = login.spent || made.status != SCRAM_AGENT_ANEW;
    FUZZ_CHECK((made.status == SCRAM_OK) == (made.proof.len == 32));
    if (made.status != SCRAM_OK)
        return;
    expected = peer_of_login();
    FUZZ_CHECK(memcmp(made.proof.data, expected.proof.data, 32) == 0);
    FUZZ_CHECK(
        strncmp(login.server_first + 2, login.nonce, strlen(login.nonce)) == 0);
    login.proved = true;
    login.signed_len = made.seal.len;
    memcpy(login.signed_seal, made.seal.data, made.seal.len);
}

static void
verify(struct slice rest)
{
    struct wire_verify wish = {.mechanism = SCRAM_SHA_256};
    static uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer message = BUFFER_ARRAY(memory);
    struct peer_signed expected = peer_of_login();
    char final[64], sent[64];
    uint8_t text[64];
    struct buffer base64 = BUFFER_ARRAY(text);
    struct wire_verified verified;
    bool changed;

    peer_base64(SCRAM_SHA_256, &expected.server_signature, &base64);
    snprintf(final, sizeof(final), "v=%.*s", (int)base64.len, (char *)text);
    memcpy(sent, final, sizeof(sent));
    changed = fuzz_edit(&rest, login.signed_seal, login.signed_len);
    changed = edit(&rest, sent) || changed;
    wish.seal = (struct slice){login.signed_seal, login.signed_len};
    wish.client_first = text_of(login.client_first);
    wish.server_first = text_of(login.server_first);
    wish.without_proof = text_of(login.without_proof);
    wish.server_final = changed && rest.len != 0 ? rest : text_of(sent);
    wire_put_verify(&wish, &message);
    if (!wire_parse_verified(ask(buffer_slice(&message)), &verified))
        return;
    if (verified.status == SCRAM_OK) {
        FUZZ_CHECK(login.proved || login.raw);
        FUZZ_CHECK(memcmp(verified.session_key.data, expected.session_key,
                          sizeof(expected.session_key)) == 0);
    }
    /* A seal that was not the right one has not used the right one up. */
    login.proved = login.proved && verified.status == SCRAM_AGENT_ANEW;
}

/* Any message, in which what no luck would guess stands where it is asked for.
 */
static void
send_raw(struct slice line)
{
    const struct slice words[] = {
        text_of(login.nonce),
        {login.seal, login.seal_len},
        {login.signed_seal, login.signed_len},
    };
    static uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer message = BUFFER_ARRAY(memory);

    fuzz_fill_in(line, words, 3, &message);
    if (message.overflow)
        return;
    (void)ask(buffer_slice(&message));
    login.raw = true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size}, line;

    memset(&login, 0, sizeof(login));
    keep(0);
    while (rest.len != 0) {
        line = fuzz_line(&rest);
        switch (fuzz_byte(&line)) {
        case 'h':
            greet(line);
            break;
        case 'k':
            keep(fuzz_byte(&line));
            break;
        case 'f':
            forget_keys();
            break;
        case 'c':
            choose(line.len == 0 ? TARGET : line);
            break;
        case 's':
            sign(line);
            break;
        case 'v':
            verify(line);
            break;
        default:
            send_raw(line);
        }
    }
    /* Those that wait for keys learn that there will be none. */
    (void)entries_forget(agent.entries, SLICE(""), SLICE(""));
    (void)derive_tick(agent.derive);
    return 0;
}
