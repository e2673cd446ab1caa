from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "apps.core.incidents"
    label = "incidents"
