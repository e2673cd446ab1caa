from django.apps import AppConfig


class CustodyConfig(AppConfig):
    name = "apps.node.custody"
    label = "custody"
