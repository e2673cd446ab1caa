from django.utils.translation import gettext_lazy as _

from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("tre.drafted", _("A secure data centre was described.")),
        ("tre.submitted", _("A secure data centre asked to take part.")),
        ("tre.leaving_ticked", _("Something that a leaving secure data centre has to do was ticked off.")),
        ("tre.returned", _("A secure data centre's request went back with a question.")),
        ("certificate.handed_in", _("A certificate of a secure data centre was handed in.")),
        ("certificate.refused", _("A certificate of a secure data centre was refused.")),
        ("dataset.drafted", _("A dataset was described.")),
        ("dataset.version_added", _("A version was added to the description of a dataset.")),
    ],
)
register_all(
    Audience.PUBLIC,
    [
        ("tre.accredited", _("{tre} was accredited as a secure data centre.")),
        ("tre.suspended", _("{tre} was suspended.")),
        ("tre.reinstated", _("{tre} was reinstated.")),
        ("tre.leaving", _("{tre} is leaving the federation.")),
        ("tre.stayed", _("{tre} stays in the federation after all.")),
        ("tre.opt_out_said", _("{tre} changed what it says about opting out.")),
        ("tre.policy_published", _("{tre} published how it checks results.")),
        ("tre.policy_changed", _("{tre} changed how it checks results. {changes}")),
        ("tre.left", _("{tre} has left the federation.")),
        ("certificate.confirmed", _("{tre} showed that it works to {standard}, until {until}.")),
        ("certificate.ended", _("The certificate of {tre} for {standard} no longer counts.")),
        ("dataset.listed", _("The dataset {dataset} at {tre} was listed.")),
        ("dataset.suspended", _("The dataset {dataset} at {tre} was suspended.")),
        ("dataset.reinstated", _("The dataset {dataset} at {tre} was listed again.")),
        ("dataset.withdrawn", _("The dataset {dataset} at {tre} was withdrawn.")),
        ("workflow.added", _("The analysis {workflow}, version {version}, was added to the catalogue.")),
    ],
)
