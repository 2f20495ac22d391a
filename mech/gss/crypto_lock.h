/*
 * What libcrypto does with its own locks held, which a child that is forked at
 * that moment would wait for without end: while this lock is held nobody forks.
 */
#ifndef GSS_CRYPTO_LOCK_H
#define GSS_CRYPTO_LOCK_H

void crypto_lock(void);
void crypto_unlock(void);

/*
 * Have libcrypto find all that the mechanism uses, once a process, and make
 * what it keeps for the calling thread, once a thread; called before a context
 * or a service uses it.
 *
 * libcrypto looks an algorithm up each time that one is named (EVP_KDF_fetch
 * and what calls it by itself), and writes down what it found the first time.
 * Later look-ups only read: a child that finds libcrypto's lock taken by a
 * reader that it does not have reads none the less. Where the first time is in
 * one thread and the fork in another, the child would never use libcrypto.
 */
void crypto_prepare(void);

#endif
