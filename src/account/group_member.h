/* group_member.h: the rows that say which thing is in which group, read and dropped.
 *
 * Below the rules: membership.h says who may become a member, group.h and thing.h drop the rows of
 * what they delete.
 */
#ifndef ACCOUNT_GROUP_MEMBER_H
#define ACCOUNT_GROUP_MEMBER_H

#include "account/account.h"
#include "account/quotas.h"

/* The groups that a thing is directly in: at most QUOTA_GROUPS_OF_THING, by rule 1 of membership.h.
 */
MUST_USE enum status group_members_of_thing(const struct account_ctx *ctx, struct str thing,
                                            struct group_member ret[QUOTA_GROUPS_OF_THING],
                                            size_t *ret_n, struct why *why);

/* Members of one group after a thing (absent: from the first), by name, as many as max. */
MUST_USE enum status group_members_after(const struct account_ctx *ctx, struct str group,
                                         struct str after, struct group_member *rows, size_t max,
                                         size_t *ret_n, struct why *why);

/* Takes the thing out of all of its groups. */
MUST_USE enum status group_members_drop_thing(const struct account_ctx *ctx, struct str thing,
                                              struct why *why);

/* Takes all things out of the group. */
MUST_USE enum status group_members_drop_group(const struct account_ctx *ctx, struct str group,
                                              struct why *why);

#endif
