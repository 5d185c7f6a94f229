/* checks.c: the rows of checks.h. */
#include "contract/checks.h"

#include "base/banned.h"

enum { ORIGIN_AWS = false, ORIGIN_OURS = true };

/* A row is made of two lists, so its fields are set one by one. */
const struct check_row check_rows[CHECK_COUNT] = {
#define CHECK_ROW(row, severity_, resource_type_, key, days, least, whose)                         \
    [CHECK_##row].name = STR_INIT(#row "_CHECK"), [CHECK_##row].severity = STR_INIT(severity_),    \
    [CHECK_##row].resource_type = STR_INIT(resource_type_),                                        \
    [CHECK_##row].days_key = STR_INIT(key), [CHECK_##row].days_default = (days),                   \
    [CHECK_##row].days_min = (least), [CHECK_##row].extension = ORIGIN_##whose,
    CHECKS(CHECK_ROW)
#undef CHECK_ROW
#define CHECK_TEXT(row, about_, fix_)                                                              \
    [CHECK_##row].about = STR_INIT(about_), [CHECK_##row].fix = STR_INIT(fix_),
        CHECK_TEXTS(CHECK_TEXT)
#undef CHECK_TEXT
};

static const struct {
    struct str alias;
    enum check_id id;
} aliases[] = {
#define CHECK_ALIAS(alias, name) {STR_INIT(alias), CHECK_##name},
    CHECK_ALIASES(CHECK_ALIAS)
#undef CHECK_ALIAS
};

bool check_find(struct str name, enum check_id *ret)
{
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (str_eq(check_rows[i].name, name)) {
            *ret = (enum check_id)i;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (str_eq(aliases[i].alias, name)) {
            *ret = aliases[i].id;
            return true;
        }
    }
    return false;
}
