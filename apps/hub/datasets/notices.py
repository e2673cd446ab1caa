from django.utils.translation import gettext_lazy as _

from apps.core.accounts.roles import Role
from apps.core.notices.kinds import about, register

# Who keeps the catalogue, and who confirms.
CERTIFICATE_OFFICES = (Role.ADMINISTRATOR, Role.COORDINATOR, Role.ACCREDITATION_OFFICER)
about("certificate", title=_("Certificates"), roles=CERTIFICATE_OFFICES)
# Who runs it, who keeps the catalogue, and who uses its data.
TRE_COMPANY = (Role.ADMINISTRATOR, Role.OPERATOR, Role.COORDINATOR, Role.RESEARCHER)
about("tre", title=_("Secure data centres"), roles=TRE_COMPANY)
register(
    "tre.suspended",
    name=_("A secure data centre was suspended"),
    sentence=_("{tre} was suspended. Nothing new is asked of it: {reason}"),
    urgent=True,
)
register(
    "tre.reinstated", name=_("A secure data centre goes on again"), sentence=_("{tre} may be asked again: {reason}")
)
register(
    "tre.leaving",
    name=_("A secure data centre leaves"),
    sentence=_("{tre} leaves. Nothing new is asked of it: {reason}"),
    urgent=True,
)
register(
    "tre.stayed",
    name=_("A secure data centre stays after all"),
    sentence=_("{tre} does not leave after all: {reason}"),
    urgent=True,
)
register(
    "certificate.ends",
    name=_("The certificate of a secure data centre ends soon"),
    sentence=_("The certificate of {tre} for {standard} ends after {until}, in {days} days. Ask it for a new one."),
    urgent=True,
)
