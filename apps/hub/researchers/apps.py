from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ResearchersConfig(AppConfig):
    name = "apps.hub.researchers"
    label = "researchers"
    verbose_name = _("Researchers")

    def ready(self):
        from apps.hub.researchers import requirements

        post_migrate.connect(
            requirements.install_after_migrate, sender=self, dispatch_uid="researchers.first_requirements"
        )
