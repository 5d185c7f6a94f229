/* sqlite_ahead.c: see sqlite_ahead.h. */
#include "store/sqlite_ahead.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "store/sqlite_priv.h"

#include "base/banned.h"

enum {
    FILE_HEADER = 100, /* in front of page 1 */
    AT_PAGE_SIZE = 16, /* in the file's header */
    AT_CELLS = 3,      /* in a page: how many cells, */
    AT_RIGHT = 8,      /* the last child, */
    INNER_HEADER = 12, /* and where each cell lies */
    CHILD_BYTES = 4,   /* with which a cell begins */
    INNER_INDEX = 2,   /* kinds of pages */
    INNER_TABLE = 5,
    ASK_AT_ONCE = 32,
};

/* An inner page on the way from the root to where we are. */
struct level {
    uint8_t page[PAGE_BYTES];
    uint32_t at; /* the next child; as many as cells is the last one */
};

struct ahead_walk {
    int file;
    bool ended;
    size_t depth; /* of inner pages */
    size_t n;     /* levels that are open now */
    uint64_t asked;
    struct level levels[];
};

static uint32_t big_endian(const uint8_t *at, size_t n)
{
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

static bool page_read(int file, uint32_t number, uint8_t page[PAGE_BYTES])
{
    return number > 1 &&
           pread(file, page, PAGE_BYTES, (off_t)(number - 1) * PAGE_BYTES) == PAGE_BYTES;
}

static bool is_inner(const uint8_t *page)
{
    return page[0] == INNER_INDEX || page[0] == INNER_TABLE;
}

/* The page of the i-th child; 0 when the page says what cannot be. */
static uint32_t child_of(const uint8_t *page, uint32_t i)
{
    if (i == big_endian(page + AT_CELLS, 2)) {
        return big_endian(page + AT_RIGHT, CHILD_BYTES);
    }
    size_t at = INNER_HEADER + 2 * (size_t)i;
    size_t cell = at + 2 <= PAGE_BYTES ? big_endian(page + at, 2) : PAGE_BYTES;
    return cell + CHILD_BYTES <= PAGE_BYTES ? big_endian(page + cell, CHILD_BYTES) : 0;
}

static void ask(struct ahead_walk *walk, uint32_t number)
{
    if (number > 1) {
        posix_fadvise(walk->file, (off_t)(number - 1) * PAGE_BYTES, PAGE_BYTES,
                      POSIX_FADV_WILLNEED);
    }
    walk->asked++;
}

/* Opens the inner page below those that are open. The children of one are asked for with it when
 * they are inner pages too: they are few, and would be waited for. */
static bool descend(struct ahead_walk *walk, uint32_t number)
{
    struct level *level = &walk->levels[walk->n];
    if (!page_read(walk->file, number, level->page) || !is_inner(level->page)) {
        return false;
    }
    level->at = 0;
    walk->n++;
    uint32_t cells = big_endian(level->page + AT_CELLS, 2);
    for (uint32_t i = 0; walk->n < walk->depth && i <= cells; i++) {
        ask(walk, child_of(level->page, i));
    }
    return true;
}

/* One child further; the walk has ended behind the last one, and when the tree makes no sense. */
static void step(struct ahead_walk *walk)
{
    struct level *level = &walk->levels[walk->n - 1];
    if (level->at > big_endian(level->page + AT_CELLS, 2)) {
        walk->n--;
        walk->ended = walk->n == 0;
        return;
    }
    uint32_t child = child_of(level->page, level->at++);
    if (walk->n == walk->depth) {
        ask(walk, child);
    } else {
        walk->ended = !descend(walk, child);
    }
}

/* Inner pages on the way to the first leaf; 0 when there is none, or no such way. */
static size_t depth_of(int file, uint32_t root)
{
    uint8_t page[PAGE_BYTES];
    size_t depth = 0;
    for (uint32_t number = root; depth <= AHEAD_LEVELS; depth++) {
        if (!page_read(file, number, page)) {
            return 0;
        }
        if (!is_inner(page)) {
            return depth;
        }
        number = child_of(page, 0);
    }
    return 0;
}

/* Files of another page size were not made by us. */
static bool has_our_pages(int file)
{
    uint8_t header[FILE_HEADER];
    return pread(file, header, sizeof header, 0) == (ssize_t)sizeof header &&
           big_endian(header + AT_PAGE_SIZE, 2) == PAGE_BYTES;
}

struct ahead_walk *ahead_walk_new(int file, uint32_t root)
{
    size_t depth = has_our_pages(file) ? depth_of(file, root) : 0;
    struct ahead_walk *walk = NULL;
    if (depth > 0 && (walk = mem_alloc(sizeof *walk + depth * sizeof walk->levels[0])) != NULL) {
        walk->file = file;
        walk->depth = depth;
        walk->ended = !descend(walk, root);
    }
    return walk;
}

void ahead_walk_free(struct ahead_walk *walk)
{
    mem_free(walk);
}

uint64_t ahead_walk_to(struct ahead_walk *walk, uint64_t pages)
{
    while (!walk->ended && walk->asked < pages) {
        step(walk);
    }
    return walk->asked;
}

/* ---- the thread ------------------------------------------------------------------------------ */

struct ahead {
    struct ahead_walk *walk; /* the thread's */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;    /* under the lock, as is */
    uint64_t wanted;  /* pages to be asked for in all */
    uint64_t told_at; /* pages read, when wanted was last raised; of the scan's thread alone */
};

static void *ahead_main(void *arg)
{
    struct ahead *ahead = arg;
    uint64_t asked = 0;
    pthread_mutex_lock(&ahead->lock);
    while (!ahead->stopping) {
        if (asked >= ahead->wanted) {
            pthread_cond_wait(&ahead->wake, &ahead->lock);
            continue;
        }
        /* A few at a time, so that a scan which is closed early does not wait for long. */
        asked += ASK_AT_ONCE;
        pthread_mutex_unlock(&ahead->lock);
        ahead_walk_to(ahead->walk, asked);
        pthread_mutex_lock(&ahead->lock);
    }
    pthread_mutex_unlock(&ahead->lock);
    return NULL;
}

static void ahead_free(struct ahead *ahead)
{
    pthread_cond_destroy(&ahead->wake);
    pthread_mutex_destroy(&ahead->lock);
    ahead_walk_free(ahead->walk);
    mem_free(ahead);
}

struct ahead *ahead_start(int file, uint32_t root)
{
    struct ahead_walk *walk = ahead_walk_new(file, root);
    struct ahead *ahead = walk == NULL ? NULL : mem_alloc(sizeof *ahead);
    if (ahead == NULL) {
        ahead_walk_free(walk);
        return NULL;
    }
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->wake, NULL);
    ahead->walk = walk;
    ahead->wanted = AHEAD_PAGES;
    if (pthread_create(&ahead->thread, NULL, ahead_main, ahead) != 0) {
        ahead_free(ahead);
        return NULL;
    }
    return ahead;
}

void ahead_stop(struct ahead *ahead)
{
    if (ahead == NULL) {
        return;
    }
    pthread_mutex_lock(&ahead->lock);
    ahead->stopping = true;
    pthread_cond_signal(&ahead->wake);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    ahead_free(ahead);
}

void ahead_follow(struct ahead *ahead, uint64_t pages_read)
{
    if (pages_read < ahead->told_at + AHEAD_PAGES / 4) {
        return;
    }
    ahead->told_at = pages_read;
    pthread_mutex_lock(&ahead->lock);
    ahead->wanted = pages_read + AHEAD_PAGES;
    pthread_cond_signal(&ahead->wake);
    pthread_mutex_unlock(&ahead->lock);
}
