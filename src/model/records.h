/* records.h: everything an account holds, as plain structs: one struct, one table of the store.
 *
 * Each kind of thing is one list of columns, and all else is derived from the list: the struct
 * here, the table descriptor and its SQL in store/. T is text, I a 64-bit integer, B bytes; t is
 * the table's name. The first columns are the key (RECORDS says how many; store/tables.h lists the
 * indexes).
 *
 * Conventions: times are ms UTC, TIME_NEVER when there is none. Booleans are 0 or 1. An absent text
 * is STR_ABSENT, but "" in a column of the key or of an index (the store refuses absent ones
 * there). States are spelled as in the AWS API ("ACTIVE"). Columns marked JSON hold one canonical
 * JSON value (members sorted by name, no white space). Relations are identifiers, never pointers.
 * ARNs of our own resources are not stored where the name gives them (model/arn.h).
 */
#ifndef MODEL_RECORDS_H
#define MODEL_RECORDS_H

#include "base/clock.h"
#include "base/str.h"

/* clang-format off */

/* ---- things ---------------------------------------------------------------------------------- */

#define THING_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, type_name)         /* "": no type */ \
    T(t, attributes)        /* JSON object of strings */ \
    I(t, version)           /* from 1; each update adds one */ \
    T(t, thing_id)          /* uuid */ \
    I(t, created)

/* One row for each attribute, so that ListThings by attribute reads an index. */
#define THING_ATTRIBUTE_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, value) \
    T(t, thing)

#define THING_TYPE_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, description) \
    T(t, searchable)        /* JSON array of attribute names */ \
    T(t, mqtt5)             /* JSON object mqtt5Configuration; absent: none */ \
    T(t, type_id)           /* uuid */ \
    I(t, created) \
    I(t, deprecated)        /* boolean */ \
    I(t, deprecated_at)

#define THING_GROUP_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, parent)            /* "" at the root of a hierarchy */ \
    T(t, root)              /* the hierarchy's root group; itself at the root */ \
    T(t, description) \
    T(t, attributes)        /* JSON object of strings */ \
    I(t, version) \
    T(t, group_id)          /* uuid */ \
    I(t, created) \
    I(t, dynamic)           /* boolean: membership by query; cannot carry policies */ \
    T(t, query_string) \
    T(t, index_name) \
    T(t, query_version) \
    T(t, status)            /* dynamic: ACTIVE, BUILDING, REBUILDING */

#define GROUP_MEMBER_COLUMNS(T, I, B, t) \
    T(t, group_name) \
    T(t, thing) \
    I(t, added)

#define PRINCIPAL_THING_COLUMNS(T, I, B, t) \
    T(t, principal)         /* ARN of a certificate, or a Cognito identity id */ \
    T(t, thing) \
    T(t, kind)              /* EXCLUSIVE_THING or NON_EXCLUSIVE_THING */

/* ---- certificates ---------------------------------------------------------------------------- */

/* What a certificate says, read once when it is registered (x509/cert.h), so that an audit never
 * parses. Shared by device and CA certificates. */
#define CERT_FACT_COLUMNS(T, I, B, t) \
    I(t, not_before) \
    I(t, not_after) \
    T(t, serial)            /* lowercase hex, no leading zero bytes */ \
    T(t, issuer)            /* RFC 4514 */ \
    T(t, subject) \
    T(t, issuer_hash)       /* hex SHA-256 of the DER name: links to the issuer and its CRL */ \
    T(t, subject_hash) \
    T(t, authority_key_id)  /* hex; absent: none */ \
    T(t, subject_key_id) \
    T(t, key_kind)          /* RSA, EC, or another algorithm's name */ \
    I(t, key_bits) \
    T(t, key_curve)         /* P-256 ...; absent: not EC */ \
    T(t, key_hash)          /* hex SHA-256 of the SubjectPublicKeyInfo */ \
    T(t, weak_key_hash)     /* RSA: 20 hex digits, the form of openssl-vulnkey; absent: not RSA */ \
    I(t, key_roca)          /* boolean: the modulus has the fingerprint of CVE-2017-15361 */ \
    T(t, signature)         /* signature algorithm, as ecdsa-with-SHA256 */ \
    T(t, crl_urls)          /* one a line; absent: none */ \
    T(t, issuer_urls)       /* AIA caIssuers, one a line; absent: none */ \
    T(t, crl_skipped)       /* the first distribution point that is not in crl_urls, as text; \
                               "": none; absent: not known (registered before it was kept) */ \
    T(t, key_exponent)      /* RSA: the public exponent, hex; "": not RSA, or not readable; absent: \
                               not known yet (account/cert_facts.h) */ \
    T(t, signature_digest)  /* SHA256, of PSS the one inside; "": none; absent likewise */

