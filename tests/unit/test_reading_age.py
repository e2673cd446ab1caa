"""What the portal itself says can be read at 12, and every word of the field is explained where it stands."""

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.forms import BaseForm

from apps.core.audit import verbs
from apps.core.web import glossary, readability
from apps.core.web.glossary import TERMS
from tests.unit import reading

HIGHEST_GRADE = 7
LONGEST_SENTENCE = 25
# One short sentence has a grade by chance; pages with less than this to read are measured together.
ENOUGH_WORDS = 20
FOLDER = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(path for path in FOLDER.rglob("*.html"))
SAID = {str(path.relative_to(FOLDER)): reading.sentences_of(path) for path in TEMPLATES}
# Parts of a page that explains the word above them.
PARTS_OF_A_CRATES_PAGE = ("submissions/so_far.html", "components/entities.html", "components/phases.html")
EXPLAINED_BY_THEIR_PAGE = {(name, "crate") for name in PARTS_OF_A_CRATES_PAGE}


def number_of_words(sentences) -> int:
    return len(reading.words(" ".join(sentences)))


LONG_ENOUGH = sorted(name for name, sentences in SAID.items() if number_of_words(sentences) >= ENOUGH_WORDS)


@pytest.mark.parametrize("name", LONG_ENOUGH)
def test_a_page_can_be_read_at_12(name):
    assert reading.grade(SAID[name]) <= HIGHEST_GRADE, sorted(SAID[name], key=lambda each: -reading.grade([each]))


def test_short_pages_together_can_be_read_at_12():
    short = [sentence for name in set(SAID) - set(LONG_ENOUGH) for sentence in SAID[name]]
    assert number_of_words(short) > 100
    assert reading.grade(short) <= HIGHEST_GRADE


def test_the_glossary_and_the_public_log_can_be_read_at_12():
    meanings = [each for term in TERMS.values() for each in reading.sentences(str(term.meaning))]
    assert reading.grade(meanings) <= HIGHEST_GRADE
    public = [str(verb.sentence) for verb in verbs.all_verbs() if verb.audience is not verbs.Audience.PRIVATE]
    assert reading.grade([reading.TOLD.sub("it", sentence) for sentence in public]) <= HIGHEST_GRADE
    assert [each for each in [*meanings, *public] if number_of_words([each]) > LONGEST_SENTENCE] == []


def test_no_sentence_of_a_page_is_long():
    long = {name: [each for each in said if number_of_words([each]) > LONGEST_SENTENCE] for name, said in SAID.items()}
    assert {name: sentences for name, sentences in long.items() if sentences} == {}


def hints() -> list[str]:
    """The sentences beside the fields of every form of the hub and of the accounts; a pattern with | is no sentence."""
    found = []
    for config in apps.get_app_configs():
        if config.name.startswith(("apps.hub.", "apps.core.accounts")) and (Path(config.path) / "forms.py").exists():
            module = import_module(f"{config.name}.forms")
            forms = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, BaseForm)]
            fields = [field for form in forms for field in form.base_fields.values()]
            found += [each for field in fields for each in reading.sentences(str(field.help_text))]
    return sorted({each for each in found if "|" not in each})


def test_the_words_beside_fields_can_be_read_at_12():
    found = hints()
    assert len(found) > 10
    assert reading.grade(found) <= HIGHEST_GRADE
    assert [each for each in found if number_of_words([each]) > LONGEST_SENTENCE] == []


@pytest.mark.parametrize(
    ("word", "count"), [("data", 2), ("federation", 4), ("researcher's", 3), ("glimpse", 1), ("untickable", 4)]
)
def test_syllables_are_counted(word, count):
    assert reading.syllables(word) == count


def test_long_and_rare_words_are_marked_but_not_names_nor_what_everybody_says():
    told = (
        "Phenotypic stratification of bronchospastic patients at the University of Aberystwyth. The community profits."
    )
    assert readability.hard_words(told) == ["phenotypic", "stratification", "bronchospastic"]
    assert (
        readability.hard_words("We count how many people cough in each neighbourhood; the data stay in a crate.") == []
    )


def test_the_measure_tells_hard_from_easy():
    easy = ["The data stay in one safe place.", "People look at each file."]
    hard = ["Pseudonymised information is disseminated subsequent to authorisation by the custodial organisation."]
    assert reading.grade(easy) < 4
    assert reading.grade(hard) > 15


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_word_of_the_field_is_explained_where_it_stands(path):
    name, template = str(path.relative_to(FOLDER)), path.read_text()
    assert reading.terms_of(template) <= set(TERMS)
    assert template.count("{% term ") == len(reading.TERM.findall(template))
    assert {key for key in reading.unexplained(template) if (name, key) not in EXPLAINED_BY_THEIR_PAGE} == set()


def test_a_word_that_nobody_explains_is_found():
    assert reading.unexplained('{% translate "The workflow crate and a manifest." %}') == {"workflow-crate", "manifest"}
    assert reading.unexplained('{% term "crate" _("crates") %} {% translate "Two crates." %}') == set()
    assert reading.unexplained('{% block title %}{% translate "Egress" %}{% endblock %}') == set()


def test_every_word_has_a_meaning_and_sees_words_that_are_there():
    for key, term in TERMS.items():
        assert str(term.meaning).endswith((".", "?")), key
        assert set(term.see) <= set(TERMS) - {key}, key
    assert len(TERMS) == len(glossary._terms)
    wanted = "crate bag manifest profile workflow-crate agreement-policy sign-off disclosure egress tre custodian lay-member "
    wanted += "run-approver output-checker submission request run release"
    assert set(wanted.split()) <= set(TERMS)
