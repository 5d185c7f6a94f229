-- What Detect is told to watch: profiles, where they are attached, and what they name.

CREATE TABLE "security_profile" (
    "name" TEXT NOT NULL,
    "description" TEXT,
    "behaviors" TEXT,
    "alert_targets" TEXT,
    "retained" TEXT,
    "retained_v2" TEXT,
    "export" TEXT,
    "version" INTEGER NOT NULL,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "profile_use" (
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "profile" TEXT NOT NULL,
    PRIMARY KEY ("kind", "name", "profile")
) STRICT, WITHOUT ROWID;
CREATE INDEX "profile_use_by_profile" ON "profile_use" ("profile");

CREATE TABLE "profile_target" (
    "profile" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    PRIMARY KEY ("profile", "target")
) STRICT, WITHOUT ROWID;
CREATE INDEX "profile_target_by_target" ON "profile_target" ("target");

CREATE TABLE "custom_metric" (
    "name" TEXT NOT NULL,
    "type" TEXT,
    "display_name" TEXT,
    "token" TEXT,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;

CREATE TABLE "dimension" (
    "name" TEXT NOT NULL,
    "type" TEXT,
    "filters" TEXT,
    "token" TEXT,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    PRIMARY KEY ("name")
) STRICT, WITHOUT ROWID;
