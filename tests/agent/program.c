#include "program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../daemon/asker.h"
#include "base/base64.h"
#include "scram/signature.h"

/* In the child. */
static int
run(void *data)
{
    const struct agent_process *a = data;
    const char *build = getenv("GSS_SCRAM_BUILD");
    char program[512];
    int fd = open(a->output, O_WRONLY | O_CREAT | O_APPEND, 0600);

    snprintf(program, sizeof(program), "%s/gss-scram-agent",
             build == NULL ? "." : build);
    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
        return 90;
    setenv("XDG_RUNTIME_DIR", a->folder, 1);
    setenv("GSS_SCRAM_CONFIG", a->config, 1);
    /* A leak is looked for with ptrace, which it keeps away. */
    if (geteuid() != 0)
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    if (a->before != NULL && a->before() != 0)
        return 90;
    execl(program, program, "--foreground", "--debug", a->debug, (char *)NULL);
    return 90;
}

void
agent_start(struct agent_process *a, const char *name)
{
    static char config[160];
    double start = stores_now();
    int fd, status;

    snprintf(a->folder, sizeof(a->folder), "%s", stores_path(name));
    snprintf(a->path, sizeof(a->path), "%s/gss-scram/agent", a->folder);
    snprintf(a->output, sizeof(a->output), "%s/output", a->folder);
    snprintf(a->debug, sizeof(a->debug), "%s/debug", a->folder);
    (void)mkdir(a->folder, 0700);
    snprintf(config, sizeof(config), "%s/scram.conf", a->folder);
    fd = open(config, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    if (a->config == NULL)
        a->config = config;
    a->pid = stores_start(run, a);
    while ((fd = asker_connect(a->path)) < 0) {
        ck_assert_msg(waitpid(a->pid, &status, WNOHANG) == 0, "it ended: %s",
                      agent_said(a));
        ck_assert_msg(stores_within(start, 60), "it does not serve: %s",
                      agent_said(a));
    }
    close(fd);
}

void
agent_stop(struct agent_process *a)
{
    ck_assert_int_eq(kill(a->pid, SIGTERM), 0);
    ck_assert_msg(stores_wait(a->pid) == 0, "%s", agent_said(a));
}

static const char *
read_all(const char *path)
{
    static char text[1 << 20];
    FILE *stream = fopen(path, "r");
    size_t len = stream == NULL ? 0 : fread(text, 1, sizeof(text) - 1, stream);

    text[len] = '\0';
    if (stream != NULL)
        fclose(stream);
    return text;
}

const char *
agent_said(const struct agent_process *a)
{
    return read_all(a->output);
}

const char *
agent_shown(const struct agent_process *a)
{
    return read_all(a->debug);
}

void
text_set(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text->len =
        (size_t)vsnprintf(text->bytes, sizeof(text->bytes), format, arguments);
    va_end(arguments);
    ck_assert_uint_lt(text->len, sizeof(text->bytes));
}

static void
text_take(struct text *text, struct slice bytes)
{
    ck_assert_uint_lt(bytes.len, sizeof(text->bytes));
    memcpy(text->bytes, bytes.data, bytes.len);
    text->bytes[bytes.len] = '\0';
    text->len = bytes.len;
}

static struct slice
text_slice(const struct text *text)
{
    return (struct slice){(const uint8_t *)text->bytes, text->len};
}

static struct slice
receive(struct program *p)
{
    ssize_t n = asker_receive(p->fd, p->answer, sizeof(p->answer));

    return (struct slice){p->answer, n > 0 ? (size_t)n : 0};
}

struct slice
program_ask(struct program *p, struct slice message)
{
    return asker_send(p->fd, message) ? receive(p)
                                      : (struct slice){p->answer, 0};
}

void
program_begin(struct program *p, const struct agent_process *a)
{
    struct wire_welcome welcome;

    *p = (struct program){.fd = asker_connect(a->path)};
    ck_assert_int_ge(p->fd, 0);
    ck_assert(wire_parse_welcome(program_ask(p, SLICE("\1\1\1")), &welcome));
    ck_assert_int_eq(welcome.status, SCRAM_OK);
}

void
program_end(struct program *p)
{
    close(p->fd);
    p->fd = -1;
}

static int
take(struct program *p, enum scram_status status, struct slice sentence)
{
    memcpy(p->sentence, sentence.data, sentence.len);
    p->sentence[sentence.len] = '\0';
    return (int)status;
}

int
program_keep_all(struct program *p, const struct wire_keep *keep)
{
    uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer request = BUFFER_ARRAY(memory);
    struct wire_kept kept;

    wire_put_keep(keep, &request);
    if (!wire_parse_kept(program_ask(p, buffer_slice(&request)), &kept))
        return PROGRAM_ENDED;
    return take(p, kept.status, kept.sentence);
}

int
program_keep(struct program *p, const char *target, const char *user,
             const char *password)
{
    return program_keep_all(p,
                            &(struct wire_keep){.mechanism = p->mechanism,
                                                .target = slice_of(target),
                                                .user = slice_of(user),
                                                .password = slice_of(password),
                                                .lifetime = 3600,
                                                .min_iterations = 4096});
}

int
program_forget(struct program *p, const char *target, const char *user,
               uint32_t *count)
{
    const struct wire_forget forget = {slice_of(target), slice_of(user)};
    uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer request = BUFFER_ARRAY(memory);
    struct wire_forgotten forgotten;

    wire_put_forget(&forget, &request);
    if (!wire_parse_forgotten(program_ask(p, buffer_slice(&request)),
                              &forgotten))
        return PROGRAM_ENDED;
    *count = forgotten.count;
    return take(p, forgotten.status, forgotten.sentence);
}

int
program_list(struct program *p, uint32_t index, struct wire_listed *listed)
{
    uint8_t memory[64];
    struct buffer request = BUFFER_ARRAY(memory);

    wire_put_list(&(struct wire_list){index}, &request);
    if (!wire_parse_listed(program_ask(p, buffer_slice(&request)), listed))
        return PROGRAM_ENDED;
    return take(p, listed->status, listed->sentence);
}

int
program_choose(struct program *p, const char *target, const char *user)
{
    const struct wire_choose choose = {p->mechanism, slice_of(target),
                                       slice_of(user)};
    uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer request = BUFFER_ARRAY(memory);
    struct wire_choice choice;

    wire_put_choose(&choose, &request);
    if (!wire_parse_choice(program_ask(p, buffer_slice(&request)), &choice))
        return PROGRAM_ENDED;
    text_set(&p->target, "%s", target);
    text_take(&p->user, choice.user);
    text_take(&p->nonce, choice.nonce);
    text_take(&p->seal, choice.seal);
    p->left = choice.left;
    p->bound = choice.bound;
    text_set(&p->client_first, "n=%s,r=%s", p->user.bytes, p->nonce.bytes);
    return take(p, choice.status, choice.sentence);
}

int
program_sign(struct program *p)
{
    const struct wire_sign sign = {
        p->mechanism,
        text_slice(&p->target),
        text_slice(&p->seal),
        text_slice(&p->client_first),
        text_slice(&p->server_first),
        text_slice(&p->without_proof),
    };
    uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer request = BUFFER_ARRAY(memory);
    struct wire_signed answer;
    struct slice message;

    wire_put_sign(&sign, &request);
    message = program_ask(p, buffer_slice(&request));
    for (p->working = 0;; p->working++) {
        if (!wire_parse_signed(message, &answer))
            return PROGRAM_ENDED;
        if (answer.status != SCRAM_WORKING)
            break;
        message = receive(p);
    }
    p->proof_len = answer.proof.len;
    memcpy(p->proof, answer.proof.data, answer.proof.len);
    text_take(&p->signed_seal, answer.seal);
    return take(p, answer.status, answer.sentence);
}

int
program_verify(struct program *p)
{
    const struct wire_verify verify = {
        p->mechanism,
        text_slice(&p->signed_seal),
        text_slice(&p->client_first),
        text_slice(&p->server_first),
        text_slice(&p->without_proof),
        text_slice(&p->server_final),
    };
    uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer request = BUFFER_ARRAY(memory);
    struct wire_verified verified;

    wire_put_verify(&verify, &request);
    if (!wire_parse_verified(program_ask(p, buffer_slice(&request)), &verified))
        return PROGRAM_ENDED;
    memcpy(p->session_key, verified.session_key.data, WIRE_SESSION_KEY_LEN);
    snprintf(p->error, sizeof(p->error), "%.*s", (int)verified.error.len,
             (const char *)verified.error.data);
    return take(p, verified.status, verified.sentence);
}

void
server_first(struct program *p, const char *salt, uint32_t iterations)
{
    uint8_t memory[2000];
    struct buffer text = BUFFER_ARRAY(memory);

    base64_encode(slice_of(salt), &text);
    text_set(&p->server_first, "r=%sServer,s=%.*s,i=%u", p->nonce.bytes,
             (int)text.len, (char *)memory, iterations);
    text_set(&p->without_proof, "c=,r=%sServer", p->nonce.bytes);
}

int
program_log_in(struct program *p, const char *target, const char *user,
               const char *salt)
{
    int status = program_choose(p, target, user);

    if (status != SCRAM_OK)
        return status;
    server_first(p, salt, 4096);
    return program_sign(p);
}

static struct slice
key_slice(const struct secret_key *key)
{
    return SLICE_ARRAY(key->data);
}

void
server_expect(const struct program *p, const char *password, const char *salt,
              uint32_t iterations, struct expected *e)
{
    uint8_t memory[8192];
    struct buffer firsts = BUFFER_ARRAY(memory);
    struct scram_auth_message message;
    struct secret_key signature;
    struct scram_mac mac;

    buffer_put(&firsts, text_slice(&p->client_first));
    buffer_put(&firsts, SLICE(","));
    buffer_put(&firsts, text_slice(&p->server_first));
    buffer_put(&firsts, SLICE(","));
    message = (struct scram_auth_message){buffer_slice(&firsts),
                                          text_slice(&p->without_proof)};
    ck_assert_int_eq(PKCS5_PBKDF2_HMAC(password, (int)strlen(password),
                                       (const uint8_t *)salt, (int)strlen(salt),
                                       (int)iterations, EVP_sha256(), 32,
                                       e->salted.data),
                     1);
    ck_assert_int_eq(scram_keys_derive(SCRAM_SHA_256, slice_of(password),
                                       slice_of(salt), iterations, &e->keys),
                     SCRAM_OK);
    ck_assert_int_eq(scram_mac_begin(SCRAM_SHA_256, &mac), SCRAM_OK);
    ck_assert_int_eq(scram_mac_key(&mac, key_slice(&e->keys.stored_key)),
                     SCRAM_OK);
    ck_assert_int_eq(scram_signature(&mac, &message, &signature), SCRAM_OK);
    ck_assert_int_eq(scram_session_key(SCRAM_SHA_256, &mac, &e->keys.client_key,
                                       &message, e->session_key),
                     SCRAM_OK);
    ck_assert_int_eq(scram_mac_key(&mac, key_slice(&e->keys.server_key)),
                     SCRAM_OK);
    ck_assert_int_eq(scram_signature(&mac, &message, &e->server_signature),
                     SCRAM_OK);
    scram_mac_end(&mac);
    e->proof = e->keys.client_key;
    scram_xor(&e->proof, &signature);
}

void
server_final(struct program *p, const struct expected *e)
{
    uint8_t memory[64];
    struct buffer text = BUFFER_ARRAY(memory);

    base64_encode(key_slice(&e->server_signature), &text);
    text_set(&p->server_final, "v=%.*s", (int)text.len, (char *)memory);
}
