/* trail.c: see trail.h. */
#include "daemon/trail.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/json_write.h"
#include "contract/errors.h"

#include "base/banned.h"

enum {
    TRAIL_MEMORY = 1 << 16,
    LINE_MAX_BYTES = 1 << 20,
    NAME_ROOM = 16,
    BLOCK_BYTES = 256 << 10,
    BLOCK_MEMORY = 4 << 20
};

struct trail {
    struct trail_options options;
    struct arena *mem; /* holds the names */
    char *path;        /* DIR/audit.log */
    char *from, *to;   /* room for the names of older files */
    pthread_mutex_t lock;
    int fd;
    size_t size;
    bool dirty;
};

/* ---- the file -------------------------------------------------------------------------------- */

static enum status refuse(const struct trail *trail, const char *what, struct why *why)
{
    return why_set(why, STATUS_IO, "%.400s %s: %s", trail->path, what, strerrordesc_np(errno));
}

/* A line that a crash of the machine cut off does not run into the next. */
static bool end_line(int fd, size_t *size)
{
    char last = '\n';
    bool fine = *size == 0 || pread(fd, &last, 1, (off_t)*size - 1) == 1;
    if (fine && last != '\n') {
        fine = write(fd, "\n", 1) == 1;
        *size += 1;
    }
    return fine;
}

static enum status open_file(struct trail *trail, struct why *why)
{
    struct stat st;
    int fd = open(trail->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return refuse(trail, "cannot be opened", why);
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return why_set(why, STATUS_IO, "%.400s is no regular file", trail->path);
    }
    size_t size = (size_t)st.st_size;
    if (!end_line(fd, &size)) {
        enum status status = refuse(trail, "cannot be written", why);
        close(fd);
        return status;
    }
    if (trail->fd >= 0) {
        fdatasync(trail->fd); /* what it lacks is not in our hands any more */
        close(trail->fd);
    }
    trail->fd = fd;
    trail->size = size;
    return STATUS_OK;
}

/* "audit.log" for 0, "audit.log.N". */
static void name_of(const struct trail *trail, unsigned number, char *ret)
{
    size_t room = strlen(trail->path) + NAME_ROOM;
    if (number == 0) {
        snprintf(ret, room, "%s", trail->path);
    } else {
        snprintf(ret, room, "%s.%u", trail->path, number);
    }
}

/* Each file takes the next name, over the oldest. With one file there is nowhere to go: it begins
 * anew. */
static enum status rotate(struct trail *trail, struct why *why)
{
    unsigned oldest = trail->options.files - 1;
    for (unsigned number = oldest; number > 0; number--) {
        name_of(trail, number - 1, trail->from);
        name_of(trail, number, trail->to);
        if (rename(trail->from, trail->to) != 0 && errno != ENOENT) {
            return refuse(trail, "cannot be renamed", why);
        }
    }
    if (oldest == 0 && unlink(trail->path) != 0) {
        return refuse(trail, "cannot be removed", why);
    }
    return open_file(trail, why);
}

static enum status append(struct trail *trail, struct str line, struct why *why)
{
    ssize_t n = write(trail->fd, line.ptr, line.len);
    if (n == (ssize_t)line.len) {
        trail->size += line.len;
        trail->dirty = true;
        return STATUS_OK;
    }
    enum status status = n < 0 ? refuse(trail, "cannot be written", why)
                               : why_set(why, STATUS_IO, "%.400s has no room", trail->path);
    if (n > 0 && ftruncate(trail->fd, (off_t)trail->size) != 0) {
        trail->size += (size_t)n; /* the next line begins behind a stump, and is lost with it */
    }
    return status;
}

/* A file that cannot give way grows beyond its bound: a line is worth more. */
static enum status put_line(struct trail *trail, struct str line, struct why *why)
{
    enum status rotated = STATUS_OK;
    if (trail->size > 0 && trail->size + line.len > trail->options.max_bytes) {
        rotated = rotate(trail, why);
    }
    TRY(append(trail, line, why));
    return rotated;
}

