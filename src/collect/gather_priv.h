/* gather_priv.h: what the areas of gather.h share. */
#ifndef COLLECT_GATHER_PRIV_H
#define COLLECT_GATHER_PRIV_H

#include "collect/gather.h"
#include "collect/tree.h"

struct gather {
    const struct gather_options *options;
    struct arena *mem;   /* of the run */
    struct arena *names; /* of one area */
    struct arena *page;  /* of one reply in pages */
    struct arena *work;  /* of one resource */
    struct gathered *out;
    enum area area;  /* at which it is */
    int64_t refused; /* resources in a row */
    bool no_v2;      /* the endpoint lacks ListPrincipalThingsV2 */
    bool no_things;  /* things of principals are not told */
};

/* Names of resources, as lists tell them. */
struct names {
    struct str *at;
    size_t n, cap;
};

/* An area: how it is read, in the order of gather.c's table. */
typedef enum status gather_area(struct gather *g, struct why *why);
gather_area gather_audit_config, gather_suppressions, gather_logging, gather_cas,
    gather_certificates, gather_things, gather_groups, gather_policies, gather_role_aliases,
    gather_roles, gather_role_use, gather_pools, gather_connections;

/* Whether what a call ended with is a thing not known (which is noted of the area, of `count`
 * resources, -1 of all of it) rather than the end of the collection. */
bool gather_note(struct gather *g, enum op_id op, enum status status, const struct why *why,
                 int64_t count);

/* Notes that without a call. */
void gather_note_text(struct gather *g, struct str action, struct str error);

/* One call; args as of aws_call. */
MUST_USE enum status gather_call(struct gather *g, enum op_id op, const struct aws_arg *args,
                                 size_t n, const struct json_value **ret, struct why *why);

/* The names in member `key` (absent: the items are texts) of the items in `list`, of all pages,
 * into g->names. A refusal is noted, and *ret has what came before it. */
struct list_of_names {
    enum op_id op;
    const struct aws_arg *args;
    size_t n_args;
    const char *page_size;
    const char *list;
    const char *key;
};
MUST_USE enum status gather_names(struct gather *g, const struct list_of_names *what,
                                  struct names *ret, struct why *why);

/* Reads each resource that the part does not have yet. one() writes its line; a refusal is noted of
 * that one, and GATHER_REFUSALS_MAX in a row end the area. */
typedef enum status gather_one(struct gather *g, struct str name, struct why *why);
MUST_USE enum status gather_each(struct gather *g, const struct names *names,
                                 enum snapshot_kind kind, gather_one *one, struct why *why);

/* The refusal of a call inside one(): its own status, or OK when the resource is to be passed over.
 */
MUST_USE enum status gather_refusal(struct gather *g, enum op_id op, enum status status,
                                    struct why *why);

/* Pages of a list that belongs to one resource, as lines of `kind` with ids OWNER/00001 ...: each
 * {owner_key: owner, list_key: the page's list}. */
struct pages_of {
    enum snapshot_kind kind;
    enum op_id op;
    const struct aws_arg *args;
    size_t n_args;
    const char *page_size;
    const char *list;      /* of the reply */
    const char *owner_key; /* of the line */
    const char *list_key;
    struct str owner;
};
MUST_USE enum status gather_pages_of(struct gather *g, const struct pages_of *what,
                                     struct why *why);

/* A line of the part. */
MUST_USE enum status gather_put(struct gather *g, enum snapshot_kind kind, struct str id,
                                const struct json_value *value, struct why *why);

/* Notes a lack of another area than the one at hand, of all of it. */
bool gather_note_other(struct gather *g, enum area area, enum op_id op, enum status status,
                       const struct why *why);

void gather_tell(struct gather *g, int64_t done, int64_t total);

#endif
