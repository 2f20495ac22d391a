/*
 * What all questions to our daemons have in common (wire/message.h): how they
 * are greeted, the room for a question and its answer, and what is done with a
 * sentence that a daemon says.
 */
#ifndef ASK_TALK_H
#define ASK_TALK_H

#include <stddef.h>

#include "base/sentence.h"
#include "base/slice.h"
#include "base/status.h"

/* An ask_daemon's hello, for the version that this module speaks. */
extern const struct slice ask_hello;

/* An ask_daemon's welcome: whether it speaks that version, and lets us go on.
 */
enum scram_status ask_take_welcome(struct slice answer, struct sentence *why);

/*
 * A question and its answer, in one piece of memory. The answer may have a
 * secret in it.
 */
struct ask_talk {
    struct buffer question, answer;
    uint8_t bytes[];
};

/*
 * Make room.
 *
 * @param len  bytes that the question has besides its fixed fields
 * @return NULL without memory; release it with ask_talk_free
 */
struct ask_talk *ask_talk_new(size_t len);

/* Wipe the answer, and release both. */
void ask_talk_free(struct ask_talk *talk);

/* Take a daemon's sentence over, where it says one. */
void ask_say(struct sentence *why, struct slice sentence);

#endif
