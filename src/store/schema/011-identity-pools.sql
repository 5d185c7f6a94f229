-- Cognito identity pools, and the roles that their identities get.

CREATE TABLE "identity_pool" (
    "id" TEXT NOT NULL,
    "name" TEXT,
    "unauthenticated" INTEGER NOT NULL,
    "classic" INTEGER NOT NULL,
    "developer" TEXT,
    "providers" TEXT,
    "openid" TEXT,
    "saml" TEXT,
    "logins" TEXT,
    "authenticated_role" TEXT,
    "unauthenticated_role" TEXT,
    "role_mappings" TEXT,
    "created" INTEGER NOT NULL,
    "modified" INTEGER NOT NULL,
    PRIMARY KEY ("id")
) STRICT, WITHOUT ROWID;
