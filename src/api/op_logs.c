/* op_logs.c: CloudWatch Logs over the records that are kept here: two log groups, read only. */
#include <inttypes.h>

#include "account/log.h"
#include "api/handlers.h"
#include "api/page.h"

#include "base/banned.h"

enum { EVENTS_MAX = 10000, TOKEN_MAX = 96, DAYS_DEFAULT = 30 };

/* ---- what is asked for ----------------------------------------------------------------------- */

static enum status group_arn(const struct call *call, struct str name, struct str *ret,
                             struct why *why)
{
    return arn_make_of(call->mem, &call->env->id, STR("logs"), STR("log-group:"), name, ret, why);
}

/* The name in an identifier: a name, or an ARN of this account, with or without :* behind. */
static enum status named_group(const struct call *call, struct str identifier, struct str *ret,
                               struct why *why)
{
    const struct str known[] = {LOG_GROUP_V1, LOG_GROUP_V2};
    *ret = identifier;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct str arn;
        TRY(group_arn(call, known[i], &arn, why));
        bool same = str_starts(identifier, arn);
        struct str rest = str_slice(identifier, arn.len, identifier.len);
        if (same && (rest.len == 0 || str_eq(rest, STR(":*")))) {
            *ret = known[i];
        }
    }
    return STATUS_OK;
}

static enum status asked_group(const struct call *call, struct str *ret, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str name = arg_str(call, M_logGroupName);
    struct str identifier = arg_str(call, M_logGroupIdentifier);
    if (str_absent(name) == str_absent(identifier)) {
        return why_set(why, STATUS_INVALID,
                       "exactly one of logGroupName and logGroupIdentifier must be given");
    }
    TRY(named_group(call, str_absent(name) ? identifier : name, ret, why));
    return log_group_check(&ctx, *ret, why);
}

static int64_t asked_time(const struct call *call, enum member_id member)
{
    return arg_int(call, member, TIME_NEVER);
}

static enum status check_times(int64_t start, int64_t end, struct why *why)
{
    if (start != TIME_NEVER && end != TIME_NEVER && start > end) {
        return why_set(why, STATUS_INVALID, "startTime %" PRId64 " is after endTime %" PRId64,
                       start, end);
    }
    return STATUS_OK;
}

/* ---- log groups ------------------------------------------------------------------------------ */

static bool holds_nocase(struct str text, struct str part)
{
    for (size_t at = 0; at + part.len <= text.len; at++) {
        if (str_eq_nocase(str_slice(text, at, at + part.len), part)) {
            return true;
        }
    }
    return false;
}

static enum status is_asked_for(const struct call *call, struct str name, bool *ret,
                                struct why *why)
{
    struct str prefix = arg_str(call, M_logGroupNamePrefix);
    struct str pattern = arg_str(call, M_logGroupNamePattern);
    struct str class = arg_str(call, M_logGroupClass);
    const struct value *list = arg_get(call, M_logGroupIdentifiers);
    bool listed = list == NULL;
    for (size_t i = 0; i < value_count(list) && !listed; i++) {
        struct str listed_name;
        TRY(named_group(call, value_text(value_at(list, i)), &listed_name, why));
        listed = str_eq(listed_name, name);
    }
    *ret = listed && (str_absent(prefix) || str_starts(name, prefix)) &&
           (str_absent(pattern) || holds_nocase(name, pattern)) &&
           (str_absent(class) || str_eq(class, STR("STANDARD")));
    return STATUS_OK;
}

static enum status reply_group(struct call *call, const struct log_group *group, struct why *why)
{
    struct str arn;
    struct str all;
    int64_t days = call->env->log_days;
    TRY(group_arn(call, group->name, &arn, why));
    TRY(str_fmt(call->mem, &all, why, "%.*s:*", STR_ARG(arn)));
    reply_begin_item(call);
    reply_str(call, M_logGroupName, group->name);
    reply_int(call, M_creationTime, group->created);
    reply_int(call, M_retentionInDays, days > 0 ? days : DAYS_DEFAULT);
    reply_int(call, M_metricFilterCount, 0);
    reply_str(call, M_arn, all);
    reply_str(call, M_logGroupArn, arn);
    reply_str(call, M_logGroupClass, STR("STANDARD"));
    reply_end_item(call);
    return STATUS_OK;
}

