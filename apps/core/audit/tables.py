"""Which tables of the log the database itself keeps append-only."""

from apps.core.audit import triggers

for table in ("event", "tile", "logkey", "checkpoint", "cosignature", "erasure", "accessrecord"):
    triggers.append_only(f"audit_{table}")
triggers.register(
    triggers.Trigger(
        "audit_loghead_never_shrinks", "audit_loghead", "UPDATE", "NEW.size < OLD.size", "audit_loghead is append-only"
    )
)
triggers.append_only(
    "audit_opening",
    delete_when="NOT EXISTS (SELECT 1 FROM audit_erasure WHERE audit_erasure.event_id = OLD.event_id)",
)
