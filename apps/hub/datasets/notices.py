from django.utils.translation import gettext_lazy as _

from apps.core.notices.kinds import register

register(
    "certificate.ends",
    name=_("The certificate of a secure data centre ends soon"),
    sentence=_("The certificate of {tre} for {standard} ends after {until}, in {days} days. Ask it for a new one."),
    urgent=True,
)
