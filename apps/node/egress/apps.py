from django.apps import AppConfig


class EgressConfig(AppConfig):
    name = "apps.node.egress"
    label = "egress"
