/* fixture.h: an account in memory for tests, with a clock that stands still and known randomness.
 *
 *     struct fixture *f = *state;
 *     struct thing thing;
 *     CHECK_OK(WRITE(f, thing_create(&f->ctx, &in, &thing, &f->why)));
 *     CHECK_OK(READ(f, thing_get(&f->ctx, STR("lamp"), &thing, &f->why)));
 *     CHECK_REFUSED(f, STATUS_INVALID, "may have 3", WRITE(f, ...));
 *
 * WRITE runs its expression in a transaction of its own, on the test's thread (the store's writer
 * waits meanwhile, which only a test may ask of it), so that assertions work as anywhere. A refused
 * expression's transaction is undone.
 */
#ifndef TESTS_UNIT_ACCOUNT_FIXTURE_H
#define TESTS_UNIT_ACCOUNT_FIXTURE_H

#include "account/account.h"
#include "account/page.h"
#include "lib/check.h"
#include "store/faulty.h"

enum { FIXTURE_MEMORY = 64 << 20, FIXTURE_STEP = 48 };

struct fixture {
    struct account_ctx ctx; /* tx is set within READ and WRITE */
    struct store *store;
    int64_t now;
    uint64_t seed;
    struct why why;
    struct tx_wait *wait;
    struct faulty_plan plan; /* what the store's backend does wrong */
    struct {
        enum { FAULTS_MEMORY, FAULTS_STORE, FAULTS_DONE } phase;
        size_t run;
        uint64_t digest;
        struct arena *mem;
    } faults;
};

/* For cmocka_unit_test_setup_teardown; *state is the fixture. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

void fixture_write_begin(struct fixture *f);
/* The status that the transaction had in the end. */
enum status fixture_write_end(struct fixture *f, enum status status);
void fixture_read_begin(struct fixture *f);
void fixture_read_end(struct fixture *f);

#define WRITE(f, expr)                                                                             \
    __extension__({                                                                                \
        fixture_write_begin(f);                                                                    \
        enum status write_status_ = (expr);                                                        \
        fixture_write_end((f), write_status_);                                                     \
    })

#define READ(f, expr)                                                                              \
    __extension__({                                                                                \
        fixture_read_begin(f);                                                                     \
        enum status read_status_ = (expr);                                                         \
        fixture_read_end(f);                                                                       \
        read_status_;                                                                              \
    })

/* expr must have the status, and its sentence (f->why) must hold the words. */
#define CHECK_REFUSED(f, want, words, expr)                                                        \
    do {                                                                                           \
        (f)->why = (struct why){0};                                                                \
        CHECK_STATUS((expr), (want));                                                              \
        assert_int_equal((f)->why.code, (want));                                                   \
        if (strstr((f)->why.text, (words)) == NULL) {                                              \
            fail_msg("%s: \"%s\" does not say \"%s\"", #expr, (f)->why.text, (words));             \
        }                                                                                          \
    } while (0)

/* All that the account holds, as one number: equal before and after what changed nothing. */
uint64_t fixture_digest(struct fixture *f);

/* An expression run again and again: first each time with ctx.mem a little larger, until it is
 * enough; then with the n-th call of the store's backend failing, the commit's too, until none
 * fails. Each failure is reported as what it is and leaves the account as it was; the last run
 * succeeds and stays. */
#define CHECK_ALL_OR_NOTHING(f, expr)                                                              \
    do {                                                                                           \
        fixture_faults_begin(f);                                                                   \
        while (fixture_faults_next(f)) {                                                           \
            fixture_faults_result((f), #expr, (expr));                                             \
        }                                                                                          \
    } while (0)
void fixture_faults_begin(struct fixture *f);
bool fixture_faults_next(struct fixture *f);
void fixture_faults_result(struct fixture *f, const char *expr, enum status status);

/* A certificate row under an id; its ARN. */
struct str fixture_certificate(struct fixture *f, const char *id);

/* "lamp-007" in the fixture's memory. */
struct str fixture_name(struct fixture *f, const char *stem, int number);

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

#endif
