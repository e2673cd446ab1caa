from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from apps.core.accounts.actions import first_administrator
from apps.core.errors import Problem


class Command(BaseCommand):
    help = "Make the first administrator of the hub, or of a TRE's node (--side its UUID); prints a link to set a password."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--name", default="Administrator")
        parser.add_argument("--side", default=settings.HUB_ID)

    def handle(self, *, email, name, side, **options):
        try:
            user = first_administrator(email=email, name=name, password=None, side=side)
        except Problem as problem:
            raise CommandError(str(problem.sentence))
        key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
        link = reverse(
            "account_reset_password_from_key", kwargs=dict(zip(("uidb36", "key"), key.split("-", 1), strict=True))
        )
        self.stdout.write(f"{user.email} is an administrator. Set a password here:\n{settings.PUBLIC_URL}{link}")