enum status op_logs_DescribeLogGroups(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct log_group groups[LOG_GROUPS];
    struct page page;
    struct str next = STR_ABSENT;
    size_t n = 0;
    size_t shown = 0;
    TRY(call_page(call, &page, why));
    if (arg_has(call, M_logGroupNamePrefix) && arg_has(call, M_logGroupNamePattern)) {
        return why_set(why, STATUS_INVALID,
                       "logGroupNamePrefix and logGroupNamePattern exclude each other");
    }
    TRY(log_groups(&ctx, groups, &n, why));
    reply_begin_list(call, M_logGroups);
    for (size_t i = 0; i < n && str_absent(next); i++) {
        bool asked;
        TRY(is_asked_for(call, groups[i].name, &asked, why));
        if (!asked || (!str_absent(page.after) && str_cmp(groups[i].name, page.after) <= 0)) {
            continue;
        }
        if (shown++ == page.max) {
            next = groups[i - 1].name;
        } else {
            TRY(reply_group(call, &groups[i], why));
        }
    }
    reply_end_list(call);
    return reply_next(call, next, why);
}

/* ---- log streams ----------------------------------------------------------------------------- */

/* By the last record, or by name, which is how they come; the other way round when descending. */
static void sort_streams(struct log_stream_info *streams, size_t n, bool by_last, bool descending)
{
    for (size_t i = 1; by_last && i < n; i++) {
        for (size_t j = i; j > 0 && streams[j].last < streams[j - 1].last; j--) {
            struct log_stream_info moved = streams[j];
            streams[j] = streams[j - 1];
            streams[j - 1] = moved;
        }
    }
    for (size_t i = 0; descending && i < n / 2; i++) {
        struct log_stream_info moved = streams[i];
        streams[i] = streams[n - 1 - i];
        streams[n - 1 - i] = moved;
    }
}

static enum status reply_stream(struct call *call, struct str group,
                                const struct log_stream_info *stream, struct why *why)
{
    struct str text;
    struct str arn;
    TRY(str_fmt(call->mem, &text, why, "%.*s:log-stream:%.*s", STR_ARG(group),
                STR_ARG(stream->name)));
    TRY(group_arn(call, text, &arn, why));
    reply_begin_item(call);
    reply_str(call, M_logStreamName, stream->name);
    reply_int(call, M_creationTime, stream->created);
    if (stream->first != TIME_NEVER) {
        reply_int(call, M_firstEventTimestamp, stream->first);
        reply_int(call, M_lastEventTimestamp, stream->last);
        reply_int(call, M_lastIngestionTime, stream->ingested);
    }
    reply_str(call, M_arn, arn);
    reply_int(call, M_storedBytes, 0); /* as AWS says of every stream */
    reply_end_item(call);
    return STATUS_OK;
}

enum status op_logs_DescribeLogStreams(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct log_stream_info streams[LOG_STREAMS_MAX];
    struct page page;
    struct str group;
    struct str prefix = arg_str(call, M_logStreamNamePrefix);
    struct str next = STR_ABSENT;
    bool by_last = str_eq(arg_str(call, M_orderBy), STR("LastEventTime"));
    size_t n = 0;
    size_t shown = 0;
    TRY(call_page(call, &page, why));
    if (by_last && !str_absent(prefix)) {
        return why_set(why, STATUS_INVALID,
                       "Cannot order by LastEventTime with a logStreamNamePrefix.");
    }
    TRY(asked_group(call, &group, why));
    TRY(log_streams(&ctx, group, streams, &n, why));
    sort_streams(streams, n, by_last, arg_bool(call, M_descending, false));
    bool begun = str_absent(page.after);
    struct str last = STR_ABSENT;
    reply_begin_list(call, M_logStreams);
    for (size_t i = 0; i < n && str_absent(next); i++) {
        if (begun && (str_absent(prefix) || str_starts(streams[i].name, prefix))) {
            if (shown++ == page.max) {
                next = last;
                break;
            }
            TRY(reply_stream(call, group, &streams[i], why));
            last = streams[i].name;
        }
        begun = begun || str_eq(streams[i].name, page.after);
    }
    reply_end_list(call);
    return reply_next(call, next, why);
}

