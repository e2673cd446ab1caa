"""Sign-offs are append-only in the database, too."""

from apps.core.audit import triggers

triggers.append_only("workflow_signoff")
