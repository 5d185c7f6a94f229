/* target.h: which devices a security profile is for.
 *
 * Rules (AttachSecurityProfile and its kin; AWS IoT Device Defender developer guide, "How to use
 * Detect"; decided here where they are silent):
 *  1. A target is a thing group of this account, or one of all/things, all/registered-things and
 *     all/unregistered-things.
 *  2. A target has at most QUOTA_PROFILES_OF_TARGET profiles. Attaching twice is once; detaching
 * what is not attached is no failure.
 *  3. A profile attached to a group is for the things of the groups below it too, as policies are.
 *  4. A group that is deleted takes its attachments with it (account/group.h).
 */
#ifndef DETECT_TARGET_H
#define DETECT_TARGET_H

#include "account/page.h"

enum { QUOTA_PROFILES_OF_TARGET = 5 }; /* "Detect quotas" */

/* NOT_FOUND: no such profile or group; INVALID: rule 1; LIMIT: rule 2. */
MUST_USE enum status target_attach(const struct account_ctx *ctx, struct str profile,
                                   struct str target, struct why *why);
MUST_USE enum status target_detach(const struct account_ctx *ctx, struct str profile,
                                   struct str target, struct why *why);

/* Detaches all. */
MUST_USE enum status target_drop_profile(const struct account_ctx *ctx, struct str profile,
                                         struct why *why);

/* The targets of a profile; rows are struct profile_target. NOT_FOUND. */
MUST_USE enum status target_list(const struct account_ctx *ctx, struct str profile,
                                 const struct page *page, struct page_rows *ret, struct why *why);

/* The profiles of a target; recursive: of a group, those of the groups below it too, each group
 * before its children. rows are struct profile_target. NOT_FOUND, INVALID. */
MUST_USE enum status target_profiles(const struct account_ctx *ctx, struct str target,
                                     bool recursive, const struct page *page, struct page_rows *ret,
                                     struct why *why);

#endif
