/* profile_use.h: which security profiles name a metric or a dimension: the rows by which profiles
 * are listed, and by which what is in use cannot be deleted. Kept by profile.h. */
#ifndef DETECT_PROFILE_USE_H
#define DETECT_PROFILE_USE_H

#include "account/page.h"

#define USE_METRIC    STR("metric")
#define USE_DIMENSION STR("dimension")

/* Adds the row; twice is once. */
MUST_USE enum status profile_use_add(const struct account_ctx *ctx, struct str kind,
                                     struct str name, struct str profile, struct why *why);

/* Forgets all that a profile names. */
MUST_USE enum status profile_use_drop(const struct account_ctx *ctx, struct str profile,
                                      struct why *why);

/* INVALID, with a profile that names it, when there is any. */
MUST_USE enum status profile_use_none(const struct account_ctx *ctx, struct str kind,
                                      struct str name, struct why *why);

/* The profiles that name it; rows are struct profile_use. */
MUST_USE enum status profile_use_list(const struct account_ctx *ctx, struct str kind,
                                      struct str name, const struct page *page,
                                      struct page_rows *ret, struct why *why);

#endif
