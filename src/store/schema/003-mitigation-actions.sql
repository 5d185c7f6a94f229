-- What may be done about findings.

CREATE TABLE "mitigation_action" (
    "name" TEXT NOT NULL,
    "action_id" TEXT,
    "kind" TEXT,
    "role_arn" TEXT,
    "params" TEXT,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;
