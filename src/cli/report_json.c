/* report_json.c: one JSON object: the task as the API describes it, and the findings. */
#include "base/limits.h"
#include "cli/report_priv.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { REPORT_BYTES_MAX = 1 << 30 };

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
    json_write_member(&w, STR("roleNotHeld"), report->role_not_held);
    json_write_key(&w, STR("task"));
    json_tree_write(&w, report->task);
    json_write_key(&w, STR("findings"));
    json_write_array(&w);
    for (size_t i = 0; i < report->n; i++) {
        json_tree_write(&w, report->findings[i]);
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
