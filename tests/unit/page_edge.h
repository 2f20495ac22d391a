/*
 * Memory that ends where a page does, with nothing behind it, and begins so
 * too: a byte that is read or written outside it ends the test, without a
 * sanitizer, and also in libraries that have none.
 */
#ifndef PAGE_EDGE_H
#define PAGE_EDGE_H

#include "base/slice.h"

#define PAGE_EDGE_MAX ((size_t)128 << 10) /* bytes of one */

/* Copies of up to PAGE_EDGE_MAX bytes, each valid until the next of its
 * function: one that ends at an edge, and one that begins at one. */
struct slice page_edge_before(struct slice bytes);
struct slice page_edge_behind(struct slice bytes);

/* Room for @p size bytes that ends at an edge, valid until the next. */
struct buffer page_edge_room(size_t size);

#endif
