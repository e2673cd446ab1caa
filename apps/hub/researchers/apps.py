from django.apps import AppConfig


class ResearchersConfig(AppConfig):
    name = "apps.hub.researchers"
    label = "researchers"
