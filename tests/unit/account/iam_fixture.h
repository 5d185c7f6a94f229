/* iam_fixture.h: users, roles and policies in a line each. */
#ifndef TESTS_UNIT_ACCOUNT_IAM_FIXTURE_H
#define TESTS_UNIT_ACCOUNT_IAM_FIXTURE_H

#include "account/iam_grant.h"
#include "account/iam_policy.h"
#include "account/iam_role.h"
#include "account/iam_user.h"
#include "fixture.h"

#define POLICY(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define GRANT(effect, action, resource)                                                            \
    "{\"Effect\":\"" effect "\",\"Action\":\"" action "\",\"Resource\":\"" resource "\"}"
#define ALLOW_LIST_THINGS POLICY(GRANT("Allow", "iot:ListThings", "*"))
#define TRUST_IOT                                                                                  \
    POLICY("{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"iot.amazonaws.com\"},\"Action\":"   \
           "\"sts:AssumeRole\"}")

static inline enum status try_role(struct fixture *f, const char *name, const char *path,
                                   const char *trust)
{
    const struct iam_role_create in = {
        .name = str_from(name), .path = str_from(path), .trust = str_from(trust)};
    struct iam_role row;
    return WRITE(f, iam_role_create(&f->ctx, &in, &row, &f->why));
}

static inline enum status try_user(struct fixture *f, const char *name, const char *path)
{
    struct iam_user row;
    return WRITE(f, iam_user_create(&f->ctx, str_from(name), str_from(path), (struct tags){0}, &row,
                                    &f->why));
}

static inline enum status try_inline(struct fixture *f, enum iam_kind kind, const char *name,
                                     const char *policy, const char *document)
{
    return WRITE(f, iam_inline_put(&f->ctx, kind, str_from(name), str_from(policy),
                                   str_from(document), &f->why));
}

static inline enum status try_policy(struct fixture *f, const char *name, const char *path,
                                     const char *document)
{
    const struct iam_policy_create in = {
        .name = str_from(name), .path = str_from(path), .document = str_from(document)};
    struct iam_managed policy;
    return WRITE(f, iam_policy_create(&f->ctx, &in, &policy, &f->why));
}

static inline enum status try_attach(struct fixture *f, enum iam_kind kind, const char *name,
                                     const char *arn)
{
    return WRITE(f, iam_attach(&f->ctx, kind, str_from(name), str_from(arn), &f->why));
}

/* Writes something, so that CHECK_ALL_OR_NOTHING can be asked of what only reads. */
static inline enum status then_write(struct fixture *f, enum status status)
{
    const struct setting row = {.name = STR("test"), .value = STR("x")};
    return status == STATUS_OK ? store_put(f->ctx.tx, TABLE(setting), &row, &f->why) : status;
}

#define ROLE_ARN(name)   "arn:aws:iam::123456789012:role/" name
#define USER_ARN(name)   "arn:aws:iam::123456789012:user/" name
#define POLICY_ARN(name) "arn:aws:iam::123456789012:policy/" name
#define AWS_ARN(name)    "arn:aws:iam::aws:policy/" name

#endif
