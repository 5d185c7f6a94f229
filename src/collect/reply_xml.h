/* reply_xml.h: a reply of the Query protocol as the JSON tree that the other protocols would send.
 *
 * By the shape of the operation's reply: lists of <member> become arrays, structures objects, and
 * every other text a string. Members that the shape does not know are left out.
 */
#ifndef COLLECT_REPLY_XML_H
#define COLLECT_REPLY_XML_H

#include "codec/json_tree.h"
#include "codec/xml_read.h"
#include "contract/contract.h"

/* root: <ListRolesResponse>; a reply without a result is an empty object. All lies in mem. */
MUST_USE enum status reply_xml_tree(const struct xml_node *root, const struct operation *op,
                                    struct arena *mem, const struct json_value **ret,
                                    struct why *why);

#endif
