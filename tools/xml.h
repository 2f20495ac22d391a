/*
 * A file of XML, read by libexpat while it comes in: in memory that is bounded
 * and wiped, as passwords and verifiers go through it, without a document type
 * and so without entities of the file's own. It may have several documents, one
 * after the other, as cat(1) makes of files.
 */
#ifndef XML_H
#define XML_H

#include "base/sentence.h"
#include "input.h"

#define XML_MEMORY_MAX (4 << 20) /* bytes that libexpat may have */

struct xml;

/* What is called for what is read. A name is its namespace, a space and the
 * name in it; attributes are names and values by turns, and a NULL. */
struct xml_handlers {
    void (*start)(void *data, const char *name, const char **attributes);
    void (*end)(void *data);
    void (*text)(void *data, struct slice text);
};

enum xml_status {
    XML_PAUSED, /* by xml_pause */
    XML_BROKEN, /* it is no XML, or none that is read here */
    XML_END,
    XML_FAILED /* the file cannot be read; errno says why */
};

/*
 * @param input     its file is read, its memory holds what was read; outlives
 *                  what is returned
 * @param handlers  copied
 * @param data      what they are called with
 * @return NULL without memory; else closed by xml_close
 */
struct xml *xml_open(struct input *input, const struct xml_handlers *handlers,
                     void *data);

void xml_close(struct xml *xml);

/*
 * Read on, up to where a handler calls xml_pause or nothing follows.
 *
 * @param why  on XML_BROKEN, after which nothing can be read
 */
enum xml_status xml_read(struct xml *xml, struct sentence *why);

/* From the handler of an element's end: let xml_read return. */
void xml_pause(struct xml *xml);

/* From a handler: the line of the file, which is being read. */
unsigned long xml_line(const struct xml *xml);

#endif
