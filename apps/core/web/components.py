"""GOV.UK components by the library govuk-frontend-jinja, for Django templates and forms."""

from collections import Counter
from functools import lru_cache
from typing import Any

import jinja2
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext


@lru_cache
def _environment() -> jinja2.Environment:
    loaders = {"govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja")}
    return jinja2.Environment(loader=jinja2.PrefixLoader(loaders), autoescape=True)


@lru_cache
def _macro(name: str) -> Any:
    words = name.split("-")
    macro = "govuk" + "".join(word.capitalize() for word in words)
    template = _environment().get_template(f"govuk_frontend_jinja/components/{name}/macro.html")
    return getattr(template.module, macro)


def component(name: str, params: dict[str, Any]) -> SafeString:
    """The HTML of a component, such as "input"; its texts are escaped by the library."""
    return mark_safe(_macro(name)(params))  # noqa: S308 - the library escapes


def field_html(bound: forms.BoundField) -> SafeString:
    """One form field as its component, with label, hint and error."""
    widget = bound.field.widget
    if widget.is_hidden:
        return mark_safe(str(bound))  # noqa: S308 - Django escapes
    for kinds, render in _RENDERERS:
        if isinstance(widget, kinds):
            return render(bound)
    return _input(bound)


def _common(bound: forms.BoundField) -> dict[str, Any]:
    params: dict[str, Any] = {
        "id": bound.id_for_label or bound.auto_id,
        "name": bound.html_name,
        "label": {"text": str(bound.label), "classes": "govuk-label--s"},
    }
    if bound.help_text:
        params["hint"] = {"text": str(bound.help_text)}
    if bound.errors:
        params["errorMessage"] = {"text": " ".join(map(str, bound.errors))}
    return params


def _legend(bound: forms.BoundField) -> dict[str, Any]:
    params = _common(bound)
    params.pop("label")
    fieldset = {"legend": {"text": str(bound.label), "classes": "govuk-fieldset__legend--s"}}
    return params | {"idPrefix": bound.auto_id, "fieldset": fieldset}


def _input(bound: forms.BoundField) -> SafeString:
    kind = getattr(bound.field.widget, "input_type", "text")
    value = "" if kind == "password" else str(bound.value() if bound.value() is not None else "")
    params = _common(bound) | {"type": kind, "value": value, "spellcheck": False}
    if kind == "number":  # as wide as what is written into it
        params["classes"] = "govuk-input--width-10"
    autocomplete = bound.field.widget.attrs.get("autocomplete")
    return component("input", params | ({"autocomplete": autocomplete} if autocomplete else {}))


def _date(bound: forms.BoundField) -> SafeString:
    value = bound.value()
    shown = {"type": bound.field.widget.input_type, "value": str(value or ""), "classes": "govuk-input--width-10"}
    return component("input", _common(bound) | shown)


def _textarea(bound: forms.BoundField) -> SafeString:
    rows = str(bound.field.widget.attrs.get("rows", 5))
    return component("textarea", _common(bound) | {"value": str(bound.value() or ""), "rows": rows})


def _file(bound: forms.BoundField) -> SafeString:
    params = _common(bound)
    if bound.field.widget.allow_multiple_selected:
        params["attributes"] = {"multiple": "multiple"}
    return component("file-upload", params)


def _choices(bound: forms.BoundField) -> list[dict[str, Any]]:
    value = bound.value()
    chosen = {str(each) for each in (value if isinstance(value, list | tuple) else [value]) if each is not None}
    return [
        {"value": str(key), "text": str(text), "selected": str(key) in chosen, "checked": str(key) in chosen}
        for key, text in bound.field.choices
    ]


def _select(bound: forms.BoundField) -> SafeString:
    return component("select", _common(bound) | {"items": _choices(bound)})


def _radios(bound: forms.BoundField) -> SafeString:
    return component("radios", _legend(bound) | {"items": _choices(bound)})


def _checkboxes(bound: forms.BoundField) -> SafeString:
    return component("checkboxes", _legend(bound) | {"items": _choices(bound)})


def _single_checkbox(bound: forms.BoundField) -> SafeString:
    params = _common(bound)
    label, hint = params.pop("label"), params.pop("hint", None)
    item = {"value": "on", "text": label["text"], "id": params["id"], "checked": bool(bound.value())}
    return component(
        "checkboxes", params | {"idPrefix": params["id"], "items": [item | ({"hint": hint} if hint else {})]}
    )


# The order matters: Django's CheckboxSelectMultiple is a RadioSelect.
_RENDERERS = (
    (forms.CheckboxSelectMultiple, _checkboxes),
    (forms.RadioSelect, _radios),
    (forms.Select, _select),
    (forms.CheckboxInput, _single_checkbox),
    (forms.Textarea, _textarea),
    (forms.FileInput, _file),
    (forms.DateInput, _date),
)


def errors_html(form: forms.BaseForm) -> SafeString:
    """The error summary of a form, each error a link to its field; empty where there is none."""
    if not form.errors:
        return mark_safe("")
    errors = [{"text": str(each)} for each in form.non_field_errors()]
    said = Counter(str(each) for bound in form for each in bound.errors)
    for bound in form:
        texts = [named(bound, str(each), is_shared=said[str(each)] > 1) for each in bound.errors]
        errors += [{"text": text, "href": f"#{bound.auto_id}"} for text in texts]
    return component("error-summary", {"titleText": gettext("There is a problem"), "errorList": errors})


def is_of_a_limit(error: str) -> bool:
    """True where Django says that a number is too small or too large: its sentence names no field."""
    return error.startswith(
        tuple(str(each.message).partition("%")[0] for each in (MinValueValidator, MaxValueValidator))
    )


def named(bound: forms.BoundField, error: str, *, is_shared: bool) -> str:
    """An error as the summary tells it, away from its field: what does not name its field is given its label. So is the
    error of a day or of a number, and one that several fields share."""
    label = str(bound.label)
    if error == str(forms.Field.default_error_messages["required"]):
        return gettext("Fill in: %(label)s") % {"label": label}
    if is_shared or isinstance(bound.field, forms.DateField) or is_of_a_limit(error):
        return f"{label} {error}" if label.endswith("?") else f"{label}: {error}"
    return error
