"""What is asked of everybody in a new portal. From then on it is data: an administrator changes it by an action."""

from django.utils.translation import gettext_lazy as _

TWO_YEARS = 730
FIRST = [
    {
        "key": "identity",
        "kind": "identity",
        "title": _("Identity check"),
        "why": _("Data are opened to a named person, so we look who she is."),
        "to_do": _("An officer gets in touch with you. Have your passport or staff card ready."),
    },
    {
        "key": "safe-researcher-training",
        "kind": "training",
        "title": _("Safe researcher training"),
        "why": _("Whoever works with data about people has learned how to keep them safe."),
        "to_do": _("Take the course and add its certificate."),
    },
    {
        "key": "sponsor",
        "kind": "sponsor",
        "title": _("A sponsor's word"),
        "why": _("Somebody who knows your work stands up for you."),
        "to_do": _("Name a sponsor. She gets a link by e-mail and answers for herself."),
        "valid_days": TWO_YEARS,
    },
    {
        "key": "agreement",
        "kind": "agreement",
        "title": _("The agreement"),
        "why": _("You promise how you use the data, and know what follows where you do not."),
        "to_do": _("Read the agreement and accept it."),
    },
    {
        "key": "ons-accredited-researcher",
        "kind": "status",
        "title": _("ONS Accredited Researcher"),
        "why": _("Some secure data centres ask for this status. It is yours to add."),
        "to_do": _("Add its number, its last day and the letter."),
        "required": False,
    },
]


def install(using: str) -> None:
    """The first requirements, where there is none yet."""
    from apps.hub.researchers.models import Requirement

    if not Requirement.objects.using(using).exists():
        Requirement.objects.using(using).bulk_create(
            Requirement(order=10 * place, **{name: _plain(value) for name, value in each.items()})
            for place, each in enumerate(FIRST, start=1)
        )


def _plain(value):
    """Words that wait for their language are said now; all else is as it is."""
    return value if isinstance(value, bool | int) else str(value)


def install_after_migrate(sender, using: str, **_options) -> None:
    """post_migrate of this app."""
    install(using)
