#include "parts.h"

#include "clock.h"
#include "fail.h"
#include "gss/random.h"
#include "gss/register.h"
#include "scram/message.h"
#include "scram/saslname.h"
#include "users.h"

#define ROW 2000 /* acts in a turn: a look at the clock takes long */
#define WALK 256 /* users on the pages that are mapped at once, at most */

/* What an exchange says, of the lengths that ours have. */
#define NONCES "fyko+d2lbbFgONRv9qkxdawLfyko+d2lbbFgONRv9qkxdawLfyko+d2l"
#define CLIENT_FIRST "n=user00000000,r=fyko+d2lbbFgONRv9qkxdawLfyko+d2l"
#define SERVER_FIRST "r=" NONCES ",s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4096"
#define WITHOUT_PROOF "c=,r=" NONCES
#define CLIENT_FINAL                                                           \
    WITHOUT_PROOF ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="

static struct {
    struct store *store;
    struct user_name names[ROW];
} all;

static void
parse(int i)
{
    uint8_t decoded_bytes[SCRAM_USER_MAX], user_bytes[SCRAM_USER_MAX];
    struct buffer decoded = BUFFER_ARRAY(decoded_bytes);
    struct buffer user = BUFFER_ARRAY(user_bytes);
    struct scram_client_first first;
    struct scram_client_final last;

    (void)i;
    if (scram_client_first_parse(SLICE(CLIENT_FIRST), &first) != SCRAM_OK ||
        scram_saslname_decode(first.user, &decoded) != SCRAM_OK ||
        scram_prepare_user(buffer_slice(&decoded), &user) != SCRAM_OK ||
        scram_client_final_parse(SLICE(CLIENT_FINAL), &last) != SCRAM_OK)
        fail("a message is not understood");
}

static void
look_up(int i)
{
    struct scram_verifier verifier;
    struct sentence why = {""};
    enum scram_status status = store_look_up(
        all.store, SCRAM_SHA_256, slice_of(all.names[i].text), &verifier, &why);

    if (status != SCRAM_OK && status != SCRAM_NO_USER)
        fail(why.text);
}

/* As the two legs of a login do it. */
static void
look_up_for_both(int i)
{
    struct scram_verifier verifier;
    struct sentence why = {""};
    enum scram_status status;

    look_up(i);
    status = store_look_up_keys(all.store, SCRAM_SHA_256,
                                slice_of(all.names[i].text), &verifier, &why);
    if (status != SCRAM_OK && status != SCRAM_NO_USER)
        fail(why.text);
}

static void
hmacs(int i)
{
    const struct scram_keys *keys = users_keys();
    struct slice parts[] = {SLICE(CLIENT_FIRST "," SERVER_FIRST ","),
                            SLICE(WITHOUT_PROOF)};
    struct scram_mac mac;
    struct secret_key hash;
    enum scram_status status = scram_mac_begin(SCRAM_SHA_256, &mac);

    (void)i;
    if (status != SCRAM_OK)
        fail("libcrypto computes no HMAC");
    status |= scram_mac_key(&mac, SLICE_ARRAY(keys->stored_key.data));
    status |= scram_mac_compute(&mac, parts, 2, &hash);
    status |= scram_h(SCRAM_SHA_256, SLICE_ARRAY(hash.data), &hash);
    status |= scram_mac_compute(&mac, parts, 2, &hash);
    status |= scram_mac_key(&mac, SLICE_ARRAY(keys->server_key.data));
    status |= scram_mac_compute(&mac, parts, 2, &hash);
    scram_mac_end(&mac);
    if (status != SCRAM_OK)
        fail("libcrypto computes no HMAC");
}

static void
nonce(int i)
{
    uint8_t memory[SCRAM_NONCE_LEN];
    struct buffer text = BUFFER_ARRAY(memory);

    (void)i;
    if (random_nonce(&text, NULL) != SCRAM_OK)
        fail("there is no randomness");
}

/* As a context does it. */
static void
through_register(int i)
{
    struct register_entry entry = {0};

    (void)i;
    if (register_enter(&entry, 30000, 65536) || !register_leave(&entry))
        fail("the register does not work");
}

static double
time_row(void (*act)(int i))
{
    double began = clock_ns();
    int i;

    for (i = 0; i < ROW; i++)
        act(i);
    return (clock_ns() - began) / ROW;
}

/* The users to look up next. */
static void
choose(unsigned users, uint64_t *state)
{
    int i;

    for (i = 0; i < ROW; i++)
        all.names[i] = user_name(user_random(state) % users);
}

static void
open_store(const char *location, unsigned users)
{
    struct sentence why = {""};
    unsigned user;

    if (store_open(STORE_KINDS(&store_file_writer), location, STORE_READ,
                   &all.store, &why) != SCRAM_OK)
        fail(why.text);
    for (user = 0; user < users; user += WALK) {
        all.names[0] = user_name(user);
        look_up(0);
    }
}

void
parts_measure(const char *location, unsigned users, int turns,
              struct figure ns[PARTS])
{
    static void (*const acts[PARTS])(int i) = {parse, look_up_for_both, hmacs,
                                               nonce, through_register};
    double *times = calloc((size_t)turns * PARTS, sizeof(*times));
    uint64_t state = 1;
    int turn, part;

    if (times == NULL)
        fail("out of memory");
    users_keys();
    open_store(location, users);
    for (turn = 0; turn < turns; turn++) {
        choose(users, &state);
        for (part = 0; part < PARTS; part++)
            times[part * turns + turn] = time_row(acts[part]);
    }
    for (part = 0; part < PARTS; part++)
        ns[part] = figure_of(times + part * turns, (size_t)turns);
    store_close(all.store);
    free(times);
}

void
parts_look_up(const char *location, unsigned users, int turns,
              struct figure *there, struct figure *not_there)
{
    double *times = calloc((size_t)turns * 2, sizeof(*times));
    uint64_t state = 1;
    int turn;

    if (times == NULL)
        fail("out of memory");
    open_store(location, users);
    for (turn = 0; turn < turns; turn++) {
        int i;

        choose(users, &state);
        times[turn] = time_row(look_up);
        /* Between those that are there: "user00000007x" and the like. */
        choose(users, &state);
        for (i = 0; i < ROW; i++)
            strcat(all.names[i].text, "x");
        times[turns + turn] = time_row(look_up);
    }
    *there = figure_of(times, (size_t)turns);
    *not_there = figure_of(times + turns, (size_t)turns);
    store_close(all.store);
    free(times);
}
