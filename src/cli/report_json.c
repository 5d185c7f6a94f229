/* report_json.c: one JSON object: the task as the API describes it, and the findings. */
#include "base/limits.h"
#include "cli/report_priv.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { REPORT_BYTES_MAX = 1 << 30 };

static void put_value(struct json_write *w, const struct json_value *value)
{
    switch (value->type) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        if (value->type == JSON_OBJECT) {
            json_write_object(w);
        } else {
            json_write_array(w);
        }
        for (const struct json_value *child = value->first; child != NULL; child = child->next) {
            if (value->type == JSON_OBJECT) {
                json_write_key(w, child->key);
            }
            put_value(w, child); /* the tree is at most LIMIT_JSON_DEPTH deep */
        }
        json_write_end(w);
        break;
    case JSON_STRING:
        json_write_string(w, value->text);
        break;
    case JSON_NUMBER:
        json_write_raw(w, value->text);
        break;
    case JSON_BOOL:
        json_write_bool(w, value->boolean);
        break;
    default:
        json_write_null(w);
    }
}

static enum status write_json(struct cli *cli, const struct audit_report *report, struct arena *mem,
                              struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str text;
    buf_init(&out, mem, REPORT_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("endpoint"), report->url);
    json_write_member(&w, STR("taskId"), report->task_id);
    json_write_key(&w, STR("task"));
    put_value(&w, report->task);
    json_write_key(&w, STR("findings"));
    json_write_array(&w);
    for (size_t i = 0; i < report->n; i++) {
        put_value(&w, report->findings[i]);
    }
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, &text, why));
    fwrite(text.ptr, 1, text.len, cli->out);
    fputc('\n', cli->out);
    return STATUS_OK;
}

const struct report_format report_json = {"json", write_json};
