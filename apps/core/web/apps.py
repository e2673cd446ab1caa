from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "apps.core.web"
    label = "web"
