-- What brokers tell: their lives, their clients, what these did; and who may not connect.

CREATE TABLE "broker" (
    "name" TEXT NOT NULL,
    "epoch" TEXT,
    "sequence" INTEGER NOT NULL,
    "stale" INTEGER NOT NULL,
    "since" INTEGER NOT NULL,
    "seen" INTEGER NOT NULL,
    "version" TEXT,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "client_state" (
    "client" TEXT NOT NULL,
    "online" INTEGER NOT NULL,
    "broker" TEXT NOT NULL,
    "epoch" TEXT NOT NULL,
    "session" TEXT,
    "number" INTEGER NOT NULL,
    "principal" TEXT NOT NULL,
    "thing" TEXT NOT NULL,
    "exclusive" INTEGER NOT NULL,
    "address" TEXT,
    "websockets" INTEGER NOT NULL,
    "protocol" INTEGER NOT NULL,
    "keepalive" INTEGER NOT NULL,
    "clean" INTEGER NOT NULL,
    "since" INTEGER NOT NULL,
    "ended" INTEGER NOT NULL,
    "reason" TEXT,
    "version" INTEGER NOT NULL,
    PRIMARY KEY ("client")
) STRICT, WITHOUT ROWID;
CREATE INDEX "client_state_by_online" ON "client_state" ("online", "broker", "epoch", "client");
CREATE INDEX "client_state_by_thing" ON "client_state" ("thing", "client");
CREATE INDEX "client_state_by_principal" ON "client_state" ("principal", "client");

CREATE TABLE "traffic" (
    "window" INTEGER NOT NULL,
    "client" TEXT NOT NULL,
    "principal" TEXT,
    "address" TEXT,
    "sent" INTEGER NOT NULL,
    "received" INTEGER NOT NULL,
    "bytes_min" INTEGER NOT NULL,
    "bytes_max" INTEGER NOT NULL,
    "bytes_sum" INTEGER NOT NULL,
    "auth_failures" INTEGER NOT NULL,
    "connects" INTEGER NOT NULL,
    "disconnects" INTEGER NOT NULL,
    PRIMARY KEY ("window", "client")
) STRICT, WITHOUT ROWID;

CREATE TABLE "ban" (
    "id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "until" INTEGER NOT NULL,
    "created" INTEGER NOT NULL,
    "reason" TEXT,
    "author" TEXT,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
CREATE INDEX "ban_by_target" ON "ban" ("kind", "value", "id");
CREATE INDEX "ban_by_until" ON "ban" ("until", "id");

CREATE TABLE "retained" (
    "topic" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "qos" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "payload" BLOB,
    PRIMARY KEY ("topic")
) STRICT;

CREATE TABLE "revoked" (
    "certificate" TEXT NOT NULL,
    "since" INTEGER NOT NULL,
    "source" TEXT,
    PRIMARY KEY ("certificate")
) STRICT, WITHOUT ROWID;
