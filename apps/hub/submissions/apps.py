from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubmissionsConfig(AppConfig):
    name = "apps.hub.submissions"
    label = "submissions"
    verbose_name = _("Analyses")

    def ready(self):
        from apps.hub.submissions import applications, lapses, leaving, said  # noqa: F401 - what it tells of a project, and to whom
