/* topic_fixture.h: topics and subscriptions in a line each. */
#ifndef TESTS_UNIT_ACCOUNT_TOPIC_FIXTURE_H
#define TESTS_UNIT_ACCOUNT_TOPIC_FIXTURE_H

#include "account/outbox.h"
#include "account/subscription.h"
#include "fixture.h"

#define TOPIC_ARN(name) "arn:aws:sns:us-east-1:123456789012:" name

static inline enum status try_topic(struct fixture *f, const char *name)
{
    struct topic row;
    return WRITE(
        f, topic_create(&f->ctx, str_from(name), NULL, 0, (struct tags){NULL, 0}, &row, &f->why));
}

static inline enum status try_subscribe(struct fixture *f, const char *topic, const char *protocol,
                                        const char *endpoint, bool confirmed,
                                        struct subscription *ret)
{
    const struct subscribe in = {.topic_arn = str_from(topic),
                                 .protocol = str_from(protocol),
                                 .endpoint = str_from(endpoint),
                                 .confirmed = confirmed};
    return WRITE(f, subscription_create(&f->ctx, &in, ret, &f->why));
}

/* The rows of the outbox in a state, by the time of their next try; at most 250. */
static inline size_t outbox_rows(struct fixture *f, struct str state, struct outbox **ret)
{
    const struct page page = {.max = PAGE_ROWS_MAX};
    struct page_rows rows;
    CHECK_OK(READ(f, outbox_list(&f->ctx, state, &page, &rows, &f->why)));
    *ret = rows.rows;
    return rows.n;
}

#endif
