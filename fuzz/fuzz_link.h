/* fuzz_link.h: a stream of frames; whatever decodes must encode to the same bytes again. */
#ifndef FUZZ_LINK_H
#define FUZZ_LINK_H

#include <stdlib.h>

#include "link/codec.h"

/* A list's rows, written anew, are the same bytes. */
static inline void fuzz_link_things(struct link_list list)
{
    static uint8_t room[1 << 20];
    struct link_rows rows = link_rows_of(room, sizeof room);
    struct link_list rest = list;
    struct link_thing thing;
    while (link_list_next_thing(&rest, &thing)) {
        struct link_list inner = thing.attributes;
        struct link_attribute attribute;
        size_t n = 0;
        while (link_list_next_attribute(&inner, &attribute)) {
            n++;
        }
        if (n != thing.attributes.n || !link_rows_add_thing(&rows, &thing)) {
            abort();
        }
    }
    if (rows.n != list.n || rows.out.len != list.rows.len ||
        (rows.out.len > 0 && memcmp(room, list.rows.ptr, rows.out.len) != 0)) {
        abort();
    }
}

static inline int fuzz_link(const uint8_t *data, size_t size, enum link_way way)
{
    static uint8_t room[(1 << 20) + 16];
    struct bytes rest = {data, size};
    for (;;) {
        struct bytes frame;
        size_t used;
        struct link_message message;
        struct why why = {0};
        if (link_frame(rest, &frame, &used, &why) != STATUS_OK || frame.ptr == NULL) {
            return 0;
        }
        if (link_decode(frame, way, &message, &why) != STATUS_OK) {
            if (why.code != STATUS_MALFORMED || why.text[0] == '\0' || why.offset > frame.len) {
                abort();
            }
        } else {
            struct link_out out = link_out_of(room, sizeof room);
            if (!link_encode(&out, message.type, &message.as) || out.len != used ||
                memcmp(room, rest.ptr, used) != 0) {
                abort();
            }
            if (message.type == LINK_PRINCIPAL) {
                fuzz_link_things(message.as.principal.things);
            }
        }
        rest.ptr += used;
        rest.len -= used;
    }
}

#endif
