/* form.h: application/x-www-form-urlencoded, as AWS's Query protocol sends it.
 *
 * Names and values are decoded to UTF-8 without U+0000; a '+' is a space here (uri.h reads queries,
 * where it is a plus sign). Parameters keep the order in which they were sent.
 */
#ifndef CODEC_FORM_H
#define CODEC_FORM_H

#include "codec/uri.h"

/* Views of the form where there is nothing to decode, else copies in mem. TOO_LARGE beyond
 * LIMIT_FORM_PARAMETERS; MALFORMED: a '%' without two digits, or bytes that are no text. An empty
 * or absent form has no parameters. */
MUST_USE enum status form_read(struct arena *mem, struct str form, struct uri_query *ret,
                               struct why *why);

#endif
