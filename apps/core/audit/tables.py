"""Which tables of the log the database itself keeps append-only."""

from apps.core.audit import triggers

for table in ("audit_event", "audit_erasure", "audit_accessrecord"):
    triggers.append_only(table)
triggers.append_only(
    "audit_opening",
    delete_when="NOT EXISTS (SELECT 1 FROM audit_erasure WHERE audit_erasure.event_id = OLD.event_id)",
)