/* ---- searching ------------------------------------------------------------------------------- */

static enum status asked_streams(struct call *call, struct log_query *query, struct why *why)
{
    const struct value *list = arg_get(call, M_logStreamNames);
    size_t n = value_count(list);
    query->stream_prefix = arg_str(call, M_logStreamNamePrefix);
    if (n > 0 && !str_absent(query->stream_prefix)) {
        return why_set(why, STATUS_INVALID,
                       "logStreamNames and logStreamNamePrefix exclude each other");
    }
    struct account_ctx ctx = call_account(call);
    struct str *names = NEW_ARRAY(call->mem, struct str, n);
    TRY_PTR(names);
    for (size_t i = 0; i < n; i++) {
        names[i] = value_text(value_at(list, i));
        TRY(log_stream_check(&ctx, query->group, names[i], why));
    }
    query->streams = names;
    query->n_streams = n;
    return STATUS_OK;
}

/* A position of a list: moment and id. */
static enum status place_read(struct str position, struct log_place *ret, struct why *why)
{
    struct str parts[2];
    TRY(page_position_read(position, parts, 2, why));
    *ret = (struct log_place){.id = parts[1]};
    return str_to_int64(parts[0], &ret->at) == STATUS_OK
               ? STATUS_OK
               : why_set(why, STATUS_INVALID, "nextToken is none of this list");
}

static enum status place_write(struct arena *mem, const struct log_place *place, struct str *ret,
                               struct why *why)
{
    struct str parts[2] = {STR_ABSENT, place->id};
    TRY(str_fmt(mem, &parts[0], why, "%" PRId64, place->at));
    return page_position_make(mem, parts, 2, ret, why);
}

static enum status reply_found(struct call *call, const struct log_page *found, struct why *why)
{
    reply_begin_list(call, M_events);
    for (size_t i = 0; i < found->n; i++) {
        const struct log_event *event = &found->events[i];
        struct str id;
        TRY(str_fmt(call->mem, &id, why, "%020" PRId64 "%.*s", event->at, STR_ARG(event->id)));
        reply_begin_item(call);
        reply_str(call, M_logStreamName, event->stream);
        reply_int(call, M_timestamp, event->at);
        reply_str(call, M_message, event->message);
        reply_int(call, M_ingestionTime, event->ingested);
        reply_str(call, M_eventId, id);
        reply_end_item(call);
    }
    reply_end_list(call);
    reply_begin_list(call, M_searchedLogStreams); /* AWS lists none any more */
    reply_end_list(call);
    return STATUS_OK;
}

enum status op_logs_FilterLogEvents(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct log_place after;
    struct log_page found;
    struct str next = STR_ABSENT;
    int64_t end = asked_time(call, M_endTime);
    struct log_query query = {.from = asked_time(call, M_startTime),
                              .until = end == TIME_NEVER || end == INT64_MAX ? TIME_NEVER : end + 1,
                              .max = (size_t)arg_int(call, M_limit, EVENTS_MAX)};
    TRY(call_page(call, &page, why));
    TRY(check_times(query.from, end, why));
    TRY(filter_compile(arg_str(call, M_filterPattern), call->mem, &query.filter, why));
    TRY(asked_group(call, &query.group, why));
    TRY(asked_streams(call, &query, why));
    if (!str_absent(page.after)) {
        TRY(place_read(page.after, &after, why));
        query.after = &after;
    }
    TRY(log_read(&ctx, &query, &found, why));
    TRY(reply_found(call, &found, why));
    if (found.more) {
        TRY(place_write(call->mem, &found.next, &next, why));
    }
    return reply_next(call, next, why);
}

