/* verdict.h: what judges say, in the forms they share. */
#ifndef AUDIT_VERDICT_H
#define AUDIT_VERDICT_H

#include "audit/check.h"
#include "x509/keyq.h"

/* Adds one thing wrong; beyond AUDIT_VERDICTS_MAX it is INTERNAL, since judges are finite. reason
 * is formatted into mem. */
MUST_USE enum status verdict_add(struct audit_verdicts *verdicts, struct arena *mem,
                                 struct str code, struct why *why, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

/* The same, with {"key":"value"} as additionalInfo of the verdict added last. */
MUST_USE enum status verdict_info(struct audit_verdicts *verdicts, struct arena *mem,
                                  const char *key, int64_t value, struct why *why);

/* The resource cannot be judged; lack says why, in whole words. */
void verdict_unknown(struct audit_verdicts *verdicts, struct str lack);

/* Whole days between two moments, rounded down, never negative. */
int64_t days_between(int64_t from, int64_t to);

/* The two expiry verdicts of 1.3.1: past at not_after, approaching within days before it. */
MUST_USE enum status judge_expiry(int64_t not_after, int64_t days, int64_t now, struct arena *mem,
                                  struct audit_verdicts *ret, struct why *why);

/* The two key vulnerabilities, from the facts in the columns. */
MUST_USE enum status judge_key(int64_t bits, bool roca, struct str weak_key_hash,
                               const struct keyq_list *weak_keys, struct arena *mem,
                               struct audit_verdicts *ret, struct why *why);

#endif
