from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.notices.kinds import Kind, Subject, all_kinds
from apps.core.notices.models import Mail, Notice, Preference
from apps.core.notices.service import usual_mail


def kinds_that_reach(user) -> list[Kind]:
    """The kinds that can reach her in her roles, and those that did. One query, and one for each `also`."""
    held = {role for role, _side in user.roles()}
    had = set(Notice.objects.of(user).values_list("kind", flat=True).distinct())
    also = {ask: ask(user) for ask in {kind.subject.also for kind in all_kinds()} if ask}

    def reaches(kind: Kind) -> bool:
        roles = kind.roles or kind.subject.roles
        return not roles or bool(held & set(roles)) or kind.key in had or also.get(kind.subject.also, False)

    return [kind for kind in all_kinds() if reaches(kind)]


class PreferencesForm(forms.Form):
    """One choice for each kind of notice that reaches her, and one for all of them at once."""

    all = forms.ChoiceField(
        label=_("Set all of them to"), choices=[("", _("what is chosen below")), *Mail.choices], required=False
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        wishes = dict(Preference.objects.filter(person=user).values_list("kind", "mail"))
        self.kinds = kinds_that_reach(user)
        for kind in self.kinds:
            self.fields[kind.key] = forms.ChoiceField(
                label=str(kind.name), choices=Mail.choices, initial=wishes.get(kind.key, usual_mail(kind))
            )

    def groups(self) -> list[tuple[Subject, list[forms.BoundField]]]:
        """The fields subject by subject: first what belongs to her roles, then what everybody is told."""
        found: dict[Subject, list[forms.BoundField]] = {}
        for kind in sorted(self.kinds, key=lambda kind: not (kind.roles or kind.subject.roles)):
            found.setdefault(kind.subject, []).append(self[kind.key])
        return list(found.items())

    def wishes(self) -> dict[str, str]:
        """{kind: a value of Mail}, as chosen."""
        return {kind.key: self.cleaned_data["all"] or self.cleaned_data[kind.key] for kind in self.kinds}
