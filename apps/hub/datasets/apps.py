from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    name = "apps.hub.datasets"
    label = "datasets"
