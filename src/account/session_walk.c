/* session_walk.c: see session_walk.h. A tournament over the days: the winner of a node is the day
 * whose row is the lesser of its two sides', so a step costs one comparison a level.
 */
#include "account/session_walk.h"

#include "base/banned.h"

enum {
    DAYS_MAX = 128, /* a power of two; beyond what session_sweep leaves, with days to spare */
    ROW_MEMORY = 1 << 16,
};

/* What is walked. */
struct walked {
    const struct table *table;
    const struct table_index *index;
    size_t day; /* the column */
    size_t n_prefix;
    uint64_t columns;
    int (*compare)(const void *a, const void *b);
    int64_t (*ended)(const void *row);
};

struct day {
    struct store_scan *scan;
    struct arena *mem;
    void *row;
    bool live; /* row is one */
};

struct session_walk {
    const struct walked *walked;
    struct store_tx *tx;
    int64_t from;
    size_t n;     /* days */
    size_t width; /* the power of two above */
    struct day days[DAYS_MAX];
    unsigned char winner[DAYS_MAX]; /* by node, from 1; leaf i of the tree is day i */
    bool given;                     /* the winner's row was handed out */
    union {
        struct session session;
        struct takeover takeover;
    } like; /* the prefix and the place to begin, its day set for each scan */
    struct arena *mem;
};

static int64_t *day_of(const struct walked *walked, void *row)
{
    return (int64_t *)(void *)((char *)row + walked->table->columns[walked->day].offset);
}

static int64_t session_ended(const void *row)
{
    return ((const struct session *)row)->disconnected;
}

static int64_t takeover_ended(const void *row)
{
    return ((const struct takeover *)row)->disconnected;
}

static int compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_sessions(const void *a, const void *b)
{
    const struct session *x = a;
    const struct session *y = b;
    int order = str_cmp(x->principal, y->principal);
    order = order != 0 ? order : compare_int(x->connected, y->connected);
    return order != 0 ? order : str_cmp(x->client, y->client);
}

static int compare_takeovers(const void *a, const void *b)
{
    const struct takeover *x = a;
    const struct takeover *y = b;
    int order = str_cmp(x->client, y->client);
    return order != 0 ? order : compare_int(x->disconnected, y->disconnected);
}

static const struct walked sessions = {
    .table = TABLE(session),
    .index = INDEX(session, by_end),
    .day = COL_session__ended_day,
    .n_prefix = 2, /* with the kind */
    .columns = COLUMN_BIT(COL_session__client) | COLUMN_BIT(COL_session__connected) |
               COLUMN_BIT(COL_session__begun) | COLUMN_BIT(COL_session__principal) |
               COLUMN_BIT(COL_session__disconnected),
    .compare = compare_sessions,
    .ended = session_ended,
};

static const struct walked takeovers = {
    .table = TABLE(takeover),
    .index = NULL,
    .day = COL_takeover__ended_day,
    .n_prefix = 1,
    .columns = 0,
    .compare = compare_takeovers,
    .ended = takeover_ended,
};

/* ---- days ------------------------------------------------------------------------------------ */

/* The next row of a day that was not over before the window. */
static enum status day_next(const struct session_walk *walk, struct day *day, struct why *why)
{
    do {
        arena_clear(day->mem);
        TRY(store_scan_next(day->scan, day->row, day->mem, &day->live, why));
    } while (day->live && walk->walked->ended(day->row) != TIME_NEVER &&
             walk->walked->ended(day->row) <= walk->from);
    return STATUS_OK;
}

static enum status day_open(struct session_walk *walk, int64_t number, struct why *why)
{
    const struct walked *walked = walk->walked;
    if (walk->n == DAYS_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "the history of connections has more than %d days",
                       DAYS_MAX);
    }
    struct day *day = &walk->days[walk->n++];
    day->mem = arena_new(ROW_MEMORY);
    day->row = arena_alloc(walk->mem, walked->table->row_size);
    TRY_PTR(day->mem);
    TRY_PTR(day->row);
    *day_of(walked, &walk->like) = number;
    const struct store_range range = {.index = walked->index,
                                      .prefix = &walk->like,
                                      .n_prefix = walked->n_prefix,
                                      .from = &walk->like,
                                      .n_from = walked->n_prefix + 1,
                                      .columns = walked->columns};
    TRY(store_scan_open(walk->tx, walked->table, &range, &day->scan, why));
    return day_next(walk, day, why);
}

/* The first day from `number` on that has rows; *ret_found false when there is none. */
static enum status find_day(struct session_walk *walk, int64_t number, int64_t *ret,
                            bool *ret_found, struct why *why)
{
    const struct walked *walked = walk->walked;
    *day_of(walked, &walk->like) = number;
    const struct store_range range = {.index = walked->index,
                                      .from = &walk->like,
                                      .n_from = 1,
                                      .columns = COLUMN_BIT(walked->day)};
    AUTO_SCAN *scan = NULL;
    AUTO_ARENA *mem = arena_new(ROW_MEMORY);
    TRY_PTR(mem);
    TRY(store_scan_open(walk->tx, walked->table, &range, &scan, why));
    union {
        struct session session;
        struct takeover takeover;
    } row = {.session = {.client = STR_ABSENT}};
    TRY(store_scan_next(scan, &row, mem, ret_found, why));
    *ret = *ret_found ? *day_of(walked, &row) : 0;
    return STATUS_OK;
}

