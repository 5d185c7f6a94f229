/* logging.h: how much of what devices do is logged, as the account sets it.
 *
 * Two generations live side by side, as in the contract. V1 is a role and a level. V2 is a role, a
 * default level, a switch that silences everything, settings for single types of event, and levels
 * for single targets. Rules (the *LoggingOptions and *V2LoggingLevel operations):
 *  1. The first V2 options must have a role and a default level; later ones change what they give.
 *     disableAllLogs is false whenever it is not given.
 *  2. Before there are V2 options, they and their levels are NOT_CONFIGURED.
 *  3. The target DEFAULT has no name and is the default level; other targets have one, a
 *     THING_GROUP is a group that there is, a SOURCE_IP is an IP address.
 *  4. A level more specific wins: target over event type over default.
 * Levels are DEBUG, INFO, WARN, ERROR, DISABLED.
 */
#ifndef ACCOUNT_LOGGING_H
#define ACCOUNT_LOGGING_H

#include "account/page.h"

struct logging_v1 {
    struct str role_arn; /* absent: never set */
    struct str level;    /* never absent; DISABLED when never set */
};

/* role_arn is needed; without a level the present one stays. INVALID: no role ARN. */
MUST_USE enum status logging_v1_set(const struct account_ctx *ctx, struct str role_arn,
                                    struct str level, struct why *why);
MUST_USE enum status logging_v1_get(const struct account_ctx *ctx, struct logging_v1 *ret,
                                    struct why *why);

/* One type of event; level and destination may be absent. */
struct logging_event {
    struct str type;
    struct str level;
    struct str destination;
};

struct logging_v2 {
    struct str role_arn;
    struct str level;
    bool disable_all;
    const struct logging_event *events;
    size_t n_events;
};

/* in: absent texts stay as they are, as do events unless has_events. INVALID: rule 1, an event type
 * twice, no role ARN. */
MUST_USE enum status logging_v2_set(const struct account_ctx *ctx, const struct logging_v2 *in,
                                    bool has_events, struct why *why);

/* NOT_CONFIGURED before the first set. */
MUST_USE enum status logging_v2_get(const struct account_ctx *ctx, struct logging_v2 *ret,
                                    struct why *why);

/* All V2 options as one text, absent when there are none; two are equal when the options are. And
 * back to such a text. CONFLICT: back to none, while single targets have levels. */
MUST_USE enum status logging_v2_text(const struct account_ctx *ctx, struct str *ret,
                                     struct why *why);
MUST_USE enum status logging_v2_restore(const struct account_ctx *ctx, struct str text,
                                        struct why *why);

/* The level of one target, by the LogTargetType words of the contract. NOT_CONFIGURED; INVALID:
 * rule 3; LIMIT: QUOTA_LOG_TARGETS. */
MUST_USE enum status log_level_set(const struct account_ctx *ctx, struct str target_type,
                                   struct str target_name, struct str level, struct why *why);

/* A level that is not set is no failure. INVALID: DEFAULT, which always has one. */
MUST_USE enum status log_level_delete(const struct account_ctx *ctx, struct str target_type,
                                      struct str target_name, struct why *why);

/* A page of struct log_target by type (absent: all) and name, DEFAULT with name "" among them.
 * NOT_CONFIGURED. */
MUST_USE enum status log_levels_list(const struct account_ctx *ctx, struct str target_type,
                                     const struct page *page, struct page_rows *ret,
                                     struct why *why);

#endif
