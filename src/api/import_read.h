/* import_read.h: members of JSON documents that came from elsewhere, and where a wrong one stands.
 *
 * A document is read member by member; a failure leaves the place of the member that is at fault,
 * as a path: ".RolePolicyList[2].PolicyDocument". Places lie on the stack of whoever reads, each
 * knows the one above it.
 *     const struct import_place at = {&above, STR("RolePolicyList"), 0};
 */
#ifndef API_IMPORT_READ_H
#define API_IMPORT_READ_H

#include "account/tags.h"
#include "codec/json_tree.h"

struct import_place {
    const struct import_place *up; /* NULL: the document */
    struct str member;             /* absent: an element of a list */
    size_t index;
};

struct import_read {
    struct arena *mem;
    struct str path; /* of what was at fault; absent before */
};

/* Has the status of why; remembers the place, unless a deeper one is remembered. */
enum status import_fault(struct import_read *read, const struct import_place *at,
                         enum status status);

/* Each reads one member of the object. INVALID: it is missing though needed, or of another type.
 * Absent and null are alike. */
MUST_USE enum status import_text(struct import_read *read, const struct import_place *at,
                                 const struct json_value *object, struct str member, bool needed,
                                 struct str *ret, struct why *why);
MUST_USE enum status import_flag(struct import_read *read, const struct import_place *at,
                                 const struct json_value *object, struct str member, bool *ret,
                                 struct why *why);

/* A moment as AWS's tools write it: a date and time of RFC 3339, or seconds since 1970. */
MUST_USE enum status import_time(struct import_read *read, const struct import_place *at,
                                 const struct json_value *object, struct str member, bool needed,
                                 int64_t *ret, struct why *why);

/* A list; NULL when it is absent. */
MUST_USE enum status import_list(struct import_read *read, const struct import_place *at,
                                 const struct json_value *object, struct str member,
                                 const struct json_value **ret, struct why *why);

/* A policy document as compact JSON: an object, as the aws CLI shows it, or a text, as the API has
 * it, with or without percent signs. */
MUST_USE enum status import_document(struct import_read *read, const struct import_place *at,
                                     const struct json_value *object, struct str member,
                                     struct str *ret, struct why *why);

/* The value as compact JSON; absent for NULL. */
MUST_USE enum status import_compact(struct import_read *read, const struct json_value *value,
                                    struct str *ret, struct why *why);

/* Tags as a list of {Key, Value}. */
MUST_USE enum status import_tags(struct import_read *read, const struct import_place *at,
                                 const struct json_value *object, struct str member,
                                 struct tags *ret, struct why *why);

#endif
