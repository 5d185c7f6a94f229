-- Provisioning templates, claims, and what is to be published on the broker's topics.

CREATE TABLE "provisioning_template" (
    "name" TEXT NOT NULL,
    "kind" TEXT,
    "description" TEXT,
    "enabled" INTEGER NOT NULL,
    "role_arn" TEXT,
    "hook" TEXT,
    "default_version" INTEGER NOT NULL,
    "last_version" INTEGER NOT NULL,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "provisioning_template_version" (
    "template" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "body" TEXT,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("template", "version")
) STRICT, WITHOUT ROWID;

CREATE TABLE "provisioning_claim" (
    "certificate" TEXT NOT NULL,
    "template" TEXT,
    "expires" INTEGER NOT NULL,
    PRIMARY KEY ("certificate")
) STRICT, WITHOUT ROWID;
CREATE INDEX "provisioning_claim_by_expiry" ON "provisioning_claim" ("expires", "certificate");

CREATE TABLE "broker_message" (
    "id" TEXT NOT NULL,
    "created" INTEGER NOT NULL,
    "topic" TEXT,
    "payload" TEXT,
    "qos" INTEGER NOT NULL,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
