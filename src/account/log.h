/* log.h: what devices did, as records: the log groups AWSIotLogsV2 (a JSON object each) and
 * AWSIotLogs (plain text) of CloudWatch Logs.
 *
 *  1. A record is a moment, a stream of its group, and a message. Its id is a digest of stream and
 *     message, so the same record twice in one millisecond is once, and importing again changes
 *     nothing. Records are in order of moment and id.
 *  2. A group is there once its generation of logging was configured, or something was written to
 *     it; a stream is there once something was written to it. They stay.
 *  3. What is written at the moment it happens heeds the account's V2 options (log_wanted); what is
 *     imported is kept as it was written.
 *  4. Records are kept for some days after they came in, whatever moment they tell of.
 *  5. A page costs a bounded amount, however little it finds: it then ends early, with a next.
 *
 * SPEC: CloudWatch Logs API reference; AWS IoT Core developer guide, "Monitor AWS IoT using
 * CloudWatch Logs".
 */
#ifndef ACCOUNT_LOG_H
#define ACCOUNT_LOG_H

#include "account/page.h"
#include "filter/filter.h"

#define LOG_GROUP_V1 STR("AWSIotLogs")
#define LOG_GROUP_V2 STR("AWSIotLogsV2")

enum {
    LOG_GROUPS = 2,
    LOG_STREAMS_MAX = 50,              /* of a group */
    LOG_MESSAGE_BYTES_MAX = 256 << 10, /* CloudWatch Logs quotas: event size */
    LOG_PAGE_BYTES = 1 << 20,          /* messages of one page */
    LOG_SCAN_BYTES = 4 << 20,          /* messages looked at for one page, */
    LOG_SCAN_ROWS = 20000,             /* and records */
};

/* ---- writing --------------------------------------------------------------------------------- */

struct log_record {
    int64_t at;
    struct str message;
};

/* Adds records to a stream of a group; *ret_new is how many were not there yet. INVALID: a moment
 * before 1970, an empty or too long message; LIMIT: one stream too many. */
MUST_USE enum status log_append(const struct account_ctx *ctx, struct str group, struct str stream,
                                const struct log_record *records, size_t n, size_t *ret_new,
                                struct why *why);

/* What a record is about, in the words of LogTargetType: {"CLIENT_ID", "lamp"}. */
struct log_subject {
    struct str type;
    struct str name;
};

/* Whether a record of this level and eventType about these subjects is to be written now. A level
 * set for one of the subjects goes before that of the event type, and this before the default; of
 * several subjects the one with the most to say counts. Never, before V2 logging is configured and
 * while all logs are disabled. INVALID: level is none of ERROR, WARN, INFO, DEBUG. */
MUST_USE enum status log_wanted(const struct account_ctx *ctx, struct str level,
                                struct str event_type, const struct log_subject *subjects, size_t n,
                                bool *ret, struct why *why);

/* ---- groups and streams ---------------------------------------------------------------------- */

struct log_group {
    struct str name;
    int64_t created; /* the first that is known of it */
};

/* The groups that are there, by name. */
MUST_USE enum status log_groups(const struct account_ctx *ctx, struct log_group ret[LOG_GROUPS],
                                size_t *ret_n, struct why *why);

/* NOT_FOUND, in AWS's words. */
MUST_USE enum status log_group_check(const struct account_ctx *ctx, struct str name,
                                     struct why *why);
MUST_USE enum status log_stream_check(const struct account_ctx *ctx, struct str group,
                                      struct str name, struct why *why);

struct log_stream_info {
    struct str name;
    int64_t created;
    int64_t first; /* moments of its records; TIME_NEVER: they are gone */
    int64_t last;
    int64_t ingested; /* when the last one came in */
};

/* The streams of a group, at most LOG_STREAMS_MAX, by name. */
MUST_USE enum status log_streams(const struct account_ctx *ctx, struct str group,
                                 struct log_stream_info *ret, size_t *ret_n, struct why *why);

/* ---- reading --------------------------------------------------------------------------------- */

/* A place in the order of records: a record, and whether it counts itself. */
struct log_place {
    int64_t at;
    struct str id;
    bool inclusive;
};

struct log_query {
    struct str group;
    const struct str *streams; /* names; n_streams 0: all */
    size_t n_streams;
    struct str stream_prefix;      /* absent: any */
    int64_t from;                  /* TIME_NEVER: no bound; inclusive */
    int64_t until;                 /* TIME_NEVER: no bound; exclusive */
    const struct filter *filter;   /* NULL: all */
    bool descending;               /* the newest first */
    const struct log_place *after; /* NULL: from the beginning of the order */
    size_t max;
};

struct log_page {
    struct log_event *events; /* the caller's to order */
    size_t n;
    bool more;             /* the page ended before the range did, */
    struct log_place next; /* with this record */
};

/* Records of a query, in its order. */
MUST_USE enum status log_read(const struct account_ctx *ctx, const struct log_query *query,
                              struct log_page *ret, struct why *why);

/* ---- keeping --------------------------------------------------------------------------------- */

/* Forgets at most max records that came in before `before`. *ret_n less than max: that was all. */
MUST_USE enum status log_sweep(const struct account_ctx *ctx, int64_t before, size_t max,
                               size_t *ret_n, struct why *why);
MUST_USE enum status log_sweep_is_due(const struct account_ctx *ctx, int64_t before, bool *ret,
                                      struct why *why);

#endif
