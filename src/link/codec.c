/* codec.c: see codec.h. One walk over the fields of a row writes it, another reads it. */
#include "link/codec.h"

#include "base/limits.h"

#include "base/banned.h"

enum kind { KIND_U, KIND_I, KIND_E, KIND_T, KIND_B, KIND_D, KIND_G, KIND_L };

struct field {
    const char *name;
    enum kind kind;
    uint16_t offset; /* in the row's struct */
    uint16_t more;   /* E: the count; L: enum link_part */
};

struct shape {
    const char *name;
    const struct field *fields;
    size_t n;
    enum link_way way; /* of messages */
};

/* ---- the table, as data ---------------------------------------------------------------------- */

#define FIELD_U(t, f)       {#f, KIND_U, offsetof(struct link_##t, f), 0},
#define FIELD_I(t, f)       {#f, KIND_I, offsetof(struct link_##t, f), 0},
#define FIELD_E(t, f, n)    {#f, KIND_E, offsetof(struct link_##t, f), (n)},
#define FIELD_T(t, f)       {#f, KIND_T, offsetof(struct link_##t, f), 0},
#define FIELD_B(t, f)       {#f, KIND_B, offsetof(struct link_##t, f), 0},
#define FIELD_D(t, f)       {#f, KIND_D, offsetof(struct link_##t, f), 0},
#define FIELD_G(t, f)       {#f, KIND_G, offsetof(struct link_##t, f), 0},
#define FIELD_L(t, f, part) {#f, KIND_L, offsetof(struct link_##t, f), LINK_PART_##part},
#define SHAPE_FIELDS(name, FIELDS)                                                                 \
    static const struct field fields_##name[] = {                                                  \
        FIELDS(FIELD_U, FIELD_I, FIELD_E, FIELD_T, FIELD_B, FIELD_D, FIELD_G, FIELD_L, name)};
LINK_PARTS(SHAPE_FIELDS)
#define MESSAGE_FIELDS(NAME, name, way, number) SHAPE_FIELDS(name, LINK_##NAME##_FIELDS)
LINK_MESSAGES(MESSAGE_FIELDS)

#define FIELDS_OF(name) fields_##name, sizeof fields_##name / sizeof fields_##name[0]

static const struct shape parts[LINK_PART_COUNT] = {
#define PART_SHAPE(name, fields) [LINK_PART_##name] = {#name, FIELDS_OF(name), LINK_DOWN},
    LINK_PARTS(PART_SHAPE)};

static const struct shape messages[LINK_TYPE_END] = {
#define MESSAGE_SHAPE(NAME, name, way, number) [LINK_##NAME] = {#NAME, FIELDS_OF(name), LINK_##way},
    LINK_MESSAGES(MESSAGE_SHAPE)};

