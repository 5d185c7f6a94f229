/* attributes.h: the name and value pairs of things and thing groups.
 *
 * Stored as one canonical JSON object of strings, names sorted; handled as a sorted list. An
 * attribute with an empty value does not exist: giving one removes it (UpdateThing: "To remove an
 * attribute, call UpdateThing with an empty attribute value"), and nothing empty is ever stored.
 */
#ifndef ACCOUNT_ATTRIBUTES_H
#define ACCOUNT_ATTRIBUTES_H

#include "account/account.h"

struct attribute {
    struct str name;
    struct str value;
};
struct attributes {
    const struct attribute *items;
    size_t n;
};

/* A change as AttributePayload says it; all zero: none was sent. */
struct attributes_change {
    bool given;               /* attributePayload with attributes was there */
    bool merge;               /* into what is stored; else in its place */
    struct attributes values; /* names unique, in any order */
};

/* What a change makes of the stored JSON (absent: none so far): the new list, sorted, and its JSON.
 * Without a change it is the old one. */
MUST_USE enum status attributes_apply(struct arena *mem, struct str stored,
                                      const struct attributes_change *change,
                                      struct attributes *ret, struct str *ret_json,
                                      struct why *why);

/* The stored JSON as a sorted list; an absent text is none. CORRUPT when it is not ours. */
MUST_USE enum status attributes_read(struct arena *mem, struct str json, struct attributes *ret,
                                     struct why *why);

/* INVALID when there are more than max, or names and values together are beyond
 * QUOTA_ATTRIBUTES_BYTES. kind and name are for the sentence: "thing" "lamp-7". */
MUST_USE enum status attributes_check(struct attributes attributes, size_t max, const char *kind,
                                      struct str name, struct why *why);

#endif
