from django.utils.translation import gettext_lazy as _

from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("accreditation.drafted", _("A researcher began an accreditation.")),
        ("accreditation.amended", _("A researcher changed an accreditation.")),
        ("accreditation.submitted", _("A researcher asked to be accredited.")),
        ("accreditation.evidence_added", _("A researcher added a paper.")),
        ("accreditation.evidence_taken_back", _("A researcher took a paper back.")),
        ("accreditation.sponsor_named", _("A researcher named a sponsor.")),
        ("accreditation.sponsored", _("A sponsor spoke for a researcher.")),
        ("accreditation.not_sponsored", _("A sponsor did not speak for a researcher.")),
        ("accreditation.agreement_accepted", _("A researcher accepted the agreement.")),
        ("accreditation.identity_checked", _("An officer checked who a researcher is.")),
        ("organisation.kept", _("What is said of an organisation was changed.")),
    ],
)
register_all(
    Audience.PUBLIC,
    [
        ("accreditation.approved", _("A researcher passed the checks and may ask questions of the data.")),
        ("accreditation.confirmed", _("A researcher's new papers passed the checks.")),
        ("accreditation.returned", _("A researcher was asked a question before she may ask any of the data.")),
        ("accreditation.rejected", _("A researcher did not pass the checks.")),
        ("accreditation.suspended", _("A researcher was shut out for now.")),
        ("accreditation.reinstated", _("A researcher was let in again.")),
        ("accreditation.revoked", _("A researcher was shut out for good.")),
        ("accreditation.expired", _("A researcher's time ran out: she must pass the checks again.")),
        ("agreement.published", _("Version {number} of the promise that each researcher makes came into force.")),
        ("requirement.set", _("What is asked of each researcher was changed: {title}.")),
    ],
)
