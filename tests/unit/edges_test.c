/*
 * What takes bytes from others reads none before their first and behind their
 * last, and writes none beside the room that it is given: whatever is cut off
 * or put behind, up to the limits and beyond them, and about the size of a
 * page.
 */
#include "unit.h"

#include <signal.h>

#include "base/base64.h"
#include "base/config_line.h"
#include "base/credentials.h"
#include "base/credentials_text.h"
#include "base/ini.h"
#include "gss/context.h"
#include "gss/cred_token.h"
#include "gss/exported.h"
#include "gss/exported_name.h"
#include "gss/frame.h"
#include "page_edge.h"
#include "rfc4121/message.h"
#include "rfc4121/token.h"
#include "scram/gs2.h"
#include "scram/message.h"
#include "scram/saslname.h"
#include "scram/verifier.h"
#include "store/file_line.h"
#include "wire/admin.h"
#include "wire/agent.h"

#define KEYS                                                                   \
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=:"                            \
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
#define VERIFIER "SCRAM-SHA-256$4096:c2FsdA==$" KEYS

static void
scram_messages(struct slice s)
{
    struct scram_client_first client_first;
    struct scram_server_first server_first;
    struct scram_client_final client_final;
    struct scram_server_final server_final;

    (void)scram_client_first_parse(s, &client_first);
    (void)scram_server_first_parse(s, &server_first);
    (void)scram_client_final_parse(s, &client_final);
    (void)scram_server_final_parse(s, &server_final);
    (void)scram_gs2_kind(s);
}

static void
verifiers(struct slice s)
{
    struct scram_verifier verifier;
    struct file_line line;
    struct secret_key key;
    struct buffer room = page_edge_room(s.len);
    int order;

    if (scram_verifier_parse(s, &verifier) == SCRAM_OK) {
        room = page_edge_room(s.len); /* it is written as it was */
        scram_verifier_format(&verifier, &room);
        ck_assert(!room.overflow);
    }
    (void)file_header_parse(s, &key);
    if (file_line_parse(s, &line) == FILE_SOUND)
        (void)file_line_verifier(&line, &verifier);
    (void)file_line_compare(s, SLICE("bob\2"), &order);
    room = page_edge_room(s.len);
    (void)file_name_read(s, &room);
    room = page_edge_room(s.len);
    (void)file_value_read(s, &room);
    room = page_edge_room(s.len / 4 * 3);
    (void)base64_decode(s, &room);
    room = page_edge_room(s.len / 2);
    (void)base64_decode(s, &room);
    (void)base64_faults(s, 32);
    room = page_edge_room(s.len);
    base64_encode(s, &room);
    ck_assert(room.overflow || s.len == 0);
}

static void
wire_messages(struct slice s)
{
    union {
        struct wire_hello hello;
        struct wire_welcome welcome;
        struct wire_first first;
        struct wire_challenge challenge;
        struct wire_final final;
        struct wire_verdict verdict;
        struct wire_choose choose;
        struct wire_choice choice;
        struct wire_sign sign;
        struct wire_signed answer;
        struct wire_verify verify;
        struct wire_verified verified;
        struct wire_keep keep;
        struct wire_kept kept;
        struct wire_list list;
        struct wire_listed listed;
        struct wire_forget forget;
        struct wire_forgotten forgotten;
    } m;
    struct wire_admin_request request;
    struct wire_admin_answer answer;
    struct wire_entry entry;

    (void)wire_parse_hello(s, &m.hello);
    (void)wire_parse_welcome(s, &m.welcome);
    (void)wire_parse_first(s, &m.first);
    (void)wire_parse_challenge(s, &m.challenge);
    (void)wire_parse_final(s, &m.final);
    (void)wire_parse_verdict(s, &m.verdict);
    (void)wire_parse_choose(s, &m.choose);
    (void)wire_parse_choice(s, &m.choice);
    (void)wire_parse_sign(s, &m.sign);
    (void)wire_parse_signed(s, &m.answer);
    (void)wire_parse_verify(s, &m.verify);
    (void)wire_parse_verified(s, &m.verified);
    (void)wire_parse_keep(s, &m.keep);
    (void)wire_parse_kept(s, &m.kept);
    (void)wire_parse_list(s, &m.list);
    (void)wire_parse_listed(s, &m.listed);
    (void)wire_parse_forget(s, &m.forget);
    (void)wire_parse_forgotten(s, &m.forgotten);
    if (wire_parse_admin_request(s, &request))
        while (wire_next_entry(&request.entries, &entry))
            ;
    if (wire_parse_admin_answer(s, &answer))
        while (wire_next_entry(&answer.entries, &entry))
            ;
}

