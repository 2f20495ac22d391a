#include "base/config_key.h"

#include <string.h>

#define NAME_MAX_LEN 31 /* of what may be meant for a key */
#define LETTERS_MAX 3   /* that somebody gets wrong who means a key */

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/*
 * How many letters of one name have to be put in, left out or changed until it
 * is the other one (Levenshtein's distance), row by row.
 *
 * @param b  of at most NAME_MAX_LEN bytes
 */
static unsigned
letters_between(const char *a, const char *b)
{
    unsigned row[NAME_MAX_LEN + 1];
    const size_t len = strlen(b);
    unsigned before, above;
    size_t i, k;

    for (k = 0; k <= len; k++)
        row[k] = (unsigned)k;
    for (i = 0; a[i] != '\0'; i++) {
        before = row[0];
        row[0] = (unsigned)i + 1;
        for (k = 0; k < len; k++) {
            above = row[k + 1];
            row[k + 1] = least(least(above, row[k]) + 1,
                               before + (a[i] == b[k] ? 0 : 1));
            before = above;
        }
    }
    return row[len];
}

/* The key that somebody may have meant; NULL where none is alike. */
static const char *
key_meant(const char *name, size_t count, const char *(*key)(size_t i))
{
    unsigned best = LETTERS_MAX + 1, letters;
    const char *meant = NULL;
    size_t i;

    for (i = 0; i < count && strlen(name) <= NAME_MAX_LEN; i++) {
        letters = letters_between(key(i), name);
        if (letters < best) {
            best = letters;
            meant = key(i);
        }
    }
    return meant;
}

enum scram_status
config_key_unknown(const char *name, const char *place, const char *section,
                   size_t count, const char *(*key)(size_t i),
                   struct sentence *why)
{
    const char *meant = key_meant(name, count, key);

    if (meant == NULL)
        sentence_write(why,
                       "%s: there is no key %.64s for %s; scram.conf(5) has a "
                       "list of them",
                       place, name, section);
    else
        sentence_write(why,
                       "%s: there is no key %.64s for %s; did you mean %s?",
                       place, name, section, meant);
    return SCRAM_BAD_CONFIG;
}
