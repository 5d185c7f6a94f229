-- The outbox is bounded, so how much is in it is known without counting.

CREATE TABLE "outbox_count" (
    "state" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    PRIMARY KEY ("state")
) STRICT, WITHOUT ROWID;
INSERT INTO "outbox_count" SELECT "state", count(*) FROM "outbox" GROUP BY "state";
