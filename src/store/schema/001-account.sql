-- The account. What the columns mean is said in model/records.h, the indexes in store/tables.h; a
-- test holds the three together. Times are ms UTC, booleans 0 or 1.
--
-- Rows lie in their key's order (WITHOUT ROWID), so that a page of a list is one run of the file;
-- only tables with bytes keep row ids, since bytes of a kilobyte would not fit such a page. Columns
-- of a key or an order are never NULL: rows are compared by them. An index is its order, which ends
-- in the key, and the columns that it carries.

CREATE TABLE "thing" (
    "name" TEXT NOT NULL,
    "type_name" TEXT NOT NULL,
    "attributes" TEXT,
    "version" INTEGER NOT NULL,
    "thing_id" TEXT,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;
CREATE INDEX "thing_by_type" ON "thing" ("type_name", "name");

CREATE TABLE "thing_attribute" (
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "thing" TEXT NOT NULL,
    PRIMARY KEY ("name", "value", "thing")
) STRICT, WITHOUT ROWID;
CREATE INDEX "thing_attribute_by_thing" ON "thing_attribute" ("thing", "name", "value");

CREATE TABLE "thing_type" (
    "name" TEXT NOT NULL,
    "description" TEXT,
    "searchable" TEXT,
    "mqtt5" TEXT,
    "type_id" TEXT,
    "created" INTEGER NOT NULL,
    "deprecated" INTEGER NOT NULL,
    "deprecated_at" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "thing_group" (
    "name" TEXT NOT NULL,
    "parent" TEXT NOT NULL,
    "root" TEXT,
    "description" TEXT,
    "attributes" TEXT,
    "version" INTEGER NOT NULL,
    "group_id" TEXT,
    "created" INTEGER NOT NULL,
    "dynamic" INTEGER NOT NULL,
    "query_string" TEXT,
    "index_name" TEXT,
    "query_version" TEXT,
    "status" TEXT,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;
CREATE INDEX "thing_group_by_parent" ON "thing_group" ("parent", "name");
CREATE INDEX "thing_group_by_dynamic" ON "thing_group" ("dynamic", "name");

CREATE TABLE "group_member" (
    "group_name" TEXT NOT NULL,
    "thing" TEXT NOT NULL,
    "added" INTEGER NOT NULL,
    PRIMARY KEY ("group_name", "thing")
) STRICT, WITHOUT ROWID;
CREATE INDEX "group_member_by_thing" ON "group_member" ("thing", "group_name");

CREATE TABLE "principal_thing" (
    "principal" TEXT NOT NULL,
    "thing" TEXT NOT NULL,
    "kind" TEXT,
    PRIMARY KEY ("principal", "thing")
) STRICT, WITHOUT ROWID;
CREATE INDEX "principal_thing_by_thing" ON "principal_thing" ("thing", "principal");

CREATE TABLE "certificate" (
    "id" TEXT NOT NULL,
    "status" TEXT,
    "ca_id" TEXT NOT NULL,
    "mode" TEXT,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "generation_id" TEXT,
    "owner" TEXT,
    "previous_owner" TEXT,
    "transfer_to" TEXT,
    "transfer_message" TEXT,
    "transfer_reject" TEXT,
    "transferred" INTEGER NOT NULL,
    "transfer_accepted" INTEGER NOT NULL,
    "transfer_rejected" INTEGER NOT NULL,
    "not_before" INTEGER NOT NULL,
    "not_after" INTEGER NOT NULL,
    "serial" TEXT,
    "issuer" TEXT,
    "subject" TEXT,
    "issuer_hash" TEXT NOT NULL,
    "subject_hash" TEXT,
    "authority_key_id" TEXT,
    "subject_key_id" TEXT,
    "key_kind" TEXT,
    "key_bits" INTEGER NOT NULL,
    "key_curve" TEXT,
    "key_hash" TEXT,
    "weak_key_hash" TEXT,
    "key_roca" INTEGER NOT NULL,
    "signature" TEXT,
    "crl_urls" TEXT,
    "issuer_urls" TEXT,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
CREATE INDEX "certificate_by_created" ON "certificate" ("created", "id", "status", "mode");
CREATE INDEX "certificate_by_ca" ON "certificate" ("ca_id", "created", "id", "status", "mode");
CREATE INDEX "certificate_by_issuer" ON "certificate" ("issuer_hash", "id");

CREATE TABLE "certificate_der" (
    "id" TEXT NOT NULL,
    "der" BLOB,
    PRIMARY KEY ("id")
) STRICT;

CREATE TABLE "outgoing" (
    "created" INTEGER NOT NULL,
    "certificate" TEXT NOT NULL,
    PRIMARY KEY ("created", "certificate")
) STRICT, WITHOUT ROWID;

CREATE TABLE "ca_certificate" (
    "id" TEXT NOT NULL,
    "status" TEXT,
    "auto_registration" TEXT,
    "registration" TEXT,
    "mode" TEXT,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "generation_id" TEXT,
    "owner" TEXT,
    "not_before" INTEGER NOT NULL,
    "not_after" INTEGER NOT NULL,
    "serial" TEXT,
    "issuer" TEXT,
    "subject" TEXT,
    "issuer_hash" TEXT,
    "subject_hash" TEXT NOT NULL,
    "authority_key_id" TEXT,
    "subject_key_id" TEXT,
    "key_kind" TEXT,
    "key_bits" INTEGER NOT NULL,
    "key_curve" TEXT,
    "key_hash" TEXT,
    "weak_key_hash" TEXT,
    "key_roca" INTEGER NOT NULL,
    "signature" TEXT,
    "crl_urls" TEXT,
    "issuer_urls" TEXT,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
CREATE INDEX "ca_certificate_by_created" ON "ca_certificate" ("created", "id");
CREATE INDEX "ca_certificate_by_subject" ON "ca_certificate" ("subject_hash", "id");

CREATE TABLE "policy" (
    "name" TEXT NOT NULL,
    "default_version" INTEGER NOT NULL,
    "last_version" INTEGER NOT NULL,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    "generation_id" TEXT,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;
CREATE INDEX "policy_by_created" ON "policy" ("created", "name");

CREATE TABLE "policy_version" (
    "policy" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" TEXT,
    "document_hash" TEXT,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("policy", "version")
) STRICT, WITHOUT ROWID;

CREATE TABLE "policy_target" (
    "policy" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "attached" INTEGER NOT NULL,
    PRIMARY KEY ("policy", "target")
) STRICT, WITHOUT ROWID;
CREATE INDEX "policy_target_by_target" ON "policy_target" ("target", "policy");

CREATE TABLE "role_alias" (
    "alias" TEXT NOT NULL,
    "role_arn" TEXT,
    "duration_seconds" INTEGER NOT NULL,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    PRIMARY KEY ("alias")
) STRICT, WITHOUT ROWID;

CREATE TABLE "setting" (
    "name" TEXT NOT NULL,
    "value" TEXT,
    "modified" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "log_target" (
    "target_type" TEXT NOT NULL,
    "target_name" TEXT NOT NULL,
    "level" TEXT,
    PRIMARY KEY ("target_type", "target_name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "tag" (
    "resource_arn" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "value" TEXT,
    PRIMARY KEY ("resource_arn", "key")
) STRICT, WITHOUT ROWID;

CREATE TABLE "access_key" (
    "id" TEXT NOT NULL,
    "secret" TEXT,
    "user_arn" TEXT,
    "status" TEXT,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;

CREATE TABLE "audit_setting" (
    "name" TEXT NOT NULL,
    "enabled" INTEGER NOT NULL,
    "enabled_at" INTEGER NOT NULL,
    "threshold_days" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "audit_target" (
    "kind" TEXT NOT NULL,
    "target_arn" TEXT,
    "role_arn" TEXT,
    "enabled" INTEGER NOT NULL,
    PRIMARY KEY ("kind")
) STRICT, WITHOUT ROWID;

CREATE TABLE "audit_task" (
    "id" TEXT NOT NULL,
    "kind" TEXT,
    "status" TEXT NOT NULL,
    "schedule" TEXT,
    "started" INTEGER NOT NULL,
    "finished" INTEGER NOT NULL,
    "message" TEXT,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
CREATE INDEX "audit_task_by_started" ON "audit_task" ("started", "id");
CREATE INDEX "audit_task_by_status" ON "audit_task" ("status", "started", "id");

CREATE TABLE "audit_check_run" (
    "task" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT,
    "threshold_days" INTEGER NOT NULL,
    "total" INTEGER NOT NULL,
    "non_compliant" INTEGER NOT NULL,
    "suppressed" INTEGER NOT NULL,
    "unjudged" INTEGER NOT NULL,
    "cursor" TEXT,
    "error_code" TEXT,
    "message" TEXT,
    PRIMARY KEY ("task", "name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "finding" (
    "id" TEXT NOT NULL,
    "task" TEXT,
    "check_name" TEXT,
    "severity" TEXT,
    "task_started" INTEGER NOT NULL,
    "found" INTEGER NOT NULL,
    "resource_type" TEXT,
    "resource_key" TEXT,
    "resource" TEXT,
    "info" TEXT,
    "reason_code" TEXT,
    "reason" TEXT,
    "suppressed" INTEGER NOT NULL,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
CREATE INDEX "finding_by_time" ON "finding" ("found", "id");

CREATE TABLE "related_resource" (
    "finding" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "resource_type" TEXT,
    "resource" TEXT,
    "info" TEXT,
    PRIMARY KEY ("finding", "seq")
) STRICT, WITHOUT ROWID;

CREATE TABLE "revocation_list" (
    "source" TEXT NOT NULL,
    "fetched" INTEGER NOT NULL,
    "this_update" INTEGER NOT NULL,
    "next_update" INTEGER NOT NULL,
    "problem" TEXT,
    "der" BLOB,
    PRIMARY KEY ("source")
) STRICT;
