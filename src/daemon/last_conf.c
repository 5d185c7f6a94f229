/* last_conf.c: see last_conf.h. */
#include "daemon/last_conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#include "base/banned.h"

enum { TEXT_BYTES_MAX = 32 << 10 };

static enum status absolute(struct arena *mem, const char *what, struct str *path, struct why *why)
{
    if (path->len == 0) {
        return STATUS_OK;
    }
    char *name = str_z(mem, *path);
    TRY_PTR(name);
    char *real = realpath(name, NULL);
    if (real == NULL) {
        return why_set(why, STATUS_IO, "the %s %s cannot be found: %s", what, name,
                       strerrordesc_np(errno));
    }
    enum status status = str_dup(mem, str_from(real), path, why);
    free(real);
    return status;
}

/* Files that are watched, by absolute names; they need not be there. */
static enum status absolute_places(struct arena *mem, struct str *places, struct why *why)
{
    struct str rest = *places;
    struct str all = STR("");
    struct str place;
    while (places->len > 0 && str_next(&rest, ',', &place)) {
        bool file = str_find_char(place, '/', 0) < place.len;
        char *here = file && place.ptr[0] != '/' ? get_current_dir_name() : NULL;
        enum status status =
            str_fmt(mem, &all, why, "%.*s%s%s%s%.*s", STR_ARG(all), all.len > 0 ? "," : "",
                    here == NULL ? "" : here, here == NULL ? "" : "/", STR_ARG(place));
        free(here);
        TRY(status);
    }
    *places = all;
    return STATUS_OK;
}

enum status last_conf_text(struct arena *mem, const struct options *options, struct str *ret,
                           struct why *why)
{
    static const char *const names[] = {"crl-dir",           "weak-key-dir", "fetch-allow",
                                        "extensions",        "audit-days",   "session-lag-seconds",
                                        "schedule-time",     "endpoint",     "public-url",
                                        "watch-certificate", "sns-endpoint", "log-days"};
    struct options kept = *options;
    struct buf out;
    TRY(absolute(mem, "folder", &kept.crl_dir, why));
    TRY(absolute(mem, "folder", &kept.weak_key_dir, why));
    if (kept.insecure_no_auth) {
        TRY(str_fmt(mem, &kept.fetch_allow, why, "%.*s%s127.0.0.0/8,::1", STR_ARG(kept.fetch_allow),
                    kept.fetch_allow.len > 0 ? "," : ""));
    }
    TRY(absolute_places(mem, &kept.watch_certificate, why));
    /* Whoever audits the folder without serving it finds the API's certificate in its file. */
    if (kept.tls_certificate.len > 0) {
        TRY(absolute(mem, "file", &kept.tls_certificate, why));
        TRY(str_fmt(mem, &kept.watch_certificate, why, "%.*s%s%.*s",
                    STR_ARG(kept.watch_certificate), kept.watch_certificate.len > 0 ? "," : "",
                    STR_ARG(kept.tls_certificate)));
    }
    buf_init(&out, mem, TEXT_BYTES_MAX);
    buf_put_str(&out, STR("# Written by bulwarkd at its start: the settings with which this folder "
                          "was served last.\n"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        TRY(options_put(&out, &kept, str_from(names[i]), why));
    }
    return buf_finish(&out, ret, why);
}
