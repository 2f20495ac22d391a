/*
 * What libcrypto alone takes for the same bytes: what no mechanism that
 * protects messages with these ciphers can be faster than, and has to be
 * measured by.
 */
#ifndef LIBCRYPTO_H
#define LIBCRYPTO_H

#include <stddef.h>
#include <stdint.h>

/* Make the keys. */
void libcrypto_begin(void);
void libcrypto_end(void);

/* AES-128-CBC, and SHA-1 of the plaintext, in turn. */
void libcrypto_seal(const uint8_t *message, size_t len, uint8_t *to);
void libcrypto_open(const uint8_t *message, size_t len, uint8_t *to);

/* SHA-1. */
void libcrypto_sign(const uint8_t *message, size_t len, uint8_t *to);

#endif
