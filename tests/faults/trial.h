/*
 * A piece of work, done again and again while each call under it fails in turn.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include "../gss/world.h"
#include "fault.h"

/*
 * Something to try. Whatever it makes is in variables of its own.
 *
 * @p prepare  what has to be there first; no call fails
 * @p attempt  the work; returns whether all of it was done. Where a part
 *             fails it asserts that the outputs are what they have to be then,
 *             and stops there
 * @p after    what has to be true once an attempt has failed, with calls that
 *             work again; may be NULL
 * @p finish   release everything
 */
struct trial {
    void (*prepare)(void);
    bool (*attempt)(void);
    void (*after)(void);
    void (*finish)(void);
};

/*
 * Fail the first call under an attempt, and then, for all of them, the next;
 * after that, each call and all that follow it. Every time it is tried again
 * without, which has to succeed, and no descriptor or mapping may be left, nor
 * an error in the queue that libcrypto has for the program.
 */
void trial_run(const struct trial *trial);

/* The same, without the last part, each time in a process in which nothing was
 * done before: what is done once in a process fails too. */
void trial_run_cold(const struct trial *trial);

/* Whether a call failed, which has a minor code then. */
bool trial_failed(OM_uint32 major, OM_uint32 minor);

/* The same for one whose minor code is the mechanism's own, and not
 * libgssapi's: it has a sentence. */
bool trial_failed_with_sentence(OM_uint32 major, OM_uint32 minor);

/* Whether the call worked; where not, that it gave no buffer. */
bool gave_buffer(OM_uint32 major, OM_uint32 minor, gss_buffer_t buffer);

#endif