/* ---- the line -------------------------------------------------------------------------------- */

static struct str outcome_of(const struct door_record *record)
{
    const struct why *why = record->fault;
    return record->status == STATUS_OK
               ? STR("OK")
               : api_error_of_why((enum service_id)record->service, record->status, why).exception;
}

static void put_texts(struct json_write *w, struct str name, const struct str *texts, size_t n)
{
    if (n > 0) {
        json_write_key(w, name);
        json_write_array(w);
        for (size_t i = 0; i < n; i++) {
            json_write_string(w, texts[i]);
        }
        json_write_end(w);
    }
}

static void put_what(struct json_write *w, const struct door_record *record)
{
    const struct authority *authority = &record->authority;
    json_write_member(w, STR("service"), services[record->service].name);
    if (record->op != NULL) {
        json_write_member(w, STR("operation"), record->op->name);
    }
    json_write_member(w, STR("action"), authority->action);
    put_texts(w, STR("resources"), authority->resources, authority->n_resources);
    put_texts(w, STR("changed"), record->changed, record->n_changed);
}

static enum status make_line(const struct trail *trail, const struct door_record *record,
                             struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    char when[TIME_TEXT_MAX];
    buf_init(&out, record->mem, LINE_MAX_BYTES);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("time"),
                      str_from(time_format(clock_now(&trail->options.clock), when)));
    json_write_member(&w, STR("request"), record->request_id);
    json_write_member(&w, STR("key"), record->key_id);
    json_write_member(&w, STR("user"), record->user);
    json_write_member(&w, STR("source"), record->request->peer);
    put_what(&w, record);
    json_write_member_int64(&w, STR("http"), record->http);
    json_write_member(&w, STR("outcome"), outcome_of(record));
    if (record->status == STATUS_DENIED) {
        json_write_member(&w, STR("why"), str_from(record->why));
    }
    json_write_end(&w);
    json_write_finish(&w);
    buf_put_char(&out, '\n');
    return buf_finish(&out, ret, why);
}

static bool is_told(const struct trail *trail, const struct door_record *record)
{
    bool operation = record->op != NULL || record->authority.n_resources > 0;
    return operation && (record->changes || trail->options.reads ||
                         (record->status == STATUS_DENIED && record->authority.n_resources > 0));
}

void trail_exchange(struct trail *trail, const struct door_record *record)
{
    struct why why = {.code = STATUS_OK};
    struct str line;
    if (trail == NULL || !is_told(trail, record)) {
        return;
    }
    enum status status = make_line(trail, record, &line, &why);
    if (status == STATUS_OK) {
        pthread_mutex_lock(&trail->lock);
        status = put_line(trail, line, &why);
        pthread_mutex_unlock(&trail->lock);
    }
    if (status != STATUS_OK) {
        log_event(trail->options.log, LOG_ERROR, "trail.failed", LOG_TEXT("why", why.text),
                  LOG_STR("request", record->request_id), LOG_STR("key", record->key_id));
    }
}

/* ---- what the daemon did by itself ----------------------------------------------------------- */

static void put_deed(struct json_write *w, const char *when, const struct deed *deed)
{
    struct str service = str_slice(deed->action, 0, str_find_char(deed->action, ':', 0));
    json_write_object(w);
    json_write_member(w, STR("time"), str_from(when));
    json_write_member(w, STR("cause"), deed->cause);
    json_write_member(w, STR("task"), deed->task);
    json_write_member(w, STR("finding"), deed->finding);
    json_write_member(w, STR("name"), deed->name);
    json_write_member(w, STR("user"), deed->role);
    json_write_member(w, STR("service"), str_absent(service) ? STR("iot") : service);
    json_write_member(w, STR("action"), deed->action);
    put_texts(w, STR("resources"), deed->resources, deed->n_resources);
    json_write_member(w, STR("outcome"), deed->outcome);
    json_write_member(w, STR("why"), deed->why);
    json_write_end(w);
    json_write_finish(w);
}

