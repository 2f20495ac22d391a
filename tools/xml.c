#include <config.h>

#include "xml.h"

#include <errno.h>
#include <expat.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The newer names of what counts bytes and lines, in 64 bits. */
#if !HAVE_DECL_XML_GETCURRENTLINENUMBER64
#define XML_GetCurrentLineNumber64 XML_GetCurrentLineNumber
#define XML_GetCurrentByteIndex64 XML_GetCurrentByteIndex
#define XML_GetCurrentByteCount64 XML_GetCurrentByteCount
#endif

struct xml {
    struct input *input;
    struct xml_handlers handlers;
    void *data;
    XML_Parser parser;
    size_t depth;
    size_t fed;           /* bytes of the document that libexpat has */
    unsigned long before; /* lines of the file before the document */
    bool paused;          /* libexpat was stopped, and is to go on */
    bool ended;           /* the document's last element did */
    bool another;         /* than the file's first */
    bool typed;           /* it has a document type */
    bool last;            /* the file has no more than input->data */
};

/*
 * libexpat's memory: each piece has its size before it, so that it can be
 * wiped. The sum is bounded, and with it the depth of elements, the number of
 * names and the length of a tag. The command reads one file, in one thread.
 */
union piece {
    size_t size; /* of what follows */
    max_align_t align;
};

static size_t memory_used;

static void
piece_free(void *memory)
{
    union piece *piece = memory;

    if (memory == NULL)
        return;
    piece--;
    memory_used -= piece->size;
    OPENSSL_cleanse(memory, piece->size);
    free(piece);
}

static void *
piece_alloc(size_t size)
{
    union piece *piece;

    if (size > XML_MEMORY_MAX - memory_used)
        return NULL;
    piece = malloc(sizeof(*piece) + size);
    if (piece == NULL)
        return NULL;
    piece->size = size;
    memory_used += size;
    return piece + 1;
}

static void *
piece_realloc(void *memory, size_t size)
{
    void *larger = piece_alloc(size);
    size_t before = memory == NULL ? 0 : ((union piece *)memory - 1)->size;

    if (larger == NULL)
        return NULL;
    if (before != 0)
        memcpy(larger, memory, before < size ? before : size);
    piece_free(memory);
    return larger;
}

/* XML_StartElementHandler */
static void XMLCALL
xml_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct xml *xml = data;

    xml->depth++;
    xml->handlers.start(xml->data, name, attributes);
}

/* XML_EndElementHandler */
static void XMLCALL
xml_end(void *data, const XML_Char *name)
{
    struct xml *xml = data;

    (void)name;
    xml->handlers.end(xml->data);
    if (--xml->depth == 0) {
        xml->ended = true;
        xml_pause(xml);
    }
}

/* XML_CharacterDataHandler */
static void XMLCALL
xml_text(void *data, const XML_Char *bytes, int len)
{
    struct xml *xml = data;

    xml->handlers.text(xml->data,
                       (struct slice){(const uint8_t *)bytes, (size_t)len});
}

/* XML_StartDoctypeDeclHandler */
static void XMLCALL
document_type(void *data, const XML_Char *name, const XML_Char *system,
              const XML_Char *public, int internal)
{
    struct xml *xml = data;

    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    xml->typed = true;
    XML_StopParser(xml->parser, XML_FALSE);
}

/* Have a parser for a document. */
static bool
begin_document(struct xml *xml)
{
    static const XML_Memory_Handling_Suite memory = {piece_alloc, piece_realloc,
                                                     piece_free};

    xml->parser = XML_ParserCreate_MM(NULL, &memory, " ");
    if (xml->parser == NULL)
        return false;
    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, xml_start, xml_end);
    XML_SetCharacterDataHandler(xml->parser, xml_text);
    XML_SetStartDoctypeDeclHandler(xml->parser, document_type);
    xml->fed = xml->depth = 0;
    xml->ended = false;
    return true;
}

struct xml *
xml_open(struct input *input, const struct xml_handlers *handlers, void *data)
{
    struct xml *xml = calloc(1, sizeof(*xml));

    if (xml == NULL)
        return NULL;
    xml->input = input;
    xml->handlers = *handlers;
    xml->data = data;
    if (begin_document(xml))
        return xml;
    free(xml);
    return NULL;
}

