/* conformance.h: what every backend must do, as one suite of tests (store/backend.h, conformance).
 *
 * Each test opens an empty store by the opener it is run with. Tests of one backend alone (files,
 * crashes, versions) stand in that backend's own test program.
 */
#ifndef TESTS_UNIT_STORE_CONFORMANCE_H
#define TESTS_UNIT_STORE_CONFORMANCE_H

#include "base/arena.h"
#include "store/store.h"

/* Opens an empty store; close ends it and removes its files. */
struct conformance {
    const char *name;
    struct store *(*open)(void *ctx);
    void (*close)(void *ctx, struct store *store);
    void *ctx;
};

/* Runs the suite; the value is that of main. */
int conformance_run(const struct conformance *subject);

#endif
