#include "ask/talk.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "wire/message.h"

/* hello = 1 lowest highest */
static const uint8_t hello[] = {WIRE_HELLO, WIRE_VERSION, WIRE_VERSION};
const struct slice ask_hello = {hello, sizeof(hello)};

enum scram_status
ask_take_welcome(struct slice answer, struct sentence *why)
{
    struct wire_welcome w;

    if (!wire_parse_welcome(answer, &w) ||
        (w.status == SCRAM_OK && w.version != WIRE_VERSION))
        return SCRAM_BAD_ENCODING;
    if (w.status == SCRAM_OK)
        return SCRAM_OK;
    sentence_write(why, "%.*s", (int)w.sentence.len,
                   (const char *)w.sentence.data);
    /* That is for what cannot be read. */
    return w.status == SCRAM_BAD_ENCODING ? SCRAM_STORE_FORBIDDEN : w.status;
}

struct ask_talk *
ask_talk_new(size_t len)
{
    size_t room = len + 128;
    struct ask_talk *talk = malloc(sizeof(*talk) + room + WIRE_ANSWER_MAX);

    if (talk == NULL)
        return NULL;
    talk->question = (struct buffer){talk->bytes, 0, room, false};
    talk->answer =
        (struct buffer){talk->bytes + room, 0, WIRE_ANSWER_MAX, false};
    return talk;
}

void
ask_talk_free(struct ask_talk *talk)
{
    OPENSSL_cleanse(talk->answer.data, talk->answer.len);
    free(talk);
}

void
ask_say(struct sentence *why, struct slice sentence)
{
    if (sentence.len != 0)
        sentence_write(why, "%.*s", (int)sentence.len,
                       (const char *)sentence.data);
}
