from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, first_step, waiting_list
from apps.hub.researchers.models import Accreditation


@waiting_list
def accreditations(user):
    """Submitted ones for officers; one's own that came back."""
    if user.has_hub_role(Role.ACCREDITATION_OFFICER):
        rows = Accreditation.objects.filter(state="submitted").exclude(user=user).select_related("user")[:50]
        return [
            Waiting(_("Decide: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at) for each in rows
        ]
    rows = Accreditation.objects.filter(state__in=["draft", "returned"], user=user).select_related("user")
    return [
        Waiting(_("Hand in your accreditation"), each.get_absolute_url(), each.created_at, alone=True) for each in rows
    ]


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
