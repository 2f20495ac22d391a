/*
 * A record of gss-scramd's store and its key, as a file may have them that
 * anybody has written.
 */
#include "../../daemon/lmdb/record.c"

#include "pack.h"

/* Of another file. */
size_t
scram_hash_len(enum scram_mechanism mechanism)
{
    must(mechanism == SCRAM_SHA_1 || mechanism == SCRAM_SHA_256,
         "there is such a mechanism");
    return mechanism == SCRAM_SHA_1 ? 20 : 32;
}

/* Of another file, and looks at bytes. */
bool
groups_set(struct groups *groups, struct slice text)
{
    must(text.len != 0 && text.len <= GROUPS_TEXT_MAX &&
             place(text) + text.len <= LENGTH,
         "groups are there");
    groups->len = (uint16_t)text.len;
    return nondet_bool();
}

/* Stands for a copy of which nothing else depends on the bytes. */
void *
memcpy(void *to, const void *from, size_t len)
{
    must(len == 0 || __CPROVER_r_ok(from, len), "what is copied is there");
    must(len == 0 || __CPROVER_w_ok(to, len), "and has room");
    return to;
}

void
prove_key_read(void)
{
    struct slice key = any_slice(LENGTH), user;
    enum scram_mechanism mechanism;

    if (!lmdb_key_read(key, &mechanism, &user))
        return;
    must(mechanism == SCRAM_SHA_1 || mechanism == SCRAM_SHA_256,
         "a mechanism of ours");
    must(key.len <= LMDB_KEY_MAX && user.data == key.data && user.len != 0 &&
             user.len + 2 == key.len,
         "the user stands before it");
}

/* Stands for lmdb_key_read. */
bool promised_key(struct slice key, enum scram_mechanism *mechanism,
                  struct slice *user);

bool
promised_key(struct slice key, enum scram_mechanism *mechanism,
             struct slice *user)
{
    must(key.len == 0 || __CPROVER_r_ok(key.data, key.len), "a key is there");
    if (key.len < 3 || nondet_bool())
        return false;
    *mechanism = nondet_bool() ? SCRAM_SHA_1 : SCRAM_SHA_256;
    *user = (struct slice){key.data, key.len - 2};
    return true;
}

void
prove_check_of(void)
{
    (void)check_of(any_slice(LENGTH), any_slice(LENGTH));
}

/* Stands for check_byte, whose product is taken modulo 2 to the 64. */
uint64_t promised_check(uint64_t check, uint8_t byte);

uint64_t
promised_check(uint64_t check, uint8_t byte)
{
    (void)check;
    (void)byte;
    return nondet_64();
}

/* Stands for check_of. */
uint64_t promised_check_of(struct slice key, struct slice body);

uint64_t
promised_check_of(struct slice key, struct slice body)
{
    must(key.len == 0 || __CPROVER_r_ok(key.data, key.len), "a key is there");
    must(place(body) == place(message) && body.len + 8 <= message.len,
         "and what it is the check of");
    return nondet_64();
}

void
prove_rest(void)
{
    struct unpack u = any_unpack(), before = u;
    struct lmdb_record r = {.changed = 0};
    unsigned flags = nondet_byte();

    given(flags <= FLAGS);
    take_rest(&u, flags, nondet_bool() ? 20 : 32, &r);
    must(is_end_of_message(u.rest) && u.rest.len <= before.rest.len &&
             (u.failed || !before.failed),
         "what is left is the end of the message");
    if (u.failed)
        return;
    must((r.replaced != 0) == ((flags & FLAG_EARLIER) != 0) &&
             (r.verifier.expires != 0) == ((flags & FLAG_EXPIRES) != 0) &&
             (r.verifier.groups.len != 0) == ((flags & FLAG_GROUPS) != 0),
         "what the flags say is there, and nothing else");
    must(r.verifier.groups.len <= GROUPS_TEXT_MAX, "groups that have room");
}

/* Stands for take_rest. */
void promised_rest(struct unpack *u, unsigned flags, size_t hash_len,
                   struct lmdb_record *r);

void
promised_rest(struct unpack *u, unsigned flags, size_t hash_len,
              struct lmdb_record *r)
{
    must(flags <= FLAGS && (hash_len == 20 || hash_len == 32), "of a record");
    if (!take_some(u, 0) || (flags & FLAG_GROUPS) == 0)
        return;
    r->verifier.groups.len = nondet_16();
    given(r->verifier.groups.len != 0 &&
          r->verifier.groups.len <= GROUPS_TEXT_MAX);
}

void
prove_record_read(void)
{
    struct slice key = any_slice(LMDB_KEY_MAX);
    struct lmdb_record r = {.changed = 7};

    if (!lmdb_record_read(key, any_message(), &r)) {
        must(r.changed == 7, "nothing is set");
        return;
    }
    must(r.verifier.salt_len != 0 && r.verifier.salt_len <= SCRAM_SALT_MAX &&
             r.verifier.iterations != 0 && r.verifier.iterations <= INT32_MAX,
         "a verifier");
    must(r.verifier.groups.len <= GROUPS_TEXT_MAX, "groups that have room");
}
