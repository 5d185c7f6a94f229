-- Tasks that apply mitigation actions, what they did and changed, and what others are told.

CREATE TABLE "mitigation_task" (
    "id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "started" INTEGER NOT NULL,
    "finished" INTEGER NOT NULL,
    "target" TEXT,
    "mapping" TEXT,
    "actions" TEXT,
    "counted" INTEGER NOT NULL,
    "cursor" TEXT,
    "undo" TEXT NOT NULL,
    "undo_started" INTEGER NOT NULL,
    "undo_finished" INTEGER NOT NULL,
    "undo_cursor" TEXT,
    "restored" INTEGER NOT NULL,
    "kept" INTEGER NOT NULL,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
CREATE INDEX "mitigation_task_by_started" ON "mitigation_task" ("started", "id");
CREATE INDEX "mitigation_task_by_status" ON "mitigation_task" ("status", "started", "id");
CREATE INDEX "mitigation_task_by_token" ON "mitigation_task" ("token", "id");
CREATE INDEX "mitigation_task_by_undo" ON "mitigation_task" ("undo", "undo_started", "id");

CREATE TABLE "mitigation_check" (
    "task" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "total" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "succeeded" INTEGER NOT NULL,
    "skipped" INTEGER NOT NULL,
    PRIMARY KEY ("task", "name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "mitigation_execution" (
    "task" TEXT NOT NULL,
    "finding" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "action" TEXT,
    "action_id" TEXT,
    "status" TEXT,
    "started" INTEGER NOT NULL,
    "finished" INTEGER NOT NULL,
    "error_code" TEXT,
    "message" TEXT,
    PRIMARY KEY ("task", "finding", "seq")
) STRICT, WITHOUT ROWID;

CREATE TABLE "mitigation_change" (
    "task" TEXT NOT NULL,
    "finding" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "n" INTEGER NOT NULL,
    "kind" TEXT,
    "resource" TEXT,
    "part" TEXT,
    "before" TEXT,
    "after" TEXT,
    "version" INTEGER NOT NULL,
    "undone" TEXT,
    "undo_reason" TEXT,
    "undone_at" INTEGER NOT NULL,
    PRIMARY KEY ("task", "finding", "seq", "n")
) STRICT, WITHOUT ROWID;

CREATE TABLE "outbox" (
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
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
CREATE INDEX "outbox_by_state" ON "outbox" ("state", "next_try", "id");
