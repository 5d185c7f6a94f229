/* device_log.h: what clients did, as records of the log group AWSIotLogsV2.
 *
 * One JSON object a record, as AWS IoT writes them, when the account's V2 logging options, their
 * event types and the levels of single targets want it (account/log.h): client, certificate, source
 * address, and the groups that hold the client's thing, with their ancestors. The record of a
 * connection that ends because its client id connected again is, member for member:
 *     timestamp, logLevel ERROR, traceId, accountId, status Failure, eventType Disconnect,
 *     protocol MQTT, clientId, principalId, sourceIp, sourcePort, reason DUPLICATE_CLIENT_ID,
 *     details, and disconnectReason
 * Mosquitto does not tell the port of a client; sourcePort is 0.
 * Source: "CloudWatch AWS IoT log entries", AWS IoT Core developer guide.
 */
#ifndef BROKER_DEVICE_LOG_H
#define BROKER_DEVICE_LOG_H

#include "account/log.h"

struct device_log {
    int64_t at;
    bool failure;          /* ERROR and Failure, else INFO and Success */
    struct str event_type; /* Connect, Disconnect, Publish-In, Subscribe ... */
    struct str client;
    struct str principal;
    struct str thing; /* for its groups; absent: none */
    struct str address;
    struct str topic;
    struct str reason;
    struct str details;
    struct str disconnect_reason;
};

/* Records of one unit of work: gathered, then written at once. */
struct device_logs {
    struct arena *mem; /* of the records */
    struct log_record *rows;
    size_t n, cap;
    bool off; /* V2 logging is not configured, or silenced */
};

/* Asks once whether anything is logged at all. */
MUST_USE enum status device_logs_begin(const struct account_ctx *ctx, struct arena *mem,
                                       struct device_logs *ret, struct why *why);

/* Adds the record, if it is wanted; ctx->mem is scratch. */
MUST_USE enum status device_logs_add(const struct account_ctx *ctx, struct device_logs *logs,
                                     const struct device_log *record, struct why *why);

/* Writes them to a stream of the group. */
MUST_USE enum status device_logs_end(const struct account_ctx *ctx, struct device_logs *logs,
                                     struct str stream, struct why *why);

#endif
