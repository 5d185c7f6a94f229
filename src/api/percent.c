#include "api/percent.h"

#include "codec/uri.h"

#include "base/banned.h"

enum status plain_text(struct str text, const char *what, struct why *why)
{
    if (!str_is_utf8(text) || str_find_char(text, '\0', 0) != text.len) {
        return why_set(why, STATUS_UNREADABLE, "%s is not UTF-8 text", what);
    }
    return STATUS_OK;
}

enum status percent_text(struct str encoded, const char *what, struct arena *mem, struct str *ret,
                         struct why *why)
{
    struct str text;
    enum status status = uri_decode(mem, encoded, &text, why);
    if (status == STATUS_NO_MEMORY) {
        return status;
    }
    if (status != STATUS_OK) {
        return why_set(why, STATUS_UNREADABLE,
                       "%s: a percent sign is not followed by two hex digits", what);
    }
    TRY(plain_text(text, what, why));
    *ret = text;
    return STATUS_OK;
}
