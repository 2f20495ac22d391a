/*
 * Who may read a file of users and write to it. A new file has the rights that
 * the one before had, and the first one those that let servers read it.
 */
#ifndef STORE_FILE_RIGHTS_H
#define STORE_FILE_RIGHTS_H

/* Give the first file its rights: its group, gss-scram where root makes it and
 * there is that group, may read it. Returns 0 or an errno. */
int file_rights_begin(int fd);

/* Give one file the owner, group, mode and access control list of another.
 * Returns 0 or an errno. */
int file_rights_copy(int from, int to);

#endif
