from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "apps.core.exchange"
    label = "exchange"
