/* IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES_CHECK: the role behind an alias allows actions of
 * services that the alias has not used for a year.
 *
 * Where no use of an alias is known at all, each service counts as unused: that is what the rows
 * say, and the finding says so too.
 *
 * SPEC: docs.aws.amazon.com/iot-device-defender, "Role alias allows access to unused services".
 */
#include "audit/checks_priv.h"
#include "audit/role_subject.h"
#include "base/buf.h"

#include "base/banned.h"

enum { REASON_BYTES_MAX = 16 << 10, SERVICES_SHOWN = 20 };

/* The services that are allowed and not used, as they are found. */
struct unused {
    const struct role_facts *role;
    const struct str *used;
    size_t n_used;
    size_t n; /* found so far */
    struct buf out;
};

static void put_grant(struct unused *unused, const char *service, struct str name,
                      const struct policy_role_grant *grant)
{
    const struct policy_role_place *place = &unused->role->role.places[grant->statement];
    if (unused->n < SERVICES_SHOWN) {
        buf_put_fmt(&unused->out, "%s%s%.*s (policy %.*s, statement %u: %s \"%.*s\")",
                    unused->n == 0 ? "" : ", ", service, STR_ARG(name), STR_ARG(place->policy),
                    place->statement, grant->not_action ? "all actions but" : "action",
                    STR_ARG(grant->action));
    }
    unused->n++;
}

static bool is_used(const struct unused *unused, struct str service)
{
    for (size_t i = 0; i < unused->n_used; i++) {
        if (str_eq(unused->used[i], service)) {
            return true;
        }
    }
    return false;
}

/* The services that the role's policies name. */
static enum status find_named(struct unused *unused, const struct str *named, size_t n_named,
                              struct why *why)
{
    for (size_t i = 0; i < n_named; i++) {
        const struct policy_role_question question = {.service = named[i]};
        struct policy_role_grant grant;
        bool found = false;
        if (is_used(unused, named[i])) {
            continue;
        }
        TRY(policy_role_may(&unused->role->role, &question, &grant, &found, why));
        if (found) {
            put_grant(unused, "", named[i], &grant);
        }
    }
    return STATUS_OK;
}

/* All the others, which "*" and NotAction allow. */
static enum status find_others(struct unused *unused, const struct str *named, size_t n_named,
                               struct arena *mem, struct why *why)
{
    struct str *but = NEW_ARRAY(mem, struct str, unused->n_used + n_named);
    TRY_PTR(but);
    memcpy(but, unused->used, unused->n_used * sizeof *but);
    memcpy(but + unused->n_used, named, n_named * sizeof *but);
    const struct policy_role_question question = {
        .service = STR_ABSENT, .but = but, .n_but = unused->n_used + n_named};
    struct policy_role_grant grant;
    bool found = false;
    TRY(policy_role_may(&unused->role->role, &question, &grant, &found, why));
    if (found) {
        put_grant(unused, unused->n_used + n_named == 0 ? "every service" : "every other service",
                  STR(""), &grant);
    }
    return STATUS_OK;
}

static enum status find_unused(struct unused *unused, struct arena *mem, struct why *why)
{
    const struct str *named = NULL;
    size_t n_named = 0;
    TRY(policy_role_services(mem, &unused->role->role, &named, &n_named, why));
    TRY(find_named(unused, named, n_named, why));
    return find_others(unused, named, n_named, mem, why);
}

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    const struct role_alias_subject *alias = row;
    struct unused unused = {.role = alias->role};
    struct str list;
    if (!str_absent(alias->role->lack)) {
        verdict_unknown(ret, alias->role->lack);
        return STATUS_OK;
    }
    buf_init(&unused.out, mem, REASON_BYTES_MAX);
    TRY(role_alias_used(alias, facts->now, mem, &unused.used, &unused.n_used, why));
    TRY(find_unused(&unused, mem, why));
    if (unused.n == 0) {
        return STATUS_OK;
    }
    if (unused.n > SERVICES_SHOWN) {
        buf_put_fmt(&unused.out, " and %zu more", unused.n - SERVICES_SHOWN);
    }
    TRY(buf_finish(&unused.out, &list, why));
    TRY(verdict_add(ret, mem, STR("ALLOWS_ACCESS_TO_UNUSED_SERVICES"), why,
                    "Role %.*s allows services that role alias %.*s has not used for %d days: "
                    "%.*s.%s",
                    STR_ARG(alias->role->name), STR_ARG(alias->alias), ROLE_ALIAS_USED_DAYS,
                    STR_ARG(list),
                    alias->n_uses == 0 ? " No use of any service by this alias is known." : ""));
    return role_relate(alias->role, mem, ret, why);
}

const struct audit_check check_iot_role_alias_allows_access_to_unused_services = {
    .id = CHECK_IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES,
    .subject = SUBJECT_ROLE_ALIAS,
    .judge = judge,
};
