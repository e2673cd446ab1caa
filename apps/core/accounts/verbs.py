from django.utils.translation import gettext_lazy as _

from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("access.proposed", _("A change of access was proposed.")),
        ("access.confirmed", _("A second administrator confirmed a change of access.")),
        ("access.confirmed_alone", _("The first administrator appointed the second one, alone.")),
        ("access.refused", _("A change of access was refused.")),
        ("access.withdrawn", _("A change of access was withdrawn.")),
        ("person.invited", _("A person was invited.")),
        ("person.joined", _("A person joined.")),
        ("person.left", _("A person left.")),
        ("person.profile_changed", _("A person changed her name or ORCID iD.")),
        ("person.orcid_linked", _("ORCID said whose iD it is.")),
        ("role.granted", _("A role was given.")),
        ("role.ended", _("A role was ended.")),
        ("role.lapsed", _("A role came to its last day.")),
    ],
)
register_all(
    Audience.PUBLIC,
    [
        ("emergency.administrator_restored", _("In an emergency two people made somebody an administrator again.")),
        ("emergency.second_factor_reset", _("In an emergency two people took away somebody's lost second factor.")),
        ("emergency.roles_ended", _("In an emergency two people ended somebody's roles.")),
    ],
)
