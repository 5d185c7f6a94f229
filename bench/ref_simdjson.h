/* ref_simdjson.h: simdjson's DOM parser as a reference, behind C.
 *
 * Documents are added once (copied with the padding that simdjson wants, outside any timing), then
 * parsed again and again with one reused parser, which is how simdjson is fastest.
 */
#ifndef BENCH_REF_SIMDJSON_H
#define BENCH_REF_SIMDJSON_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ref_simdjson;

struct ref_simdjson *ref_simdjson_new(void);
void ref_simdjson_free(struct ref_simdjson *ref);

void ref_simdjson_add(struct ref_simdjson *ref, const char *ptr, size_t len);

/* A bench side: parses n documents, round and round. Ends the program when one does not parse. */
void ref_simdjson_run(void *ref, size_t n);

#ifdef __cplusplus
}
#endif

#endif