void
xml_close(struct xml *xml)
{
    if (xml->parser != NULL)
        XML_ParserFree(xml->parser);
    free(xml);
}

void
xml_pause(struct xml *xml)
{
    if (!xml->paused)
        XML_StopParser(xml->parser, XML_TRUE);
    xml->paused = true;
}

unsigned long
xml_line(const struct xml *xml)
{
    return xml->before + (unsigned long)XML_GetCurrentLineNumber64(xml->parser);
}

/* Read into input->data what follows in the file; false if it cannot be. */
static bool
xml_fill(struct xml *xml)
{
    struct input *input = xml->input;

    errno = 0;
    input->len = fread(input->data, 1, sizeof(input->data), input->file);
    input->bytes += (off_t)input->len;
    xml->last = input->len < sizeof(input->data);
    return !ferror(input->file);
}

/* Leave in input->data what follows a document that has ended, and the blanks
 * behind it. */
static void
end_document(struct xml *xml)
{
    struct input *input = xml->input;
    size_t at = (size_t)XML_GetCurrentByteIndex64(xml->parser) +
                (size_t)XML_GetCurrentByteCount64(xml->parser);
    size_t rest = xml->fed - at;

    xml->before = xml_line(xml) - 1;
    xml->another = true;
    XML_ParserFree(xml->parser);
    xml->parser = NULL;
    memmove(input->data, input->data + input->len - rest, rest);
    input->len = rest;
}

/* Skip blanks between documents; what follows, or the file's end, is in
 * input->data then. */
static bool
skip_blanks(struct xml *xml)
{
    struct input *input = xml->input;
    size_t i;

    for (;;) {
        for (i = 0; i < input->len && input->data[i] <= ' '; i++)
            xml->before += input->data[i] == '\n';
        memmove(input->data, input->data + i, input->len - i);
        input->len -= i;
        if (input->len > 0 || xml->last)
            return true;
        if (!xml_fill(xml))
            return false;
    }
}

/* Have in input->data what is read next: more of the document, or another one
 * if it has ended. XML_PAUSED: it is there. */
static enum xml_status
advance(struct xml *xml)
{
    if (!xml->ended)
        return xml_fill(xml) ? XML_PAUSED : XML_FAILED;
    if (xml->parser != NULL)
        end_document(xml);
    if (!skip_blanks(xml))
        return XML_FAILED;
    if (xml->input->len == 0)
        return XML_END;
    if (begin_document(xml))
        return XML_PAUSED;
    errno = ENOMEM;
    return XML_FAILED;
}

static enum xml_status
xml_blame(struct xml *xml, struct sentence *why)
{
    enum XML_Error error = XML_GetErrorCode(xml->parser);

    /* What follows the last document may be a comment. */
    if (error == XML_ERROR_NO_ELEMENTS && xml->another)
        return XML_END;
    xml->input->line = xml_line(xml);
    if (xml->typed)
        sentence_write(why, "it has a document type (<!DOCTYPE), which is not "
                            "read");
    else if (error == XML_ERROR_NO_MEMORY)
        sentence_write(why,
                       "what stands up to here takes more than %d MiB to read",
                       XML_MEMORY_MAX >> 20);
    else
        sentence_write(why, "it is not XML: %s", XML_ErrorString(error));
    return XML_BROKEN;
}

/* Give libexpat what is in input->data. */
static enum XML_Status
feed(struct xml *xml)
{
    struct input *input = xml->input;
    /* Of no bytes there may be no buffer. */
    void *memory = XML_GetBuffer(xml->parser, (int)input->len + 1);

    if (memory == NULL)
        return XML_STATUS_ERROR;
    memcpy(memory, input->data, input->len);
    xml->fed += input->len;
    return XML_ParseBuffer(xml->parser, (int)input->len, xml->last);
}

enum xml_status
xml_read(struct xml *xml, struct sentence *why)
{
    bool resume = xml->paused && !xml->ended;
    enum XML_Status status;

    do {
        enum xml_status there = resume ? XML_PAUSED : advance(xml);

        if (there != XML_PAUSED)
            return there;
        xml->paused = false;
        status = resume ? XML_ResumeParser(xml->parser) : feed(xml);
        resume = false;
    } while (status == XML_STATUS_OK);
    return status == XML_STATUS_SUSPENDED ? XML_PAUSED : xml_blame(xml, why);
}
