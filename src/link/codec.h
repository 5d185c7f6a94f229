/* codec.h: messages of the broker link to bytes and back.
 *
 * A frame is a length (4 bytes, little-endian, of what follows), the message's number (1 byte) and
 * its fields: unsigned and signed numbers as variable-length ones of 7 bits a byte, the lowest
 * first (signed ones zigzag: 0, -1, 1, -2 ...); texts and bytes as their length plus one (0:
 * absent) and the bytes; lists as their number of rows, the length of all rows and the rows.
 *
 * Both sides keep to one spelling: numbers have no superfluous bytes, and a frame ends with its
 * last field. What decodes therefore encodes to the same bytes (the fuzz targets hold it to that).
 *
 * Neither side takes memory. The encoder writes into memory that it is given; decoded texts, bytes
 * and lists are views into the frame.
 */
#ifndef LINK_CODEC_H
#define LINK_CODEC_H

#include "link/messages.h"

enum {
    LINK_LENGTH_BYTES = 4,
    LINK_ID_BYTES = 16,     /* G */
    LINK_DIGEST_BYTES = 32, /* D */
};

/* ---- writing --------------------------------------------------------------------------------- */

/* Memory that is filled. Sticky: what does not fit sets full and writes nothing; so does what the
 * table forbids (a count that is reached, a digest of another length), which is a fault of the
 * caller. */
struct link_out {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    bool full;
};

static inline struct link_out link_out_of(void *ptr, size_t cap)
{
    return (struct link_out){(uint8_t *)ptr, 0, cap, false};
}

/* Appends a whole frame. False, and nothing appended, when it does not fit, or is longer than
 * LIMIT_LINK_FRAME_BYTES. message is the struct of that type. */
MUST_USE bool link_encode(struct link_out *out, enum link_type type, const void *message);

/* How long the frame is; 0 when it is longer than LIMIT_LINK_FRAME_BYTES. */
size_t link_size(enum link_type type, const void *message);

/* The same with types: link_put_welcome(&out, &welcome) ... */
#define LINK_PUT(NAME, name, way, number)                                                          \
    MUST_USE static inline bool link_put_##name(struct link_out *out,                              \
                                                const struct link_##name *message)                 \
    {                                                                                              \
        return link_encode(out, LINK_##NAME, message);                                             \
    }
LINK_MESSAGES(LINK_PUT)
#undef LINK_PUT

/* A list in the making:
 *     struct link_rows rows = link_rows_of(memory, sizeof memory);
 *     link_rows_add_text(&rows, &(struct link_text){STR("a/b")});
 *     message.filters = link_rows_list(&rows);      rows.out.full: not all fitted
 * A row that does not fit is left out whole, and none is taken after it. */
struct link_rows {
    struct link_out out;
    uint64_t n;
};

static inline struct link_rows link_rows_of(void *ptr, size_t cap)
{
    return (struct link_rows){link_out_of(ptr, cap), 0};
}

bool link_rows_add(struct link_rows *rows, enum link_part part, const void *row);

#define LINK_ADD(name, fields)                                                                     \
    static inline bool link_rows_add_##name(struct link_rows *rows, const struct link_##name *row) \
    {                                                                                              \
        return link_rows_add(rows, LINK_PART_##name, row);                                         \
    }
LINK_PARTS(LINK_ADD)
#undef LINK_ADD

static inline struct link_list link_rows_list(const struct link_rows *rows)
{
    return (struct link_list){rows->n, {rows->out.ptr, rows->out.len}};
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Whether input begins with a whole frame: *ret_frame is then what decode takes, *ret_used how far
 * it goes; ret_frame->ptr is NULL while bytes are missing. MALFORMED: a length that no frame has.
 */
MUST_USE enum status link_frame(struct bytes input, struct bytes *ret_frame, size_t *ret_used,
                                struct why *why);

/* Reads one frame (without its length). MALFORMED when it is no message of that direction: the
 * sentence says which field broke which rule, why->offset where. All lists are read through once,
 * so that link_list_next has nothing to refuse later. */
MUST_USE enum status link_decode(struct bytes frame, enum link_way way, struct link_message *ret,
                                 struct why *why);

/* Takes the next row off a decoded list:
 *     struct link_list rest = principal.things;
 *     struct link_thing thing;
 *     while (link_list_next_thing(&rest, &thing)) ... */
bool link_list_next(struct link_list *rest, enum link_part part, void *ret);

#define LINK_NEXT(name, fields)                                                                    \
    static inline bool link_list_next_##name(struct link_list *rest, struct link_##name *ret)      \
    {                                                                                              \
        return link_list_next(rest, LINK_PART_##name, ret);                                        \
    }
LINK_PARTS(LINK_NEXT)
#undef LINK_NEXT

/* The sequence number of a message upward; 0 of HELLO and of those downward. */
uint64_t link_sequence(const struct link_message *message);

/* "WELCOME"; NULL when no message has that number. */
const char *link_type_name(enum link_type type);

/* The words of the table, as they are written there: "ACTIVE", "KEEP_ALIVE". */
const char *link_certificate_word(enum link_certificate word);
const char *link_ban_kind_word(enum link_ban_kind word);
const char *link_refusal_word(enum link_refusal word);
const char *link_action_word(enum link_action word);
const char *link_end_word(enum link_end word);
const char *link_transport_word(enum link_transport word);

#endif
