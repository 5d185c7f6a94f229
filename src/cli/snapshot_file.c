/* snapshot_file.c: see snapshot_file.h. */
#include "cli/snapshot_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "codec/digest.h"
#include "codec/hex.h"

#include "base/banned.h"

enum {
    CALL_MEMORY = 32 << 20,
    LINE_MEMORY = 16 * SNAPSHOT_LINE_MAX,
    BATCH_LINES = 500,
    BATCH_BYTES = LIMIT_BODY_BYTES,
};

struct sending {
    const char *path;
    struct api_client *client;
    struct arena *mem;  /* of the file */
    struct arena *call; /* of one call */
    struct arena *scratch;
    char *batch;
    size_t len;
    int64_t first; /* number of the batch's first line */
    int64_t n;     /* lines in it */
    struct snapshot_order order;
};

/* The next line without its line feed; *ret_more false at the end. */
static enum status read_line(FILE *file, const char *path, int64_t number, char *line,
                             size_t *ret_len, bool *ret_more, struct why *why)
{
    size_t len = 0;
    int c = getc_unlocked(file);
    *ret_more = c != EOF;
    for (; c != EOF && c != '\n'; c = getc_unlocked(file)) {
        if (len == SNAPSHOT_LINE_MAX) {
            return why_set(why, STATUS_TOO_LARGE,
                           "%s:%" PRId64 ": the line is longer than %d bytes", path, number,
                           SNAPSHOT_LINE_MAX);
        }
        line[len++] = (char)c;
    }
    if (ferror(file)) {
        return why_set(why, STATUS_IO, "%s cannot be read: %s", path, strerrordesc_np(errno));
    }
    *ret_len = len;
    return STATUS_OK;
}

static enum status open_file(const char *path, FILE **ret, struct why *why)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return why_set(why, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                       "%s cannot be opened: %s", path, strerrordesc_np(errno));
    }
    *ret = file;
    return STATUS_OK;
}

static enum status read_head(FILE *file, const char *path, struct arena *mem,
                             struct snapshot_head *ret, struct why *why)
{
    struct why inner = {.code = STATUS_OK};
    bool more = false;
    size_t len = 0;
    char *line = arena_alloc(mem, SNAPSHOT_LINE_MAX);
    TRY_PTR(line);
    TRY(read_line(file, path, 1, line, &len, &more, why));
    enum status status = snapshot_head_read((struct str){line, len}, mem, ret, &inner);
    return status == STATUS_OK ? status : why_set(why, status, "%s:1: %s", path, inner.text);
}

enum status snapshot_file_head(const char *path, struct arena *mem, struct snapshot_head *ret,
                               struct why *why)
{
    FILE *file = NULL;
    TRY(open_file(path, &file, why));
    enum status status = read_head(file, path, mem, ret, why);
    fclose(file);
    return status;
}

static enum status read_digest(FILE *file, const char *path, struct arena *mem, struct str *ret,
                               struct why *why)
{
    enum { PIECE = 64 << 10 };
    AUTO_DIGEST *digest = digest_new(DIGEST_SHA256);
    uint8_t sum[SHA256_BYTES];
    uint8_t *piece = arena_alloc(mem, PIECE);
    TRY_PTR(digest);
    TRY_PTR(piece);
    for (size_t n = PIECE; n == PIECE;) {
        n = fread(piece, 1, PIECE, file);
        digest_add(digest, (struct bytes){piece, n});
    }
    if (ferror(file)) {
        return why_set(why, STATUS_IO, "%s cannot be read: %s", path, strerrordesc_np(errno));
    }
    TRY(digest_finish(digest, sum, why));
    return hex_dup(mem, (struct bytes){sum, sizeof sum}, ret, why);
}

enum status snapshot_file_digest(const char *path, struct arena *mem, struct str *ret,
                                 struct why *why)
{
    FILE *file = NULL;
    TRY(open_file(path, &file, why));
    enum status status = read_digest(file, path, mem, ret, why);
    fclose(file);
    return status;
}

/* ---- sending --------------------------------------------------------------------------------- */

