from django.utils.translation import gettext_lazy as _

from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("accreditation.drafted", _("A researcher began an accreditation.")),
        ("accreditation.amended", _("A researcher changed an accreditation.")),
        ("accreditation.submitted", _("A researcher asked to be accredited.")),
    ],
)
register_all(
    Audience.PUBLIC,
    [
        ("accreditation.approved", _("A researcher passed the checks and may ask questions of the data.")),
        ("accreditation.returned", _("A researcher was asked a question before she may ask any of the data.")),
        ("accreditation.rejected", _("A researcher did not pass the checks.")),
        ("accreditation.suspended", _("A researcher was shut out for now.")),
        ("accreditation.reinstated", _("A researcher was let in again.")),
        ("accreditation.revoked", _("A researcher was shut out for good.")),
        ("accreditation.expired", _("A researcher's time ran out: she must pass the checks again.")),
    ],
)
