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
        ("accreditation.approved", _("A researcher was accredited.")),
        ("accreditation.returned", _("A request for accreditation went back with a question.")),
        ("accreditation.rejected", _("A request for accreditation was rejected.")),
        ("accreditation.suspended", _("A researcher's accreditation was suspended.")),
        ("accreditation.reinstated", _("A researcher's accreditation was reinstated.")),
        ("accreditation.revoked", _("A researcher's accreditation was revoked.")),
        ("accreditation.expired", _("A researcher's accreditation ran out.")),
    ],
)
