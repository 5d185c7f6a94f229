/* arn.h: Amazon resource names of our own resources: made and taken apart.
 *
 *     arn:aws:iot:us-east-1:123456789012:thing/lamp-7
 * The partition follows from the region (aws, aws-cn, aws-us-gov). Source: "Resource types defined
 * by AWS IoT", Service Authorization Reference.
 */
#ifndef MODEL_ARN_H
#define MODEL_ARN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Whose account, and where it says it is. Set once at start. */
struct account_id {
    struct str account; /* twelve digits */
    struct str region;  /* us-east-1 */
};

/* type as it stands in the ARN: thing, thinggroup, thingtype, cert, cacert, policy, rolealias, ...
 */
MUST_USE enum status arn_make(struct arena *mem, const struct account_id *id, struct str type,
                              struct str name, struct str *ret, struct why *why);

/* The same of another service; the type brings its own '/' or ':' ("identitypool/", "" of topics).
 */
MUST_USE enum status arn_make_of(struct arena *mem, const struct account_id *id, struct str service,
                                 struct str type, struct str name, struct str *ret,
                                 struct why *why);

/* The ARN of what IAM holds: it has no region. type is user, role or policy, path "/" or "/a/b/":
 *     arn:aws:iam::123456789012:role/a/b/name */
MUST_USE enum status arn_make_iam(struct arena *mem, const struct account_id *id, struct str type,
                                  struct str path, struct str name, struct str *ret,
                                  struct why *why);

/* arn:aws:iam::123456789012:root, the account itself, who may do everything in it. */
MUST_USE enum status arn_make_root(struct arena *mem, const struct account_id *id, struct str *ret,
                                   struct why *why);
bool arn_is_root(const struct account_id *id, struct str arn);

/* A topic of SNS, arn:aws:sns:us-east-1:123456789012:alarms, or one of its subscriptions, which
 * adds ":" and its id (absent: the topic). */
MUST_USE enum status arn_make_topic(struct arena *mem, const struct account_id *id,
                                    struct str topic, struct str subscription, struct str *ret,
                                    struct why *why);

struct arn {
    struct str partition, service, region, account, type, name; /* views into the text */
};

/* Six colon-separated fields, the last split at its first '/': what follows is the name (absent
 * when there is no '/') and may hold further '/' and ':'. INVALID otherwise. */
MUST_USE enum status arn_parse(struct str text, struct arn *ret, struct why *why);

/* The name of a resource of ours: service iot, our account and region, the type given. False for
 * anything else, and *ret_name is untouched. */
bool arn_is_ours(const struct account_id *id, struct str text, struct str type,
                 struct str *ret_name);

/* The same for topics and subscriptions of SNS; *ret_subscription is absent for a topic. */
bool arn_is_our_topic(const struct account_id *id, struct str text, struct str *ret_topic,
                      struct str *ret_subscription);

/* The same for what IAM holds; the name is the part after the path, and *ret_path the path. */
bool arn_is_our_iam(const struct account_id *id, struct str text, struct str type,
                    struct str *ret_path, struct str *ret_name);

#endif
