#include "daemon/debug.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/file_write.h"
#include "base/quote.h"
#include "wire/message.h"

#define LINE_MAX_BYTES 8192

bool
debug_open(struct debug *debug, const char *path)
{
    debug->fd = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
        0600);
    return debug->fd >= 0;
}

void
debug_close(struct debug *debug)
{
    if (debug->fd >= 0)
        close(debug->fd);
    debug->fd = -1;
}

void
debug_line(const struct debug *debug, const struct peer *peer, const char *text)
{
    char line[LINE_MAX_BYTES];
    struct timespec now;
    int len;

    clock_gettime(CLOCK_REALTIME, &now);
    len = snprintf(line, sizeof(line), "%lld.%06ld uid %lu pid %ld: %s\n",
                   (long long)now.tv_sec, now.tv_nsec / 1000,
                   (unsigned long)peer->uid, (long)peer->pid, text);
    if (len >= (int)sizeof(line)) {
        len = sizeof(line) - 1;
        line[len - 1] = '\n';
    }
    (void)file_write(debug->fd, (struct slice){(uint8_t *)line, (size_t)len});
}

void
debug_message(const struct debug *debug, const struct peer *peer,
              void (*show)(struct slice message, bool is_answer,
                           struct buffer *text),
              struct slice message, bool is_answer)
{
    /* Not on the stack, of which it would touch each page. */
    static uint8_t memory[4 * WIRE_MESSAGE_MAX];
    struct buffer text = {memory, 0, sizeof(memory) - 1, false};

    show(message, is_answer, &text);
    memory[text.len] = '\0';
    debug_line(debug, peer, (char *)memory);
}

/* The proof and the signature are the attributes p and v; whatever stands where
 * another one's name does not is left out, too. */
void
debug_quote_scram(struct slice message, struct buffer *text)
{
    size_t i;

    for (i = 0; i < message.len; i++) {
        if ((i == 0 || message.data[i - 1] == ',') &&
            (message.data[i] == 'p' || message.data[i] == 'v'))
            break;
    }
    quote_put((struct slice){message.data, i}, text);
    if (i < message.len)
        buffer_put(text, SLICE("..."));
}

void
debug_put_number(struct buffer *text, const char *name,
                 unsigned long long number)
{
    char part[64];

    snprintf(part, sizeof(part), " %s %llu", name, number);
    buffer_put(text, slice_of(part));
}

void
debug_put_quoted(struct buffer *text, const char *name, struct slice bytes)
{
    buffer_put(text, SLICE(" "));
    buffer_put(text, slice_of(name));
    buffer_put(text, SLICE(" "));
    quote_put(bytes, text);
}
