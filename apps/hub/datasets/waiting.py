from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.accounts.sides import names_sides
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, waiting_list
from apps.hub.datasets.models import Certificate, Dataset, Tre


@waiting_list
def catalogue(user):
    """TREs, their certificates, and datasets that an accreditation officer has to decide on."""
    if not user.has_hub_role(Role.ACCREDITATION_OFFICER):
        return []
    certificates = Certificate.objects.filter(state="handed_in").select_related("held_by")
    rows = [
        *Tre.objects.filter(state="submitted")[:50],
        *certificates[:50],
        *Dataset.objects.filter(state="draft")[:50],
    ]
    return [
        Waiting(_("Decide: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at) for each in rows
    ]


@names_sides
def tres():
    """The TREs that take part."""
    return Tre.objects.filter(state="accredited").order_by("name").values_list("pk", "name")


navigation.register(gettext_lazy("Catalogue"), "datasets:list", shown_to=lambda user: bool(user.roles()), order=30)
