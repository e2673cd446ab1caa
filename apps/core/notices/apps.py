from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "apps.core.notices"
    label = "notices"
