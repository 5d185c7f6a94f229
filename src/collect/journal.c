/* journal.c: see journal.h. */
#include "collect/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "collect/tree.h"

#include "base/banned.h"

enum { HEAD_VERSION = 1, ASIDE_MAX = 9999, DIGEST_SHOWN = 12 };
static const size_t JOURNAL_MEMORY = (size_t)1 << 30;

static const struct str state_names[JOURNAL_STATE_COUNT] = {
    [JOURNAL_BEGUN] = STR_INIT("begun"),     [JOURNAL_MADE] = STR_INIT("made"),
    [JOURNAL_KNOWN] = STR_INIT("known"),     [JOURNAL_MOVED] = STR_INIT("moved"),
    [JOURNAL_REFUSED] = STR_INIT("refused"), [JOURNAL_RESTORED] = STR_INIT("restored"),
    [JOURNAL_KEPT] = STR_INIT("kept"),
};

struct journal {
    const char *path;
    struct str aside; /* absent: none */
    struct arena *mem;
    struct arena *scratch;
    struct journal_entry *entries;
    size_t n, cap;
    struct map by_change; /* key_of -> index + 1, as a pointer */
    off_t size;
    int fd;
};

static enum status io_failed(const struct journal *j, const char *what, struct why *why)
{
    return why_set(why, STATUS_IO, "%s cannot be %s: %s", j->path, what, strerrordesc_np(errno));
}

/* ---- entries --------------------------------------------------------------------------------- */

/* Changes of the same thing are the same, whichever finding asked for them. */
static enum status key_of(const struct change *c, struct arena *mem, struct str *ret,
                          struct why *why)
{
    return str_fmt(mem, ret, why, "%.*s\n%.*s\n%.*s", STR_ARG(c->kind), STR_ARG(c->resource),
                   STR_ARG(c->part));
}

static enum status find_number(const struct journal *j, const struct change *change, size_t *ret,
                               bool *ret_found, struct why *why)
{
    struct str key;
    arena_clear(j->scratch);
    TRY(key_of(change, j->scratch, &key, why));
    uintptr_t number = (uintptr_t)map_get(&j->by_change, key);
    *ret_found = number > 0;
    *ret = number > 0 ? (size_t)number - 1 : j->n;
    return STATUS_OK;
}

/* All of a change but what it is of. */
static enum status set_planned(struct journal *j, struct journal_entry *entry,
                               const struct change *change, struct why *why)
{
    const struct str from[] = {change->before, change->after, change->finding, change->detail};
    struct str *const to[] = {&entry->change.before, &entry->change.after, &entry->change.finding,
                              &entry->change.detail};
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        TRY(str_dup(j->mem, str_absent(from[i]) ? STR("") : from[i], to[i], why));
    }
    return STATUS_OK;
}

static enum status add_entry(struct journal *j, const struct change *change, struct why *why)
{
    struct str key;
    if (j->n == JOURNAL_CHANGES_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "%s has more than %d changes", j->path,
                       JOURNAL_CHANGES_MAX);
    }
    if (j->n == j->cap) {
        size_t wider = j->cap == 0 ? 64 : j->cap * 2;
        j->entries = arena_grow(j->mem, j->entries, j->cap * sizeof j->entries[0],
                                wider * sizeof j->entries[0]);
        TRY_PTR(j->entries);
        j->cap = wider;
    }
    struct journal_entry *entry = &j->entries[j->n];
    *entry = (struct journal_entry){.state = JOURNAL_BEGUN, .left = STR(""), .note = STR("")};
    const struct str from[] = {change->kind, change->resource, change->part};
    struct str *const to[] = {&entry->change.kind, &entry->change.resource, &entry->change.part};
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        TRY(str_dup(j->mem, str_absent(from[i]) ? STR("") : from[i], to[i], why));
    }
    TRY(set_planned(j, entry, change, why));
    TRY(key_of(&entry->change, j->mem, &key, why));
    TRY(map_put(&j->by_change, key, (void *)(uintptr_t)(j->n + 1), why));
    j->n++;
    return STATUS_OK;
}

size_t journal_count(const struct journal *journal)
{
    return journal->n;
}

const struct journal_entry *journal_at(const struct journal *journal, size_t i)
{
    return &journal->entries[i];
}

