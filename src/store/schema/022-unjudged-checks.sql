-- A check that left something unjudged is not compliant by its status either.
UPDATE "audit_check_run" SET "status" = 'COMPLETED_NON_COMPLIANT'
    WHERE "status" = 'COMPLETED_COMPLIANT' AND "unjudged" > 0;
