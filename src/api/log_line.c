/* log_line.c: see log_line.h. */
#include "api/log_line.h"

#include "api/connection_line.h"
#include "codec/json_read.h"

#include "base/banned.h"

enum status log_line_read(struct str line, struct arena *mem, struct log_record *ret,
                          bool *ret_is_log, struct why *why)
{
    struct json_read r;
    struct str key;
    struct str type = STR_ABSENT;
    int64_t at = TIME_NEVER;
    json_read_init(&r, line, mem);
    TRY(json_read_object(&r, why));
    while (json_read_more(&r)) {
        TRY(json_read_key(&r, &key, why));
        if (str_eq(key, STR("eventType")) && json_read_type(&r) == JSON_STRING) {
            TRY(json_read_string(&r, &type, why));
        } else if (str_eq(key, STR("timestamp")) && json_read_type(&r) == JSON_STRING) {
            TRY(connection_line_moment(&r, &at, why));
        } else {
            TRY(json_read_skip(&r, why));
        }
    }
    TRY(json_read_finish(&r, why));
    *ret_is_log = at >= 0 && type.len > 0;
    *ret = (struct log_record){at, line};
    return STATUS_OK;
}
