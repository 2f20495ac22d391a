/*
 * A verifier as a value of authPassword (RFC 5803, RFC 3112):
 *
 *   SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>
 *
 * A user who is disabled has the same with "X-DISABLED-" before it: a scheme
 * that no program knows, so that all who read the directory keep the user out,
 * in one value, which is changed as a whole and needs no schema of its own.
 */
#ifndef DIRECTORY_VALUE_H
#define DIRECTORY_VALUE_H

#include "base/slice.h"
#include "base/status.h"
#include "scram/verifier.h"

#define LDAP_VALUE_MAX 1024 /* bytes of a value that is looked at */
#define LDAP_VALUE_TEXT_MAX (SCRAM_VERIFIER_TEXT_MAX + 16)

/*
 * Read a value: a scheme in any case, spaces where RFC 3112 allows them.
 *
 * @param verifier  set on SCRAM_OK alone
 * @return SCRAM_OK; SCRAM_NO_USER for a value of another scheme, which is
 *         nothing to us; SCRAM_BAD_ENCODING for one of ours that is damaged
 */
enum scram_status ldap_value_read(struct slice value,
                                  struct scram_verifier *verifier);

/*
 * Append a value.
 *
 * @param value  LDAP_VALUE_TEXT_MAX free bytes are enough
 */
void ldap_value_write(const struct scram_verifier *verifier,
                      struct buffer *value);

/*
 * Read when a user expires. A value that ends in "Z" is a generalizedTime (RFC
 * 4517, section 3.3.13) in UTC with seconds, as in "20270131120000Z", whose
 * fraction does not count; any other is shadowExpire's number of days since
 * 1970 (RFC 2307), at whose beginning the user expires, or -1, which is never.
 * What is over before 1970, and day 0, has expired.
 *
 * @param expires  as struct scram_verifier has it; set on true alone
 * @return false for what is neither
 */
bool ldap_value_expires(struct slice value, uint64_t *expires);

/* What of an entry makes no sense: its user counts as one who has expired. */
enum ldap_odd { LDAP_ODD_EXPIRES = 1, LDAP_ODD_GROUPS = 2 };

/* All that an entry says of a user. */
struct ldap_account {
    unsigned has; /* a bit for each mechanism */
    unsigned odd; /* bits of enum ldap_odd */
    struct scram_verifier of[SCRAM_MECHANISMS];
};

void ldap_account_wipe(struct ldap_account *account);

/* The groups that a user is in, which all verifiers of the account have. */
struct slice ldap_account_groups(const struct ldap_account *account);

/* The same in as little room as it takes, where there are many of them: a
 * struct scram_verifier has room for all the groups that there may be, which
 * are kept beside this. */
struct ldap_kept {
    unsigned has, odd;
    struct ldap_kept_verifier {
        struct secret_key stored_key, server_key;
        uint64_t expires;
        uint32_t iterations;
        bool enabled;
        uint8_t salt_len;
        uint8_t salt[SCRAM_SALT_MAX];
    } of[SCRAM_MECHANISMS];
};

void ldap_kept_write(const struct ldap_account *account,
                     struct ldap_kept *kept);
/* @param groups  the account's that was written */
void ldap_kept_read(const struct ldap_kept *kept, struct slice groups,
                    struct ldap_account *account);

#define CLEANUP_ACCOUNT __attribute__((cleanup(ldap_account_wipe)))

/*
 * Take one value more of an entry.
 *
 * @return SCRAM_OK, also for another scheme's; SCRAM_BAD_ENCODING for a damaged
 *         one; SCRAM_USER_EXISTS for a second one of the same mechanism, when
 *         nobody can tell which of them counts
 */
enum scram_status ldap_account_take(struct ldap_account *account,
                                    struct slice value);

#endif
