#include "ref_jansson.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

void ref_jansson_parse(const char *ptr, size_t len)
{
    json_error_t error;
    json_t *root = json_loadb(ptr, len, 0, &error);
    if (root == NULL) {
        fprintf(stderr, "jansson refuses: %s\n", error.text);
        exit(2);
    }
    json_decref(root);
}
