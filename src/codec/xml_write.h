/* xml_write.h: XML 1.0 into a buf, sticky.
 *
 * Elements and texts, as the replies of AWS's Query protocol need them: no attributes but the
 * default namespace of the root, no prefixes, no white space between elements.
 *     struct xml_write w;
 *     xml_write_init(&w, &out);
 *     xml_write_root(&w, STR("GetUserResponse"), STR("https://iam.amazonaws.com/doc/2010-05-08/"));
 *     xml_write_leaf(&w, STR("UserName"), name);
 *     xml_write_end(&w);
 *     xml_write_finish(&w);
 *     TRY(buf_finish(&out, &text, why));
 *
 * What XML cannot say at all - control characters but tab, line feed and carriage return, U+FFFE,
 * U+FFFF, bytes that are not UTF-8 - fails the whole text (INTERNAL): a reader would refuse it, and
 * leaving it out would be another value. A carriage return is written as a reference, since a
 * reader would turn a bare one into a line feed. Names are the caller's own: ASCII letters, digits,
 * '_', '-' and '.'; another name, or a wrong order of calls, is a fault of ours too.
 */
#ifndef CODEC_XML_WRITE_H
#define CODEC_XML_WRITE_H

#include "base/buf.h"

enum { XML_DEPTH_MAX = 64 };

struct xml_write {
    struct buf *out;
    unsigned depth;
    bool rooted;                     /* the root was begun */
    struct str names[XML_DEPTH_MAX]; /* of the open elements; views, which outlive the writing */
};

void xml_write_init(struct xml_write *w, struct buf *out);

/* The one root, with the default namespace xmlns when that is not empty. */
void xml_write_root(struct xml_write *w, struct str name, struct str xmlns);

/* An element, and the end of the newest open one. */
void xml_write_begin(struct xml_write *w, struct str name);
void xml_write_end(struct xml_write *w);

/* Text inside the newest open element. */
void xml_write_text(struct xml_write *w, struct str text);

/* The same for people: what XML cannot say becomes U+FFFD. Sentences about bad input hold it. */
void xml_write_shown(struct xml_write *w, struct str text);

/* An element with nothing but a text. An absent text writes nothing at all. */
void xml_write_leaf(struct xml_write *w, struct str name, struct str text);

/* Everything opened is closed and there was a root, else INTERNAL. */
void xml_write_finish(struct xml_write *w);

#endif
