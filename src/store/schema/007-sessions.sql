-- The connections of clients, and two short lists drawn from them.

CREATE TABLE "session" (
    "client" TEXT NOT NULL,
    "connected" INTEGER NOT NULL,
    "begun" INTEGER NOT NULL,
    "session" TEXT,
    "principal" TEXT NOT NULL,
    "kind" INTEGER NOT NULL,
    "pool" TEXT,
    "address" TEXT,
    "disconnected" INTEGER NOT NULL,
    "reason" TEXT,
    "ended_day" INTEGER NOT NULL,
    PRIMARY KEY ("client", "connected", "begun")
) STRICT, WITHOUT ROWID;
CREATE INDEX "session_by_end" ON "session"
    ("ended_day", "kind", "principal", "connected", "client", "begun", "disconnected");

CREATE TABLE "takeover" (
    "ended_day" INTEGER NOT NULL,
    "client" TEXT NOT NULL,
    "disconnected" INTEGER NOT NULL,
    "connected" INTEGER NOT NULL,
    "begun" INTEGER NOT NULL,
    "principal" TEXT,
    "kind" INTEGER NOT NULL,
    PRIMARY KEY ("ended_day", "client", "disconnected", "connected")
) STRICT, WITHOUT ROWID;

CREATE TABLE "pool_use" (
    "pool" TEXT NOT NULL,
    "last" INTEGER NOT NULL,
    PRIMARY KEY ("pool")
) STRICT, WITHOUT ROWID;