const struct journal_entry *journal_find(const struct journal *journal, const struct change *change)
{
    size_t n = 0;
    bool found = false;
    return find_number(journal, change, &n, &found, NULL) == STATUS_OK && found
               ? &journal->entries[n]
               : NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static struct str text_or_empty(const struct json_value *line, const char *key)
{
    struct str text = tree_text(line, key);
    return str_absent(text) ? STR("") : text;
}

static bool find_state(struct str name, enum journal_state *ret)
{
    for (int i = 0; i < JOURNAL_STATE_COUNT; i++) {
        if (str_eq(state_names[i], name)) {
            *ret = (enum journal_state)i;
            return true;
        }
    }
    return false;
}

static enum status take_change(struct journal *j, const struct json_value *line, int64_t n,
                               struct why *why)
{
    const struct change change = {.kind = text_or_empty(line, "kind"),
                                  .resource = text_or_empty(line, "resource"),
                                  .part = text_or_empty(line, "part"),
                                  .before = text_or_empty(line, "before"),
                                  .after = text_or_empty(line, "after"),
                                  .finding = text_or_empty(line, "finding"),
                                  .detail = text_or_empty(line, "detail")};
    if (!change_kind_known(change.kind)) {
        return why_set(why, STATUS_INVALID, "\"%.*s\" is no kind of change",
                       STR_ARG(str_slice(change.kind, 0, 64)));
    }
    if (n < (int64_t)j->n) { /* tried again */
        j->entries[n].state = JOURNAL_BEGUN;
        return set_planned(j, &j->entries[n], &change, why);
    }
    return add_entry(j, &change, why);
}

static enum status take_line(struct journal *j, struct str text, struct why *why)
{
    const struct json_value *line = NULL;
    enum journal_state state;
    int64_t n = -1;
    arena_clear(j->scratch);
    TRY(json_tree_read(text, j->scratch, &line, why));
    const struct json_value *number = json_tree_get(line, STR("n"));
    bool fine = number != NULL && number->type == JSON_NUMBER &&
                json_number_int64(number->text, &n, NULL) == STATUS_OK && n >= 0 &&
                find_state(tree_text(line, "state"), &state);
    if (!fine || n > (int64_t)j->n || (n == (int64_t)j->n && state != JOURNAL_BEGUN)) {
        return why_set(why, STATUS_INVALID, "it is no line of a journal, or not in its place");
    }
    if (state == JOURNAL_BEGUN) {
        return take_change(j, line, n, why);
    }
    struct journal_entry *entry = &j->entries[n];
    entry->state = state;
    TRY(str_dup(j->mem, text_or_empty(line, "note"), &entry->note, why));
    return state == JOURNAL_RESTORED || state == JOURNAL_KEPT
               ? STATUS_OK
               : str_dup(j->mem, text_or_empty(line, "left"), &entry->left, why);
}

static enum status take_head(struct journal *j, struct str text, const struct journal_head *want,
                             struct why *why)
{
    const struct json_value *line = NULL;
    int64_t version = 0;
    arena_clear(j->scratch);
    TRY(json_tree_read(text, j->scratch, &line, why));
    const struct json_value *number = json_tree_get(line, STR("bulwarkJournal"));
    if (number == NULL || json_number_int64(number->text, &version, NULL) != STATUS_OK ||
        version != HEAD_VERSION) {
        return why_set(why, STATUS_INVALID, "it is no journal of version %d", HEAD_VERSION);
    }
    if (!str_eq(tree_text(line, "account"), want->account) ||
        !str_eq(tree_text(line, "region"), want->region) ||
        !str_eq(tree_text(line, "endpoint"), want->endpoint)) {
        return why_set(why, STATUS_INVALID,
                       "it is of account %.*s in %.*s at %.*s, and this is account %.*s in %.*s at "
                       "%.*s",
                       STR_ARG(tree_text(line, "account")), STR_ARG(tree_text(line, "region")),
                       STR_ARG(tree_text(line, "endpoint")), STR_ARG(want->account),
                       STR_ARG(want->region), STR_ARG(want->endpoint));
    }
    struct str snapshot = text_or_empty(line, "snapshot");
    if (!str_absent(want->snapshot) && !str_eq(snapshot, want->snapshot)) {
        return why_set(why, STATUS_CONFLICT,
                       "it is of another snapshot (SHA-256 %.*s...) than this one (%.*s...): keep "
                       "it to undo what it made, and give another --journal",
                       STR_ARG(str_slice(snapshot, 0, DIGEST_SHOWN)),
                       STR_ARG(str_slice(want->snapshot, 0, DIGEST_SHOWN)));
    }
    return STATUS_OK;
}

static enum status read_lines(struct journal *j, FILE *file, char *line,
                              const struct journal_head *head, struct why *why)
{
    struct why inner = {.code = STATUS_OK};
    int64_t number = 0;
    size_t len = 0;
    for (int c = getc_unlocked(file); c != EOF; c = getc_unlocked(file)) {
        if (c != '\n' && len < JOURNAL_LINE_MAX) {
            line[len++] = (char)c;
            continue;
        }
        number++;
        const struct str text = {line, len};
        enum status status = c != '\n'     ? why_set(&inner, STATUS_TOO_LARGE, "it is too long")
                             : number == 1 ? take_head(j, text, head, &inner)
                                           : take_line(j, text, &inner);
        if (status != STATUS_OK) {
            return why_set(why, status, "%s:%" PRId64 ": %s", j->path, number, inner.text);
        }
        j->size += (off_t)len + 1;
        len = 0;
    }
    return ferror(file) ? io_failed(j, "read", why) : STATUS_OK;
}

static enum status read_all(struct journal *j, const struct journal_head *head, struct why *why)
{
    char *line = arena_alloc(j->mem, JOURNAL_LINE_MAX + 1);
    TRY_PTR(line);
    int fd = dup(j->fd);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (file == NULL) {
        return io_failed(j, "read", why);
    }
    rewind(file);
    enum status status = read_lines(j, file, line, head, why);
    fclose(file);
    TRY(status);
    return ftruncate(j->fd, j->size) == 0 ? STATUS_OK : io_failed(j, "cut", why);
}

/* ---- writing --------------------------------------------------------------------------------- */

static enum status append(struct journal *j, struct buf *out, struct why *why)
{
    struct str text;
    buf_put_char(out, '\n');
    TRY(buf_finish(out, &text, why));
    off_t at = j->size;
    for (struct str rest = text; rest.len > 0;) {
        ssize_t n = pwrite(j->fd, rest.ptr, rest.len, at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return io_failed(j, "written", why);
        }
        rest = str_slice(rest, (size_t)n, rest.len);
        at += n;
    }
    j->size = at;
    return fdatasync(j->fd) == 0 ? STATUS_OK : io_failed(j, "written", why);
}

static void begin_line(struct journal *j, struct buf *out, struct json_write *w)
{
    arena_clear(j->scratch);
    buf_init(out, j->scratch, JOURNAL_LINE_MAX);
    json_write_init(w, out);
    json_write_object(w);
}

static enum status write_head(struct journal *j, const struct journal_head *head, struct why *why)
{
    struct buf out;
    struct json_write w;
    begin_line(j, &out, &w);
    json_write_member_int64(&w, STR("bulwarkJournal"), HEAD_VERSION);
    json_write_member(&w, STR("account"), head->account);
    json_write_member(&w, STR("region"), head->region);
    json_write_member(&w, STR("endpoint"), head->endpoint);
    if (!str_absent(head->snapshot)) {
        json_write_member(&w, STR("snapshot"), head->snapshot);
    }
    json_write_end(&w);
    json_write_finish(&w);
    return append(j, &out, why);
}

enum status journal_begin(struct journal *j, const struct change *change, size_t *ret_n,
                          struct why *why)
{
    struct buf out;
    struct json_write w;
    bool found = false;
    TRY(find_number(j, change, ret_n, &found, why));
    TRY(found ? set_planned(j, &j->entries[*ret_n], change, why) : add_entry(j, change, why));
    j->entries[*ret_n].state = JOURNAL_BEGUN;
    begin_line(j, &out, &w);
    json_write_member_int64(&w, STR("n"), (int64_t)*ret_n);
    json_write_member(&w, STR("state"), state_names[JOURNAL_BEGUN]);
    json_write_member(&w, STR("kind"), change->kind);
    json_write_member(&w, STR("resource"), change->resource);
    json_write_member(&w, STR("part"), change->part);
    json_write_member(&w, STR("before"), change->before);
    json_write_member(&w, STR("after"), change->after);
    json_write_member(&w, STR("finding"), change->finding);
    json_write_member(&w, STR("detail"), change->detail);
    json_write_end(&w);
    json_write_finish(&w);
    return append(j, &out, why);
}

enum status journal_end(struct journal *j, size_t n, enum journal_state state, struct str left,
                        struct str note, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct journal_entry *entry = &j->entries[n];
    entry->state = state;
    if (state != JOURNAL_RESTORED && state != JOURNAL_KEPT) {
        TRY(str_dup(j->mem, str_absent(left) ? STR("") : left, &entry->left, why));
    }
    begin_line(j, &out, &w);
    json_write_member_int64(&w, STR("n"), (int64_t)n);
    json_write_member(&w, STR("state"), state_names[state]);
    json_write_member(&w, STR("left"), left);
    json_write_member(&w, STR("note"), note);
    json_write_end(&w);
    json_write_finish(&w);
    return append(j, &out, why);
}

/* ---- opening --------------------------------------------------------------------------------- */

/* A journal may have been kept aside by another process between its opening and its lock. */
static bool is_still_there(const struct journal *j)
{
    struct stat mine;
    struct stat there;
    return fstat(j->fd, &mine) == 0 && stat(j->path, &there) == 0 && mine.st_dev == there.st_dev &&
           mine.st_ino == there.st_ino;
}

static enum status open_file(struct journal *j, bool make, struct why *why)
{
    j->fd = open(j->path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0600);
    if (j->fd < 0 && errno == ENOENT) {
        return why_set(why, STATUS_NOT_FOUND, "there is no journal %s", j->path);
    }
    if (j->fd < 0) {
        return io_failed(j, "opened", why);
    }
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0 || !is_still_there(j)) {
        return why_set(why, STATUS_BUSY, "another mitigation is writing %s", j->path);
    }
    return STATUS_OK;
}

