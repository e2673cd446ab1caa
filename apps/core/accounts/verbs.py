from django.utils.translation import gettext_lazy as _

from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("person.invited", _("A person was invited.")),
        ("person.joined", _("A person joined.")),
        ("person.left", _("A person left.")),
        ("role.granted", _("A role was given.")),
        ("role.ended", _("A role was ended.")),
    ],
)
