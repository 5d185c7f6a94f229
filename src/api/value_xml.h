/* value_xml.h: a tree of values as XML, as the Query protocol's replies carry it.
 *
 * A struct is its members, each an element of its name; a list is <member> elements; a map is
 * <entry> elements with <key> and <value> (or the names that the model gives them). Times are ISO
 * 8601, booleans true and false, blobs base64. Absent members are left out; an empty list or map is
 * an element with nothing inside.
 */
#ifndef API_VALUE_XML_H
#define API_VALUE_XML_H

#include "api/value.h"
#include "codec/xml_write.h"

/* Writes what is inside the newest open element. Sticky like the writer. */
void value_to_xml(struct xml_write *out, const struct value *value, struct arena *mem);

#endif
