#include "remains.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"

#define GRAIN 8

void
secrets_add(struct secrets *s, const char *name, struct slice bytes)
{
    struct secret_pattern *p = &s->patterns[s->count];

    if (s->count == SECRETS_MAX || bytes.len < GRAIN ||
        bytes.len > SECRET_LEN_MAX)
        abort();
    *p = (struct secret_pattern){.name = name, .len = bytes.len};
    memcpy(p->bytes, bytes.data, bytes.len);
    s->count++;
}

void
secrets_add_key(struct secrets *s, const char *name, struct slice key)
{
    static const uint8_t pads[] = {0x00, 0x36, 0x5c};
    uint8_t bytes[SECRET_LEN_MAX];
    size_t i, k;

    for (k = 0; k < sizeof(pads); k++) {
        for (i = 0; i < key.len; i++)
            bytes[i] = key.data[i] ^ pads[k];
        secrets_add(s, name, (struct slice){bytes, key.len});
    }
}

void
secrets_add_key_text(struct secrets *s, const char *name,
                     const struct secret_key *key)
{
    uint8_t text[BASE64_LEN(sizeof(key->data))];
    struct buffer b = BUFFER_ARRAY(text);

    secrets_add_key(s, name, SLICE_ARRAY(key->data));
    base64_encode(SLICE_ARRAY(key->data), &b);
    secrets_add(s, name, (struct slice){text, 43}); /* the last is "=" */
}

/* The two bytes that some piece begins with: a look at memory is one pass. */
static bool begins[1 << 16];

static size_t
beginning(const uint8_t *bytes)
{
    return bytes[0] | (size_t)bytes[1] << 8;
}

static void
know_beginnings(const struct secrets *s)
{
    size_t i, k;

    memset(begins, 0, sizeof(begins));
    for (i = 0; i < s->count; i++)
        for (k = 0; k + GRAIN <= s->patterns[i].len; k += GRAIN)
            begins[beginning(s->patterns[i].bytes + k)] = true;
}

/* Count the patterns of which a piece is there. */
static void
find_at(const struct secrets *s, const uint8_t *at, unsigned found[SECRETS_MAX])
{
    size_t i, k;

    for (i = 0; i < s->count; i++)
        for (k = 0; k + GRAIN <= s->patterns[i].len; k += GRAIN)
            found[i] += memcmp(at, s->patterns[i].bytes + k, GRAIN) == 0;
}

/* One piece of memory, for every pattern. */
static void
find_in(const struct secrets *s, const uint8_t *memory, size_t len,
        unsigned found[SECRETS_MAX])
{
    size_t i;

    for (i = 0; i + GRAIN <= len; i++)
        if (begins[beginning(memory + i)])
            find_at(s, memory + i, found);
}

/* Whether a line of /proc/PID/maps is of memory that is looked through. */
static bool
is_own(const char *line, unsigned long long *begin, unsigned long long *end)
{
    char rights[5];

    return sscanf(line, "%llx-%llx %4s", begin, end, rights) == 3 &&
           rights[0] == 'r' && rights[1] == 'w' && rights[3] == 'p';
}

/* What is there of a region; memory that was never touched reads as zero. */
static size_t
find_in_region(const struct secrets *s, int memory, unsigned long long begin,
               unsigned long long end, unsigned found[SECRETS_MAX])
{
    size_t len = (size_t)(end - begin), done = 0;
    uint8_t *bytes = malloc(len);
    ssize_t n = 1;

    if (bytes == NULL)
        abort();
    while (done < len && n > 0) {
        n = pread(memory, bytes + done, len - done, (off_t)(begin + done));
        if (n > 0)
            done += (size_t)n;
    }
    find_in(s, bytes, done, found);
    free(bytes);
    return done;
}

size_t
secrets_find(const struct secrets *s, pid_t process,
             unsigned found[SECRETS_MAX])
{
    unsigned long long begin, end;
    char path[64], line[512];
    size_t looked = 0;
    FILE *maps;
    int memory;

    know_beginnings(s);
    memset(found, 0, SECRETS_MAX * sizeof(*found));
    snprintf(path, sizeof(path), "/proc/%d/maps", (int)process);
    maps = fopen(path, "r");
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)process);
    memory = open(path, O_RDONLY | O_CLOEXEC);
    while (maps != NULL && memory >= 0 &&
           fgets(line, sizeof(line), maps) != NULL) {
        if (is_own(line, &begin, &end))
            looked += find_in_region(s, memory, begin, end, found);
    }
    if (maps != NULL)
        fclose(maps);
    if (memory >= 0)
        close(memory);
    return looked;
}
