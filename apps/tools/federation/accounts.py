"""Accounts and roles of the demonstration's people."""

from uuid import UUID

from django.conf import settings

from apps.core.accounts import actions as accounts
from apps.core.accounts import role_actions
from apps.core.accounts.models import User
from apps.core.accounts.roles import Role
from apps.core.audit.act import act
from apps.tools.federation.people import HUB_PEOPLE, PASSWORD, Person

HUB = UUID(settings.HUB_ID)
REASON = "Part of the demonstration."


def user(email: str) -> User:
    """A person by her address, read again so that her roles are those of now."""
    return User.objects.get(email=email)


def seed_people() -> None:
    """Administrators first; they give everybody else her role."""
    ensure_person(HUB_PEOPLE[0])
    ensure_administrator(HUB_PEOPLE[0], HUB)
    for person in HUB_PEOPLE[1:]:
        ensure_person(person)
        ensure_roles(person.email, person.hub_roles, HUB, "admin@hub.example")


def ensure_person(person: Person) -> None:
    if not User.objects.filter(email=person.email).exists():
        made = User.objects.create_user(
            person.email, PASSWORD, name=person.name, orcid=person.orcid, organisation=person.organisation
        )
        made.emailaddress_set.create(email=person.email, verified=True, primary=True)


def ensure_administrator(person: Person, side: UUID) -> None:
    if not user(person.email).has_role(Role.ADMINISTRATOR, side):
        accounts.first_administrator(email=person.email, name=person.name, password=PASSWORD, side=side)


def ensure_roles(email: str, roles, side: UUID, administrator: str) -> None:
    """One administrator proposes, her deputy confirms; the deputy herself is appointed by the first one alone."""
    for role in roles:
        if not user(email).has_role(role, side):
            proposer, deputy = user(administrator), user(administrator.replace("admin@", "deputy@"))
            person = user(email)
            with act():  # both yeses or none: what was left proposed could not be proposed again
                change = role_actions.propose_role(by=proposer, user=person, role=role, side=side, reason=REASON)
                if not change.is_first:
                    role_actions.confirm(accesschange=change, by=deputy)