#define CERTIFICATE_COLUMNS(T, I, B, t) \
    T(t, id)                /* hex SHA-256 of the DER */ \
    T(t, status)            /* ACTIVE, INACTIVE, REVOKED, PENDING_TRANSFER, PENDING_ACTIVATION */ \
    T(t, ca_id)             /* registered CA that signed it; "" when none (own CA, SNI_ONLY) */ \
    T(t, mode)              /* DEFAULT or SNI_ONLY */ \
    I(t, created) \
    I(t, modified) \
    I(t, version)           /* customerVersion, from 1 */ \
    T(t, generation_id)     /* uuid */ \
    T(t, owner)             /* account id */ \
    T(t, previous_owner)    /* absent: never transferred */ \
    T(t, transfer_to)       /* account id while PENDING_TRANSFER, else absent */ \
    T(t, transfer_message) \
    T(t, transfer_reject) \
    I(t, transferred) \
    I(t, transfer_accepted) \
    I(t, transfer_rejected) \
    CERT_FACT_COLUMNS(T, I, B, t)

/* The bytes lie apart, so that scanning a million certificates does not read them. */
#define CERTIFICATE_DER_COLUMNS(T, I, B, t) \
    T(t, id)                /* of a device or CA certificate */ \
    B(t, der)

/* One row for each certificate in PENDING_TRANSFER, so that listing them does not walk the fleet. */
#define OUTGOING_COLUMNS(T, I, B, t) \
    I(t, created)           /* of the certificate */ \
    T(t, certificate)

#define CA_CERTIFICATE_COLUMNS(T, I, B, t) \
    T(t, id) \
    T(t, status)            /* ACTIVE, INACTIVE */ \
    T(t, auto_registration) /* ENABLE, DISABLE */ \
    T(t, registration)      /* JSON object registrationConfig; absent: none */ \
    T(t, mode)              /* DEFAULT or SNI_ONLY */ \
    I(t, created) \
    I(t, modified) \
    I(t, version) \
    T(t, generation_id) \
    T(t, owner) \
    CERT_FACT_COLUMNS(T, I, B, t)

/* ---- policies -------------------------------------------------------------------------------- */

#define POLICY_COLUMNS(T, I, B, t) \
    T(t, name) \
    I(t, default_version) \
    I(t, last_version)      /* the highest number ever given; numbers are not used again */ \
    I(t, created) \
    I(t, modified) \
    T(t, generation_id)

#define POLICY_VERSION_COLUMNS(T, I, B, t) \
    T(t, policy) \
    I(t, version) \
    T(t, document)          /* as sent */ \
    T(t, document_hash)     /* hex SHA-256: the same text is judged once */ \
    I(t, created)

/* A policy attached to a certificate ARN, thing group ARN or Cognito identity id. */
#define POLICY_TARGET_COLUMNS(T, I, B, t) \
    T(t, policy) \
    T(t, target) \
    I(t, attached)

#define ROLE_ALIAS_COLUMNS(T, I, B, t) \
    T(t, alias) \
    T(t, role_arn) \
    I(t, duration_seconds) \
    I(t, created) \
    I(t, modified)

/* When a service was last used with credentials of the alias (account/role_alias_use.h). */
#define ROLE_ALIAS_USE_COLUMNS(T, I, B, t) \
    T(t, alias) \
    T(t, service)           /* the prefix of its actions: "dynamodb" */ \
    I(t, last)

/* ---- provisioning ---------------------------------------------------------------------------- */

#define PROVISIONING_TEMPLATE_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, kind)              /* FLEET_PROVISIONING, JITP */ \
    T(t, description)       /* absent: none */ \
    I(t, enabled)           /* boolean */ \
    T(t, role_arn) \
    T(t, hook)              /* JSON preProvisioningHook; absent: none */ \
    I(t, default_version) \
    I(t, last_version)      /* the highest number ever given; numbers are not used again */ \
    I(t, created) \
    I(t, modified)

#define PROVISIONING_TEMPLATE_VERSION_COLUMNS(T, I, B, t) \
    T(t, template) \
    I(t, version) \
    T(t, body)              /* as sent */ \
    I(t, created)

/* What devices that hold no certificate of their own connect with, for some minutes. */
#define PROVISIONING_CLAIM_COLUMNS(T, I, B, t) \
    T(t, certificate)       /* id */ \
    T(t, template) \
    I(t, expires)

/* Messages for the broker's topics, until a broker has published them (account/broker_message.h). */
#define BROKER_MESSAGE_COLUMNS(T, I, B, t) \
    T(t, id)                /* in order of creation */ \
    I(t, created) \
    T(t, topic) \
    T(t, payload) \
    I(t, qos)

/* ---- the account ----------------------------------------------------------------------------- */

