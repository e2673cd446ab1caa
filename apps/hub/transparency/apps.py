from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    name = "apps.hub.transparency"
    label = "transparency"