static void
texts(struct slice s)
{
    struct config_line line;
    struct slice rest = s, one;
    struct buffer room = page_edge_room(s.len);
    struct secret text;
    struct credentials credentials;
    struct sentence why;

    (void)config_line_read(s, &line);
    (void)ini_trim(s);
    while (ini_next_line(&rest, &one))
        (void)config_line_read(one, &line);
    if (s.len > 0 && s.data[0] == '"') {
        one = s;
        (void)ini_unquote(&one, room.data);
    }
    ck_assert(secret_copy(&text, s));
    if (credentials_parse("file", &text, &credentials, &why) == SCRAM_OK)
        credentials_clear(&credentials);
}

static void
gss_tokens(struct slice s)
{
    enum scram_mechanism mechanism;
    struct exported exported;
    struct cred_token token;
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor;
    struct slice in;

    (void)frame_take(s, &mechanism, &in);
    (void)exported_read(s, &exported);
    (void)cred_token_read(s, &token);
    if (exported_name_import(&minor, SCRAM_SHA_256, s, &name) == GSS_S_COMPLETE)
        name_free((struct name *)name);
}

static enum scram_status
no_random(uint8_t *bytes, size_t len)
{
    memset(bytes, 7, len);
    return SCRAM_OK;
}

static struct rfc4121_context *contexts[2];

static void
protected_messages(struct slice s)
{
    enum rfc4121_order order;
    struct rfc4121_header header;
    struct buffer room = page_edge_room(s.len);
    bool sealed;
    size_t len;
    int i;

    for (i = 0; i < 2; i++) {
        (void)rfc4121_unwrap(contexts[i], s, room.data, &len, &sealed, &order);
        (void)rfc4121_verify_mic(contexts[i], SLICE("hello"), s, &order);
        if (s.len >= RFC4121_HEADER_LEN)
            (void)rfc4121_header_parse(s.data, RFC4121_WRAP, RFC4121_INITIATOR,
                                       &header);
    }
}

/* What is cut, and put behind something, ends at an edge, and begins at one. */
static void
try_at_edges(void (*parse)(struct slice), struct slice s)
{
    parse(page_edge_before(s));
    parse(page_edge_behind(s));
}

/* Every beginning of a sample, or of one that is long those about its end and
 * about pages' sizes. */
static void
try_beginnings(void (*parse)(struct slice), struct slice s)
{
    size_t len;

    for (len = 0; len <= s.len; len++)
        if (len < 600 || s.len - len < 100 || len % 4096 < 2 ||
            len % 4096 == 4095)
            try_at_edges(parse, (struct slice){s.data, len});
}

/* The same with its last byte so often that it has a length. */
static void
try_longer(void (*parse)(struct slice), struct slice s, size_t limit)
{
    static const size_t pages[] = {4096, 8192, 16384, 65536};
    static uint8_t memory[PAGE_EDGE_MAX];
    size_t i;
    int by;

    memcpy(memory, s.data, s.len);
    memset(memory + s.len, s.len == 0 ? 'a' : s.data[s.len - 1],
           sizeof(memory) - s.len);
    for (by = -1; by <= 1; by++) {
        if (limit + (size_t)by > s.len)
            try_at_edges(parse, (struct slice){memory, limit + (size_t)by});
        for (i = 0; i < COUNT(pages); i++)
            if (pages[i] + (size_t)by > s.len)
                try_at_edges(parse,
                             (struct slice){memory, pages[i] + (size_t)by});
    }
}

static void
try(void (*parse)(struct slice), struct slice s, size_t limit)
{
    try_beginnings(parse, s);
    try_longer(parse, s, limit);
}