/* Singletons of the account: "registration-code", "logging-v1", "logging-v2", "audit" ... */
#define SETTING_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, value)             /* JSON, or plain text where account/ says so */ \
    I(t, modified)

#define LOG_TARGET_COLUMNS(T, I, B, t) \
    T(t, target_type)       /* THING_GROUP, CLIENT_ID, SOURCE_IP, PRINCIPAL_ID */ \
    T(t, target_name) \
    T(t, level)

#define TAG_COLUMNS(T, I, B, t) \
    T(t, resource_arn) \
    T(t, key) \
    T(t, value)

#define ACCESS_KEY_COLUMNS(T, I, B, t) \
    T(t, id)                /* AKIA... */ \
    T(t, secret)            /* in clear: SigV4 cannot be verified with less */ \
    T(t, user_arn)          /* of a user, or arn:aws:iam::ACCOUNT:root, who may do everything */ \
    T(t, status)            /* ACTIVE, INACTIVE */ \
    I(t, created)

/* ---- users and roles ------------------------------------------------------------------------- */

/* Names of IAM are unique without regard to case: `folded` is the name in lower case. */
#define IAM_USER_COLUMNS(T, I, B, t) \
    T(t, folded) \
    T(t, name) \
    T(t, path)              /* "/" or "/a/b/" */ \
    T(t, id)                /* AIDA... */ \
    I(t, created)

#define IAM_ROLE_COLUMNS(T, I, B, t) \
    T(t, folded) \
    T(t, name) \
    T(t, path) \
    T(t, id)                /* AROA... */ \
    T(t, description)       /* absent: none */ \
    T(t, trust)             /* the trust policy, as sent */ \
    I(t, max_session)       /* seconds */ \
    I(t, created)

/* Managed policies of the account; those of AWS are in the program (account/iam_aws.h). */
#define IAM_POLICY_COLUMNS(T, I, B, t) \
    T(t, folded) \
    T(t, name) \
    T(t, path) \
    T(t, id)                /* ANPA... */ \
    T(t, description)       /* absent: none */ \
    I(t, default_version) \
    I(t, last_version)      /* the highest number ever given; numbers are not used again */ \
    I(t, created) \
    I(t, modified)

#define IAM_POLICY_VERSION_COLUMNS(T, I, B, t) \
    T(t, policy)            /* folded */ \
    I(t, version) \
    T(t, document)          /* as sent */ \
    I(t, created)

/* Policies of one user or role alone. */
#define IAM_INLINE_COLUMNS(T, I, B, t) \
    T(t, kind)              /* user, role */ \
    T(t, entity)            /* its folded name */ \
    T(t, policy)            /* the policy's name; told from others by case too */ \
    T(t, document)

#define IAM_ATTACHED_COLUMNS(T, I, B, t) \
    T(t, kind)              /* user, role */ \
    T(t, entity)            /* its folded name */ \
    T(t, policy_arn)        /* of the account or of AWS */ \
    I(t, attached)

/* Managed policies of AWS that are not in the program but came with an import; their default
 * version. */
#define IAM_AWS_HELD_COLUMNS(T, I, B, t) \
    T(t, arn) \
    T(t, name) \
    T(t, path) \
    T(t, id) \
    T(t, description)       /* absent: none */ \
    I(t, version)           /* the number of the default version */ \
    T(t, document) \
    I(t, made)              /* of that version */ \
    I(t, created) \
    I(t, modified)

/* When a user or role last used a service (account/iam_access.h). */
#define IAM_SERVICE_USE_COLUMNS(T, I, B, t) \
    T(t, kind)              /* user, role */ \
    T(t, entity)            /* its folded name */ \
    T(t, service)           /* the prefix of its actions: "dynamodb" */ \
    I(t, last) \
    T(t, region)            /* absent: not known */

/* What GenerateServiceLastAccessedDetails was asked, until its report is forgotten. */
#define IAM_REPORT_COLUMNS(T, I, B, t) \
    T(t, id)                /* uuid */ \
    T(t, arn)               /* of a user, role or managed policy */ \
    T(t, granularity)       /* SERVICE_LEVEL, ACTION_LEVEL */ \
    T(t, caller)            /* ARN of who asked, and alone may read it; "": unsigned */ \
    I(t, created)

/* ---- identity pools -------------------------------------------------------------------------- */

/* Of Cognito; lists and maps as the JSON of their members, absent when not given. */
#define IDENTITY_POOL_COLUMNS(T, I, B, t) \
    T(t, id)                /* "us-east-1:" and a uuid */ \
    T(t, name) \
    I(t, unauthenticated)   /* boolean: AllowUnauthenticatedIdentities */ \
    I(t, classic)           /* boolean: AllowClassicFlow */ \
    T(t, developer)         /* DeveloperProviderName; absent: none */ \
    T(t, providers)         /* CognitoIdentityProviders */ \
    T(t, openid)            /* OpenIdConnectProviderARNs */ \
    T(t, saml)              /* SamlProviderARNs */ \
    T(t, logins)            /* SupportedLoginProviders */ \
    T(t, authenticated_role) /* ARN; absent: none */ \
    T(t, unauthenticated_role) \
    T(t, role_mappings)     /* RoleMappings */ \
    I(t, created) \
    I(t, modified)

