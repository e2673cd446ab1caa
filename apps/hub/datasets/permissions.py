from django.utils.translation import gettext as _

from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.core.workflow.models import check_is_second
from apps.hub.datasets.models import CERTIFICATE_READERS

CATALOGUE_KEEPERS = (Role.ADMINISTRATOR, Role.COORDINATOR)


def check_can_describe(by, thing=None):
    """Administrators and coordinators keep the catalogue; they decide nothing."""
    if not can_describe(by):
        raise NotAllowed(_("Only an administrator or the panel coordinator keeps the catalogue."))


def can_describe(by) -> bool:
    """Asks what `check_can_describe` says."""
    return by.has_hub_role(*CATALOGUE_KEEPERS)


def can_read_leaving(by, tre) -> bool:
    """Who keeps the catalogue, who decides on a TRE, who audits; and those of its own staff who know of runs, keys and logs."""
    return by.has_hub_role(*CERTIFICATE_READERS) or tre.pk in by.sides(Role.ADMINISTRATOR, Role.OPERATOR)


def check_can_read_leaving(by, tre):
    """Asks what `can_read_leaving` says."""
    if not can_read_leaving(by, tre):
        raise NotAllowed(_("Only those who decide on secure data centres, and who runs this one, read this."))


def check_can_accredit(by, tre):
    """An accreditation officer, who did not hand it in herself and is not on its staff."""
    if not by.has_hub_role(Role.ACCREDITATION_OFFICER):
        raise NotAllowed(_("Only an accreditation officer decides which secure data centres take part."))
    if tre.submitted_by == by.pk or tre.pk in by.tres():
        raise NotAllowed(_("You cannot decide on what you handed in, nor on your own secure data centre."))


def check_can_reinstate(by, tre):
    """Who accredits, and did not suspend it herself. That it was to leave in between changes nothing of that."""
    check_can_accredit(by, tre)
    check_is_second(by, tre, "tre.suspended", passing_over=("tre.leaving", "tre.stayed"))


def check_can_note_that_it_stays(by, tre):
    """Who accredits, and did not announce herself that it leaves."""
    check_can_accredit(by, tre)
    check_is_second(by, tre, "tre.leaving")


def check_can_note_left(by, tre):
    """Who accredits, and did not tick off herself what had to be done first: two people look."""
    check_can_accredit(by, tre)
    if tre.ticks_now().filter(by=by).exists():
        raise NotAllowed(_("You ticked off what had to be done. Another officer decides that it has left."))


def check_can_confirm(by, certificate):
    """An accreditation officer, who did not enter it herself and is not on that TRE's staff."""
    if not by.has_hub_role(Role.ACCREDITATION_OFFICER):
        raise NotAllowed(_("Only an accreditation officer decides whether a certificate counts."))
    if certificate.handed_in_by == by.pk or certificate.held_by_id in by.tres():
        raise NotAllowed(_("You cannot decide on what you handed in, nor on your own secure data centre."))


def check_can_list(by, dataset):
    """An accreditation officer, who did not write the description herself and is not on that TRE's staff."""
    if not by.has_hub_role(Role.ACCREDITATION_OFFICER):
        raise NotAllowed(_("Only an accreditation officer decides which datasets are listed."))
    if dataset.described_by == by.pk or dataset.held_by_id in by.tres():
        raise NotAllowed(_("You cannot decide on your own description, nor on your own secure data centre's data."))


def check_can_list_again(by, dataset):
    """Who lists, and did not suspend it herself."""
    check_can_list(by, dataset)
    check_is_second(by, dataset, "dataset.suspended")
