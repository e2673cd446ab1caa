from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResearchersConfig(AppConfig):
    name = "apps.hub.researchers"
    label = "researchers"
    verbose_name = _("Researchers")
