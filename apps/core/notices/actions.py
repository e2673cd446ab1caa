"""What a person does with her own notices. Nothing is decided here, so the log does not tell of it."""

from django.db import transaction
from django.utils import timezone

from apps.core.notices.models import Notice, Preference


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