/* ---- audits ---------------------------------------------------------------------------------- */

/* The account's audit configuration: a row for each check that was ever configured. */
#define AUDIT_SETTING_COLUMNS(T, I, B, t) \
    T(t, name)              /* canonical check name */ \
    I(t, enabled)           /* boolean */ \
    I(t, enabled_at)        /* since when it collects data; TIME_NEVER: disabled */ \
    I(t, threshold_days)    /* 0: the check's default, or it has none */

#define AUDIT_TARGET_COLUMNS(T, I, B, t) \
    T(t, kind)              /* SNS */ \
    T(t, target_arn)        /* absent: not given */ \
    T(t, role_arn) \
    I(t, enabled)           /* boolean */

#define AUDIT_TASK_COLUMNS(T, I, B, t) \
    T(t, id) \
    T(t, kind)              /* ON_DEMAND_AUDIT_TASK, SCHEDULED_AUDIT_TASK */ \
    T(t, status)            /* IN_PROGRESS, COMPLETED, FAILED, CANCELED */ \
    T(t, schedule)          /* absent: on demand */ \
    I(t, started)           /* the "now" by which every resource of this audit is judged */ \
    I(t, finished) \
    T(t, message)           /* why it failed; absent: it did not */

#define AUDIT_CHECK_RUN_COLUMNS(T, I, B, t) \
    T(t, task) \
    T(t, name)              /* canonical check name */ \
    T(t, status)            /* checkRunStatus */ \
    I(t, threshold_days)    /* of a check with a threshold, when the task began; else 0 */ \
    I(t, total)             /* resources judged so far */ \
    I(t, non_compliant) \
    I(t, suppressed) \
    I(t, unjudged)          /* resources that could not be judged; message says why */ \
    T(t, cursor)            /* where to go on after a restart; absent: from the start */ \
    T(t, error_code) \
    T(t, message)

#define SCHEDULED_AUDIT_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, frequency)         /* DAILY, WEEKLY, BIWEEKLY, MONTHLY */ \
    T(t, day_of_month)      /* 1 to 31 or LAST; absent: not given */ \
    T(t, day_of_week)       /* SUN to SAT */ \
    T(t, checks)            /* canonical names, one a line */ \
    I(t, anchor)            /* when it was made, or its days last changed */ \
    I(t, next_run)          /* when it is due; what is missed is made up once */ \
    I(t, last_run)          /* when its last task began; TIME_NEVER: none did */

/* Findings of a check about a resource that somebody knows of and accepts. */
#define AUDIT_SUPPRESSION_COLUMNS(T, I, B, t) \
    T(t, check_name)        /* canonical */ \
    T(t, resource_key)      /* as in finding */ \
    T(t, resource)          /* JSON ResourceIdentifier */ \
    I(t, expires)           /* INT64_MAX: never, so that those come last in a list by time */ \
    T(t, description)       /* absent: none */ \
    T(t, token)             /* clientRequestToken of its creation */

#define FINDING_COLUMNS(T, I, B, t) \
    T(t, id) \
    T(t, task) \
    T(t, check_name) \
    T(t, severity) \
    I(t, task_started) \
    I(t, found)             /* findingTime */ \
    T(t, resource_type) \
    T(t, resource_key)      /* member=id, further parts a line each: one text per \
                               identifier, for filters and suppressions */ \
    T(t, resource)          /* JSON ResourceIdentifier; absent: resource_key is all of it */ \
    T(t, info)              /* JSON additionalInfo; absent: none */ \
    T(t, reason_code) \
    T(t, reason)            /* what, where, how far */ \
    I(t, suppressed)        /* boolean, as of the audit */

#define RELATED_RESOURCE_COLUMNS(T, I, B, t) \
    T(t, finding) \
    I(t, seq)               /* from 0, the order in which they are shown */ \
    T(t, resource_type) \
    T(t, resource)          /* JSON ResourceIdentifier */ \
    T(t, info)

/* Revocation lists as fetched or read, kept until nextUpdate. */
#define REVOCATION_LIST_COLUMNS(T, I, B, t) \
    T(t, source)            /* URL, or "file:" and the name in crl-dir */ \
    I(t, fetched) \
    I(t, this_update) \
    I(t, next_update) \
    T(t, problem)           /* why it is not believed; absent: it is */ \
    B(t, der)

