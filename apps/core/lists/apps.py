from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "apps.core.lists"
    label = "lists"
