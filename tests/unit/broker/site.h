/* site.h: an account for tests of what brokers see: a certificate, a thing in a group below
 * another, a policy at each place.
 */
#ifndef TESTS_UNIT_BROKER_SITE_H
#define TESTS_UNIT_BROKER_SITE_H

#include "account/group.h"
#include "account/membership.h"
#include "account/policy.h"
#include "account/policy_target.h"
#include "account/principal.h"
#include "account/thing.h"
#include "fixture.h"

#define SITE_CERT "ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12"

static inline void site_policy(struct fixture *f, const char *name, struct str target)
{
    struct policy policy;
    struct tags none = {NULL, 0};
    CHECK_OK(
        WRITE(f, policy_create(&f->ctx, str_from(name), str_from(name), none, &policy, &f->why)));
    CHECK_OK(WRITE(f, policy_attach(&f->ctx, str_from(name), target, &f->why)));
}

static inline struct str site_group(struct fixture *f, const char *name, const char *parent)
{
    struct thing_group group;
    struct str arn;
    const struct group_create in = {.name = str_from(name), .parent = str_from(parent)};
    CHECK_OK(WRITE(f, group_create(&f->ctx, &in, &group, &f->why)));
    CHECK_OK(account_arn(&f->ctx, STR("thinggroup"), str_from(name), &arn, &f->why));
    return arn;
}

/* The certificate's ARN. */
static inline struct str site_make(struct fixture *f)
{
    struct thing thing;
    const struct thing_create lamp = {.name = STR("lamp")};
    struct str arn = fixture_certificate(f, SITE_CERT);
    const struct membership member = {.thing_name = STR("lamp"), .group_name = STR("leaf")};
    site_policy(f, "OWN", arn);
    site_policy(f, "ROOT", site_group(f, "root", NULL));
    site_policy(f, "LEAF", site_group(f, "leaf", "root"));
    CHECK_OK(WRITE(f, thing_create(&f->ctx, &lamp, &thing, &f->why)));
    CHECK_OK(WRITE(f, membership_add(&f->ctx, &member, &f->why)));
    CHECK_OK(
        WRITE(f, principal_attach(&f->ctx, STR("lamp"), arn, STR("EXCLUSIVE_THING"), &f->why)));
    return arn;
}

#endif
