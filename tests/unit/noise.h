/*
 * Bytes that look random and are the same in every run, for tests that try
 * many keys and messages.
 */
#ifndef NOISE_H
#define NOISE_H

#include <stddef.h>
#include <stdint.h>

struct noise {
    uint64_t state; /* any number; it chooses the bytes */
};

/* The next number (splitmix64). */
static inline uint64_t
noise_next(struct noise *noise)
{
    uint64_t z = noise->state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* A number from 0 to @p below - 1. */
static inline size_t
noise_below(struct noise *noise, size_t below)
{
    return (size_t)(noise_next(noise) % below);
}

static inline void
noise_fill(struct noise *noise, uint8_t *bytes, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        bytes[i] = (uint8_t)noise_next(noise);
}

#endif
