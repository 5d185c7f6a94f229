/* check.h: cmocka, with its required headers in the required order, and our few helpers.
 *
 * Assertions for our own types: CHECK_OK(status), CHECK_STATUS(status, STATUS_X), CHECK_STR(got,
 * "want"). A test program's main is  RUN_TESTS(name, tests)  so that the harness can count cases.
 */
#ifndef TESTS_LIB_CHECK_H
#define TESTS_LIB_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/str.h"

#define CHECK_STATUS(expr, want)                                                                   \
    do {                                                                                           \
        enum status check_got_ = (expr);                                                           \
        if (check_got_ != (want)) {                                                                \
            fail_msg("%s: got %s, want %s", #expr, status_name(check_got_), status_name(want));    \
        }                                                                                          \
    } while (0)

#define CHECK_OK(expr) CHECK_STATUS((expr), STATUS_OK)

#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        struct str check_s_ = (got);                                                               \
        if (!str_eq(check_s_, str_from(want))) {                                                   \
            fail_msg("%s: got \"%.*s\", want \"%s\"", #got, STR_ARG(check_s_), (want));            \
        }                                                                                          \
    } while (0)

#define RUN_TESTS(group, tests) cmocka_run_group_tests_name(group, tests, NULL, NULL)

#endif
