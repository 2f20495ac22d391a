/*
 * One sentence for a person about what went wrong, made where it is known
 * (a file's path, a key, the library's own words) and shown at the edge.
 */
#ifndef BASE_SENTENCE_H
#define BASE_SENTENCE_H

struct sentence {
    char text[1024]; /* NUL-terminated; cut where it would not fit */
};

/*
 * Write a sentence, printf's way. What is quoted in it may be another side's
 * words, a directory's for example: of control characters, "?" is left.
 *
 * @param why  where it goes; NULL when nobody wants to know
 */
void sentence_write(struct sentence *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
