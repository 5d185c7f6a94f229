/* iam_report.h: IAM's reports of "service last accessed".
 *
 * A report is asked for, and read under its id for IAM_REPORT_DAYS by whoever asked for it; it says
 * what is so when it is read. It lists the services that the policies of a user or role allow, or
 * those of a managed policy, and when each was last used (account/iam_access.h) within
 * IAM_USE_DAYS. A policy that allows every service names none; then those are listed that were
 * used. Source: GenerateServiceLastAccessedDetails, IAM API reference; "Refine permissions in AWS
 * using last accessed information", IAM user guide.
 */
#ifndef ACCOUNT_IAM_REPORT_H
#define ACCOUNT_IAM_REPORT_H

#include "account/iam_access.h"

enum { IAM_REPORT_DAYS = 7, IAM_USE_DAYS = 400 };

/* Of the ARN of a user, role or managed policy: NOT_FOUND, INVALID. granularity is SERVICE_LEVEL or
 * ACTION_LEVEL; caller is an ARN, or absent. Reports that are too old are removed on the way. */
MUST_USE enum status iam_report_create(const struct account_ctx *ctx, struct str arn,
                                       struct str granularity, struct str caller,
                                       struct str *ret_id, struct why *why);

struct iam_report_entity {
    struct iam_entity entity;
    struct str arn;
    int64_t last;      /* of the service asked about; TIME_NEVER: not within USE_DAYS */
    struct str region; /* of that use; absent: not known */
};

struct iam_report_service {
    struct str service;
    struct iam_report_entity newest; /* whose use is the last; its last TIME_NEVER: nobody's */
    size_t users;                    /* how many of them have used it */
};

struct iam_report_read {
    struct iam_report row;
    struct str lack;                   /* why there is no list; absent: there is */
    struct iam_report_entity *holders; /* the user or role; of a policy, who has it attached */
    size_t n_holders;
    struct iam_report_service *services; /* by name */
    size_t n_services;
};

/* NOT_FOUND: no such report, too old, or another's. */
MUST_USE enum status iam_report_get(const struct account_ctx *ctx, struct str id, struct str caller,
                                    struct iam_report_read *ret, struct why *why);

/* The holders of a report with their last use of one service, the latest first. */
MUST_USE enum status iam_report_entities(const struct account_ctx *ctx,
                                         const struct iam_report_read *report, struct str service,
                                         struct iam_report_entity **ret, size_t *ret_n,
                                         struct why *why);

#endif
