/* xml_read.h: a small XML text as a tree in an arena: the replies of AWS's Query protocol.
 *
 * Elements with text, or with elements; attributes are read and forgotten, as are comments, white
 * space between elements and the XML declaration. A prefix is part of the name. Strict where it
 * matters: the text must be UTF-8, tags must match, there is one root, and a character that XML
 * cannot say is refused. No document type, no entities but the five of XML and characters by
 * number: what a document could make grow, it cannot (CVE-2003-1564, "billion laughs").
 *
 * Depth is bounded by XML_READ_DEPTH_MAX, the number of elements by LIMIT_JSON_VALUES; TOO_LARGE
 * beyond. Texts are views of the input, or lie in the arena where references were resolved.
 */
#ifndef CODEC_XML_READ_H
#define CODEC_XML_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { XML_READ_DEPTH_MAX = 64 };

struct xml_node {
    struct str name;
    struct str text; /* of an element without elements, in full; "" of others */
    size_t n;        /* elements in it */
    const struct xml_node *first;
    const struct xml_node *next; /* sibling */
};

/* Reads text, which must outlive the tree. MALFORMED with the byte in the way. */
MUST_USE enum status xml_read(struct str text, struct arena *mem, const struct xml_node **ret_root,
                              struct why *why);

/* The first element of that name in node, or NULL: also when node is NULL. */
const struct xml_node *xml_child(const struct xml_node *node, struct str name);

/* Its text; absent when there is no such element. */
struct str xml_child_text(const struct xml_node *node, struct str name);

#endif
