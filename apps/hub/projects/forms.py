from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core.accounts.models import User
from apps.core.web.texts import one_plain_line
from apps.hub.projects.models import PublicText


class TextForm(forms.ModelForm):
    """A text for the public, or a correction of one. Its headline shows what was written: the public log repeats it."""

    class Meta:
        model = PublicText
        fields = ("title", "text")
        labels = {"title": _("Headline"), "text": _("What the public should know, in plain words")}
        help_texts = {"text": _("Short sentences. A second person reads it before it is published.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].validators.append(one_plain_line)


class MemberForm(forms.Form):
    """A person who joins, by her e-mail address: named individuals only."""

    email = forms.EmailField(label=_("E-mail address of the person"))

    def clean_email(self):
        found = User.objects.filter(email__iexact=self.cleaned_data["email"], is_active=True).first()
        if found is None:
            raise ValidationError(_("Nobody here has this address. Ask an administrator to invite her."))
        return found
