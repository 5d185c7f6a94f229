-- A finding is its id and the rest of its columns as one value (store/sqlite_pack.h): nothing but
-- the id is ever asked of SQLite, and what it takes for a row goes with its columns.

CREATE TABLE "finding_packed" (
    "id" TEXT NOT NULL,
    "rest" BLOB,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;

INSERT INTO "finding_packed"
    SELECT "id", pack("task", "check_name", "severity", "task_started", "found", "resource_type",
        "resource_key", "resource", "info", "reason_code", "reason", "suppressed")
    FROM "finding" ORDER BY "id";

DROP TABLE "finding";
ALTER TABLE "finding_packed" RENAME TO "finding";
