from django.utils.translation import gettext_lazy as _

from apps.core.notices.kinds import about, register

about("role", title=_("Your roles"))
register(
    "role.ends",
    name=_("One of your roles ends soon"),
    sentence=_("Your role as {role} ends after {until}, in {days} days. If you still need it, ask an administrator."),
    urgent=True,
)
