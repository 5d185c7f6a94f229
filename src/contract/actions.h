/* actions.h: what a caller must be allowed for each operation, and on which resources; and which
 * roles a request hands to the service.
 *
 * The name of the action is the service's prefix and the operation's name, but where a row says
 * otherwise. Resources are formed from members of the request. Source: "Actions, resources, and
 * condition keys" of AWS IoT, IAM, SNS, CloudWatch Logs, Cognito Identity and STS, Service
 * Authorization Reference; "AWS IoT Core policy actions", AWS IoT developer guide.
 *
 * An operation that is offered has a row (a test says which lacks one); what asks is
 * api/authorize.h.
 */
#ifndef CONTRACT_ACTIONS_H
#define CONTRACT_ACTIONS_H

#include "contract/contract.h"

enum resource_form {
    RESOURCE_NONE, /* ends a list of resources */
    RESOURCE_ALL,  /* "*": the action knows no resource */
    RESOURCE_ARN,  /* the member is the ARN, or what stands in its place (a Cognito identity) */
    RESOURCE_OURS, /* arn:PARTITION:SERVICE:REGION:ACCOUNT:TYPE and the member; the type brings its
                      own '/' or ':' */
    RESOURCE_LOGS, /* ...:log-group:GROUP:log-stream:STREAM, "" for either that is not named */
    RESOURCE_IAM,  /* a user or role: its path is looked up; no user named: the caller */
    RESOURCE_IAM_NEW, /* what is being made: its path is in the request */
};

/* Members on the way from the request to a text; lists and maps on it are gone through whole. */
enum { ACTION_PATH_MAX = 3 };
struct action_path {
    uint16_t members[ACTION_PATH_MAX]; /* enum member_id; M_NONE ends it early */
};

struct action_resource {
    uint8_t form; /* enum resource_form */
    struct str type;
    struct action_path path;
    uint16_t otherwise; /* a member that has the ARN itself, where path is absent; or M_NONE */
};

enum { ACTION_RESOURCES_MAX = 3, ACTION_ROLES_MAX = 2 };
struct action_row {
    bool there;      /* the operation has a row */
    bool free;       /* everybody who is known may */
    struct str name; /* of the action without its prefix; absent: the operation's */
    /* Each must be allowed. One that the request does not name does not count; when none does, "*"
     * is asked for. */
    struct action_resource resources[ACTION_RESOURCES_MAX];
    struct action_path roles[ACTION_ROLES_MAX]; /* ARNs of roles that the service will use */
};

extern const struct action_row action_rows[OP_COUNT];

#endif
