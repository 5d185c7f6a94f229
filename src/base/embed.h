/* embed.h: files that the program carries with it. tools/embed makes arrays of these at build time.
 */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include "base/str.h"

struct embedded {
    const char *name; /* of the file, without its folder */
    struct str text;
};

#endif
