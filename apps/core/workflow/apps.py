from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WorkflowConfig(AppConfig):
    name = "apps.core.workflow"
    label = "workflow"

    def ready(self):
        from apps.core.workflow import machines, tables  # noqa: F401

        # Each app keeps its steps, verbs, notices, work, waiting lists and documents in these files; all fill registries.
        for module in ("verbs", "notices", "actions", "tasks", "waiting", "documents", "safes"):
            autodiscover_modules(module)
        machines.register_triggers()
