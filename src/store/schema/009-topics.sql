-- Topics of SNS, their subscriptions, and to whom a message is to be delivered.

CREATE TABLE "topic" (
    "name" TEXT NOT NULL,
    "display_name" TEXT,
    "policy" TEXT,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "subscription" (
    "topic" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "protocol" TEXT,
    "endpoint" TEXT,
    "raw" INTEGER NOT NULL,
    "secret" TEXT,
    "created" INTEGER NOT NULL,
    "confirmed" INTEGER NOT NULL,
    "authenticated" INTEGER NOT NULL,
    "token" TEXT,
    "token_made" INTEGER NOT NULL,
    PRIMARY KEY ("topic", "id")
) STRICT, WITHOUT ROWID;

CREATE TABLE "outbox_of_topics" (
    "id" TEXT NOT NULL,
    "created" INTEGER NOT NULL,
    "kind" TEXT,
    "topic_arn" TEXT,
    "role_arn" TEXT,
    "subject" TEXT,
    "body" TEXT,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "next_try" INTEGER NOT NULL,
    "last_error" TEXT,
    "message" TEXT,
    "subscription" TEXT,
    "endpoint" TEXT NOT NULL,
    "queued" INTEGER NOT NULL,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
INSERT INTO "outbox_of_topics"
    SELECT "id", "created", "kind", "topic_arn", "role_arn", "subject", "body", "state",
        "attempts", "next_try", "last_error", "id", NULL, '', "created" FROM "outbox";
DROP TABLE "outbox";
ALTER TABLE "outbox_of_topics" RENAME TO "outbox";
CREATE INDEX "outbox_by_state" ON "outbox" ("state", "next_try", "id");
CREATE INDEX "outbox_by_endpoint" ON "outbox" ("state", "endpoint", "next_try", "id");
