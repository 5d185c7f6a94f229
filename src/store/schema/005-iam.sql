-- Users, roles and their policies. Names of IAM are unique without regard to case: "folded" is the
-- name in lower case.

CREATE TABLE "iam_user" (
    "folded" TEXT NOT NULL,
    "name" TEXT,
    "path" TEXT,
    "id" TEXT,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("folded")
) STRICT, WITHOUT ROWID;

CREATE TABLE "iam_role" (
    "folded" TEXT NOT NULL,
    "name" TEXT,
    "path" TEXT,
    "id" TEXT,
    "description" TEXT,
    "trust" TEXT,
    "max_session" INTEGER NOT NULL,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("folded")
) STRICT, WITHOUT ROWID;

CREATE TABLE "iam_policy" (
    "folded" TEXT NOT NULL,
    "name" TEXT,
    "path" TEXT,
    "id" TEXT,
    "description" TEXT,
    "default_version" INTEGER NOT NULL,
    "last_version" INTEGER NOT NULL,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    PRIMARY KEY ("folded")
) STRICT, WITHOUT ROWID;

CREATE TABLE "iam_policy_version" (
    "policy" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" TEXT,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("policy", "version")
) STRICT, WITHOUT ROWID;

CREATE TABLE "iam_inline" (
    "kind" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "policy" TEXT NOT NULL,
    "document" TEXT,
    PRIMARY KEY ("kind", "entity", "policy")
) STRICT, WITHOUT ROWID;

CREATE TABLE "iam_attached" (
    "kind" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "policy_arn" TEXT NOT NULL,
    "attached" INTEGER NOT NULL,
    PRIMARY KEY ("kind", "entity", "policy_arn")
) STRICT, WITHOUT ROWID;
CREATE INDEX "iam_attached_by_policy" ON "iam_attached" ("policy_arn", "kind", "entity");

-- Keys are listed by their user. The first key, which was made with the data folder, is the
-- account's own: it may do everything, and it is called so.
ALTER TABLE "access_key" RENAME TO "access_key_before";
CREATE TABLE "access_key" (
    "id" TEXT NOT NULL,
    "secret" TEXT,
    "user_arn" TEXT NOT NULL,
    "status" TEXT,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
INSERT INTO "access_key" ("id", "secret", "user_arn", "status", "created")
    SELECT "id", "secret", replace("user_arn", ':user/operator', ':root'), "status", "created"
    FROM "access_key_before";
DROP TABLE "access_key_before";
CREATE INDEX "access_key_by_user" ON "access_key" ("user_arn", "id");
