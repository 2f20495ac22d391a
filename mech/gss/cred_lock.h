/*
 * The one lock of what credentials remember: their keys and their logins. It
 * is held for moments, never while anything is computed, read or waited for;
 * and it is free in a child, whatever other threads did when it was forked.
 */
#ifndef GSS_CRED_LOCK_H
#define GSS_CRED_LOCK_H

void cred_lock(void);
void cred_unlock(void);

#endif
