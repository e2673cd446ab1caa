from django.utils.translation import gettext_lazy as _

from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("incident.reported", _("Something that went wrong was reported.")),
        ("incident.contained", _("It was contained.")),
        ("incident.assessed", _("It was assessed.")),
        ("incident.notified", _("Everyone who must know was told.")),
        ("incident.closed", _("It was closed.")),
        ("incident.longer_asked", _("Somebody asked that it stays private for longer.")),
    ],
)
register_all(
    Audience.PUBLIC,
    [
        ("incident.told", _("There was {kind}. How bad: {severity}. It touched {people}. {words}")),
        ("incident.longer", _("Two people agreed that an incident stays private until {until}.")),
    ],
)
