/* finding_prefix.c: see finding_prefix.h. */
#include "account/finding_prefix.h"

#include "codec/digest.h"
#include "codec/hex.h"

#include "base/banned.h"

enum { CHECK_BYTES = 2 };

enum status finding_prefix(struct arena *mem, struct str task, struct str check, struct str *ret,
                           struct why *why)
{
    struct str first = str_slice(task, 0, FINDING_PREFIX_TASK_CHARS);
    if (str_absent(check)) {
        return str_fmt(mem, ret, why, "%.*s-", STR_ARG(first));
    }
    uint8_t digest[SHA256_BYTES];
    struct str hex;
    TRY(digest_sha256(bytes_of_str(check), digest, why));
    TRY(hex_dup(mem, (struct bytes){digest, CHECK_BYTES}, &hex, why));
    return str_fmt(mem, ret, why, "%.*s-%.*s-", STR_ARG(first), STR_ARG(hex));
}