static enum status send_batch(struct sending *s, struct why *why)
{
    const struct json_value *reply = NULL;
    struct why inner = {.code = STATUS_OK};
    if (s->n == 0) {
        return STATUS_OK;
    }
    arena_clear(s->call);
    enum status status =
        api_client_call(s->client, s->call, "POST", STR("/bulwark/import/snapshot"),
                        (struct str){s->batch, s->len}, &reply, &inner);
    if (status != STATUS_OK) {
        return why_set(why, status, "%s, lines %" PRId64 " to %" PRId64 ": %s", s->path, s->first,
                       s->first + s->n - 1, inner.text);
    }
    s->first += s->n;
    s->n = 0;
    s->len = 0;
    return STATUS_OK;
}

static enum status add_line(struct sending *s, struct str line, struct why *why)
{
    if (s->n == BATCH_LINES || s->len + line.len + 1 > BATCH_BYTES) {
        TRY(send_batch(s, why));
    }
    if (s->n > 0) {
        s->batch[s->len++] = '\n';
    }
    memcpy(s->batch + s->len, line.ptr, line.len);
    s->len += line.len;
    s->n++;
    return STATUS_OK;
}

/* One line after the head: in order, and not behind the end. */
static enum status check_line(struct sending *s, struct str line, int64_t number, struct why *why)
{
    struct snapshot_line read;
    struct why inner = {.code = STATUS_OK};
    arena_clear(s->scratch);
    enum status status = snapshot_line_read(line, s->scratch, &read, &inner);
    if (status == STATUS_OK) {
        status = snapshot_order_next(&s->order, &read, &inner);
    }
    return status == STATUS_OK
               ? status
               : why_set(why, status, "%s:%" PRId64 ": %s", s->path, number, inner.text);
}

/* All lines; sent when there is a client, else only looked at. */
static enum status walk(struct sending *s, FILE *file, char *line, struct why *why)
{
    bool more = true;
    rewind(file);
    s->order = (struct snapshot_order){.n = 0};
    for (int64_t number = 1; more; number++) {
        size_t len = 0;
        TRY(read_line(file, s->path, number, line, &len, &more, why));
        if (!more) {
            break;
        }
        const struct str text = {line, len};
        if (number > 1) {
            TRY(check_line(s, text, number, why));
        }
        if (s->client != NULL) {
            TRY(add_line(s, text, why));
        }
    }
    if (!s->order.ended) {
        return why_set(why, STATUS_INVALID,
                       "%s was cut off: its last line does not say that it is the end", s->path);
    }
    return s->client != NULL ? send_batch(s, why) : STATUS_OK;
}

/* Read to its end before anything is sent, so that a file that is cut off changes nothing. */
static enum status send_file(struct sending *s, FILE *file, struct api_client *client,
                             struct why *why)
{
    struct snapshot_head head;
    char *line = arena_alloc(s->mem, SNAPSHOT_LINE_MAX);
    s->batch = arena_alloc(s->mem, BATCH_BYTES);
    TRY_PTR(line);
    TRY_PTR(s->batch);
    TRY(read_head(file, s->path, s->mem, &head, why));
    TRY(walk(s, file, line, why));
    s->client = client;
    return walk(s, file, line, why);
}

enum status snapshot_file_send(const char *path, struct api_client *client, struct why *why)
{
    FILE *file = NULL;
    struct sending s = {.path = path,
                        .mem = arena_new(CALL_MEMORY),
                        .call = arena_new(CALL_MEMORY),
                        .scratch = arena_new(LINE_MEMORY),
                        .first = 1};
    enum status status = s.mem == NULL || s.call == NULL || s.scratch == NULL
                             ? why_no_memory(why)
                             : open_file(path, &file, why);
    if (status == STATUS_OK) {
        status = send_file(&s, file, client, why);
        fclose(file);
    }
    arena_free(s.scratch);
    arena_free(s.call);
    arena_free(s.mem);
    return status;
}

enum status snapshot_into_folder(const char *path, const char *dir, const char *config,
                                 struct arena *mem, struct why *why)
{
    struct snapshot_head head;
    struct api_client *client = NULL;
    TRY(snapshot_file_head(path, mem, &head, why));
    const struct api_target target = {
        .data = dir, .config = config, .make_for = {head.account, head.region}};
    TRY(api_client_open(&target, mem, &client, why));
    enum status status = snapshot_file_send(path, client, why);
    api_client_close(client);
    return status;
}
