/* ref_jansson.h: jansson as a reference, behind names that do not collide with ours. */
#ifndef BENCH_REF_JANSSON_H
#define BENCH_REF_JANSSON_H

#include <stddef.h>

/* Parses one text and frees the tree. Ends the program when it does not parse. */
void ref_jansson_parse(const char *ptr, size_t len);

#endif
