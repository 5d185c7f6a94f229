/* thing.h: things, the registry's devices.
 *
 * A thing has a name for good, at most one type, attributes, and a version that each update raises
 * by one. Rules (CreateThing, UpdateThing, DeleteThing and "Thing limits" of the AWS
 * documentation):
 *  1. Without a type a thing has at most QUOTA_ATTRIBUTES_UNTYPED attributes, with one
 *     QUOTA_ATTRIBUTES_TYPED; the rule holds after each change, so a type cannot be taken off a
 *     thing that has too many.
 *  2. A deprecated type is given to no thing; things that have it keep it.
 *  3. Creating a thing that is there in the same configuration is no failure.
 *  4. A thing with principals attached cannot be deleted. Deleting takes it out of its groups.
 * Better than the contract: every attribute can be searched for, not only a type's three searchable
 * ones.
 */
#ifndef ACCOUNT_THING_H
#define ACCOUNT_THING_H

#include "account/attributes.h"
#include "account/page.h"

struct thing_create {
    struct str name;
    struct str type_name; /* absent: none */
    struct attributes_change attributes;
};

/* *ret is the thing, new or there already. EXISTS: it is there in another configuration;
 * NOT_FOUND: no such type; INVALID: the type is deprecated, too many attributes. */
MUST_USE enum status thing_create(const struct account_ctx *ctx, const struct thing_create *in,
                                  struct thing *ret, struct why *why);

/* NOT_FOUND names the thing. */
MUST_USE enum status thing_get(const struct account_ctx *ctx, struct str name, struct thing *ret,
                               struct why *why);

struct thing_update {
    struct str name;
    struct str type_name; /* absent: as it is */
    bool remove_type;
    struct attributes_change attributes;
    struct maybe_int expected_version;
};

/* NOT_FOUND (thing, type), VERSION_CONFLICT, INVALID as for thing_create, or both a type and its
 * removal. */
MUST_USE enum status thing_update(const struct account_ctx *ctx, const struct thing_update *in,
                                  struct why *why);

/* A thing that is not there is no failure, as the contract has it. VERSION_CONFLICT; INVALID while
 * principals are attached. */
MUST_USE enum status thing_delete(const struct account_ctx *ctx, struct str name,
                                  struct maybe_int expected_version, struct why *why);

/* Which things; absent is any. */
struct things_filter {
    struct str type_name;
    struct str attribute;
    struct str value; /* of attribute; absent: any */
    bool prefix;      /* values that begin with value */
};

/* A page of struct thing: by name; with an attribute by value, then name. INVALID: a value without
 * an attribute, a prefix without a value. */
MUST_USE enum status things_list(const struct account_ctx *ctx, const struct things_filter *filter,
                                 const struct page *page, struct page_rows *ret, struct why *why);

/* VERSION_CONFLICT when a version is expected and is not the current one. For groups too. */
MUST_USE enum status version_check(struct maybe_int expected, int64_t current, const char *kind,
                                   struct str name, struct why *why);

#endif
