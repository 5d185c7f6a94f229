/* group.h: thing groups, static and dynamic.
 *
 * A static group may have a parent, chosen when it is made, for good: groups form hierarchies, each
 * under one root. A dynamic group stands alone and has members by query. Rules ("Static thing
 * groups", "Dynamic thing groups" of the developer guide, and the *ThingGroup operations):
 *  1. A hierarchy is at most QUOTA_GROUP_DEPTH levels deep, a group has at most
 *     QUOTA_GROUP_CHILDREN children and QUOTA_GROUP_ATTRIBUTES attributes.
 *  2. Both kinds share their names; an operation of one kind refuses a group of the other.
 *  3. Making a group that is there in the same configuration is no failure; tags do not count.
 *  4. A group with children cannot be deleted. What else hangs on a group goes with it: members,
 *     attachments of policies and security profiles, tags, its log level.
 *  5. Bulwark has no search index yet: a dynamic group is kept as it was given, in status BUILDING
 *     (which in the contract says that its members are not complete), and asking for its members is
 *     refused rather than answered with nothing.
 */
#ifndef ACCOUNT_GROUP_H
#define ACCOUNT_GROUP_H

#include "account/attributes.h"
#include "account/page.h"
#include "account/quotas.h"
#include "account/tags.h"

/* What makes a group dynamic. index_name and query_version may be absent: AWS_Things, 2017-09-30,
 * which are also the only ones. */
struct group_query {
    struct str query_string;
    struct str index_name;
    struct str query_version;
};

struct group_create {
    struct str name;
    struct str parent; /* absent: a root; never of a dynamic group */
    struct str description;
    struct attributes_change attributes;
    struct tags tags;
    bool dynamic;
    struct group_query query; /* of a dynamic one */
};

/* *ret is the group, new or there already. NOT_FOUND: no such parent; EXISTS; INVALID: rules 1 and
 * 2, or a query's index or version that there is not; LIMIT: QUOTA_DYNAMIC_GROUPS. */
MUST_USE enum status group_create(const struct account_ctx *ctx, const struct group_create *in,
                                  struct thing_group *ret, struct why *why);

/* NOT_FOUND names the group. */
MUST_USE enum status group_get(const struct account_ctx *ctx, struct str name,
                               struct thing_group *ret, struct why *why);

/* INVALID when the group is dynamic, in a sentence that says what cannot be done: "things cannot be
 * added to it by hand". */
MUST_USE enum status group_must_be_static(const struct thing_group *group, const char *refusal,
                                          struct why *why);

/* The names of the groups above one, from the root down to its parent. */
struct group_path {
    struct str names[QUOTA_GROUP_DEPTH];
    size_t n;
};
MUST_USE enum status group_path_get(const struct account_ctx *ctx, const struct thing_group *group,
                                    struct group_path *ret, struct why *why);

struct group_update {
    struct str name;
    bool dynamic;           /* which operation asks */
    struct str description; /* absent: as it is; so too below */
    struct attributes_change attributes;
    struct group_query query;
    struct maybe_int expected_version;
};

/* NOT_FOUND, VERSION_CONFLICT, INVALID. */
MUST_USE enum status group_update(const struct account_ctx *ctx, const struct group_update *in,
                                  int64_t *ret_version, struct why *why);

/* A group that is not there is no failure. VERSION_CONFLICT; INVALID: rules 2 and 4. */
MUST_USE enum status group_delete(const struct account_ctx *ctx, struct str name, bool dynamic,
                                  struct maybe_int expected_version, struct why *why);

/* Which groups. With a parent, its children, or with recursive all that are below it. Without one,
 * all groups, or with recursive given as false the roots only. */
struct groups_filter {
    struct str parent;
    struct str name_prefix;
    struct maybe_bool recursive;
};

/* A page of struct thing_group, of which only names are sure to be set: by name; below a parent
 * recursively, each group before its children. NOT_FOUND: no such parent. */
MUST_USE enum status groups_list(const struct account_ctx *ctx, const struct groups_filter *filter,
                                 const struct page *page, struct page_rows *ret, struct why *why);

/* ---- walking a subtree, a seek a step ----------------------------------------------------------
 */

/* Where a walk stands: the names from the top of the subtree down. It can be kept as texts and
 * taken up later, even when the group it stands on is gone by then. */
struct group_walk {
    struct str path[QUOTA_GROUP_DEPTH];
    size_t depth; /* 0: the walk is over */
};

static inline struct str group_walk_at(const struct group_walk *walk)
{
    return walk->path[walk->depth - 1];
}

/* To the next group of the subtree, each before its children, siblings by name. */
MUST_USE enum status group_walk_next(const struct account_ctx *ctx, struct group_walk *walk,
                                     struct why *why);

/* As a page position, with one more text, and back. top is put first. */
MUST_USE enum status group_walk_save(const struct account_ctx *ctx, const struct group_walk *walk,
                                     struct str extra, struct str *ret, struct why *why);
MUST_USE enum status group_walk_load(struct str position, struct str top, struct group_walk *ret,
                                     struct str *ret_extra, struct why *why);

#endif
