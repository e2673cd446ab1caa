from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, counted_from, first_step, waiting_list
from apps.hub.researchers.models import Accreditation, Evidence
from apps.hub.researchers.queries import accreditation_of, changed_since_decided


@waiting_list
def accreditations(user):
    """For officers: what was handed in, and what is new of those accredited. For a researcher: what she has to do."""
    found = _hers(user) if user.has_hub_role(Role.RESEARCHER) else []
    if user.has_hub_role(Role.ACCREDITATION_OFFICER):
        found += _for_officers(user)
    return found


def _for_officers(user):
    submitted = Accreditation.objects.filter(state="submitted").exclude(user=user).select_related("user")
    found = [
        Waiting(_("Decide: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.since)
        for each in counted_from(submitted, "accreditation.submitted")[:50]
    ]
    fresh = Evidence.objects.filter(accreditation__state="approved", confirmed_at=None, agreement=None)
    seen = set()
    for each in fresh.exclude(accreditation__user=user).select_related("accreditation__user")[:50]:
        if each.accreditation_id not in seen:
            seen.add(each.accreditation_id)
            title = _("Confirm what is new: %(thing)s") % {"thing": each.accreditation}
            found.append(Waiting(title, each.accreditation.get_absolute_url(), each.noted_at))
    for each in changed_since_decided().exclude(user=user)[:50]:
        if each.pk not in seen and each.content_sha256() != each.decided_sha256:
            title = _("Confirm what she changed; her access has stopped: %(thing)s") % {"thing": each}
            found.append(Waiting(title, each.get_absolute_url(), each.decided_at))
    return found


def _hers(user):
    """Nothing, or the one thing that she has to do about her accreditation."""
    mine = accreditation_of(user)
    if mine is None:
        return []
    url = mine.get_absolute_url()
    if mine.state in ("draft", "returned"):
        return [Waiting(_("Hand in your accreditation"), url, mine.created_at, alone=True)]
    if mine.state == "approved" and mine.why_not(timezone.now()):
        return [Waiting(_("Your access has stopped: see what to do"), url, mine.created_at, alone=True)]
    return []


navigation.register(
    gettext_lazy("Researchers"),
    "researchers:list",
    shown_to=lambda user: user.has_hub_role(
        Role.ACCREDITATION_OFFICER, Role.RESEARCHER, Role.AUDITOR, Role.ADMINISTRATOR
    ),
    order=40,
)
first_step(
    gettext_lazy("see how your accreditation stands, or ask for one"),
    "researchers:list",
    shown_to=lambda user: user.has_hub_role(Role.RESEARCHER),
    order=10,
)
first_step(
    gettext_lazy("see who is accredited, and until when"),
    "researchers:list",
    shown_to=lambda user: user.has_hub_role(Role.ACCREDITATION_OFFICER),
    order=10,
)
