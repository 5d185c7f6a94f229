-- When the services that a role alias gives credentials for were last used.

CREATE TABLE "role_alias_use" (
    "alias" TEXT NOT NULL,
    "service" TEXT NOT NULL,
    "last" INTEGER NOT NULL,
    PRIMARY KEY ("alias", "service")
) STRICT, WITHOUT ROWID;