static const struct {
    void (*parse)(struct slice);
    const char *text;
    size_t limit;
} samples[] = {
    {scram_messages, "n=bob,r=abcdefgh", SCRAM_CLIENT_FIRST_MAX},
    {scram_messages, "n=b=2Cob=3D,r=abcdefgh,x=y", SCRAM_CLIENT_FIRST_MAX},
    {scram_messages, "r=abcdefgh,s=c2FsdA==,i=4096", SCRAM_TOKEN_MAX},
    {scram_messages, "r=abcdefgh,s=c2FsdA==,i=4096,x=\xc3\xa9",
     SCRAM_TOKEN_MAX},
    {scram_messages, "c=biws,r=abcdefgh,x=1,p=cA==", SCRAM_TOKEN_MAX},
    {scram_messages, "c=biws,r=abcdefgh,p=", SCRAM_TOKEN_MAX},
    {scram_messages, "v=cA==", SCRAM_TOKEN_MAX},
    {scram_messages, "e=invalid-proof", SCRAM_TOKEN_MAX},
    {scram_messages, "p=tls-server-end-point,,abc", SCRAM_BINDINGS_MAX},
    {scram_messages, "n,a=bob,", SCRAM_BINDINGS_MAX},
    {verifiers, VERIFIER, SCRAM_VERIFIER_TEXT_MAX},
    {verifiers,
     FILE_HEADER FILE_HEADER_REST
     "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
     FILE_HEADER_LEN},
    {verifiers,
     "b%20b:!" VERIFIER " changed=2026-11-29 expires=2027-01-31 groups=a,%25b",
     FILE_LINE_MAX},
    {verifiers, "%", FILE_LINE_MAX},
    {verifiers, "c2FsdA==", FILE_LINE_MAX},
    {texts, "[scram]", INI_LINE_MAX},
    {texts, "store = \"file:\\\"/a\\n\"", INI_LINE_MAX},
    {texts, "\"a\\", INI_LINE_MAX},
    {texts, "\"a\\\"\"", INI_LINE_MAX},
    {texts, "[*]\nuser = bob\r\npassword = \"a\\\\b\"\n# x", INI_LINE_MAX},
    {texts, "[HTTP@*]\n\tuser=\nmechanism = SCRAM-SHA-1", INI_LINE_MAX},
};

START_TEST(what_is_text_is_read_where_it_is)
{
    try(samples[_i].parse, slice_of(samples[_i].text), samples[_i].limit);
}
END_TEST

static uint8_t filling[WIRE_MESSAGE_MAX];

static struct slice
full(size_t len)
{
    return (struct slice){filling, len};
}

/* Two verifiers of a user. */
static void
make_admin_request(struct buffer *out)
{
    struct wire_admin_request request = {
        .op = WIRE_ADMIN_SET, .location = full(64), .user = full(64)};
    uint8_t space[4096];
    struct buffer entries = BUFFER_ARRAY(space);
    const struct wire_entry entry = {.user = full(64),
                                     .flags = WIRE_ENABLED,
                                     .iterations = 4096,
                                     .salt = full(SCRAM_SALT_MAX),
                                     .stored_key = full(32),
                                     .server_key = full(32)};

    ck_assert(wire_add_entry(&request.entries, &entries, &entry));
    ck_assert(wire_add_entry(&request.entries, &entries, &entry));
    wire_put_admin_request(&request, out);
}

/* A message of each kind, with each part at its limit; false behind the last.
 */
static bool
make_message(int kind, struct buffer *out)
{
    switch (kind) {
    case 0:
        wire_put_hello(&(struct wire_hello){1, 2}, out);
        return true;
    case 1:
        wire_put_first(&(struct wire_first){0, full(WIRE_FIRST_MAX)}, out);
        return true;
    case 2:
        wire_put_challenge(
            &(struct wire_challenge){.seal = full(WIRE_SEAL_MAX),
                                     .server_first = full(WIRE_FIRST_MAX),
                                     .user = full(WIRE_USER_MAX),
                                     .id = full(WIRE_ID_LEN),
                                     .sentence = full(WIRE_SENTENCE_MAX)},
            out);
        return true;
    case 3:
        wire_put_final(
            &(struct wire_final){.seal = full(WIRE_SEAL_MAX),
                                 .binding_given = true,
                                 .binding = full(WIRE_BINDING_MAX),
                                 .client_first = full(WIRE_FIRST_MAX),
                                 .server_first = full(WIRE_FIRST_MAX),
                                 .client_final = full(WIRE_TOKEN_MAX)},
            out);
        return true;
    case 4:
        wire_put_keep(&(struct wire_keep){.target = full(WIRE_TARGET_MAX),
                                          .user = full(WIRE_USER_MAX),
                                          .password = full(WIRE_PASSWORD_MAX)},
                      out);
        return true;
    case 5:
        wire_put_sign(
            &(struct wire_sign){.target = full(WIRE_TARGET_MAX),
                                .seal = full(WIRE_SEAL_MAX),
                                .client_first = full(WIRE_FIRST_MAX),
                                .server_first = full(WIRE_FIRST_MAX),
                                .without_proof = full(WIRE_TOKEN_MAX)},
            out);
        return true;
    case 6:
        make_admin_request(out);
        return true;
    default:
        return false;
    }
}

