from getpass import getpass
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.accounts import second_factor
from apps.core.accounts.emergency import ACTS, check_is_herself, check_two
from apps.core.accounts.models import User
from apps.core.errors import Problem


class Command(BaseCommand):
    help = (
        "In an emergency two members of a side's staff, each with her password and code, may restore an administrator "
        "where fewer than two are in office, take a lost second factor away, or end somebody's roles. The public log "
        "tells that it was done."
    )

    def add_arguments(self, parser):
        parser.add_argument("act", choices=sorted(ACTS))
        parser.add_argument("person", help="the e-mail address of the person whom it is about")
        parser.add_argument("--by", nargs=2, required=True, metavar="EMAIL", help="the two who do it")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--side", type=UUID, default=UUID(settings.HUB_ID), help="a TRE's UUID; the hub without it")

    def handle(self, *, act, person, by, reason, side, **options):
        try:
            about, first, second = (self.found(email) for email in (person, *by))
            check_two(first, second, about, side)
            for each in (first, second):
                password = getpass(f"Password of {each.email}: ")
                code = getpass(f"Code of {each.email}: ") if second_factor.needs_one(each) else ""
                check_is_herself(each, password, code)
            ACTS[act](person=about, side=side, by=(first, second), reason=reason)
        except Problem as problem:
            raise CommandError(str(problem.sentence))
        self.stdout.write("Done. The public log tells that the glass was broken.")

    def found(self, email: str) -> User:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody here has the address {email}.")
        return user
