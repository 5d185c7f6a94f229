/* overlap.c: see overlap.h. */
#include "audit/overlap.h"

#include <string.h>

#include "base/banned.h"

enum status overlap_init(struct overlap *overlap, int64_t from, int64_t to, struct why *why)
{
    *overlap = (struct overlap){.from = from, .to = to};
    TRY(recent_init(&overlap->recent, why));
    overlap_clear(overlap);
    return STATUS_OK;
}

void overlap_release(struct overlap *overlap)
{
    recent_release(&overlap->recent);
}

void overlap_clear(struct overlap *overlap)
{
    overlap->n = 0;
    overlap->n_lone = 0;
    overlap->latest[0].end = TIME_NEVER;
    overlap->latest[1].end = TIME_NEVER;
    if (overlap->recent.total > 0) {
        recent_clear(&overlap->recent);
    }
}

static bool is_client(const struct overlap_client *client, struct str id)
{
    return client->end != TIME_NEVER && str_eq((struct str){client->id, client->len}, id);
}

static void set_client(struct overlap_client *client, struct str id, int64_t end)
{
    client->end = end;
    client->len = id.len < sizeof client->id ? id.len : sizeof client->id;
    memcpy(client->id, id.ptr, client->len);
}

/* The latest end among the other client ids. */
static int64_t latest_of_others(const struct overlap *overlap, struct str client)
{
    return overlap->latest[is_client(&overlap->latest[0], client) ? 1 : 0].end;
}

static void swap_latest(struct overlap *overlap)
{
    struct overlap_client first = overlap->latest[0];
    overlap->latest[0] = overlap->latest[1];
    overlap->latest[1] = first;
}

static void note_end(struct overlap *overlap, struct str client, int64_t end)
{
    struct overlap_client *latest = overlap->latest;
    if (is_client(&latest[0], client)) {
        latest[0].end = latest[0].end > end ? latest[0].end : end;
        return;
    }
    if (is_client(&latest[1], client)) {
        latest[1].end = latest[1].end > end ? latest[1].end : end;
    } else if (end >= latest[1].end) {
        set_client(&latest[1], client, end);
    }
    if (latest[1].end > latest[0].end) {
        swap_latest(overlap);
    }
}

/* Those that are over by now have overlapped nothing. */
static void drop_ended(struct overlap *overlap, int64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < overlap->n_lone; i++) {
        if (overlap->lone[i].end > now) {
            overlap->lone[kept++] = overlap->lone[i];
        }
    }
    overlap->n_lone = kept;
}

static struct str lone_id(const struct overlap *overlap)
{
    return (struct str){overlap->lone_client.id, overlap->lone_client.len};
}

static void list_lone(struct overlap *overlap)
{
    for (size_t i = 0; i < overlap->n_lone; i++) {
        recent_add(&overlap->recent, overlap->lone[i].connected, overlap->lone[i].connected,
                   overlap->lone[i].disconnected, SESSION_OTHER, lone_id(overlap));
    }
    overlap->n_lone = 0;
}

static void keep_lone(struct overlap *overlap, struct overlap_lone lone, struct str client)
{
    if (overlap->n_lone == 0) {
        set_client(&overlap->lone_client, client, lone.end);
    }
    if (overlap->n_lone == OVERLAP_LONE_MAX) { /* a client id that connects over and over */
        memmove(&overlap->lone[0], &overlap->lone[1],
                (OVERLAP_LONE_MAX - 1) * sizeof overlap->lone[0]);
        overlap->n_lone--;
    }
    overlap->lone[overlap->n_lone++] = lone;
}

void overlap_add(struct overlap *overlap, int64_t connected, int64_t disconnected,
                 struct str client)
{
    int64_t start = connected > overlap->from ? connected : overlap->from;
    int64_t end =
        disconnected == TIME_NEVER || disconnected > overlap->to ? overlap->to : disconnected;
    if (start >= end) {
        return;
    }
    overlap->n++;
    drop_ended(overlap, start);
    if (latest_of_others(overlap, client) > start) {
        recent_add(&overlap->recent, connected, connected, disconnected, SESSION_OTHER, client);
        if (overlap->n_lone > 0 && !str_eq(lone_id(overlap), client)) {
            list_lone(overlap);
        }
    } else {
        keep_lone(overlap, (struct overlap_lone){connected, disconnected, end}, client);
    }
    note_end(overlap, client, end);
}
