from django.utils.translation import gettext_lazy as _

from apps.core.accounts.roles import Role
from apps.core.notices.kinds import about, register

about("incident", title=_("What went wrong"), roles=(Role.INCIDENT_LEAD,))
# Not a word of what happened: a notice is mailed.
register(
    "incident.reported",
    name=_("Something that went wrong was reported"),
    sentence=_("{incident} was reported. Follow it up."),
    urgent=True,
)
register(
    "incident.words_proposed",
    name=_("Words about an incident wait to be cleared"),
    sentence=_("{incident}: words for the public were written. A second person has to clear them."),
    roles=(Role.PUBLISHER,),
)
register(
    "incident.longer_asked",
    name=_("An incident is to stay private for longer"),
    sentence=_("Somebody asks that {incident} stays private until {until}. A second person has to agree."),
    roles=(Role.INCIDENT_LEAD, Role.ADMINISTRATOR),
)
