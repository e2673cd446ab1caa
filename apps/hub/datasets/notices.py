from django.utils.translation import gettext_lazy as _

from apps.core.accounts.roles import Role
from apps.core.notices.kinds import about, register

# Who keeps the catalogue, and who confirms.
CERTIFICATE_OFFICES = (Role.ADMINISTRATOR, Role.COORDINATOR, Role.ACCREDITATION_OFFICER)
about("certificate", title=_("Certificates"), roles=CERTIFICATE_OFFICES)
register(
    "certificate.ends",
    name=_("The certificate of a secure data centre ends soon"),
    sentence=_("The certificate of {tre} for {standard} ends after {until}, in {days} days. Ask it for a new one."),
    urgent=True,
)