/* An RSA key that was looked at for primes in common with others (audit/shared_primes.h). The row
 * stays when its certificate goes. */
#define RSA_KEY_COLUMNS(T, I, B, t) \
    T(t, key_hash)          /* as in the certificate */ \
    T(t, holder)            /* id of the certificate in which it was seen first */ \
    I(t, ca)                /* boolean: that is a CA certificate */ \
    I(t, block) \
    T(t, other)             /* key_hash of a key with a prime in common; absent: none known */ \
    B(t, modulus)           /* big-endian */

#define RSA_BLOCK_COLUMNS(T, I, B, t) \
    I(t, number)            /* from 1 */ \
    I(t, n)                 /* keys in it */ \
    B(t, product)           /* of their moduli */

/* ---- mitigation ------------------------------------------------------------------------------ */

/* What may be done about findings, as the account defines it. */
#define MITIGATION_ACTION_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, action_id)         /* uuid */ \
    T(t, kind)              /* UPDATE_DEVICE_CERTIFICATE ... */ \
    T(t, role_arn)          /* by which its steps are done */ \
    T(t, params)            /* JSON actionParams */ \
    I(t, created) \
    I(t, modified)

/* ---- detection ------------------------------------------------------------------------------- */

/* What is normal for the devices of its targets. JSON columns that were never set are absent. */
#define SECURITY_PROFILE_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, description)       /* absent: none */ \
    T(t, behaviors)         /* JSON list of Behavior */ \
    T(t, alert_targets)     /* JSON map of AlertTarget */ \
    T(t, retained)          /* JSON list of metric names */ \
    T(t, retained_v2)       /* JSON list of MetricToRetain */ \
    T(t, export)            /* JSON MetricsExportConfig */ \
    I(t, version)           /* from 1; each update adds one */ \
    I(t, created) \
    I(t, modified)

/* What profiles name, so that they are found by it. */
#define PROFILE_USE_COLUMNS(T, I, B, t) \
    T(t, kind)              /* metric, dimension */ \
    T(t, name) \
    T(t, profile)

#define PROFILE_TARGET_COLUMNS(T, I, B, t) \
    T(t, profile) \
    T(t, target)            /* ARN */

#define CUSTOM_METRIC_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, type)              /* number, number-list, string-list, ip-address-list */ \
    T(t, display_name)      /* absent: none */ \
    T(t, token)             /* clientRequestToken */ \
    I(t, created) \
    I(t, modified)

#define DIMENSION_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, type)              /* TOPIC_FILTER */ \
    T(t, filters)           /* JSON list of topic filters */ \
    T(t, token)             /* clientRequestToken */ \
    I(t, created) \
    I(t, modified)

/* ---- connections ----------------------------------------------------------------------------- */

/* One row for each connection of a client (account/session.h). */
#define SESSION_COLUMNS(T, I, B, t) \
    T(t, client) \
    I(t, connected) \
    I(t, begun)             /* boolean; 0: only the end was seen, connected is 1 ms before it */ \
    T(t, session)           /* the broker's identifier; absent: not told */ \
    T(t, principal)         /* certificate id, Cognito identity id ...; "": not told */ \
    I(t, kind)              /* enum session_kind */ \
    T(t, pool)              /* of a Cognito identity; absent: not told */ \
    T(t, address)           /* source address; absent: not told */ \
    I(t, disconnected)      /* TIME_NEVER: open */ \
    T(t, reason)            /* disconnectReason, "": none told; absent: the end was not seen */ \
    I(t, ended_day)         /* session_day(disconnected), so that a window is some days of the index */

/* A session that ended because its client id connected again: few, and found by the day. */
#define TAKEOVER_COLUMNS(T, I, B, t) \
    I(t, ended_day)         /* as the session's */ \
    T(t, client) \
    I(t, disconnected) \
    I(t, connected) \
    I(t, begun) \
    T(t, principal) \
    I(t, kind)

/* When an identity of a Cognito pool was last connected. */
#define POOL_USE_COLUMNS(T, I, B, t) \
    T(t, pool) \
    I(t, last)

/* Actions applied to the findings of an audit. What it works with is as it was when it began. */
#define MITIGATION_TASK_COLUMNS(T, I, B, t) \
    T(t, id)                /* chosen by the caller */ \
    T(t, status)            /* IN_PROGRESS, COMPLETED, FAILED, CANCELED */ \
    T(t, token)             /* clientRequestToken: once in the account */ \
    I(t, started) \
    I(t, finished) \
    T(t, target)            /* JSON target */ \
    T(t, mapping)           /* JSON auditCheckToActionsMapping */ \
    T(t, actions)           /* JSON actionsDefinition */ \
    I(t, counted)           /* boolean: the totals of its checks are known */ \
    T(t, cursor)            /* the last finding that is done; absent: none is */ \
    T(t, undo)              /* "": never undone; IN_PROGRESS, COMPLETED */ \
    I(t, undo_started) \
    I(t, undo_finished) \
    T(t, undo_cursor)       /* the last change that was judged; absent: none was */ \
    I(t, restored)          /* changes taken back */ \
    I(t, kept)

