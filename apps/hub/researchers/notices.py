from django.utils.translation import gettext_lazy as _

from apps.core.accounts.roles import Role
from apps.core.notices.kinds import about, register
from apps.hub.researchers.models import Accreditation


def has_applied(user) -> bool:
    """True where she asked for accreditation, also while she has no role yet."""
    return Accreditation.objects.filter(user=user).exists()


about("accreditation", "agreement", title=_("Your right to do research"), roles=(Role.RESEARCHER,), also=has_applied)
register(
    "accreditation.decided",
    name=_("Your accreditation was decided on"),
    sentence=_("Your accreditation is now “{state}”: {reason}"),
    urgent=True,
)
register(
    "accreditation.ends",
    name=_("Your access ends soon"),
    sentence=_("Your access ends after {until}, in {days} days: {what}. Renew it before then."),
    urgent=True,
)
register(
    "accreditation.member_ends",
    name=_("The access of somebody on your project ends soon"),
    sentence=_("The access of {name} ends after {until}, in {days} days: {what}."),
    urgent=True,
)
register(
    "accreditation.sponsor_answered",
    name=_("Your sponsor answered"),
    sentence=_("Your sponsor {email} said {answer}."),
)
register(
    "agreement.published",
    name=_("The agreement has a new version"),
    sentence=_("The agreement has a new version. Accept it by {until}, or your access ends then."),
    urgent=True,
)
