-- What of a certificate's distribution points no audit can ask. NULL in rows of before: not known,
-- and then read from the certificate itself.

ALTER TABLE "certificate" ADD COLUMN "crl_skipped" TEXT;
ALTER TABLE "ca_certificate" ADD COLUMN "crl_skipped" TEXT;