/* Its numbers, a row for each check. */
#define MITIGATION_CHECK_COLUMNS(T, I, B, t) \
    T(t, task) \
    T(t, name)              /* canonical check name */ \
    I(t, total)             /* findings */ \
    I(t, failed)            /* an action failed */ \
    I(t, succeeded)         /* all actions succeeded */ \
    I(t, skipped)           /* suppressed, or left out by the filter */

/* One action on one finding, once it is done with. */
#define MITIGATION_EXECUTION_COLUMNS(T, I, B, t) \
    T(t, task) \
    T(t, finding) \
    I(t, seq)               /* the action's place in the mapping, from 0 */ \
    T(t, action)            /* name */ \
    T(t, action_id) \
    T(t, status)            /* COMPLETED, FAILED, SKIPPED */ \
    I(t, started) \
    I(t, finished) \
    T(t, error_code) \
    T(t, message)

/* What a step changed, with what is needed to take it back. */
#define MITIGATION_CHANGE_COLUMNS(T, I, B, t) \
    T(t, task) \
    T(t, finding) \
    I(t, seq) \
    I(t, n)                 /* from 0, in the order in which they were made */ \
    T(t, kind)              /* of the action: UPDATE_DEVICE_CERTIFICATE ... */ \
    T(t, resource)          /* certificate id, thing, policy, message id; "" for logging options */ \
    T(t, part)              /* generation id; of a thing: the group */ \
    T(t, before)            /* status, version, options before; absent: there was nothing */ \
    T(t, after) \
    I(t, version)           /* of the resource after the change, or when it was made */ \
    T(t, undone)            /* "": not yet; RESTORED, KEPT */ \
    T(t, undo_reason)       /* why it was kept */ \
    I(t, undone_at)

/* ---- what others are told -------------------------------------------------------------------- */

/* Topics of SNS, and who hears of what is published to them. */
#define TOPIC_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, display_name)      /* absent: none */ \
    T(t, policy)            /* absent: the one that every topic has at first */ \
    I(t, created)

#define SUBSCRIPTION_COLUMNS(T, I, B, t) \
    T(t, topic) \
    T(t, id)                /* uuid */ \
    T(t, protocol)          /* http, https, mqtt */ \
    T(t, endpoint)          /* URL, or topic of the broker */ \
    I(t, raw)               /* boolean: the message alone, without an envelope */ \
    T(t, secret)            /* signs what is delivered; absent: unsigned */ \
    I(t, created) \
    I(t, confirmed)         /* TIME_NEVER: pending */ \
    I(t, authenticated)     /* boolean: whoever confirmed it signed */ \
    T(t, token)             /* by which it is confirmed */ \
    I(t, token_made)

/* Messages on their way: written in the transaction of what they tell of (account/outbox.h). */
#define OUTBOX_COLUMNS(T, I, B, t) \
    T(t, id)                /* uuid */ \
    I(t, created) \
    T(t, kind)              /* AUDIT, FINDING, PUBLISH, CONFIRMATION */ \
    T(t, topic_arn) \
    T(t, role_arn)          /* in whose name it is published */ \
    T(t, subject)           /* absent: none */ \
    T(t, body) \
    T(t, state)             /* PENDING, DEAD */ \
    I(t, attempts) \
    I(t, next_try) \
    T(t, last_error) \
    T(t, message)           /* the MessageId that receivers see */ \
    T(t, subscription)      /* whom it goes to: a subscription's ARN; absent: none of ours */ \
    T(t, endpoint)          /* where it goes to; "": to a topic, not yet to its subscribers */ \
    I(t, queued)            /* since when it is to be delivered */

/* How many rows of the outbox are in a state, since counting them takes as long as there are many. */
#define OUTBOX_COUNT_COLUMNS(T, I, B, t) \
    T(t, state)             /* PENDING, DEAD; DROPPED: rows that were not kept, ever */ \
    I(t, n)

/* ---- logs ------------------------------------------------------------------------------------ */

/* A stream of a log group (account/log.h). */
#define LOG_STREAM_COLUMNS(T, I, B, t) \
    T(t, log_group) \
    T(t, name) \
    I(t, created)

#define LOG_EVENT_COLUMNS(T, I, B, t) \
    T(t, log_group) \
    I(t, at)                /* what it tells of happened then */ \
    T(t, id)                /* of stream and message */ \
    T(t, stream) \
    I(t, ingested)          /* it came in then */ \
    T(t, message)

