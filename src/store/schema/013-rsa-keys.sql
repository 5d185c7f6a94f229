-- RSA keys that were looked at for primes in common, and the products of blocks of them.

CREATE TABLE "rsa_key" (
    "key_hash" TEXT NOT NULL,
    "holder" TEXT,
    "ca" INTEGER NOT NULL,
    "block" INTEGER NOT NULL,
    "other" TEXT,
    "modulus" BLOB,
    PRIMARY KEY ("key_hash")
) STRICT;
CREATE INDEX "rsa_key_by_block" ON "rsa_key" ("block", "key_hash");

CREATE TABLE "rsa_block" (
    "number" INTEGER NOT NULL,
    "n" INTEGER NOT NULL,
    "product" BLOB,
    PRIMARY KEY ("number")
) STRICT;
