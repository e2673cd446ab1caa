"""Every kind of field becomes an accessible component."""

from django import forms
from django.template.loader import render_to_string
from django.test import RequestFactory

from apps.core.web.components import errors_html, field_html


class Form(forms.Form):
    text = forms.CharField(help_text="A hint")
    secret = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    long = forms.CharField(widget=forms.Textarea)
    pick = forms.ChoiceField(choices=[("a", "A")])
    radio = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    many = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple)
    one = forms.BooleanField(help_text="Say so")
    file = forms.FileField()
    day = forms.DateField()
    hidden = forms.CharField(widget=forms.HiddenInput)

    def clean(self):
        raise forms.ValidationError("Nothing fits <together>.")


def test_each_field_has_its_label_hint_and_error():
    form = Form({"many": ["b"], "secret": "x", "day": "never"})
    html = {bound.name: str(field_html(bound)) for bound in form}
    assert "A hint" in html["text"]
    assert "This field is required." in html["text"]
    assert 'value="x"' not in html["secret"]
    assert 'autocomplete="current-password"' in html["secret"]
    assert html["radio"].count('type="radio"') == 1
    assert html["many"].count("checked") == 1
    assert "Say so" in html["one"]
    assert 'type="file"' in html["file"]
    assert 'value="never"' in html["day"]
    assert 'type="hidden"' in html["hidden"]
    assert "<select" in html["pick"]
    assert "<textarea" in html["long"]
    summary = str(errors_html(form))
    assert "Nothing fits &lt;together&gt;." in summary
    assert 'href="#id_text"' in summary
    assert "Fill in: " in summary
    assert str(errors_html(Form())) == ""


def test_pages_that_stand_alone_can_be_shown(db):
    request = RequestFactory().get("/")
    assert "our fault" in render_to_string("500.html")
    for name in ("413.html", "account/verified_email_required.html"):
        assert "<h1" in render_to_string(name, request=request)
    assert "<form" in render_to_string("account/password_set.html", {"form": Form()}, request=request)
    address = type("Address", (), {"email": "ada@example.org"})()
    confirmation = type("Confirmation", (), {"email_address": address})()
    page = render_to_string("account/email_confirm.html", {"confirmation": confirmation}, request=request)
    assert "ada@example.org" in page
    front = render_to_string("transparency/front.html", {"latest": []}, request=request)
    assert "Nothing has happened yet." in front
    nobody = {"controller": {"complaints_email": ""}}
    assert "people who run this portal" in render_to_string("web/accessibility.html", nobody, request=request)
    assert "Nothing to mend." in render_to_string("components/findings.html", {"findings": []})
