/*
 * Root's side of gss-scramd's admin socket while servers are busy: a process
 * that imports very many users, however often gss-scramd is killed meanwhile,
 * and a look at the metrics.
 */
#ifndef IMPORTER_H
#define IMPORTER_H

#include "served.h"

struct importer;

/* Begin to import so many users, whose verifiers are made up, into the store
 * "users". */
struct importer *importer_start(const struct served *served, unsigned users);

/* How many are in the store, by what gss-scramd said. */
unsigned importer_done(const struct importer *importer);

/* Wait until all are; or have it end before, and how many are. */
void importer_wait(struct importer *importer);
unsigned importer_kill(struct importer *importer);

/* How many users the store has, as gss-scramd lists them. */
unsigned importer_list(const struct served *served);

/* The number behind a name in gss-scramd's metrics; 0 where there is none. */
unsigned importer_metric(const struct served *served, const char *name);

#endif
