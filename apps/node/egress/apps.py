from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EgressConfig(AppConfig):
    name = "apps.node.egress"
    label = "egress"
    verbose_name = _("Results check")