/* ---- brokers --------------------------------------------------------------------------------- */

/* A broker that has said hello, and how far its events are taken in (broker/intake.h). */
#define BROKER_COLUMNS(T, I, B, t) \
    T(t, name) \
    T(t, epoch)             /* of its present life, hex */ \
    I(t, sequence)          /* the last event of that life that was taken in */ \
    I(t, stale)             /* connections of its former lives may be open still: they ended \
                               no later than this; TIME_NEVER: none are */ \
    I(t, since)             /* when the present life said hello */ \
    I(t, seen)              /* when something of it was last taken in */ \
    T(t, version)           /* of its plugin */

/* What is known of a client now: one row for each client id (account/client.h). */
#define CLIENT_STATE_COLUMNS(T, I, B, t) \
    T(t, client) \
    I(t, online)            /* boolean */ \
    T(t, broker)            /* where it is, or was */ \
    T(t, epoch)             /* in that life of the broker */ \
    T(t, session)           /* uuid */ \
    I(t, number)            /* the broker's number of the connection, from 1 in each life */ \
    T(t, principal)         /* certificate id; "": none */ \
    T(t, thing)             /* the thing it stands for; "": none */ \
    I(t, exclusive)         /* boolean: it is attached to that thing alone */ \
    T(t, address) \
    I(t, websockets)        /* boolean */ \
    I(t, protocol)          /* 3: MQTT 3.1, 4: 3.1.1, 5 */ \
    I(t, keepalive)         /* seconds */ \
    I(t, clean)             /* boolean */ \
    I(t, since)             /* of the connection */ \
    I(t, ended)             /* TIME_NEVER: online */ \
    T(t, reason)            /* disconnectReason; "": online */ \
    I(t, version)           /* versionNumber of its lifecycle events */

/* What a client did in a window of five minutes (account/traffic.h). */
#define TRAFFIC_COLUMNS(T, I, B, t) \
    I(t, window)            /* its first moment */ \
    T(t, client) \
    T(t, principal)         /* of its last attempt; "": none */ \
    T(t, address)           /* likewise */ \
    I(t, sent)              /* messages */ \
    I(t, received) \
    I(t, bytes_min)         /* of one message sent; meaningless when none was */ \
    I(t, bytes_max) \
    I(t, bytes_sum) \
    I(t, auth_failures) \
    I(t, connects)          /* attempts */ \
    I(t, disconnects)

/* Who may not connect, and until when (account/ban.h). */
#define BAN_COLUMNS(T, I, B, t) \
    I(t, id)                /* from 1 */ \
    T(t, kind)              /* CLIENT, CERTIFICATE, ADDRESS, NETWORK */ \
    T(t, value) \
    I(t, until) \
    I(t, created) \
    T(t, reason) \
    T(t, author)            /* ARN of who asked for it; absent: not known */

/* Retained messages, as the brokers told of them. */
#define RETAINED_COLUMNS(T, I, B, t) \
    T(t, topic) \
    I(t, at) \
    I(t, qos) \
    I(t, size)              /* of the payload */ \
    B(t, payload)

/* A device certificate that a believed revocation list of its issuer holds. */
#define REVOKED_COLUMNS(T, I, B, t) \
    T(t, certificate) \
    I(t, since)             /* as the list says */ \
    T(t, source)            /* of the list, as in revocation_list */

/* ---- the structs ----------------------------------------------------------------------------- */

