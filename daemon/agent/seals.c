#include "daemon/agent/seals.h"

#include "base/kernel_random.h"
#include "base/pack.h"

#define KEY_LEN 32
#define MAC_LEN 32
#define BODY_LEN (AGENT_SEAL_LEN - MAC_LEN)

static const char *const labels[] = {
    [AGENT_SEAL_CHOICE] = "gss-scram-agent choice 1",
    [AGENT_SEAL_SIGNATURE] = "gss-scram-agent signature 1",
};

enum scram_status
agent_seals_begin(struct agent_seals *seals, struct sentence *why)
{
    struct secret_key key CLEANUP_KEY = {{0}};
    enum scram_status status =
        kernel_random(key.data, KEY_LEN, "the seals' key", why);

    if (status != SCRAM_OK)
        return status;
    status = scram_mac_begin(SCRAM_SHA_256, &seals->mac);
    if (status == SCRAM_OK)
        status = scram_mac_key(&seals->mac, SLICE_ARRAY(key.data));
    if (status != SCRAM_OK)
        sentence_write(why, "libcrypto refuses the seals' key");
    return status;
}

void
agent_seals_end(struct agent_seals *seals)
{
    scram_mac_end(&seals->mac);
}

static enum scram_status
seals_compute(struct agent_seals *seals, const struct agent_seal_scope *scope,
              struct slice body, struct secret_key *mac)
{
    uint8_t mechanism = (uint8_t)scope->mechanism, lens[AGENT_SEAL_PARTS][4];
    struct slice parts[3 + 2 * AGENT_SEAL_PARTS] = {
        slice_of(labels[scope->kind]), body, {&mechanism, 1}};
    size_t i;

    for (i = 0; i < AGENT_SEAL_PARTS; i++) {
        big_endian_write(lens[i], 4, scope->parts[i].len);
        parts[3 + 2 * i] = SLICE_ARRAY(lens[i]);
        parts[4 + 2 * i] = scope->parts[i];
    }
    return scram_mac_compute(&seals->mac, parts, 3 + 2 * AGENT_SEAL_PARTS, mac);
}

enum scram_status
agent_seal_make(struct agent_seals *seals, const struct agent_seal_scope *scope,
                uint64_t entry, uint64_t now, struct buffer *seal)
{
    struct secret_key mac CLEANUP_KEY = {{0}};
    uint8_t memory[BODY_LEN];
    struct buffer body = BUFFER_ARRAY(memory);
    enum scram_status status;

    pack_number(&body, 8, seals->last + 1);
    pack_number(&body, 8, now + AGENT_SEAL_MS);
    pack_number(&body, 8, entry);
    status = seals_compute(seals, scope, buffer_slice(&body), &mac);
    if (status != SCRAM_OK)
        return status;
    seals->last++;
    buffer_put(seal, buffer_slice(&body));
    buffer_put(seal, (struct slice){mac.data, MAC_LEN});
    return SCRAM_OK;
}

/* Forget what has expired: its seal is refused without that. */
static void
forget_expired(struct agent_seals *seals, uint64_t now)
{
    size_t i, kept = 0;

    for (i = 0; i < seals->used_count; i++) {
        if (seals->used[i].expiry > now)
            seals->used[kept++] = seals->used[i];
    }
    seals->used_count = kept;
}

/* Remember that a seal is used; false where it was before, or may have been. */
static bool
seals_use(struct agent_seals *seals, uint64_t serial, uint64_t expiry,
          uint64_t now)
{
    size_t place;

    if (seals->used_count == AGENT_SEALS_USED)
        forget_expired(seals, now);
    if (seals->used_count == AGENT_SEALS_USED) {
        seals->floor = seals->used[0].serial + 1;
        seals->used_count--;
        memmove(seals->used, seals->used + 1,
                seals->used_count * sizeof(seals->used[0]));
    }
    if (serial < seals->floor)
        return false;
    for (place = seals->used_count;
         place > 0 && seals->used[place - 1].serial >= serial; place--)
        ;
    if (place < seals->used_count && seals->used[place].serial == serial)
        return false;
    memmove(seals->used + place + 1, seals->used + place,
            (seals->used_count - place) * sizeof(seals->used[0]));
    seals->used[place].serial = serial;
    seals->used[place].expiry = expiry;
    seals->used_count++;
    return true;
}

enum scram_status
agent_seal_use(struct agent_seals *seals, const struct agent_seal_scope *scope,
               struct slice seal, uint64_t now, uint64_t *entry,
               struct sentence *why)
{
    struct secret_key mac CLEANUP_KEY = {{0}};
    struct unpack u = {seal, false};
    struct slice body = unpack_raw(&u, BODY_LEN),
                 sent = unpack_raw(&u, MAC_LEN);
    enum scram_status status = SCRAM_AGENT_ANEW;
    uint64_t serial, expiry;

    if (unpack_complete(&u))
        status = seals_compute(seals, scope, body, &mac);
    if (status == SCRAM_OK && !secret_equal(mac.data, sent.data, MAC_LEN))
        status = SCRAM_AGENT_ANEW;
    if (status != SCRAM_OK) {
        sentence_write(why, "gss-scram-agent has not begun this login, or was "
                            "started anew since: begin again");
        return status;
    }
    serial = big_endian_read(body.data, 8);
    expiry = big_endian_read(body.data + 8, 8);
    if (expiry <= now) {
        sentence_write(why,
                       "this login was begun more than %d seconds ago: "
                       "begin again",
                       AGENT_SEAL_MS / 1000);
        return SCRAM_AGENT_ANEW;
    }
    if (!seals_use(seals, serial, expiry, now)) {
        sentence_write(why, "gss-scram-agent has answered this already, and "
                            "does so once: begin again");
        return SCRAM_AGENT_ANEW;
    }
    *entry = big_endian_read(body.data + 16, 8);
    return SCRAM_OK;
}