/* As many lines as fit well into one write; *at goes on behind them. */
static enum status make_lines(const struct trail *trail, const struct deed *deeds, size_t n,
                              struct arena *mem, size_t *at, struct str *ret, struct why *why)
{
    struct buf out;
    char when[TIME_TEXT_MAX];
    time_format(clock_now(&trail->options.clock), when);
    buf_init(&out, mem, LINE_MAX_BYTES);
    while (*at < n && out.len < BLOCK_BYTES) {
        struct json_write w;
        json_write_init(&w, &out);
        put_deed(&w, when, &deeds[*at]);
        buf_put_char(&out, '\n');
        ++*at;
    }
    return buf_finish(&out, ret, why);
}

void trail_deeds(void *ctx, const struct deed *deeds, size_t n)
{
    struct trail *trail = ctx;
    AUTO_ARENA *mem = arena_new(BLOCK_MEMORY);
    enum status status = mem == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    struct why why = {.code = STATUS_OK};
    for (size_t at = 0; status == STATUS_OK && at < n;) {
        struct str lines;
        arena_clear(mem);
        status = make_lines(trail, deeds, n, mem, &at, &lines, &why);
        if (status == STATUS_OK) {
            pthread_mutex_lock(&trail->lock);
            status = put_line(trail, lines, &why);
            pthread_mutex_unlock(&trail->lock);
        }
    }
    if (status != STATUS_OK) {
        log_event(trail->options.log, LOG_ERROR, "trail.failed", LOG_TEXT("why", why.text),
                  LOG_STR("cause", deeds[0].cause), LOG_STR("task", deeds[0].task));
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

static enum status make_names(struct trail *trail, struct why *why)
{
    struct str path;
    TRY(str_fmt(trail->mem, &path, why, "%.*s/audit.log", STR_ARG(trail->options.dir)));
    trail->path = str_z(trail->mem, path);
    trail->from = arena_alloc(trail->mem, path.len + NAME_ROOM);
    trail->to = arena_alloc(trail->mem, path.len + NAME_ROOM);
    TRY_PTR(trail->path);
    TRY_PTR(trail->from);
    TRY_PTR(trail->to);
    return STATUS_OK;
}

enum status trail_open(const struct trail_options *options, struct trail **ret, struct why *why)
{
    struct trail *trail = mem_alloc(sizeof *trail);
    TRY_PTR(trail);
    *trail = (struct trail){.options = *options, .mem = arena_new(TRAIL_MEMORY), .fd = -1};
    pthread_mutex_init(&trail->lock, NULL);
    enum status status = trail->mem == NULL ? why_no_memory(why) : make_names(trail, why);
    if (status == STATUS_OK) {
        status = open_file(trail, why);
    }
    if (status != STATUS_OK) {
        trail_close(trail);
        return status;
    }
    *ret = trail;
    return STATUS_OK;
}

void trail_close(struct trail *trail)
{
    if (trail == NULL) {
        return;
    }
    if (trail->fd >= 0) {
        fdatasync(trail->fd); /* nobody is left to be told */
        close(trail->fd);
    }
    pthread_mutex_destroy(&trail->lock);
    arena_free(trail->mem);
    mem_free(trail);
}

enum status trail_reopen(struct trail *trail, struct why *why)
{
    pthread_mutex_lock(&trail->lock);
    enum status status = open_file(trail, why);
    pthread_mutex_unlock(&trail->lock);
    return status;
}

/* Waits for the disk without the lock: who writes goes on. */
enum status trail_sync(struct trail *trail, struct why *why)
{
    pthread_mutex_lock(&trail->lock);
    int fd = trail->dirty ? fcntl(trail->fd, F_DUPFD_CLOEXEC, 0) : -1;
    bool wanted = trail->dirty;
    trail->dirty = false;
    pthread_mutex_unlock(&trail->lock);
    if (!wanted) {
        return STATUS_OK;
    }
    enum status status =
        fd >= 0 && fdatasync(fd) == 0 ? STATUS_OK : refuse(trail, "cannot be synced", why);
    if (fd >= 0) {
        close(fd);
    }
    return status;
}
