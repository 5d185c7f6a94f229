/* session_subject.c: see session_subject.h. */
#include "audit/session_subject.h"

#include "base/banned.h"

enum { ASK_EACH = 1 << 16 };

struct session_stream {
    struct store_tx *tx;
    enum audit_subject subject;
    struct audit_window window;
    struct session_walk *walk;
    const void *row; /* the first of the next group; NULL: there is none */
    struct overlap overlap;
    struct recent recent; /* of takeovers */
    struct session_subject seen;
};

static enum status stream_start(struct session_stream *stream, struct str after, struct why *why)
{
    const struct audit_window *window = &stream->window;
    TRY(overlap_init(&stream->overlap, window->from, window->to, why));
    TRY(recent_init(&stream->recent, why));
    if (stream->subject == SUBJECT_CLIENT_TAKEOVERS) {
        TRY(session_walk_takeovers(stream->tx, window->from - 1, after, &stream->walk, why));
    } else {
        enum session_kind kind =
            stream->subject == SUBJECT_CERTIFICATE_SESSIONS ? SESSION_CERTIFICATE : SESSION_COGNITO;
        TRY(session_walk_sessions(stream->tx, kind, window->from, after, &stream->walk, why));
    }
    return session_walk_next(stream->walk, &stream->row, why);
}

enum status session_stream_open(struct store_tx *tx, enum audit_subject subject,
                                const struct audit_window *window, struct str after,
                                struct session_stream **ret, struct why *why)
{
    struct session_stream *stream = mem_alloc(sizeof *stream);
    TRY_PTR(stream);
    stream->tx = tx;
    stream->subject = subject;
    stream->window = *window;
    enum status status = stream_start(stream, after, why);
    if (status != STATUS_OK) {
        session_stream_close(stream);
        return status;
    }
    *ret = stream;
    return STATUS_OK;
}

void session_stream_close(struct session_stream *stream)
{
    if (stream != NULL) {
        session_walk_free(stream->walk);
        overlap_release(&stream->overlap);
        recent_release(&stream->recent);
        mem_free(stream);
    }
}

/* ---- one principal --------------------------------------------------------------------------- */

static enum status go_on(size_t n, bool (*asked)(void *ctx), void *asked_ctx, struct why *why)
{
    if (n % ASK_EACH == ASK_EACH - 1 && asked != NULL && asked(asked_ctx)) {
        return why_set(why, STATUS_CANCELED, "the program stops");
    }
    return STATUS_OK;
}

/* All connections of the principal of stream->row; those that a certificate had, say. */
static enum status read_principal(struct session_stream *stream, struct arena *mem,
                                  bool (*asked)(void *ctx), void *asked_ctx, struct why *why)
{
    const struct session *row = stream->row;
    struct session newest = {.connected = row->connected, .begun = row->begun};
    struct str principal;
    TRY(str_dup(mem, row->principal, &principal, why));
    TRY(str_dup(mem, row->client, &newest.client, why));
    overlap_clear(&stream->overlap);
    for (size_t n = 0; row != NULL && str_eq(row->principal, principal); n++) {
        overlap_add(&stream->overlap, row->connected, row->disconnected, row->client);
        TRY(session_walk_next(stream->walk, &stream->row, why));
        row = stream->row;
        TRY(go_on(n, asked, asked_ctx, why));
    }
    recent_finish(&stream->overlap.recent);
    stream->seen = (struct session_subject){.key = principal,
                                            .pool = STR_ABSENT,
                                            .n = stream->overlap.n,
                                            .recent = &stream->overlap.recent};
    if (stream->subject == SUBJECT_IDENTITY_SESSIONS && stream->overlap.recent.total > 0) {
        enum status status = store_get(stream->tx, TABLE(session), &newest, mem, why);
        if (status != STATUS_NOT_FOUND) {
            TRY(status);
            stream->seen.pool = newest.pool;
        }
    }
    return STATUS_OK;
}

/* ---- one client id --------------------------------------------------------------------------- */

static enum status read_client(struct session_stream *stream, struct arena *mem,
                               bool (*asked)(void *ctx), void *asked_ctx, struct why *why)
{
    const struct takeover *row = stream->row;
    struct str client;
    size_t n_in = 0;
    TRY(str_dup(mem, row->client, &client, why));
    recent_clear(&stream->recent);
    for (size_t n = 0; row != NULL && str_eq(row->client, client); n++) {
        if (row->disconnected < stream->window.to) {
            recent_add(&stream->recent, row->disconnected, row->begun ? row->connected : TIME_NEVER,
                       row->disconnected, (enum session_kind)row->kind, row->principal);
            n_in++;
        }
        TRY(session_walk_next(stream->walk, &stream->row, why));
        row = stream->row;
        TRY(go_on(n, asked, asked_ctx, why));
    }
    recent_finish(&stream->recent);
    stream->seen = (struct session_subject){
        .key = client, .pool = STR_ABSENT, .n = n_in, .recent = &stream->recent};
    return STATUS_OK;
}

enum status session_stream_next(struct session_stream *stream, struct arena *mem,
                                bool (*asked)(void *ctx), void *asked_ctx,
                                const struct session_subject **ret, struct why *why)
{
    do {
        if (stream->row == NULL) {
            *ret = NULL;
            return STATUS_OK;
        }
        arena_clear(mem);
        TRY(stream->subject == SUBJECT_CLIENT_TAKEOVERS
                ? read_client(stream, mem, asked, asked_ctx, why)
                : read_principal(stream, mem, asked, asked_ctx, why));
    } while (stream->seen.n == 0); /* it connected after the window */
    *ret = &stream->seen;
    return STATUS_OK;
}
