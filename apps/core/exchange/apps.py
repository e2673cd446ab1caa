from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "apps.core.exchange"
    label = "exchange"

    def ready(self):
        from apps.core.exchange import witness  # noqa: F401
