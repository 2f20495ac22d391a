/*
 * XEP-0227's scram-credentials of one mechanism, from their elements.
 */
#ifndef XEP0227_CREDENTIALS_H
#define XEP0227_CREDENTIALS_H

#include "format.h"

struct credentials_field {
    uint8_t data[256];
    size_t len;
    bool bad; /* it is longer, or there twice */
};

struct credentials {
    bool known; /* the mechanism is */
    enum scram_mechanism mechanism;
    struct credentials_field iterations;
    struct credentials_field salt, stored_key, server_key; /* base64 */
};

/* Begin with those of a mechanism; NULL: it is not said which. */
void credentials_begin(struct credentials *credentials, const char *mechanism);

/* An element begins that has the field. */
void credentials_begin_field(struct credentials_field *field);

/* Append a part of what stands in it. */
void credentials_put(struct credentials_field *field, struct slice text);

/*
 * Make a verifier of them, and wipe them.
 *
 * @param verifier  set, and enabled, on FORMAT_RECORD
 * @return FORMAT_RECORD; FORMAT_BAD; FORMAT_END for those of a mechanism that
 *         is not known
 */
enum format_status credentials_end(struct credentials *credentials,
                                   struct scram_verifier *verifier,
                                   struct sentence *why);

#endif
