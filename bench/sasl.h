/*
 * Peers that speak SCRAM-SHA-256 through SASL: the processor's time of their
 * server's side. Each returns whether it was measured; else @p why says why
 * not, in static memory.
 */
#ifndef BENCH_SASL_H
#define BENCH_SASL_H

#include "figures.h"

/* GNU SASL, with the keys in memory. */
int gnu_sasl_measure(int turns, struct figure *accept_ns, const char **why);

/* Cyrus SASL, with the database that it has unless told otherwise, at the path
 * that BENCH_SASLDB names. */
int cyrus_sasl_measure(int turns, struct figure *accept_ns, const char **why);

#endif