static enum status fill(struct journal *j, bool make, const struct journal_head *head,
                        struct why *why)
{
    map_init(&j->by_change, j->mem, JOURNAL_CHANGES_MAX);
    TRY(open_file(j, make, why));
    TRY(read_all(j, head, why));
    return j->size == 0 ? write_head(j, head, why) : STATUS_OK;
}

/* Where it is locked, so that only one process does. */
static enum status set_aside(struct journal *j, struct why *why)
{
    for (int n = 1; n <= ASIDE_MAX; n++) {
        TRY(str_fmt(j->mem, &j->aside, why, "%s.%d", j->path, n));
        if (renameat2(AT_FDCWD, j->path, AT_FDCWD, j->aside.ptr, RENAME_NOREPLACE) == 0) {
            close(j->fd);
            j->fd = -1;
            j->size = 0;
            return STATUS_OK;
        }
        if (errno != EEXIST) {
            return io_failed(j, "kept aside", why);
        }
    }
    return why_set(why, STATUS_CONFLICT, "%s.1 to .%d are there already", j->path, ASIDE_MAX);
}

static enum status begin(struct journal *j, enum journal_mode mode, const struct journal_head *head,
                         struct why *why)
{
    j->mem = arena_new(JOURNAL_MEMORY);
    j->scratch = arena_new((size_t)16 * JOURNAL_LINE_MAX);
    TRY_PTR(j->mem);
    TRY_PTR(j->scratch);
    enum status status = fill(j, mode != JOURNAL_THERE, head, why);
    if (status != STATUS_CONFLICT || mode != JOURNAL_RENEW) {
        return status;
    }
    TRY(set_aside(j, why));
    return fill(j, true, head, why);
}

enum status journal_open(const char *path, enum journal_mode mode, const struct journal_head *head,
                         struct journal **ret, struct why *why)
{
    struct journal *j = mem_alloc(sizeof *j);
    TRY_PTR(j);
    j->path = path;
    j->aside = STR_ABSENT;
    j->fd = -1;
    enum status status = begin(j, mode, head, why);
    if (status != STATUS_OK) {
        collect_journal_free(j);
        return status;
    }
    *ret = j;
    return STATUS_OK;
}

struct str journal_aside(const struct journal *journal)
{
    return journal->aside;
}

void collect_journal_free(struct journal *j)
{
    if (j != NULL) {
        if (j->fd >= 0) {
            close(j->fd);
        }
        arena_free(j->scratch);
        arena_free(j->mem);
        mem_free(j);
    }
}
