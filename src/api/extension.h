/* extension.h: routes of our own beside the operations of AWS.
 *
 * What no AWS operation does goes under /bulwark/, where AWS has no path. Such a route is asked
 * like any other: signed (or, with --insecure-no-auth, from here), through the same door, run as
 * its row says (handlers.h), and a write is replied to when it is durable. Its body is the route's
 * own business (call->request), its reply members are written to call->out; refusals are those of
 * AWS IoT. A row is a route.
 *
 * This is for what has no JSON request (lines, files, nothing). An operation of ours with members
 * like those of AWS is a row of contract/extensions.json, and is then routed, validated and replied
 * as theirs.
 */
#ifndef API_EXTENSION_H
#define API_EXTENSION_H

#include "api/handlers.h"

struct extension {
    struct str method;
    struct str path;
    struct str action; /* that its caller must be allowed, on "*" */
    struct handler handler;
};

/* NULL: no such route. */
const struct extension *extension_find(struct str method, struct str path);

/* POST /bulwark/import/connections: lines of a history of connections (connection_line.h), at most
 * IMPORT_LINES_MAX. The reply: lines (that were read), changed, known, skipped (of other things
 * than connections), refused: [{line (from 1), why}], all others are taken in all the same. */
enum { IMPORT_LINES_MAX = 2000 };
op_handler prepare_import_connections;
op_handler import_connections;

/* POST /bulwark/import/account: users, roles, policies, identity pools and reports of last use of
 * an account elsewhere (import_documents.h). Who may import roles may give any right: the action is
 * as good as the root. */
op_handler prepare_import_account;
op_handler import_account;

/* POST /bulwark/import/snapshot: see snapshot.h. The reply: lines. */
op_handler prepare_import_snapshot;
op_handler import_snapshot;

/* GET /bulwark/audit/role: roleArn of the audit configuration (absent: none was configured), and
 * whether this account holds that role; audits by one that it does not run as if everything were
 * permitted (audit/permission.h). */
op_handler describe_audit_role;

#endif
