/* connection_line.c: see connection_line.h. */
#include "api/connection_line.h"

#include "codec/json_read.h"

#include "base/banned.h"

/* The members that count: X(name, field). */
#define LINE_TEXTS(X)                                                                              \
    X("clientId", client)                                                                          \
    X("eventType", type)                                                                           \
    X("sessionIdentifier", session)                                                                \
    X("principalIdentifier", principal)                                                            \
    X("principalId", log_principal)                                                                \
    X("ipAddress", address)                                                                        \
    X("sourceIp", log_address)                                                                     \
    X("disconnectReason", reason)                                                                  \
    X("reason", log_reason)                                                                        \
    X("status", status)                                                                            \
    X("cognitoIdentityPoolId", pool)

struct line {
#define LINE_FIELD(name, field) struct str field;
    LINE_TEXTS(LINE_FIELD)
#undef LINE_FIELD
    int64_t at;
};

static const struct {
    struct str name;
    size_t offset;
} texts[] = {
#define LINE_ROW(name, field) {STR_INIT(name), offsetof(struct line, field)},
    LINE_TEXTS(LINE_ROW)
#undef LINE_ROW
};

enum { N_TEXTS = sizeof texts / sizeof texts[0], MOMENT_MAX = 40 };

enum status connection_line_moment(struct json_read *r, int64_t *ret, struct why *why)
{
    struct str text;
    char copy[MOMENT_MAX + 1];
    if (json_read_type(r) == JSON_NUMBER) {
        return json_read_int64(r, ret, why);
    }
    TRY(json_read_string(r, &text, why));
    if (text.len < 11 || text.len >= MOMENT_MAX) {
        return why_set(why, STATUS_INVALID, "timestamp is '%.*s', which is no date and time",
                       STR_ARG(str_slice(text, 0, MOMENT_MAX)));
    }
    memcpy(copy, text.ptr, text.len);
    copy[10] = copy[10] == ' ' ? 'T' : copy[10];
    size_t len = text.len;
    char last = copy[len - 1];
    bool zoned = last == 'Z' || last == 'z' || str_find_char(text, '+', 11) < text.len ||
                 str_find_char(text, '-', 11) < text.len;
    if (!zoned) {
        copy[len++] = 'Z';
    }
    return time_parse((struct str){copy, len}, ret, why);
}

static enum status read_member(struct json_read *r, struct line *line, uint64_t *seen,
                               struct why *why)
{
    struct str key;
    TRY(json_read_key(r, &key, why));
    if (str_eq(key, STR("timestamp"))) {
        TRY(json_read_once(r, seen, N_TEXTS, key, why));
        return connection_line_moment(r, &line->at, why);
    }
    for (unsigned i = 0; i < N_TEXTS; i++) {
        if (str_eq(key, texts[i].name)) {
            TRY(json_read_once(r, seen, i, key, why));
            if (json_read_type(r) == JSON_NULL) {
                return json_read_null(r, why);
            }
            struct str *field = (struct str *)(void *)((char *)line + texts[i].offset);
            return json_read_string(r, field, why);
        }
    }
    return json_read_skip(r, why);
}

static enum status read_line(struct str text, struct arena *mem, struct line *ret, struct why *why)
{
    struct json_read r;
    uint64_t seen = 0;
    *ret = (struct line){.at = TIME_NEVER};
    json_read_init(&r, text, mem);
    TRY(json_read_object(&r, why));
    while (json_read_more(&r)) {
        TRY(read_member(&r, ret, &seen, why));
    }
    return json_read_finish(&r, why);
}

/* What a line is of, by its eventType. */
static const struct {
    struct str type;
    bool begins;
} types[] = {
    {STR_INIT("connected"), true},
    {STR_INIT("disconnected"), false},
    {STR_INIT("Connect"), true},
    {STR_INIT("Disconnect"), false},
};

static struct str first_of(struct str a, struct str b)
{
    return a.len > 0 ? a : b;
}

static bool says_duplicate(struct str reason)
{
    return str_eq(reason, SESSION_DUPLICATE) || str_eq(reason, STR("DUPLICATE_CLIENT_ID"));
}

/* A line that mixes a takeover with another reason is of a takeover: the log's own reason is the
 * one that says what happened. */
static struct str reason_of(const struct line *line)
{
    if (says_duplicate(line->reason) || says_duplicate(line->log_reason)) {
        return SESSION_DUPLICATE;
    }
    return first_of(line->reason, line->log_reason);
}

/* Certificate ids are compared as text; AWS writes them in lower case. */
static enum status lower(struct arena *mem, struct str *text, struct why *why)
{
    char *copy = arena_alloc(mem, text->len);
    TRY_PTR(copy);
    for (size_t i = 0; i < text->len; i++) {
        char c = text->ptr[i];
        copy[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    text->ptr = copy;
    return STATUS_OK;
}

enum status connection_line_read(struct str text, struct arena *mem, struct session_event *ret,
                                 bool *ret_is_event, struct why *why)
{
    struct line line;
    struct session_event event = {.begins = false};
    TRY(read_line(text, mem, &line, why));
    *ret_is_event = false;
    if (line.type.len == 0) {
        return why_set(why, STATUS_INVALID, "the line has no eventType");
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (str_eq(types[i].type, line.type)) {
            event.begins = types[i].begins;
            *ret_is_event = !event.begins || !str_eq(line.status, STR("Failure"));
        }
    }
    if (!*ret_is_event) {
        return STATUS_OK;
    }
    if (line.at == TIME_NEVER || line.client.len == 0) {
        return why_set(why, STATUS_INVALID, "the line has no %s",
                       line.at == TIME_NEVER ? "timestamp" : "clientId");
    }
    event.at = line.at;
    event.client = line.client;
    event.session = line.session;
    event.principal = first_of(line.principal, line.log_principal);
    event.kind = session_kind_of(event.principal);
    event.address = first_of(line.address, line.log_address);
    event.pool = event.kind == SESSION_COGNITO ? line.pool : STR_ABSENT;
    event.reason = event.begins ? STR_ABSENT : reason_of(&line);
    if (event.kind == SESSION_CERTIFICATE) {
        TRY(lower(mem, &event.principal, why));
    }
    TRY(session_check(&event, why));
    *ret = event;
    return STATUS_OK;
}
