#include "contract/checks.h"

#include "base/banned.h"

const struct check_name check_names[CHECK_COUNT] = {
#define CHECK_ROW(name, severity, resource)                                                        \
    {STR_INIT(#name), STR_INIT(#severity), STR_INIT(#resource)},
    CHECKS(CHECK_ROW)
#undef CHECK_ROW
};

static const struct {
    struct str alias;
    enum check_id id;
} aliases[] = {
#define ALIAS_ROW(alias, name) {STR_INIT(#alias), CHECK_##name},
    CHECK_ALIASES(ALIAS_ROW)
#undef ALIAS_ROW
};

bool check_find(struct str name, enum check_id *ret)
{
    for (enum check_id id = 0; id < CHECK_COUNT; id++) {
        if (str_eq(name, check_names[id].name)) {
            *ret = id;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (str_eq(name, aliases[i].alias)) {
            *ret = aliases[i].id;
            return true;
        }
    }
    return false;
}
