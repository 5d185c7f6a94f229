/* part.c: see part.h. */
#include "collect/part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"

#include "base/banned.h"

enum { PART_LINES_MAX = 1 << 24, READ_BYTES = SNAPSHOT_LINE_MAX + 2 };
static const size_t PART_MEMORY = (size_t)4 << 30;

struct entry {
    enum snapshot_kind kind;
    struct str id;
    off_t offset;
    size_t len; /* without the line feed */
};

struct part {
    struct str path; /* of the snapshot */
    struct str part_path;
    struct arena *mem;
    struct arena *scratch; /* of one line, cleared with each */
    struct map index;      /* kind and id -> struct entry */
    int64_t counts[SNAPSHOT_KIND_COUNT];
    off_t size;
    int fd;
};

static enum status io_failed(const struct part *part, const char *what, struct why *why)
{
    return why_set(why, STATUS_IO, "%.*s cannot be %s: %s", STR_ARG(part->part_path), what,
                   strerrordesc_np(errno));
}

/* ---- the index ------------------------------------------------------------------------------- */

/* "\1id": kinds are few enough for a byte. */
static enum status key_of(enum snapshot_kind kind, struct str id, struct arena *mem,
                          struct str *ret, struct why *why)
{
    char *text = arena_alloc(mem, id.len + 1);
    TRY_PTR(text);
    text[0] = (char)(kind + 1);
    memcpy(text + 1, id.ptr, id.len);
    *ret = (struct str){text, id.len + 1};
    return STATUS_OK;
}

static struct entry *find(const struct part *part, enum snapshot_kind kind, struct str id)
{
    char text[SNAPSHOT_ID_MAX + 1];
    if (id.len > SNAPSHOT_ID_MAX) {
        return NULL;
    }
    text[0] = (char)(kind + 1);
    memcpy(text + 1, id.ptr, id.len);
    return map_get(&part->index, (struct str){text, id.len + 1});
}

static enum status note_line(struct part *part, enum snapshot_kind kind, struct str id, size_t len,
                             struct why *why)
{
    struct entry *entry = find(part, kind, id);
    if (entry == NULL) {
        struct str key;
        entry = NEW(part->mem, struct entry);
        TRY_PTR(entry);
        TRY(key_of(kind, id, part->mem, &key, why));
        TRY(map_put(&part->index, key, entry, why));
        entry->kind = kind;
        entry->id = str_slice(key, 1, key.len);
        part->counts[kind]++;
    }
    entry->offset = part->size;
    entry->len = len;
    part->size += (off_t)len + 1;
    return STATUS_OK;
}

bool part_has(const struct part *part, enum snapshot_kind kind, struct str id)
{
    return find(part, kind, id) != NULL;
}

