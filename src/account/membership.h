/* membership.h: which things are in which groups.
 *
 * Rules ("Static thing groups", developer guide):
 *  1. A thing is directly in at most QUOTA_GROUPS_OF_THING groups.
 *  2. Of one hierarchy a thing is in one group only.
 *  3. Only static groups take members by hand. overrideDynamicGroups, by which a static membership
 *     replaces a dynamic one at the limit, therefore changes nothing here: dynamic memberships do
 *     not exist, and so do not count (group.h, rule 5).
 * Being in a group means to have the policies of that group and of all above it.
 */
#ifndef ACCOUNT_MEMBERSHIP_H
#define ACCOUNT_MEMBERSHIP_H

#include "account/group.h"

/* A thing and a group, each by name, by ARN or by both. */
struct membership {
    struct str thing_name, thing_arn;
    struct str group_name, group_arn;
};

/* Already being in the group is no failure. NOT_FOUND (thing, group); INVALID: rules 1 to 3,
 * neither name nor ARN, a name and an ARN of two things, an ARN that is none of ours. */
MUST_USE enum status membership_add(const struct account_ctx *ctx, const struct membership *in,
                                    struct why *why);

/* Whether the thing could be added to all these groups, one after the other; changes nothing.
 * ret_missing[i] says of group i whether it is not in it yet. NOT_FOUND, INVALID as above. */
MUST_USE enum status memberships_check(const struct account_ctx *ctx, struct str thing,
                                       const struct str *groups, size_t n, bool *ret_missing,
                                       struct why *why);

/* Not being in the group is no failure. Else as membership_add. */
MUST_USE enum status membership_remove(const struct account_ctx *ctx, const struct membership *in,
                                       struct why *why);

struct memberships_update {
    struct str thing;
    const struct str *add;
    size_t n_add;
    const struct str *remove;
    size_t n_remove;
};

/* Removes, then adds. INVALID also: no thing given, or one group in both lists. */
MUST_USE enum status memberships_update(const struct account_ctx *ctx,
                                        const struct memberships_update *in, struct why *why);

/* A page of struct group_member: the groups that a thing is directly in, by name. NOT_FOUND. */
MUST_USE enum status groups_of_thing(const struct account_ctx *ctx, struct str thing,
                                     const struct page *page, struct page_rows *ret,
                                     struct why *why);

/* A page of struct group_member: the things of a group by name; recursive, also those of all groups
 * below it, each once (rule 2), group by group. NOT_FOUND; UNSUPPORTED: a dynamic group. */
MUST_USE enum status things_of_group(const struct account_ctx *ctx, struct str group,
                                     bool recursive, const struct page *page, struct page_rows *ret,
                                     struct why *why);

#endif
