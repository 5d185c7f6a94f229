/* import_lines.c: histories of connections, a JSON object a line, sent as they are.
 *
 * What has been replied to is durable; everything may be sent again, since what is known already
 * changes nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "cli/import_priv.h"

#include "base/banned.h"

#define CONNECTIONS STR("/bulwark/import/connections")

enum {
    BATCH_LINES = 2000, /* what the route takes in at once */
    BATCH_BYTES = LIMIT_BODY_BYTES - (64 << 10),
    LINE_BYTES_MAX = 64 << 10,
    LINE_NUMBER_MAX = 24,
};

struct lines {
    struct import *import;
    const char *path;
    int64_t lines, changed, known, skipped, refused;
};

struct batch {
    char *bytes;
    size_t len;
    size_t n;             /* lines, empty ones too */
    int64_t first_number; /* of its first line */
};

static void complain(struct lines *lines, int64_t line, struct str sentence)
{
    char place[LINE_NUMBER_MAX];
    snprintf(place, sizeof place, "%" PRId64, line);
    lines->refused++;
    import_complain(lines->import, lines->path, place, sentence);
}

static enum status send_batch(struct lines *lines, struct batch *batch, struct why *why)
{
    struct import *import = lines->import;
    const struct json_value *reply = NULL;
    if (batch->n == 0) {
        return STATUS_OK;
    }
    arena_clear(import->call);
    TRY(api_client_call(import->client, import->call, "POST", CONNECTIONS,
                        (struct str){batch->bytes, batch->len}, &reply, why));
    lines->lines += json_number(reply, "lines");
    lines->changed += json_number(reply, "changed");
    lines->known += json_number(reply, "known");
    lines->skipped += json_number(reply, "skipped");
    const struct json_value *refused = json_tree_get(reply, STR("refused"));
    for (const struct json_value *r = JSON_FIRST(refused); r != NULL; r = r->next) {
        complain(lines, batch->first_number + json_number(r, "line") - 1, json_text(r, "why"));
    }
    import_show(import, false, "importing %s: %" PRId64 " lines", lines->path, lines->lines);
    batch->first_number += (int64_t)batch->n;
    batch->len = 0;
    batch->n = 0;
    return STATUS_OK;
}

/* A line that cannot be sent leaves its number to an empty one. */
static void add_line(struct lines *lines, struct batch *batch, struct str line)
{
    if (line.len > LINE_BYTES_MAX) {
        complain(lines, batch->first_number + (int64_t)batch->n,
                 STR("the line is longer than 65536 bytes"));
        line = STR("");
    }
    if (batch->n > 0) {
        batch->bytes[batch->len++] = '\n';
    }
    if (line.len > 0) {
        memcpy(batch->bytes + batch->len, line.ptr, line.len);
    }
    batch->len += line.len;
    batch->n++;
}

static bool is_full(const struct batch *batch)
{
    return batch->n == BATCH_LINES || batch->len + LINE_BYTES_MAX + 1 > BATCH_BYTES;
}

/* The next line without its line feed, cut behind LINE_BYTES_MAX + 1 bytes; false at the end. */
static bool read_line(FILE *file, char *line, size_t *ret_len)
{
    size_t len = 0;
    int c = getc_unlocked(file);
    if (c == EOF) {
        return false;
    }
    for (; c != EOF && c != '\n'; c = getc_unlocked(file)) {
        if (len <= LINE_BYTES_MAX) {
            line[len++] = (char)c;
        }
    }
    *ret_len = len;
    return true;
}

static enum status send_open_file(struct lines *lines, FILE *file, struct why *why)
{
    struct batch batch = {.first_number = 1};
    size_t len = 0;
    char *line = arena_alloc(lines->import->mem, LINE_BYTES_MAX + 1);
    batch.bytes = arena_alloc(lines->import->mem, BATCH_BYTES);
    TRY_PTR(line);
    TRY_PTR(batch.bytes);
    for (bool first = true; read_line(file, line, &len); first = false) {
        const struct str whole = {line, len};
        add_line(lines, &batch, first ? cli_text(whole) : whole);
        if (is_full(&batch)) {
            TRY(send_batch(lines, &batch, why));
        }
    }
    if (ferror(file)) {
        return why_set(why, STATUS_IO, "%s cannot be read: %s", lines->path,
                       strerrordesc_np(errno));
    }
    return send_batch(lines, &batch, why);
}

static enum status send_file(struct lines *lines, struct why *why)
{
    struct import *import = lines->import;
    bool standard = strcmp(lines->path, "-") == 0;
    FILE *file = standard ? import->cli->in : fopen(lines->path, "re");
    if (file == NULL) {
        return why_set(why, STATUS_IO, "%s cannot be opened: %s", lines->path,
                       strerrordesc_np(errno));
    }
    arena_clear(import->mem);
    enum status status = send_open_file(lines, file, why);
    import_show(import, true, "%s", "");
    if (!standard) {
        fclose(file);
    }
    return status;
}

/* What was counted is on the disk, also when it breaks off. */
enum status import_lines(struct import *import, struct why *why)
{
    struct lines lines = {.import = import};
    enum status status = STATUS_OK;
    size_t files = 0;
    for (size_t i = 0; i < import->n_files && status == STATUS_OK; i++) {
        if (import->files[i].format == &import_of_lines) {
            lines.path = import->files[i].path;
            status = send_file(&lines, why);
            files++;
        }
    }
    if (files > 0) {
        fprintf(import->cli->out,
                "%" PRId64 " lines: %" PRId64 " new, %" PRId64 " known already, %" PRId64
                " of other things, %" PRId64 " refused\n",
                lines.lines, lines.changed, lines.known, lines.skipped, lines.refused);
    }
    return status;
}

const struct import_format import_of_lines = {NULL};
