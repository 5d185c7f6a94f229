-- Audits that run by themselves, and findings that somebody accepts.

CREATE TABLE "scheduled_audit" (
    "name" TEXT NOT NULL,
    "frequency" TEXT,
    "day_of_month" TEXT,
    "day_of_week" TEXT,
    "checks" TEXT,
    "anchor" INTEGER NOT NULL,
    "next_run" INTEGER NOT NULL,
    "last_run" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "audit_suppression" (
    "check_name" TEXT NOT NULL,
    "resource_key" TEXT NOT NULL,
    "resource" TEXT,
    "expires" INTEGER NOT NULL,
    "description" TEXT,
    "token" TEXT NOT NULL,
    PRIMARY KEY ("check_name", "resource_key")
) STRICT, WITHOUT ROWID;
CREATE INDEX "audit_suppression_by_expiry"
    ON "audit_suppression" ("expires", "check_name", "resource_key");
CREATE INDEX "audit_suppression_by_token"
    ON "audit_suppression" ("token", "check_name", "resource_key");
