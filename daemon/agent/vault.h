/*
 * Memory that secrets are kept in: pages of its own, which are neither swapped
 * out, as far as the account may lock memory, nor in a core file.
 */
#ifndef AGENT_VAULT_H
#define AGENT_VAULT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Make one, all zero.
 *
 * @param locked  set to false where its pages may be swapped out; untouched
 *                where not
 * @return NULL with errno set on failure; release it with vault_free
 */
void *vault_new(size_t size, bool *locked);

/* Wipe and release it; NULL is none. */
void vault_free(void *vault, size_t size);

#endif
