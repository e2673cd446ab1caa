from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "apps.hub.projects"
    label = "projects"
