/* import_documents_priv.h: the documents of `bulwark import`, taken apart into elements.
 *
 * import_forms.c knows what a document of each form looks like; import_documents.c reads the files
 * and sends the elements.
 */
#ifndef CLI_IMPORT_DOCUMENTS_PRIV_H
#define CLI_IMPORT_DOCUMENTS_PRIV_H

#include "base/map.h"
#include "cli/import_priv.h"

/* The lists of the request, in the order in which they refer to one another. */
enum import_list {
    IMPORT_POLICIES,
    IMPORT_USERS,
    IMPORT_ROLES,
    IMPORT_POOLS,
    IMPORT_POOL_ROLES,
    IMPORT_USAGES,
    IMPORT_LISTS
};

struct import_list_row {
    struct str name; /* in the request */
    const char *what;
};
extern const struct import_list_row import_lists[IMPORT_LISTS];

enum { IMPORT_ELEMENTS_MAX = 100000 };

/* Where a document stands: its file, its number there, its place in an array. */
struct import_place {
    const char *path;
    size_t document; /* from 1; 0: it is the only one */
    size_t at;       /* from 1: in an array; 0: in none */
};

struct import_element {
    struct import_place place;
    struct str list; /* that it stands in, in its document; absent: it is the document */
    size_t index;
    struct str arn; /* IMPORT_USAGES: of whom; absent: the document says it */
    struct str text;
};

struct import_tally {
    struct import_element *elements;
    size_t n, cap;
    int64_t fresh, changed, known, refused;
};

struct import_documents {
    struct import *import;
    struct import_place place;
    struct import_tally lists[IMPORT_LISTS];
    struct map coming; /* ARNs and ids that the files have; what a dry run assumes */
    struct map listed; /* pools of list-identity-pools, to their places */
    struct map described;
    struct str arn; /* whose the next report is; absent: not said */
    size_t pages, truncated;
    struct import_place last_page;
    int64_t groups, built_in, memberships, boundaries, profiles;
};

/* Complaints about a document as a whole, and about a path in an element. */
void import_document_complain(struct import_documents *documents, const struct import_place *place,
                              struct str path, struct str sentence);
void import_element_complain(struct import_documents *documents, struct import_tally *tally,
                             const struct import_element *element, struct str path,
                             struct str sentence);

/* A member of an object that is a text; absent when it is none, or object is no object. */
MUST_USE enum status import_text_member(struct import_documents *documents, struct str object,
                                        struct str member, struct str *ret, struct why *why);

/* Once all files are read: pools that are listed and not described. */
void import_complain_of_listed(struct import_documents *documents);

#endif
