/* last_conf.c: see last_conf.h. */
#include "daemon/last_conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#include "base/banned.h"

enum { TEXT_BYTES_MAX = 32 << 10 };

static enum status absolute(struct arena *mem, struct str *path, struct why *why)
{
    if (path->len == 0) {
        return STATUS_OK;
    }
    char *name = str_z(mem, *path);
    TRY_PTR(name);
    char *real = realpath(name, NULL);
    if (real == NULL) {
        return why_set(why, STATUS_IO, "the folder %s cannot be found: %s", name,
                       strerrordesc_np(errno));
    }
    enum status status = str_dup(mem, str_from(real), path, why);
    free(real);
    return status;
}

enum status last_conf_text(struct arena *mem, const struct options *options, struct str *ret,
                           struct why *why)
{
    static const char *const names[] = {"crl-dir",       "weak-key-dir", "fetch-allow",
                                        "extensions",    "audit-days",   "session-lag-seconds",
                                        "schedule-time", "endpoint",     "public-url",
                                        "sns-endpoint",  "log-days"};
    struct options kept = *options;
    struct buf out;
    TRY(absolute(mem, &kept.crl_dir, why));
    TRY(absolute(mem, &kept.weak_key_dir, why));
    if (kept.insecure_no_auth) {
        TRY(str_fmt(mem, &kept.fetch_allow, why, "%.*s%s127.0.0.0/8,::1", STR_ARG(kept.fetch_allow),
                    kept.fetch_allow.len > 0 ? "," : ""));
    }
    buf_init(&out, mem, TEXT_BYTES_MAX);
    buf_put_str(&out, STR("# Written by bulwarkd at its start: the settings with which this folder "
                          "was served last.\n"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        TRY(options_put(&out, &kept, str_from(names[i]), why));
    }
    return buf_finish(&out, ret, why);
}
