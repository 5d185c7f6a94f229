/* checks.c: the rows of checks.h. */
#include "contract/checks.h"

#include "base/banned.h"

const struct check_row check_rows[CHECK_COUNT] = {
#define CHECK_ROW(name, severity, resource_type, key, days)                                        \
    [CHECK_##name] = {STR_INIT(#name "_CHECK"), STR_INIT(severity), STR_INIT(resource_type),       \
                      STR_INIT(key), (days)},
    CHECKS(CHECK_ROW)
#undef CHECK_ROW
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
