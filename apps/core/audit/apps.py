from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "apps.core.audit"
    label = "audit"

    def ready(self):
        from apps.core.audit import access, tables, triggers, verbs  # noqa: F401

        post_migrate.connect(triggers.install_after_migrate, dispatch_uid="audit.triggers")
        register(triggers.check_triggers, Tags.database)
        register(verbs.check_verbs)