/* table, list of columns, number of key columns */
#define RECORDS(X) \
    X(thing, THING_COLUMNS, 1) \
    X(thing_attribute, THING_ATTRIBUTE_COLUMNS, 3) \
    X(thing_type, THING_TYPE_COLUMNS, 1) \
    X(thing_group, THING_GROUP_COLUMNS, 1) \
    X(group_member, GROUP_MEMBER_COLUMNS, 2) \
    X(principal_thing, PRINCIPAL_THING_COLUMNS, 2) \
    X(certificate, CERTIFICATE_COLUMNS, 1) \
    X(certificate_der, CERTIFICATE_DER_COLUMNS, 1) \
    X(outgoing, OUTGOING_COLUMNS, 2) \
    X(ca_certificate, CA_CERTIFICATE_COLUMNS, 1) \
    X(policy, POLICY_COLUMNS, 1) \
    X(policy_version, POLICY_VERSION_COLUMNS, 2) \
    X(policy_target, POLICY_TARGET_COLUMNS, 2) \
    X(role_alias, ROLE_ALIAS_COLUMNS, 1) \
    X(role_alias_use, ROLE_ALIAS_USE_COLUMNS, 2) \
    X(provisioning_template, PROVISIONING_TEMPLATE_COLUMNS, 1) \
    X(provisioning_template_version, PROVISIONING_TEMPLATE_VERSION_COLUMNS, 2) \
    X(provisioning_claim, PROVISIONING_CLAIM_COLUMNS, 1) \
    X(broker_message, BROKER_MESSAGE_COLUMNS, 1) \
    X(setting, SETTING_COLUMNS, 1) \
    X(log_target, LOG_TARGET_COLUMNS, 2) \
    X(log_stream, LOG_STREAM_COLUMNS, 2) \
    X(log_event, LOG_EVENT_COLUMNS, 3) \
    X(tag, TAG_COLUMNS, 2) \
    X(access_key, ACCESS_KEY_COLUMNS, 1) \
    X(iam_user, IAM_USER_COLUMNS, 1) \
    X(iam_role, IAM_ROLE_COLUMNS, 1) \
    X(iam_policy, IAM_POLICY_COLUMNS, 1) \
    X(iam_policy_version, IAM_POLICY_VERSION_COLUMNS, 2) \
    X(iam_inline, IAM_INLINE_COLUMNS, 3) \
    X(iam_attached, IAM_ATTACHED_COLUMNS, 3) \
    X(iam_aws_held, IAM_AWS_HELD_COLUMNS, 1) \
    X(iam_service_use, IAM_SERVICE_USE_COLUMNS, 3) \
    X(iam_report, IAM_REPORT_COLUMNS, 1) \
    X(audit_setting, AUDIT_SETTING_COLUMNS, 1) \
    X(audit_target, AUDIT_TARGET_COLUMNS, 1) \
    X(audit_task, AUDIT_TASK_COLUMNS, 1) \
    X(audit_check_run, AUDIT_CHECK_RUN_COLUMNS, 2) \
    X(scheduled_audit, SCHEDULED_AUDIT_COLUMNS, 1) \
    X(audit_suppression, AUDIT_SUPPRESSION_COLUMNS, 2) \
    X(finding, FINDING_COLUMNS, 1) \
    X(related_resource, RELATED_RESOURCE_COLUMNS, 2) \
    X(revocation_list, REVOCATION_LIST_COLUMNS, 1) \
    X(rsa_key, RSA_KEY_COLUMNS, 1) \
    X(rsa_block, RSA_BLOCK_COLUMNS, 1) \
    X(mitigation_action, MITIGATION_ACTION_COLUMNS, 1) \
    X(security_profile, SECURITY_PROFILE_COLUMNS, 1) \
    X(profile_use, PROFILE_USE_COLUMNS, 3) \
    X(profile_target, PROFILE_TARGET_COLUMNS, 2) \
    X(custom_metric, CUSTOM_METRIC_COLUMNS, 1) \
    X(dimension, DIMENSION_COLUMNS, 1) \
    X(session, SESSION_COLUMNS, 3) \
    X(takeover, TAKEOVER_COLUMNS, 4) \
    X(pool_use, POOL_USE_COLUMNS, 1) \
    X(identity_pool, IDENTITY_POOL_COLUMNS, 1) \
    X(mitigation_task, MITIGATION_TASK_COLUMNS, 1) \
    X(mitigation_check, MITIGATION_CHECK_COLUMNS, 2) \
    X(mitigation_execution, MITIGATION_EXECUTION_COLUMNS, 3) \
    X(mitigation_change, MITIGATION_CHANGE_COLUMNS, 4) \
    X(outbox, OUTBOX_COLUMNS, 1) \
    X(outbox_count, OUTBOX_COUNT_COLUMNS, 1) \
    X(topic, TOPIC_COLUMNS, 1) \
    X(subscription, SUBSCRIPTION_COLUMNS, 2) \
    X(broker, BROKER_COLUMNS, 1) \
    X(client_state, CLIENT_STATE_COLUMNS, 1) \
    X(traffic, TRAFFIC_COLUMNS, 2) \
    X(ban, BAN_COLUMNS, 1) \
    X(retained, RETAINED_COLUMNS, 1) \
    X(revoked, REVOKED_COLUMNS, 1)

#define RECORD_T(t, column) struct str column;
#define RECORD_I(t, column) int64_t column;
#define RECORD_B(t, column) struct bytes column;
#define RECORD_STRUCT(t, columns, n_key) struct t { columns(RECORD_T, RECORD_I, RECORD_B, t) };
RECORDS(RECORD_STRUCT)
#undef RECORD_STRUCT

/* COL_thing__name, COL_thing__type_name ...: the place of a column in its table. */
#define RECORD_COLUMN(t, column) COL_##t##__##column,
#define RECORD_ENUM(t, columns, n_key) \
    enum { columns(RECORD_COLUMN, RECORD_COLUMN, RECORD_COLUMN, t) COL_##t##__COUNT };
RECORDS(RECORD_ENUM)
#undef RECORD_ENUM

/* clang-format on */

#endif
