/* snapshot_priv.h: the kinds of lines, for the table of snapshot.c. */
#ifndef API_SNAPSHOT_PRIV_H
#define API_SNAPSHOT_PRIV_H

#include "api/snapshot.h"

extern const struct adopt_kind adopt_kind_unknown, adopt_kind_audit_config, adopt_kind_suppression,
    adopt_kind_logging, adopt_kind_ca, adopt_kind_certificate, adopt_kind_thing_type,
    adopt_kind_thing, adopt_kind_things_of, adopt_kind_group, adopt_kind_members, adopt_kind_policy,
    adopt_kind_targets, adopt_kind_role_alias, adopt_kind_managed, adopt_kind_role,
    adopt_kind_role_use, adopt_kind_pool, adopt_kind_connections;

#endif
