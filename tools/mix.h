/*
 * Whether a store's users differ in their iteration counts, for one mechanism:
 * a stranger is answered with counts that users have, so a count that few have
 * may be one that no stranger is ever answered with.
 */
#ifndef MIX_H
#define MIX_H

#include "base/sentence.h"
#include "store/store.h"

/*
 * Look at a store.
 *
 * @param mix  a sentence that names the counts; empty where there is one count
 * @return as store_iterate
 */
enum scram_status mix_of(struct store *store, const char *location,
                         struct sentence *mix, struct sentence *why);

/* Report that, where it is so; a directory is not looked through for it. */
void mix_report(struct store *store, const char *location);

#endif