static const struct shape *message_shape(uint64_t type)
{
    return type < LINK_TYPE_END && messages[type].name != NULL ? &messages[type] : NULL;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put(struct link_out *out, const void *ptr, size_t len)
{
    if (out->full || len > out->cap - out->len) {
        out->full = true;
        return;
    }
    if (len > 0 && out->ptr != NULL) { /* without memory it only counts */
        memcpy(out->ptr + out->len, ptr, len);
    }
    out->len += len;
}

static void put_number(struct link_out *out, uint64_t value)
{
    uint8_t bytes[10];
    size_t n = 0;
    for (; value > 0x7f; value >>= 7) {
        bytes[n++] = (uint8_t)(value | 0x80);
    }
    bytes[n++] = (uint8_t)value;
    put(out, bytes, n);
}

static uint64_t zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

/* fixed: the length that it must have, 0 for any. */
static void put_bytes(struct link_out *out, struct bytes value, size_t fixed)
{
    if (value.ptr == NULL) {
        put_number(out, 0);
        return;
    }
    out->full |= fixed != 0 && value.len != fixed;
    put_number(out, (uint64_t)value.len + 1);
    put(out, value.ptr, value.len);
}

static void put_field(struct link_out *out, const struct field *field, const void *at)
{
    switch (field->kind) {
    case KIND_E:
        out->full |= *(const uint64_t *)at >= field->more;
        put_number(out, *(const uint64_t *)at);
        break;
    case KIND_U:
        put_number(out, *(const uint64_t *)at);
        break;
    case KIND_I:
        put_number(out, zigzag(*(const int64_t *)at));
        break;
    case KIND_T:
        put_bytes(out, bytes_of_str(*(const struct str *)at), 0);
        break;
    case KIND_B:
        put_bytes(out, *(const struct bytes *)at, 0);
        break;
    case KIND_D:
        put_bytes(out, *(const struct bytes *)at, LINK_DIGEST_BYTES);
        break;
    case KIND_G:
        put_bytes(out, *(const struct bytes *)at, LINK_ID_BYTES);
        break;
    case KIND_L: {
        const struct link_list *list = at;
        put_number(out, list->n);
        put_number(out, list->rows.len);
        put(out, list->rows.ptr, list->rows.len);
        break;
    }
    }
}

static void put_row(struct link_out *out, const struct shape *shape, const void *row)
{
    for (size_t i = 0; i < shape->n && !out->full; i++) {
        put_field(out, &shape->fields[i], (const char *)row + shape->fields[i].offset);
    }
}

bool link_encode(struct link_out *out, enum link_type type, const void *message)
{
    const size_t before = out->len;
    uint8_t head[LINK_LENGTH_BYTES + 1] = {0};
    put(out, head, sizeof head);
    put_row(out, &messages[type], message);
    size_t length = out->len - before - LINK_LENGTH_BYTES;
    if (out->full || length > LIMIT_LINK_FRAME_BYTES) {
        out->len = before;
        out->full = true;
        return false;
    }
    for (unsigned i = 0; i < LINK_LENGTH_BYTES; i++) {
        head[i] = (uint8_t)(length >> (8 * i));
    }
    head[LINK_LENGTH_BYTES] = (uint8_t)type;
    if (out->ptr != NULL) {
        memcpy(out->ptr + before, head, sizeof head);
    }
    return true;
}

size_t link_size(enum link_type type, const void *message)
{
    struct link_out count = link_out_of(NULL, SIZE_MAX / 2);
    return link_encode(&count, type, message) ? count.len : 0;
}

bool link_rows_add(struct link_rows *rows, enum link_part part, const void *row)
{
    const size_t before = rows->out.len;
    put_row(&rows->out, &parts[part], row);
    if (rows->out.full) {
        rows->out.len = before;
        return false;
    }
    rows->n++;
    return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct in {
    struct bytes bytes;
    size_t at;
    struct why *why;
    const char *row;   /* whose fields are read, for the sentence */
    const char *field; /* likewise */
};

#define malformed(in, ...) why_at((in)->why, STATUS_MALFORMED, (in)->at, __VA_ARGS__)

static enum status cut_short(const struct in *in)
{
    return malformed(in, "%s.%s: the bytes end within it", in->row, in->field);
}

static enum status take_number(struct in *in, uint64_t *ret)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (in->at == in->bytes.len) {
            return cut_short(in);
        }
        uint8_t byte = in->bytes.ptr[in->at++];
        if (shift == 63 && byte > 1) {
            return malformed(in, "%s.%s: a number of more than 64 bits", in->row, in->field);
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (byte == 0 && shift > 0) {
                return malformed(in, "%s.%s: a number with superfluous bytes", in->row, in->field);
            }
            *ret = value;
            return STATUS_OK;
        }
    }
}

static enum status take(struct in *in, uint64_t len, struct bytes *ret)
{
    if (len > in->bytes.len - in->at) {
        return cut_short(in);
    }
    *ret = (struct bytes){in->bytes.ptr + in->at, (size_t)len};
    in->at += (size_t)len;
    return STATUS_OK;
}

static enum status take_bytes(struct in *in, size_t fixed, struct bytes *ret)
{
    uint64_t len;
    TRY(take_number(in, &len));
    if (len == 0) {
        *ret = (struct bytes){NULL, 0};
        return STATUS_OK;
    }
    if (fixed != 0 && len - 1 != fixed) {
        return malformed(in, "%s.%s: %llu bytes, and it has %zu", in->row, in->field,
                         (unsigned long long)(len - 1), fixed);
    }
    return take(in, len - 1, ret);
}

static enum status take_text(struct in *in, struct str *ret)
{
    struct bytes bytes;
    TRY(take_bytes(in, 0, &bytes));
    struct str text = str_of_bytes(bytes);
    if (str_find_char(text, '\0', 0) != text.len || !str_is_utf8(text)) {
        return malformed(in, "%s.%s: no UTF-8 text, or with a NUL", in->row, in->field);
    }
    *ret = text;
    return STATUS_OK;
}

static enum status take_row(struct in *in, const struct shape *shape, void *ret);

/* Lists of lists end where the table ends them; the deepest has two floors. */
static enum status take_list(struct in *in, enum link_part part, struct link_list *ret)
{
    struct link_list list;
    uint64_t len;
    TRY(take_number(in, &list.n));
    TRY(take_number(in, &len));
    TRY(take(in, len, &list.rows));
    struct in inside = {list.rows, 0, in->why, in->row, in->field};
    union link_row row;
    for (uint64_t i = 0; i < list.n; i++) {
        TRY(take_row(&inside, &parts[part], &row));
    }
    if (inside.at != inside.bytes.len) {
        return malformed(in, "%s.%s: bytes follow its last row", in->row, in->field);
    }
    *ret = list;
    return STATUS_OK;
}

