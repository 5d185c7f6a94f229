/* fuzz_xml.c: a text is read as a tree or refused; what was read is well-formed: names are not
 * empty, an element has text or elements, texts are UTF-8, and children are as many as they say. */
#include <stdint.h>
#include <stdlib.h>

#include "codec/xml_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_MEMORY = 32 << 20 };

static void check(const struct xml_node *node)
{
    size_t n = 0;
    for (const struct xml_node *child = node->first; child != NULL; child = child->next) {
        check(child);
        n++;
    }
    if (n != node->n || node->name.len == 0 || (n > 0 && node->text.len > 0) ||
        !str_is_utf8(node->text)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *mem = arena_new(FUZZ_MEMORY);
    struct why why = {.code = STATUS_OK};
    const struct xml_node *root = NULL;
    if (mem != NULL) {
        enum status status = xml_read((struct str){(const char *)data, size}, mem, &root, &why);
        if (status == STATUS_OK) {
            check(root);
        } else if (why.code != status || why.text[0] == '\0') {
            abort();
        }
    }
    arena_free(mem);
    return 0;
}
