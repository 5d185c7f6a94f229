-- A finding's own order is that of its task (audit/finding.h); lists by time walk the tasks of that
-- time, whose order carries when they ended. One order less halves what an audit writes.

DROP INDEX "finding_by_time";

DROP INDEX "audit_task_by_started";
CREATE INDEX "audit_task_by_started" ON "audit_task" ("started", "id", "finished");
