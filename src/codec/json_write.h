/* json_write.h: JSON into a buf, sticky.
 *
 * Commas and quotes are the writer's business; the putters return nothing, the first failure is
 * remembered in the buf, and buf_finish (after json_write_finish) reports it once:
 *     struct json_write w;
 *     json_write_init(&w, &out);
 *     json_write_object(&w);
 *     json_write_key(&w, STR("thingName"));  json_write_string(&w, name);
 *     json_write_end(&w);
 *     json_write_finish(&w);
 *     TRY(buf_finish(&out, &text, why));
 *
 * The text is one value in UTF-8 without white space. Bytes of a string that are not UTF-8 become
 * U+FFFD, so that one odd name cannot make a whole reply unreadable. A wrong order of calls (a
 * value without key in an object, an end too many) is a fault of ours: INTERNAL.
 */
#ifndef CODEC_JSON_WRITE_H
#define CODEC_JSON_WRITE_H

#include "base/buf.h"

struct json_write {
    struct buf *out;
    uint64_t kinds; /* a bit for each open container, newest lowest: 1 for an object */
    unsigned depth;
    bool comma; /* a value stands before */
    bool keyed; /* a key stands before, and its value is due */
};

/* Begins a value at the end of out. */
void json_write_init(struct json_write *w, struct buf *out);

/* Containers, at most LIMIT_JSON_DEPTH deep. json_write_end closes the newest of either kind. */
void json_write_object(struct json_write *w);
void json_write_array(struct json_write *w);
void json_write_end(struct json_write *w);

void json_write_key(struct json_write *w, struct str key);

/* Values. An absent string is written as "". */
void json_write_string(struct json_write *w, struct str s);
void json_write_int64(struct json_write *w, int64_t value);
void json_write_bool(struct json_write *w, bool value);
void json_write_null(struct json_write *w);

/* The shortest decimal that reads back as the same double. NaN and infinities are no JSON:
 * INTERNAL. Does not heed the locale. */
void json_write_double(struct json_write *w, double value);

/* A moment as restJson1 bodies carry it: seconds with three digits, 1596168096.157. TIME_NEVER is
 * null. */
void json_write_time(struct json_write *w, int64_t ms);

/* One value that is JSON already. */
void json_write_raw(struct json_write *w, struct str json);

/* A member at once; nothing at all when the value is absent (a str with ptr NULL, TIME_NEVER). */
void json_write_member(struct json_write *w, struct str key, struct str value);
void json_write_member_int64(struct json_write *w, struct str key, int64_t value);
void json_write_member_bool(struct json_write *w, struct str key, bool value);
void json_write_member_double(struct json_write *w, struct str key, double value);
void json_write_member_time(struct json_write *w, struct str key, int64_t ms);

/* Everything opened is closed and one value was written, else INTERNAL. */
void json_write_finish(struct json_write *w);

/* s as a string token with its quotes; for whoever writes single strings into other texts. */
void json_put_quoted(struct buf *out, struct str s);

#endif
