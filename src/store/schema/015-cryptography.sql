-- The public exponent of RSA keys and the digest of signatures. NULL in rows of before: not known, and filled in from the
-- certificate by the first audit that asks.

ALTER TABLE "certificate" ADD COLUMN "key_exponent" TEXT;
ALTER TABLE "certificate" ADD COLUMN "signature_digest" TEXT;
ALTER TABLE "ca_certificate" ADD COLUMN "key_exponent" TEXT;
ALTER TABLE "ca_certificate" ADD COLUMN "signature_digest" TEXT;
