/*
 * The groups that a user is in, as one text:
 *
 *   groups = name *( "," name )
 *   name   = 1 to GROUPS_NAME_MAX bytes of UTF-8 (RFC 3629), without a comma
 *            and without control characters (00 to 1F, 7F), and without a blank
 *            at either end
 *
 * GROUPS_MAX names at most, none of them twice, and GROUPS_TEXT_MAX bytes in
 * all. The order is the store's. That a user is in a group gives no right here:
 * what it means is for the server's program to know.
 */
#ifndef BASE_GROUPS_H
#define BASE_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define GROUPS_MAX 32
#define GROUPS_NAME_MAX 128
#define GROUPS_TEXT_MAX 1024

/* Some of them, or none. */
struct groups {
    uint16_t len;
    uint8_t text[GROUPS_TEXT_MAX];
};

static inline struct slice
groups_slice(const struct groups *groups)
{
    return (struct slice){groups->text, groups->len};
}

/* Whether a text is as above; an empty one is none. */
bool groups_check(struct slice text);

/*
 * Take over a text.
 *
 * @param groups  set on true alone
 * @return groups_check's answer
 */
bool groups_set(struct groups *groups, struct slice text);

/*
 * Add a name.
 *
 * @return false, and nothing is changed, where it is not one, is there already,
 *         or is one too many
 */
bool groups_add(struct groups *groups, struct slice name);

/* Take the next name of a text that groups_check took; false where there is no
 * more. */
bool groups_next(struct slice *rest, struct slice *name);

#endif
