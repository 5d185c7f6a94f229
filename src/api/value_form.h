/* value_form.h: the parameters of the Query protocol to a tree of values that fits a shape.
 *
 * A parameter's name is the way to its value: members by name, elements of lists as member.1,
 * member.2, ..., entries of maps as entry.1.key and entry.1.value (or the names that the model
 * gives them), all joined by dots:
 *     PolicyName=p&Tags.member.1.Key=a&Tags.member.1.Value=b&Attributes.entry.1.key=k
 * A list that is there with an empty value and no elements is empty. As AWS does, parameters that
 * the shape does not have are ignored (Action and Version are such). Numbering begins at 1 and has
 * no gaps: a gap is an element that got lost on the way. Only form is judged here; bounds come
 * after (validate.h). Times are ISO 8601, blobs base64.
 */
#ifndef API_VALUE_FORM_H
#define API_VALUE_FORM_H

#include "api/value.h"
#include "codec/uri.h"

enum { FORM_DEPTH_MAX = 32 }; /* parts of a name */

/* shape is a struct; texts are views of the form. UNREADABLE names the parameter and what is wrong
 * with it. */
MUST_USE enum status value_from_form(const struct uri_query *form, enum shape_id shape,
                                     struct arena *mem, struct value *ret, struct why *why);

#endif
