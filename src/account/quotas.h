/* quotas.h: how much an account may hold: the quotas of the AWS contract, one row each.
 *
 * They are rules of the account, not of memory (base/limits.h). Sources: "AWS IoT Core endpoints
 * and quotas" (G), "AWS IoT Device Management quotas" (D), the service's API reference (A), and
 * "Tagging your AWS IoT resources" (T).
 */
#ifndef ACCOUNT_QUOTAS_H
#define ACCOUNT_QUOTAS_H

enum {
    /* things */
    QUOTA_ATTRIBUTES_UNTYPED = 3,      /* G: attributes of a thing without a type */
    QUOTA_ATTRIBUTES_TYPED = 50,       /* G: of a thing with a type */
    QUOTA_ATTRIBUTES_BYTES = 47 << 10, /* G: names and values of one thing together */
    QUOTA_SEARCHABLE_ATTRIBUTES = 3,   /* G: of a thing type */
    QUOTA_PROPAGATING_ATTRIBUTES = 20, /* ours: of a thing type's mqtt5Configuration */
    QUOTA_TYPE_DELETE_MINUTES = 5,     /* A, DeleteThingType: after it was deprecated */

    /* thing groups */
    QUOTA_GROUPS_OF_THING = 10,  /* D: groups that a thing is directly in */
    QUOTA_GROUP_DEPTH = 7,       /* D: levels of a hierarchy, its root counted */
    QUOTA_GROUP_CHILDREN = 100,  /* D: direct children of a group */
    QUOTA_GROUP_ATTRIBUTES = 50, /* D */
    QUOTA_DYNAMIC_GROUPS = 100,  /* D: dynamic groups of an account */

    /* certificates and policies */
    QUOTA_CAS_OF_SUBJECT = 10, /* A, RegisterCACertificate */
    QUOTA_POLICY_VERSIONS = 5, /* A, CreatePolicyVersion */
    QUOTA_POLICIES_OF_TARGET =
        10, /* G: of a certificate or Cognito identity; here of a group too */

    /* users and roles. Source: "IAM and AWS STS quotas" (I). Sizes are characters without white
       space. */
    QUOTA_IAM_USERS = 5000,
    QUOTA_IAM_ROLES = 1000,
    QUOTA_IAM_POLICIES = 1500,
    QUOTA_IAM_POLICY_VERSIONS = 5,
    QUOTA_IAM_ATTACHED = 10, /* I: managed policies of a user or role */
    /* What AWS raises the three to at most, for accounts that were imported. */
    QUOTA_IAM_ROLES_MOST = 5000,
    QUOTA_IAM_POLICIES_MOST = 5000,
    QUOTA_IAM_ATTACHED_MOST = 25,
    QUOTA_IAM_AWS_HELD = 2000,     /* ours: policies of AWS that came with an import */
    QUOTA_IAM_REPORTS = 1000,      /* ours: reports of last use that are kept; the oldest goes */
    QUOTA_IAM_KEYS = 2,            /* I: access keys of a user */
    QUOTA_IAM_MANAGED = 6144,      /* I: size of a managed policy */
    QUOTA_IAM_TRUST = 8192,        /* I: of a trust policy, the most that can be asked for */
    QUOTA_IAM_ROLE_INLINE = 10240, /* I: of all inline policies of a role together */
    QUOTA_IAM_USER_INLINE = 2048,  /* I: of a user */

    QUOTA_IDENTITY_POOLS = 1000, /* of Cognito, as in "Quotas in Amazon Cognito" */

    /* topics of SNS; its own quotas are for a cloud */
    QUOTA_TOPICS = 1000,
    QUOTA_TOPIC_SUBSCRIPTIONS = 200, /* each is a delivery of every message */

    /* provisioning */
    QUOTA_PROVISIONING_TEMPLATES = 256, /* G: of an account */
    QUOTA_TEMPLATE_VERSIONS = 5,        /* G: of a provisioning template */
    QUOTA_BROKER_MESSAGES = 10000,      /* ours: that wait for a broker; then the oldest go */

    /* the account */
    QUOTA_ROLE_ALIASES = 100, /* G */
    QUOTA_TAGS = 50,          /* T: of a resource */
    QUOTA_LOG_TARGETS = 1000, /* ours: log levels set for single resources */
};

#endif