START_TEST(what_is_asked_of_a_daemon_is_read_where_it_is)
{
    static uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer out = BUFFER_ARRAY(memory), room;
    int kind;

    memset(filling, 'a', sizeof(filling));
    for (kind = 0; make_message(kind, &out); kind++) {
        size_t len = out.len;

        ck_assert(!out.overflow);
        try(wire_messages, buffer_slice(&out), WIRE_MESSAGE_MAX);
        /* And it is written into that much, and not into less. */
        room = page_edge_room(len);
        (void)make_message(kind, &room);
        ck_assert(!room.overflow);
        room = page_edge_room(len - 1);
        (void)make_message(kind, &room);
        ck_assert(room.overflow);
        out.len = 0;
    }
    ck_assert_int_gt(kind, 6);
}
END_TEST

START_TEST(what_a_program_hands_over_is_read_where_it_is)
{
    const struct exported exported = {
        .mechanism = SCRAM_SHA_256,
        .target = {.text = SLICE("host@server"), .kind = NAME_SERVICE},
        .flags = CONTEXT_FLAGS,
        .source = {.text = SLICE("bob"),
                   .store = SLICE("file:/a"),
                   .groups = SLICE("web,staff")}};
    const struct cred_token token = {.initiates = true,
                                     .mechanism = SCRAM_SHA_256,
                                     .name = SLICE("bob"),
                                     .min_iterations = 4096,
                                     .max_iterations = 100000,
                                     .password = SLICE("swordfish")};
    uint8_t memory[1024];
    struct buffer out = BUFFER_ARRAY(memory);

    exported_write(&exported, &out);
    try(gss_tokens, buffer_slice(&out), 4096);
    out.len = 0;
    cred_token_write(&token, &out);
    try(gss_tokens, buffer_slice(&out), CRED_TOKEN_PASSWORD_MAX);
    out.len = 0;
    frame_put(SCRAM_SHA_256, SLICE("n=bob,r=abcdefgh"), &out);
    try(gss_tokens, buffer_slice(&out), SCRAM_TOKEN_MAX + FRAME_MAX);
    /* An exported name (RFC 2743, section 3.2). */
    try(gss_tokens, SLICE("\4\1\0\xb\6\x9\x2b\6\1\5\5\x92\x12\0\0\0\0\3bob"),
        1024);
    ck_assert(!out.overflow);
}
END_TEST

START_TEST(a_protected_message_is_opened_where_it_is)
{
    static const uint8_t key[RFC4121_KEY_LEN] = {1, 2, 3};
    static uint8_t message[5000], token[6000];
    const size_t lens[] = {0, 1, 15, 16, 17, 4096, 4999};
    size_t i, len;
    int sealed;

    for (i = 0; i < 2; i++)
        ck_assert_int_eq(
            rfc4121_new(key, i == 0 ? RFC4121_INITIATOR : RFC4121_ACCEPTOR,
                        true, true, no_random, &contexts[i]),
            SCRAM_OK);
    for (i = 0; i < COUNT(lens); i++)
        for (sealed = 0; sealed < 2; sealed++) {
            len = rfc4121_wrap_len(sealed, lens[i]);
            ck_assert_int_eq(rfc4121_wrap(contexts[0], sealed,
                                          (struct slice){message, lens[i]},
                                          token),
                             SCRAM_OK);
            try_beginnings(protected_messages, (struct slice){token, len});
            token[5] = 0xff; /* EC, and then RRC */
            try_beginnings(protected_messages, (struct slice){token, len});
            token[6] = 0xff;
            try_beginnings(protected_messages, (struct slice){token, len});
        }
    ck_assert_int_eq(rfc4121_get_mic(contexts[0], SLICE("hello"), token),
                     SCRAM_OK);
    try(protected_messages, (struct slice){token, RFC4121_MIC_LEN}, 1024);
    rfc4121_free(contexts[0]);
    rfc4121_free(contexts[1]);
}
END_TEST

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifndef __SANITIZE_ADDRESS__ /* which has the signal for itself */
START_TEST(a_byte_too_far_is_found)
{
    const volatile uint8_t *bytes = page_edge_before(SLICE("a")).data;

    (void)bytes[1];
}
END_TEST
#endif

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, what_is_text_is_read_where_it_is, 0,
                        COUNT(samples));
    tcase_add_test(tests, what_is_asked_of_a_daemon_is_read_where_it_is);
    tcase_add_test(tests, what_a_program_hands_over_is_read_where_it_is);
    tcase_add_test(tests, a_protected_message_is_opened_where_it_is);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test_raise_signal(tests, a_byte_too_far_is_found, SIGSEGV);
#endif
}

int
main(void)
{
    return unit_run("edges", add, 60);
}
