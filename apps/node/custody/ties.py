"""Who of a TRE's own panel is named on the project before it; or is the person before it, or a team mate of hers there: by
ORCID iD and address, now or ever, as an offer names people."""

from collections import defaultdict

from allauth.account.models import EmailAddress

from apps.core.accounts.identity import can_compare, identity_from
from apps.core.accounts.models import Mark
from apps.core.panels.conflicts import Found, finder
from apps.core.panels.models import Conflict
from apps.node.custody.models import MemberAcceptance, ProjectAcceptance


def _by_user(rows) -> dict:
    found = defaultdict(list)
    for user, value in rows:
        found[user].append(value)
    return found


@finder(MemberAcceptance)
@finder(ProjectAcceptance)
def named_on_the_project(acceptance, seats) -> list[Found]:
    """Who is one of its people, and who cannot be told from one of them: without anything to compare nobody decides. Three
    queries."""
    users = [seat.user_id for seat in seats]
    addresses = EmailAddress.objects.filter(user__in=users, verified=True)
    emails = _by_user((user, email.lower()) for user, email in addresses.values_list("user", "email"))
    marks = _by_user(Mark.objects.filter(user__in=users).values_list("user", "mark"))
    named = MemberAcceptance.objects.for_tre(acceptance).filter(project=acceptance.project)
    by_key = _by_user((member.email_key, member.identity()) for member in named)
    return [
        Found(seat.user_id, Conflict.SAME_PROJECT)
        for seat in seats
        if any(_is_tied(seat.user, emails[seat.user_id], marks[seat.user_id], key, by_key[key]) for key in by_key)
    ]


def _is_tied(user, emails: list[str], marks: list[str], key: str, others: list) -> bool:
    own = identity_from(user.orcid, emails, marks, key)
    return not can_compare(own, others, has_address=bool(emails)) or any(own.matches(other) for other in others)
