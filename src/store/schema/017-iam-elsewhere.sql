-- What IAM says of an account elsewhere: policies of AWS that came with it, and which services its
-- users and roles last used.

CREATE TABLE "iam_aws_held" (
    "arn" TEXT NOT NULL,
    "name" TEXT,
    "path" TEXT,
    "id" TEXT,
    "description" TEXT,
    "version" INTEGER NOT NULL,
    "document" TEXT,
    "made" INTEGER NOT NULL,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    PRIMARY KEY ("arn")
) STRICT, WITHOUT ROWID;

CREATE TABLE "iam_service_use" (
    "kind" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "service" TEXT NOT NULL,
    "last" INTEGER NOT NULL,
    "region" TEXT,
    PRIMARY KEY ("kind", "entity", "service")
) STRICT, WITHOUT ROWID;

-- Reports of GenerateServiceLastAccessedDetails: what was asked; they are made when they are read.
CREATE TABLE "iam_report" (
    "id" TEXT NOT NULL,
    "arn" TEXT,
    "granularity" TEXT,
    "caller" TEXT,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
CREATE INDEX "iam_report_by_created" ON "iam_report" ("created", "id");