static enum status days_open(struct session_walk *walk, bool open_ones, struct why *why)
{
    if (open_ones) {
        TRY(day_open(walk, TIME_NEVER, why));
    }
    int64_t next = session_day(walk->from);
    bool found = true;
    while (found) {
        int64_t day = 0;
        TRY(find_day(walk, next, &day, &found, why));
        if (found) {
            TRY(day_open(walk, day, why));
            next = day + 1;
        }
    }
    return STATUS_OK;
}

/* ---- the tournament -------------------------------------------------------------------------- */

/* Days beyond the last have no rows and lose. */
static bool beats(const struct session_walk *walk, unsigned a, unsigned b)
{
    const struct day *x = &walk->days[a];
    const struct day *y = &walk->days[b];
    return !y->live || (x->live && walk->walked->compare(x->row, y->row) <= 0);
}

static unsigned side_winner(const struct session_walk *walk, size_t node)
{
    return node >= walk->width ? (unsigned)(node - walk->width) : walk->winner[node];
}

static void play(struct session_walk *walk, size_t node)
{
    unsigned a = side_winner(walk, 2 * node);
    unsigned b = side_winner(walk, 2 * node + 1);
    walk->winner[node] = (unsigned char)(beats(walk, a, b) ? a : b);
}

static void play_all(struct session_walk *walk)
{
    walk->width = 2;
    while (walk->width < walk->n) {
        walk->width *= 2;
    }
    for (size_t node = walk->width; node-- > 1;) {
        play(walk, node);
    }
}

enum status session_walk_next(struct session_walk *walk, const void **ret, struct why *why)
{
    unsigned first = walk->winner[1];
    if (walk->given) {
        TRY(day_next(walk, &walk->days[first], why));
        for (size_t node = (walk->width + first) / 2; node > 0; node /= 2) {
            play(walk, node);
        }
        first = walk->winner[1];
    }
    walk->given = walk->days[first].live;
    *ret = walk->given ? walk->days[first].row : NULL;
    return STATUS_OK;
}

/* ---- life ------------------------------------------------------------------------------------ */

static enum status walk_new(struct store_tx *tx, const struct walked *walked, int64_t from,
                            struct session_walk **ret, struct why *why)
{
    struct session_walk *walk = mem_alloc(sizeof *walk);
    TRY_PTR(walk);
    walk->walked = walked;
    walk->tx = tx;
    walk->from = from;
    walk->mem = arena_new(DAYS_MAX * sizeof walk->like + ROW_MEMORY);
    if (walk->mem == NULL) {
        session_walk_free(walk);
        return why_no_memory(why);
    }
    *ret = walk;
    return STATUS_OK;
}

static enum status walk_start(struct session_walk *walk, bool open_ones, struct session_walk **ret,
                              struct why *why)
{
    enum status status = days_open(walk, open_ones, why);
    if (status != STATUS_OK) {
        session_walk_free(walk);
        return status;
    }
    play_all(walk);
    *ret = walk;
    return STATUS_OK;
}

/* The least text that is greater: what begins with it comes after it. */
static enum status text_after(struct session_walk *walk, struct str text, struct str *ret,
                              struct why *why)
{
    if (text.len == 0) {
        *ret = STR("");
        return STATUS_OK;
    }
    char *next = arena_alloc(walk->mem, text.len + 1);
    TRY_PTR(next);
    memcpy(next, text.ptr, text.len);
    *ret = (struct str){next, text.len + 1};
    return STATUS_OK;
}

enum status session_walk_sessions(struct store_tx *tx, enum session_kind kind, int64_t from,
                                  struct str after, struct session_walk **ret, struct why *why)
{
    struct session_walk *walk = NULL;
    TRY(walk_new(tx, &sessions, from, &walk, why));
    walk->like.session = (struct session){.kind = kind};
    enum status status = text_after(walk, after, &walk->like.session.principal, why);
    if (status != STATUS_OK) {
        session_walk_free(walk);
        return status;
    }
    return walk_start(walk, true, ret, why);
}

enum status session_walk_takeovers(struct store_tx *tx, int64_t from, struct str after,
                                   struct session_walk **ret, struct why *why)
{
    struct session_walk *walk = NULL;
    TRY(walk_new(tx, &takeovers, from, &walk, why));
    walk->like.takeover = (struct takeover){.ended_day = 0};
    enum status status = text_after(walk, after, &walk->like.takeover.client, why);
    if (status != STATUS_OK) {
        session_walk_free(walk);
        return status;
    }
    return walk_start(walk, false, ret, why);
}

void session_walk_free(struct session_walk *walk)
{
    if (walk == NULL) {
        return;
    }
    for (size_t i = 0; i < walk->n; i++) {
        store_scan_close(walk->days[i].scan);
        arena_free(walk->days[i].mem);
    }
    arena_free(walk->mem);
    mem_free(walk);
}