/* ---- one stream, forwards and backwards ------------------------------------------------------ */

/* A token is a direction and a place: f/ and b/ go on behind it, F/ and B/ with it. It says where
 * to read in the stream that is named, and nothing that needs a seal. */
static enum status token_read(struct str token, struct log_query *query, struct log_place *ret,
                              struct why *why)
{
    bool formed = token.len > 2 && strchr("fFbB", token.ptr[0]) != NULL && token.ptr[1] == '/';
    if (!formed || place_read(str_slice(token, 2, token.len), ret, NULL) != STATUS_OK) {
        return why_set(why, STATUS_INVALID, "The specified nextToken is invalid.");
    }
    ret->inclusive = token.ptr[0] == 'F' || token.ptr[0] == 'B';
    query->descending = token.ptr[0] == 'b' || token.ptr[0] == 'B';
    query->after = ret;
    return STATUS_OK;
}

static enum status reply_token(struct call *call, enum member_id member, char direction,
                               const struct log_place *place, struct why *why)
{
    struct str position;
    struct str token;
    TRY(place_write(call->mem, place, &position, why));
    TRY(str_fmt(call->mem, &token, why, "%c/%.*s", direction, STR_ARG(position)));
    reply_str(call, member, token);
    return STATUS_OK;
}

/* The tokens of a page, of events in order of time. An empty page gives back the token it was
 * asked with, for its direction; the other one turns round at the same place. */
static enum status reply_tokens(struct call *call, const struct log_query *query,
                                const struct log_page *page, struct why *why)
{
    struct log_place first = {.at = 0, .id = STR("")};
    struct log_place last = first;
    char forward = 'f';
    char backward = 'b';
    if (page->n > 0) {
        const struct log_event *events = page->events;
        first = (struct log_place){.at = events[0].at, .id = events[0].id};
        last = (struct log_place){.at = events[page->n - 1].at, .id = events[page->n - 1].id};
    } else if (query->after != NULL) {
        bool keeps = query->after->inclusive;
        first = last = *query->after;
        forward = query->descending ? (keeps ? 'f' : 'F') : (keeps ? 'F' : 'f');
        backward = query->descending ? (keeps ? 'B' : 'b') : (keeps ? 'b' : 'B');
    }
    TRY(reply_token(call, M_nextForwardToken, forward, &last, why));
    return reply_token(call, M_nextBackwardToken, backward, &first, why);
}

static void turn_round(struct log_event *events, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct log_event moved = events[i];
        events[i] = events[n - 1 - i];
        events[n - 1 - i] = moved;
    }
}

enum status op_logs_GetLogEvents(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str stream = arg_str(call, M_logStreamName);
    struct log_place after;
    struct log_page page;
    struct log_query query = {.streams = &stream,
                              .n_streams = 1,
                              .from = asked_time(call, M_startTime),
                              .until = asked_time(call, M_endTime),
                              .descending = !arg_bool(call, M_startFromHead, false),
                              .max = (size_t)arg_int(call, M_limit, EVENTS_MAX)};
    TRY(check_times(query.from, query.until, why));
    TRY(asked_group(call, &query.group, why));
    TRY(log_stream_check(&ctx, query.group, stream, why));
    if (arg_has(call, M_nextToken)) {
        TRY(token_read(arg_str(call, M_nextToken), &query, &after, why));
    }
    TRY(log_read(&ctx, &query, &page, why));
    if (query.descending) {
        turn_round(page.events, page.n);
    }
    reply_begin_list(call, M_events);
    for (size_t i = 0; i < page.n; i++) {
        reply_begin_item(call);
        reply_int(call, M_timestamp, page.events[i].at);
        reply_str(call, M_message, page.events[i].message);
        reply_int(call, M_ingestionTime, page.events[i].ingested);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_tokens(call, &query, &page, why);
}
