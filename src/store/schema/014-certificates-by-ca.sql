-- The status of a certificate is carried by the order by creation alone: lists of one CA are rare,
-- changes of status are not.

DROP INDEX "certificate_by_ca";
CREATE INDEX "certificate_by_ca" ON "certificate" ("ca_id", "created", "id");
