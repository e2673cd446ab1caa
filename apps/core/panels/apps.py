from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "apps.core.panels"
    label = "panels"
