#include "mix.h"

#include <inttypes.h>
#include <stdio.h>

#include "report.h"
#include "target.h"

#define COUNTS_MAX 8 /* that are named */

struct count {
    uint32_t iterations;
    uint64_t users;
};

struct mix {
    struct count counts[SCRAM_MECHANISMS][COUNTS_MAX];
    uint64_t others[SCRAM_MECHANISMS]; /* with still other counts */
};

/* store_visit */
static enum scram_status
mix_count(void *data, struct slice user, const struct scram_verifier *verifier)
{
    struct mix *mix = data;
    struct count *counts = mix->counts[verifier->mechanism];
    int i;

    (void)user;
    for (i = 0; i < COUNTS_MAX; i++) {
        if (counts[i].users > 0 && counts[i].iterations != verifier->iterations)
            continue;
        counts[i].iterations = verifier->iterations;
        counts[i].users++;
        return SCRAM_OK;
    }
    mix->others[verifier->mechanism]++;
    return SCRAM_OK;
}

static void
mix_put(struct buffer *text, const char *words)
{
    buffer_put(text, slice_of(words));
}

/* Name the counts of a mechanism, if there are several. */
static void
name(const struct mix *mix, int mechanism, struct buffer *text)
{
    const struct count *counts = mix->counts[mechanism];
    char one[128];
    int i;

    if (counts[1].users == 0)
        return;
    for (i = 0; i < COUNTS_MAX && counts[i].users > 0; i++) {
        snprintf(one, sizeof(one), "%s%" PRIu32 " (%" PRIu64 ")",
                 i == 0 ? "" : ", ", counts[i].iterations, counts[i].users);
        mix_put(text, i == 0 && text->len > 0 ? "; " : "");
        mix_put(text, one);
    }
    if (mix->others[mechanism] > 0)
        mix_put(text, ", and others");
    mix_put(text, " for ");
    mix_put(text, scram_mechanism_name((enum scram_mechanism)mechanism));
}

enum scram_status
mix_of(struct store *store, const char *location, struct sentence *mix,
       struct sentence *why)
{
    struct mix found = {.others = {0}};
    uint8_t space[sizeof(mix->text) / 2];
    struct buffer text = BUFFER_ARRAY(space);
    enum scram_status status = store_iterate(store, mix_count, &found, why);
    int m;

    mix->text[0] = '\0';
    for (m = 0; m < SCRAM_MECHANISMS; m++)
        name(&found, m, &text);
    if (status == SCRAM_OK && text.len > 0)
        sentence_write(
            mix,
            "the users in %s have several iteration counts: %.*s. "
            "Who has a count that few have can be told from somebody "
            "who is not there; a new password gives a user the usual "
            "count",
            location, (int)text.len, (const char *)text.data);
    return status;
}

void
mix_report(struct store *store, const char *location)
{
    struct sentence mix = {""};

    if (!target_is_directory(location) &&
        mix_of(store, location, &mix, NULL) == SCRAM_OK && mix.text[0] != '\0')
        report("%s", mix.text);
}
