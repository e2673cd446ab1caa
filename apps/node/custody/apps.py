from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustodyConfig(AppConfig):
    name = "apps.node.custody"
    label = "custody"
    verbose_name = _("What we accept")

    def ready(self):
        from apps.node.custody import deciding, own_panel, ties  # noqa: F401 - their steps, hourly work, papers and ties
