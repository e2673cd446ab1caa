"""What a person does with her own notices and claims. Nothing is decided here, so the log does not tell of it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import WrongState
from apps.core.notices.models import Claim, Notice, Preference

CLAIMED_FOR = timedelta(days=2)


def mark_read(*, notice: Notice, by) -> None:
    """She has read it. Read twice, the first time stays."""
    Notice.objects.of(by).unread().filter(pk=notice.pk).update(read_at=timezone.now())


def mark_all_read(*, by) -> int:
    """She has read all of them; how many were new."""
    return Notice.objects.of(by).unread().update(read_at=timezone.now())


def choose_mail(*, by, wishes: dict[str, str]) -> None:
    """Keep how she wants to hear of each kind. `wishes`: {kind: a value of Mail}. What is not named stays."""
    rows = [Preference(person=by, kind=kind, mail=mail) for kind, mail in sorted(wishes.items())]
    with transaction.atomic():
        Preference.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["person", "kind"], update_fields=["mail"]
        )


def claim(*, url: str, by) -> None:
    """Say that one does what waits at `url`. Raises WrongState where somebody else said so and her claim has not ended."""
    now = timezone.now()
    with transaction.atomic():
        Claim.objects.filter(url=url, until__lte=now).delete()
        found, _made = Claim.objects.get_or_create(url=url, defaults={"person": by, "until": now + CLAIMED_FOR})
    if found.person_id != by.pk:
        raise WrongState(_("Somebody else has just said that she does this. You still may; nothing was changed."))


def release(*, url: str, by) -> None:
    """Give one's own claim back."""
    Claim.objects.filter(url=url, person=by).delete()
