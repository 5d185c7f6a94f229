/* audit_fixture.h: an account in memory, a clock that stands still, and audits run on this thread.
 */
#ifndef TESTS_UNIT_AUDIT_FIXTURE_H
#define TESTS_UNIT_AUDIT_FIXTURE_H

#include "audit/config.h"
#include "audit/finding.h"
#include "audit/runner.h"
#include "audit/task.h"
#include "lib/check.h"
#include "store/faulty.h"

#define ROLE STR("arn:aws:iam::123456789012:role/audit")

struct audit_fixture {
    struct arena *mem;
    struct store *store;
    int64_t now;
    uint64_t seed;
    bool extensions;
    struct audit_runner_options options;
};

static inline void fixture_open(struct audit_fixture *f)
{
    *f = (struct audit_fixture){
        .mem = arena_new(64 << 20), .now = INT64_C(1800000000000), .seed = 1, .extensions = true};
    CHECK_OK(store_open(&(struct store_options){.path = STR_ABSENT}, &f->store, NULL));
    f->options = (struct audit_runner_options){
        .store = f->store,
        .account = {STR("123456789012"), STR("us-east-1")},
        .clock = clock_fixed(&f->now),
        .rnd = rnd_seeded_for_tests(&f->seed),
    };
}

/* The same account on a store that fails on command; plan outlives it. */
static inline void fixture_open_faulty(struct audit_fixture *f, struct faulty_plan *plan)
{
    struct store_db *inner = NULL;
    struct store_db *db = NULL;
    store_close(f->store);
    faulty_plan_set(plan, FAULTY_NEVER, STATUS_IO);
    CHECK_OK(memory_open(&inner, NULL));
    CHECK_OK(faulty_open(inner, plan, &db, NULL));
    CHECK_OK(store_start(db, 0, &f->store, NULL));
    f->options.store = f->store;
}

static inline void fixture_close(struct audit_fixture *f)
{
    store_close(f->store);
    arena_free(f->mem);
}

static inline struct account_ctx fixture_ctx(struct audit_fixture *f)
{
    return (struct account_ctx){.id = f->options.account,
                                .clock = f->options.clock,
                                .rnd = f->options.rnd,
                                .extensions = f->extensions,
                                .mem = f->mem};
}

/* Runs one account function in a transaction. */
static inline enum status fixture_write(struct audit_fixture *f,
                                        enum status (*run)(const struct account_ctx *, void *,
                                                           struct why *),
                                        void *arg, struct why *why)
{
    const struct account_ctx ctx = fixture_ctx(f);
    struct account_call call = {.ctx = &ctx, .run = run, .arg = arg};
    return store_write(f->store, account_call_run, &call, why);
}

static inline enum status do_enable(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const enum check_id *id = arg;
    const struct audit_config_check check = {*id, {true, true}, {false, 0}};
    const struct audit_config_update in = {.role_arn = ROLE, .checks = &check, .n_checks = 1};
    return audit_config_update(ctx, &in, why);
}

struct start {
    enum check_id check;
    struct str task;
};

static inline enum status do_start(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct start *start = arg;
    return audit_task_start(ctx, &start->check, 1, &start->task, why);
}

/* An audit with one check, started. */
static inline struct str fixture_start(struct audit_fixture *f, enum check_id check)
{
    struct start start = {.check = check};
    CHECK_OK(fixture_write(f, do_enable, &check, NULL));
    CHECK_OK(fixture_write(f, do_start, &start, NULL));
    return start.task;
}

static inline struct audit_described fixture_describe(struct audit_fixture *f, struct str task)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    struct audit_described audit;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(audit_task_describe(&ctx, task, &audit, NULL));
    return audit;
}

/* All findings of a task, newest first. */
static inline struct page_rows fixture_findings(struct audit_fixture *f, struct str task)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    const struct finding_filter filter = {.task = task, .start = TIME_NEVER, .end = TIME_NEVER};
    const struct page page = {.max = PAGE_ROWS_MAX};
    struct page_rows rows;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(finding_list(&ctx, &filter, &page, &rows, NULL));
    return rows;
}

struct put {
    const struct table *table;
    const void *row;
};

static inline enum status do_put(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct put *put = arg;
    return store_put(ctx->tx, put->table, put->row, why);
}

static inline void fixture_put(struct audit_fixture *f, const struct table *table, const void *row)
{
    struct put put = {table, row};
    CHECK_OK(fixture_write(f, do_put, &put, NULL));
}

/* A certificate of which only what a check reads is set. */
static inline struct certificate fixture_cert(const char *id)
{
    return (struct certificate){.id = str_from(id),
                                .status = STR("ACTIVE"),
                                .ca_id = STR(""),
                                .mode = STR("DEFAULT"),
                                .created = INT64_C(1800000000000),
                                .not_after = INT64_C(2500000000000),
                                .serial = STR("01"),
                                .issuer_hash = STR("00"),
                                .crl_skipped = STR(""),
                                .key_kind = STR("EC"),
                                .key_bits = 256};
}

#endif
