-- What devices did, as log records; read by time, by stream, and swept by when they came in.

CREATE TABLE "log_stream" (
    "log_group" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created" INTEGER NOT NULL,
    PRIMARY KEY ("log_group", "name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "log_event" (
    "log_group" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "id" TEXT NOT NULL,
    "stream" TEXT NOT NULL,
    "ingested" INTEGER NOT NULL,
    "message" TEXT,
    PRIMARY KEY ("log_group", "at", "id")
) STRICT, WITHOUT ROWID;
CREATE INDEX "log_event_by_stream" ON "log_event" ("log_group", "stream", "at", "id");
CREATE INDEX "log_event_by_ingested" ON "log_event" ("ingested", "log_group", "at", "id");