int64_t part_count(const struct part *part, enum snapshot_kind kind)
{
    return part->counts[kind];
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum status take_line(struct part *part, struct str line, int64_t number, struct why *why)
{
    struct snapshot_line read;
    struct why inner = {.code = STATUS_OK};
    arena_clear(part->scratch);
    enum status status = snapshot_line_read(line, part->scratch, &read, &inner);
    if (status != STATUS_OK) {
        return why_set(why, STATUS_INVALID,
                       "%.*s, which an earlier collection left, cannot be gone on with: line "
                       "%" PRId64 ": %s; remove it to begin anew",
                       STR_ARG(part->part_path), number, inner.text);
    }
    if (read.kind == SNAPSHOT_UNKNOWN) { /* perhaps it is told today */
        part->size += (off_t)line.len + 1;
        return STATUS_OK;
    }
    return note_line(part, read.kind, read.id, line.len, why);
}

static enum status check_head(const struct part *part, struct str line, struct snapshot_head *head,
                              struct why *why)
{
    struct snapshot_head old;
    struct why inner = {.code = STATUS_OK};
    if (snapshot_head_read(line, part->mem, &old, &inner) != STATUS_OK) {
        return why_set(why, STATUS_INVALID, "%.*s is no part of a snapshot: %s",
                       STR_ARG(part->part_path), inner.text);
    }
    if (!str_eq(old.account, head->account) || !str_eq(old.region, head->region) ||
        !str_eq(old.endpoint, head->endpoint)) {
        return why_set(why, STATUS_INVALID,
                       "%.*s, which an earlier collection left, is of account %.*s in %.*s at "
                       "%.*s; remove it, or give another --out",
                       STR_ARG(part->part_path), STR_ARG(old.account), STR_ARG(old.region),
                       STR_ARG(old.endpoint));
    }
    head->begun = old.begun;
    head->history_from = old.history_from;
    return STATUS_OK;
}

/* Reads what an earlier collection left; *ret_lines counts its head too. */
static enum status read_lines(struct part *part, struct snapshot_head *head, FILE *file, char *line,
                              int64_t *ret_lines, struct why *why)
{
    size_t len = 0;
    int64_t n = 0;
    for (int c = getc_unlocked(file); c != EOF; c = getc_unlocked(file)) {
        if (c != '\n') {
            if (len == READ_BYTES) {
                return why_set(why, STATUS_INVALID, "%.*s has a line of more than %d bytes",
                               STR_ARG(part->part_path), SNAPSHOT_LINE_MAX);
            }
            line[len++] = (char)c;
            continue;
        }
        n++;
        if (n == 1) {
            TRY(check_head(part, (struct str){line, len}, head, why));
            part->size = (off_t)len + 1;
        } else {
            TRY(take_line(part, (struct str){line, len}, n, why));
        }
        len = 0;
    }
    *ret_lines = n;
    return STATUS_OK;
}

static enum status resume(struct part *part, struct snapshot_head *head, int64_t *ret_lines,
                          struct why *why)
{
    char *line = arena_alloc(part->mem, READ_BYTES);
    TRY_PTR(line);
    int fd = dup(part->fd);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (file == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return io_failed(part, "read", why);
    }
    rewind(file);
    enum status status = read_lines(part, head, file, line, ret_lines, why);
    bool bad = ferror(file) != 0;
    fclose(file);
    TRY(status);
    if (bad) {
        return io_failed(part, "read", why);
    }
    /* What follows the last line feed was not written whole. */
    return ftruncate(part->fd, part->size) == 0 ? STATUS_OK : io_failed(part, "cut", why);
}

static enum status append(struct part *part, struct str line, struct why *why)
{
    struct str rest = line;
    off_t at = part->size;
    while (rest.len > 0) {
        ssize_t n = pwrite(part->fd, rest.ptr, rest.len, at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return io_failed(part, "written", why);
        }
        rest = str_slice(rest, (size_t)n, rest.len);
        at += n;
    }
    return STATUS_OK;
}

/* A line with its line feed, in memory of its own. */
static enum status with_feed(struct arena *mem, struct str line, struct str *ret, struct why *why)
{
    return str_fmt(mem, ret, why, "%.*s\n", STR_ARG(line));
}

static enum status begin(struct part *part, const struct snapshot_head *head, struct why *why)
{
    struct str line;
    TRY(snapshot_head_write(head, part->mem, &line, why));
    TRY(with_feed(part->mem, line, &line, why));
    TRY(append(part, line, why));
    part->size = (off_t)line.len;
    return STATUS_OK;
}

static enum status open_file(struct part *part, struct why *why)
{
    part->fd = open(part->part_path.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (part->fd < 0) {
        return io_failed(part, "opened", why);
    }
    if (flock(part->fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? why_set(why, STATUS_BUSY, "another collection is writing %.*s",
                             STR_ARG(part->part_path))
                   : io_failed(part, "locked", why);
    }
    return STATUS_OK;
}

static enum status fill(struct part *part, struct str path, struct snapshot_head *head,
                        int64_t *ret_kept, struct why *why)
{
    int64_t lines = 0;
    part->fd = -1;
    part->mem = arena_new(PART_MEMORY);
    part->scratch = arena_new((size_t)16 * SNAPSHOT_LINE_MAX);
    TRY_PTR(part->mem);
    TRY_PTR(part->scratch);
    map_init(&part->index, part->mem, PART_LINES_MAX);
    TRY(str_fmt(part->mem, &part->path, why, "%.*s", STR_ARG(path)));
    TRY(str_fmt(part->mem, &part->part_path, why, "%.*s.part", STR_ARG(path)));
    TRY(open_file(part, why));
    TRY(resume(part, head, &lines, why));
    if (lines == 0) {
        TRY(begin(part, head, why));
    }
    *ret_kept = lines == 0 ? 0 : lines - 1;
    return STATUS_OK;
}

enum status part_open(struct str path, struct snapshot_head *head, struct part **ret,
                      int64_t *ret_kept, struct why *why)
{
    struct part *part = mem_alloc(sizeof *part);
    TRY_PTR(part);
    enum status status = fill(part, path, head, ret_kept, why);
    if (status != STATUS_OK) {
        part_free(part);
        return status;
    }
    *ret = part;
    return STATUS_OK;
}

void part_free(struct part *part)
{
    if (part != NULL) {
        if (part->fd >= 0) {
            close(part->fd);
        }
        arena_free(part->scratch);
        arena_free(part->mem);
        mem_free(part);
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

enum status part_add(struct part *part, enum snapshot_kind kind, struct str id,
                     const struct json_value *value, struct arena *scratch, struct why *why)
{
    struct str line;
    struct str fed;
    if (id.len > SNAPSHOT_ID_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "an id of the kind %.*s has more than %d bytes",
                       STR_ARG(snapshot_kind_name(kind)), SNAPSHOT_ID_MAX);
    }
    TRY(snapshot_line_write(kind, id, value, scratch, &line, why));
    TRY(with_feed(scratch, line, &fed, why));
    TRY(append(part, fed, why));
    return note_line(part, kind, id, line.len, why);
}

static enum status read_entry(const struct part *part, const struct entry *entry, char *into,
                              struct why *why)
{
    size_t done = 0;
    while (done < entry->len) {
        ssize_t n = pread(part->fd, into + done, entry->len - done, entry->offset + (off_t)done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return io_failed(part, "read", why);
        }
        done += (size_t)n;
    }
    return STATUS_OK;
}

enum status part_get(const struct part *part, enum snapshot_kind kind, struct str id,
                     struct arena *mem, const struct json_value **ret, struct why *why)
{
    struct snapshot_line line;
    const struct entry *entry = find(part, kind, id);
    if (entry == NULL) {
        return why_set(why, STATUS_NOT_FOUND, "there is no %.*s %.*s",
                       STR_ARG(snapshot_kind_name(kind)), STR_ARG(str_slice(id, 0, 200)));
    }
    char *text = arena_alloc(mem, entry->len + 1);
    TRY_PTR(text);
    TRY(read_entry(part, entry, text, why));
    TRY(snapshot_line_read((struct str){text, entry->len}, mem, &line, why));
    *ret = line.value;
    return STATUS_OK;
}

enum status part_each(const struct part *part, enum snapshot_kind kind,
                      enum status (*visit)(void *ctx, struct str id, struct why *why), void *ctx,
                      struct why *why)
{
    for (size_t i = 0; i < part->index.n; i++) {
        const struct entry *entry = map_at(&part->index, i)->value;
        if (entry->kind == kind) {
            TRY(visit(ctx, entry->id, why));
        }
    }
    return STATUS_OK;
}

/* ---- the snapshot ---------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const struct entry *x = *(const struct entry *const *)a;
    const struct entry *y = *(const struct entry *const *)b;
    return x->kind != y->kind ? (int)x->kind - (int)y->kind : str_cmp(x->id, y->id);
}

static enum status sort_entries(struct part *part, const struct entry ***ret, size_t *ret_n,
                                struct why *why)
{
    const struct entry **entries = NEW_ARRAY(part->mem, const struct entry *, part->index.n + 1);
    size_t n = 0;
    TRY_PTR(entries);
    for (size_t i = 0; i < part->index.n; i++) {
        const struct entry *entry = map_at(&part->index, i)->value;
        if (entry->kind != SNAPSHOT_MARK) {
            entries[n++] = entry;
        }
    }
    qsort(entries, n, sizeof entries[0], by_place);
    *ret = entries;
    *ret_n = n;
    return STATUS_OK;
}

static enum status write_all(struct part *part, const struct snapshot_head *head, FILE *file,
                             int64_t *ret_lines, struct why *why)
{
    const struct entry **entries = NULL;
    struct str line;
    size_t n = 0;
    char *text = arena_alloc(part->mem, READ_BYTES);
    TRY_PTR(text);
    TRY(sort_entries(part, &entries, &n, why));
    TRY(snapshot_head_write(head, part->mem, &line, why));
    fprintf(file, "%.*s\n", STR_ARG(line));
    for (size_t i = 0; i < n; i++) {
        TRY(read_entry(part, entries[i], text, why));
        text[entries[i]->len] = '\n';
        fwrite(text, 1, entries[i]->len + 1, file);
    }
    fprintf(file, "{\"kind\":\"end\",\"id\":\"\",\"value\":{\"lines\":%zu}}\n", n);
    *ret_lines = (int64_t)n;
    if (fflush(file) != 0 || fsync(fileno(file)) != 0) {
        return why_set(why, STATUS_IO, "%.*s cannot be written: %s", STR_ARG(part->path),
                       strerrordesc_np(errno));
    }
    return STATUS_OK;
}

enum status part_finish(struct part *part, const struct snapshot_head *head, bool keep,
                        int64_t *ret_lines, struct why *why)
{
    struct str new_path;
    TRY(str_fmt(part->mem, &new_path, why, "%.*s.new", STR_ARG(part->path)));
    int fd = open(new_path.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        return why_set(why, STATUS_IO, "%.*s cannot be made: %s", STR_ARG(new_path),
                       strerrordesc_np(errno));
    }
    enum status status = write_all(part, head, file, ret_lines, why);
    fclose(file);
    if (status == STATUS_OK && rename(new_path.ptr, part->path.ptr) != 0) {
        status = why_set(why, STATUS_IO, "%.*s cannot be put in place: %s", STR_ARG(part->path),
                         strerrordesc_np(errno));
    }
    if (status != STATUS_OK) {
        unlink(new_path.ptr);
        return status;
    }
    if (!keep) {
        unlink(part->part_path.ptr);
    }
    return STATUS_OK;
}
