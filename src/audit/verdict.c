/* verdict.c: see verdict.h. */
#include "audit/verdict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "codec/hex.h"

#include "base/banned.h"

enum status verdict_add(struct audit_verdicts *verdicts, struct arena *mem, struct str code,
                        struct why *why, const char *fmt, ...)
{
    if (verdicts->n == AUDIT_VERDICTS_MAX) {
        return why_set(why, STATUS_INTERNAL, "a check gave more than %d verdicts on one resource",
                       AUDIT_VERDICTS_MAX);
    }
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = arena_alloc(mem, (size_t)len + 1);
    TRY_PTR(text);
    va_start(args, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, args);
    va_end(args);
    verdicts->list[verdicts->n++] =
        (struct audit_verdict){.code = code, .reason = {text, (size_t)len}};
    return STATUS_OK;
}

enum status verdict_info(struct audit_verdicts *verdicts, struct arena *mem, const char *key,
                         int64_t value, struct why *why)
{
    return str_fmt(mem, &verdicts->list[verdicts->n - 1].info, why, "{\"%s\":\"%" PRId64 "\"}", key,
                   value);
}

void verdict_unknown(struct audit_verdicts *verdicts, struct str lack)
{
    verdicts->unknown = true;
    verdicts->lack = lack;
}

int64_t days_between(int64_t from, int64_t to)
{
    return to <= from ? 0 : (to - from) / DAY_MS;
}

/* SPEC: docs.aws.amazon.com/iot-device-defender, "Device certificate expiring". The boundaries are
 * ours: a certificate whose last moment is now has expired. */
enum status judge_expiry(int64_t not_after, int64_t days, int64_t now, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    char when[TIME_TEXT_MAX];
    time_format(not_after, when);
    if (not_after <= now) {
        TRY(verdict_add(ret, mem, STR("CERTIFICATE_PAST_EXPIRATION"), why,
                        "Certificate is past its expiration: it ended %s, %" PRId64 " days ago.",
                        when, days_between(not_after, now)));
        return verdict_info(ret, mem, "EXPIRATION_TIME", not_after, why);
    }
    if (not_after - now <= days * DAY_MS) {
        TRY(verdict_add(ret, mem, STR("CERTIFICATE_APPROACHING_EXPIRATION"), why,
                        "Certificate is approaching its expiration: it ends %s, in %" PRId64
                        " days (the threshold is %" PRId64 ").",
                        when, days_between(now, not_after), days));
        return verdict_info(ret, mem, "EXPIRATION_TIME", not_after, why);
    }
    return STATUS_OK;
}

enum status judge_key(int64_t bits, bool roca, struct str weak_key_hash,
                      const struct keyq_list *weak_keys, struct arena *mem,
                      struct audit_verdicts *ret, struct why *why)
{
    if (roca) {
        TRY(verdict_add(ret, mem, STR("CERTIFICATE_KEY_VULNERABILITY_CVE-2017-15361"), why,
                        "The %" PRId64 "-bit RSA key has the fingerprint of Infineon's faulty key "
                        "generator (ROCA): it can be factored.",
                        bits));
    }
    uint8_t hash[KEY_DEBIAN_BYTES];
    if (weak_key_hash.len == 2 * sizeof hash &&
        hex_decode(weak_key_hash, hash, sizeof hash, NULL) == STATUS_OK &&
        keyq_list_has(weak_keys, (int)bits, hash)) {
        TRY(verdict_add(ret, mem, STR("CERTIFICATE_KEY_VULNERABILITY_CVE-2008-0166"), why,
                        "The %" PRId64 "-bit RSA key is one of the 32,768 that Debian's OpenSSL of "
                        "2006 to 2008 could make (fingerprint %.*s).",
                        bits, STR_ARG(weak_key_hash)));
    }
    return STATUS_OK;
}
