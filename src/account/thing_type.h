/* thing_type.h: what things of one kind have in common.
 *
 * Life of a type: made, given to things, deprecated (no further thing gets it; undone at will), and
 * deleted, no sooner than QUOTA_TYPE_DELETE_MINUTES after it was deprecated and when no thing has
 * it. Sources: the *ThingType operations of the API reference, "Thing types" of the developer
 * guide.
 */
#ifndef ACCOUNT_THING_TYPE_H
#define ACCOUNT_THING_TYPE_H

#include "account/page.h"
#include "account/tags.h"

/* One user property that enriches MQTT 5 messages: from a thing attribute or from an attribute of
 * the connection, never both. */
struct propagating {
    struct str user_property;
    struct str thing_attribute;
    struct str connection_attribute;
};

/* ThingTypeProperties; what is not given stays as it is in an update. */
struct thing_type_properties {
    struct str description;
    bool has_searchable;
    const struct str *searchable;
    size_t n_searchable;
    bool has_mqtt5;
    const struct propagating *propagating;
    size_t n_propagating;
};

/* *ret is the type, new or there already in the same configuration. EXISTS: in another one.
 * INVALID: more than QUOTA_SEARCHABLE_ATTRIBUTES or QUOTA_PROPAGATING_ATTRIBUTES, one twice, or a
 * propagating attribute without a user property key or without exactly one source. Tags as in
 * tags_put; they are not part of the configuration. */
MUST_USE enum status thing_type_create(const struct account_ctx *ctx, struct str name,
                                       const struct thing_type_properties *in, struct tags tags,
                                       struct thing_type *ret, struct why *why);

/* NOT_FOUND names the type. */
MUST_USE enum status thing_type_get(const struct account_ctx *ctx, struct str name,
                                    struct thing_type *ret, struct why *why);

/* OK when a thing may be given the type: NOT_FOUND; INVALID when it is deprecated. */
MUST_USE enum status thing_type_assignable(const struct account_ctx *ctx, struct str name,
                                           struct why *why);

/* NOT_FOUND; INVALID as for thing_type_create. */
MUST_USE enum status thing_type_update(const struct account_ctx *ctx, struct str name,
                                       const struct thing_type_properties *in, struct why *why);

/* Deprecates, or undoes it; what is so already stays so, with its date. NOT_FOUND. */
MUST_USE enum status thing_type_deprecate(const struct account_ctx *ctx, struct str name, bool undo,
                                          struct why *why);

/* NOT_FOUND; INVALID: not deprecated, not long enough, or a thing has it. */
MUST_USE enum status thing_type_delete(const struct account_ctx *ctx, struct str name,
                                       struct why *why);

/* A page of struct thing_type by name; with a name, that one or none. */
MUST_USE enum status thing_types_list(const struct account_ctx *ctx, struct str name,
                                      const struct page *page, struct page_rows *ret,
                                      struct why *why);

#endif
