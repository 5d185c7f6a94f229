#include "policy/actions.h"

#include "base/banned.h"

#define ACTION_ROW(name, text, class, type, jobs)                                                  \
    [POLICY_##name] = {STR_INIT(text), POLICY_CLASS_##class, POLICY_TYPE_##type, jobs},
const struct policy_action_row policy_actions[POLICY_ACTION_COUNT] = {
    POLICY_ACTION_LIST(ACTION_ROW)};
#undef ACTION_ROW

/* What AWS IoT's service model calls its operations; those with a number are among them. Operations
 * of our own have a path that AWS does not have. */
static const struct {
    struct str name;
    struct str path;
} operation_names[] = {
#define FIRST(service)
#define LAST(service)
#define ACTION(service, id, ...)
#define NAMED(service, id)
#define OPERATION(id, method, path, ...) {STR_INIT(#id), STR_INIT(path)},
#include "contract/operations.inc"
#undef FIRST
#undef LAST
#undef ACTION
#undef NAMED
#undef OPERATION
};

static const struct str type_prefixes[POLICY_TYPE_COUNT] = {
    [POLICY_TYPE_NONE] = STR_INIT(""),        [POLICY_TYPE_CLIENT] = STR_INIT("client/"),
    [POLICY_TYPE_TOPIC] = STR_INIT("topic/"), [POLICY_TYPE_TOPICFILTER] = STR_INIT("topicfilter/"),
    [POLICY_TYPE_THING] = STR_INIT("thing/"), [POLICY_TYPE_ROLEALIAS] = STR_INIT("rolealias/"),
};

struct str policy_type_prefix(enum policy_type type)
{
    return type_prefixes[type];
}

#define CLASS_BIT(name, text, class, type, jobs)                                                   \
    +((POLICY_CLASS_##class == CLASS) ? UINT64_C(1) << POLICY_##name : 0)

uint64_t policy_class_set(enum policy_class class)
{
    static const uint64_t sets[POLICY_CLASS_COUNT] = {
#define CLASS POLICY_CLASS_DATA
        [CLASS] = POLICY_ACTION_LIST(CLASS_BIT),
#undef CLASS
#define CLASS POLICY_CLASS_RECEIVE
        [CLASS] = POLICY_ACTION_LIST(CLASS_BIT),
#undef CLASS
#define CLASS POLICY_CLASS_READ
        [CLASS] = POLICY_ACTION_LIST(CLASS_BIT),
#undef CLASS
#define CLASS POLICY_CLASS_WRITE
        [CLASS] = POLICY_ACTION_LIST(CLASS_BIT),
#undef CLASS
#define CLASS POLICY_CLASS_UNASSIGNED
        [CLASS] = POLICY_ACTION_LIST(CLASS_BIT),
#undef CLASS
    };
    return sets[class];
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool policy_action_matches(struct str pattern, struct str name)
{
    size_t p = 0;
    size_t n = 0;
    size_t star = SIZE_MAX; /* where in the pattern the last `*` stands */
    size_t held = 0;        /* how far it has absorbed the name */
    while (n < name.len || p < pattern.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            held = n;
        } else if (p < pattern.len && n < name.len &&
                   (pattern.ptr[p] == '?' || lower(pattern.ptr[p]) == lower(name.ptr[n]))) {
            p++;
            n++;
        } else if (star != SIZE_MAX && held < name.len) {
            p = star + 1;
            n = ++held;
        } else {
            return false;
        }
    }
    return true;
}

enum { NAME_MAX_BYTES = 64 };

/* The name with a prefix, in the caller's room. */
static struct str prefixed(char room[NAME_MAX_BYTES], struct str prefix, struct str name)
{
    memcpy(room, prefix.ptr, prefix.len);
    memcpy(room + prefix.len, name.ptr, name.len);
    return (struct str){room, prefix.len + name.len};
}

static uint64_t covered_by_wildcards(struct str pattern)
{
    uint64_t set = 0;
    char room[NAME_MAX_BYTES];
    for (int i = 0; i < POLICY_ACTION_COUNT; i++) {
        const struct policy_action_row *row = &policy_actions[i];
        bool hit = policy_action_matches(pattern, prefixed(room, STR("iot:"), row->name)) ||
                   (row->jobs &&
                    policy_action_matches(pattern, prefixed(room, STR("iotjobsdata:"), row->name)));
        set |= hit ? policy_action_bit((enum policy_action)i) : 0;
    }
    return set;
}

/* A name without wildcards; jobs_only when it came with the prefix of the job actions. */
static uint64_t covered_by_name(struct str name, bool jobs_only)
{
    for (int i = 0; i < POLICY_ACTION_COUNT; i++) {
        const struct policy_action_row *row = &policy_actions[i];
        if (row->name.len == name.len && str_eq_nocase(row->name, name)) {
            return jobs_only && !row->jobs ? 0 : policy_action_bit((enum policy_action)i);
        }
    }
    return 0;
}

static uint64_t covered_by_any_spelling(struct str pattern)
{
    if (memchr(pattern.ptr, '*', pattern.len) != NULL ||
        memchr(pattern.ptr, '?', pattern.len) != NULL) {
        return covered_by_wildcards(pattern);
    }
    if (str_eq_nocase(str_slice(pattern, 0, 4), STR("iot:"))) {
        return covered_by_name(str_slice(pattern, 4, pattern.len), false);
    }
    if (str_eq_nocase(str_slice(pattern, 0, 12), STR("iotjobsdata:"))) {
        return covered_by_name(str_slice(pattern, 12, pattern.len), true);
    }
    return 0;
}

/* An action as nearly everybody writes it; a comparison for each, since one with a text known
 * beforehand costs no call. */
static uint64_t covered_by_usual_name(struct str name)
{
#define NAME_IS(id, text, class, type, jobs)                                                       \
    if (str_eq(name, STR(text))) {                                                                 \
        return policy_action_bit(POLICY_##id);                                                     \
    }
    POLICY_ACTION_LIST(NAME_IS)
#undef NAME_IS
    return str_eq(name, STR("*")) ? POLICY_ACTIONS_ALL : 0;
}

uint64_t policy_actions_covered(struct str pattern)
{
    if (pattern.len > 4 && memcmp(pattern.ptr, "iot:", 4) == 0) {
        uint64_t covered = covered_by_usual_name((struct str){pattern.ptr + 4, pattern.len - 4});
        if (covered != 0) {
            return covered;
        }
    }
    return str_eq(pattern, STR("*")) ? POLICY_ACTIONS_ALL : covered_by_any_spelling(pattern);
}

struct str policy_admin_next(size_t *at)
{
    while (*at < sizeof operation_names / sizeof operation_names[0]) {
        struct str name = operation_names[*at].name;
        bool ours = str_starts(operation_names[(*at)++].path, STR("/bulwark/"));
        if (!ours && covered_by_name(name, false) == 0) {
            return name;
        }
    }
    return STR_ABSENT;
}
