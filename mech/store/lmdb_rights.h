/*
 * Who may do what with a store's file: its owner, its group, its mode and its
 * access list. The functions return 0 or an errno.
 */
#ifndef STORE_LMDB_RIGHTS_H
#define STORE_LMDB_RIGHTS_H

#include <stdbool.h>
#include <sys/stat.h>

/* Give a new store's file, which is ours, what a service needs. */
int lmdb_rights_begin(int fd);

/*
 * Give a file, which is ours, what another has now. Nobody may do anything
 * with it meanwhile who may not do the same with the other.
 */
int lmdb_rights_copy(int from, int to);

/* Whether another account than root and this one may write to a file, or a
 * folder. */
bool lmdb_rights_of_others(const struct stat *st);

#endif
