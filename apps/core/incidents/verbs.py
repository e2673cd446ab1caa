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
        ("incident.words_proposed", _("Words for the public were written.")),
        ("incident.words_returned", _("The words for the public were returned with a question.")),
        ("incident.words_cleared", _("The words for the public were cleared by a second person.")),
        ("incident.longer_asked", _("Somebody asked that it stays private for longer.")),
    ],
)
register_all(
    Audience.PUBLIC,
    [
        ("incident.told", _("There was {kind}. How bad: {severity}. It touched {people}. {words}")),
        ("incident.words", _("New words about an incident that was told before: {words}")),
        ("incident.longer", _("Two people agreed that an incident stays private until {until}.")),
    ],
)
