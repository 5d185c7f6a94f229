/* extension.c: the table of extension.h; nothing else. */
#include "api/extension.h"

#include "base/banned.h"

static const struct extension extensions[] = {
    {STR_INIT("POST"),
     STR_INIT("/bulwark/import/connections"),
     STR_INIT("bulwark:ImportConnections"),
     {KIND_WRITE, import_connections, prepare_import_connections}},
    {STR_INIT("POST"),
     STR_INIT("/bulwark/import/account"),
     STR_INIT("bulwark:ImportAccount"),
     {KIND_WRITE, import_account, prepare_import_account}},
    {STR_INIT("POST"),
     STR_INIT("/bulwark/import/snapshot"),
     STR_INIT("bulwark:ImportSnapshot"),
     {KIND_WRITE, import_snapshot, prepare_import_snapshot}},
    {STR_INIT("GET"),
     STR_INIT("/bulwark/audit/role"),
     STR_INIT("bulwark:DescribeAuditRole"),
     {KIND_READ, describe_audit_role, NULL}},
};

const struct extension *extension_find(struct str method, struct str path)
{
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        if (str_eq(extensions[i].method, method) && str_eq(extensions[i].path, path)) {
            return &extensions[i];
        }
    }
    return NULL;
}