static enum status take_field(struct in *in, const struct field *field, void *at)
{
    uint64_t number;
    switch (field->kind) {
    case KIND_U:
        return take_number(in, at);
    case KIND_E:
        TRY(take_number(in, &number));
        if (number >= field->more) {
            return malformed(in, "%s.%s: %llu, and it is below %d", in->row, in->field,
                             (unsigned long long)number, field->more);
        }
        *(uint64_t *)at = number;
        return STATUS_OK;
    case KIND_I:
        TRY(take_number(in, &number));
        *(int64_t *)at = (int64_t)((number >> 1) ^ ((number & 1) != 0 ? UINT64_MAX : 0));
        return STATUS_OK;
    case KIND_T:
        return take_text(in, at);
    case KIND_B:
        return take_bytes(in, 0, at);
    case KIND_D:
        return take_bytes(in, LINK_DIGEST_BYTES, at);
    case KIND_G:
        return take_bytes(in, LINK_ID_BYTES, at);
    default:
        return take_list(in, (enum link_part)field->more, at);
    }
}

static enum status take_row(struct in *in, const struct shape *shape, void *ret)
{
    for (size_t i = 0; i < shape->n; i++) {
        in->row = shape->name;
        in->field = shape->fields[i].name;
        TRY(take_field(in, &shape->fields[i], (char *)ret + shape->fields[i].offset));
    }
    return STATUS_OK;
}

enum status link_frame(struct bytes input, struct bytes *ret_frame, size_t *ret_used,
                       struct why *why)
{
    *ret_frame = (struct bytes){NULL, 0};
    *ret_used = 0;
    if (input.len < LINK_LENGTH_BYTES) {
        return STATUS_OK;
    }
    size_t length = 0;
    for (unsigned i = 0; i < LINK_LENGTH_BYTES; i++) {
        length |= (size_t)input.ptr[i] << (8 * i);
    }
    if (length == 0 || length > LIMIT_LINK_FRAME_BYTES) {
        return why_set(why, STATUS_MALFORMED, "a frame of %zu bytes; frames have 1 to %d", length,
                       LIMIT_LINK_FRAME_BYTES);
    }
    if (input.len - LINK_LENGTH_BYTES >= length) {
        *ret_frame = (struct bytes){input.ptr + LINK_LENGTH_BYTES, length};
        *ret_used = LINK_LENGTH_BYTES + length;
    }
    return STATUS_OK;
}

enum status link_decode(struct bytes frame, enum link_way way, struct link_message *ret,
                        struct why *why)
{
    const struct shape *shape = frame.len == 0 ? NULL : message_shape(frame.ptr[0]);
    if (shape == NULL || shape->way != way) {
        return why_set(why, STATUS_MALFORMED, "no message that comes from this side: %d",
                       frame.len == 0 ? -1 : frame.ptr[0]);
    }
    struct link_message message = {.type = (enum link_type)frame.ptr[0]};
    struct in in = {frame, 1, why, shape->name, ""};
    TRY(take_row(&in, shape, &message.as));
    if (in.at != frame.len) {
        return malformed(&in, "%s: bytes follow its last field", shape->name);
    }
    *ret = message;
    return STATUS_OK;
}

bool link_list_next(struct link_list *rest, enum link_part part, void *ret)
{
    struct in in = {rest->rows, 0, NULL, "", ""};
    if (rest->n == 0 || take_row(&in, &parts[part], ret) != STATUS_OK) {
        return false;
    }
    rest->n--;
    rest->rows.ptr += in.at;
    rest->rows.len -= in.at;
    return true;
}

uint64_t link_sequence(const struct link_message *message)
{
    const struct shape *shape = &messages[message->type];
    bool has = shape->way == LINK_UP && message->type != LINK_HELLO;
    return has ? *(const uint64_t *)((const char *)&message->as + shape->fields[0].offset) : 0;
}

/* ---- words ----------------------------------------------------------------------------------- */

const char *link_type_name(enum link_type type)
{
    const struct shape *shape = message_shape(type);
    return shape == NULL ? NULL : shape->name;
}

#define WORD(word) #word,
#define WORDS_OF(function, type, LIST)                                                             \
    const char *function(enum type word)                                                           \
    {                                                                                              \
        static const char *const words[] = {LIST(WORD)};                                           \
        return words[word];                                                                        \
    }
WORDS_OF(link_certificate_word, link_certificate, LINK_CERTIFICATE_STATES)
WORDS_OF(link_ban_kind_word, link_ban_kind, LINK_BAN_KINDS)
WORDS_OF(link_refusal_word, link_refusal, LINK_REFUSALS)
WORDS_OF(link_action_word, link_action, LINK_ACTIONS)
WORDS_OF(link_end_word, link_end, LINK_ENDS)
WORDS_OF(link_transport_word, link_transport, LINK_TRANSPORTS)
