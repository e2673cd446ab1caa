from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "apps.core.accounts"
    label = "accounts"
    verbose_name = _("People")

    def ready(self):
        from allauth.account.models import EmailAddress

        # The addresses are allauth's rows, which many hands write: this is the one place that sees each of them.
        post_save.connect(remember_address, sender=EmailAddress, dispatch_uid="accounts.remember_address")


def remember_address(sender, instance, **given) -> None:
    """Each address that is verified is remembered as soon as it is."""
    if instance.verified:
        instance.user.remember()
