from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "apps.hub.projects"
    label = "projects"
    verbose_name = _("Projects")

    def ready(self):
        from apps.hub.projects import panel_actions, panel_papers  # noqa: F401 - its steps, hourly work and papers
