"""The application: its sections and the questions of each, as data. Forms, pages, versions and differences read this list."""

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ARTICLE_6 = (
    ("consent", _("6(1)(a) consent")),
    ("public_task", _("6(1)(e) a task in the public interest")),
    ("legal_obligation", _("6(1)(c) a legal obligation")),
    ("vital_interests", _("6(1)(d) vital interests")),
    ("legitimate_interests", _("6(1)(f) legitimate interests")),
)
ARTICLE_9 = (
    ("research", _("9(2)(j) research, with safeguards")),
    ("public_health", _("9(2)(i) public health")),
    ("health_care", _("9(2)(h) health or social care")),
    ("consent", _("9(2)(a) explicit consent")),
    ("none", _("No special kinds of data")),
)
CONFIDENTIALITY = (
    ("no_duty", _("No confidential data about patients is used")),
    ("anonymous", _("Nobody can be told from the data that the team sees")),
    ("consent", _("The people said yes")),
    ("section_251", _("Section 251 support")),
    ("other", _("In another way")),
)
POPULATIONS = (
    ("children", _("children")),
    ("no_capacity", _("adults who cannot decide for themselves")),
    ("prisoners", _("people in prison")),
    ("small_groups", _("small groups, such as people with a rare disease")),
    ("other", _("other people who need more care")),
)
ETHICS = (
    ("approved", _("approved")),
    ("asked", _("asked for, not answered yet")),
    ("not_needed", _("not needed")),
)
YES_NO = (("no", _("no")), ("yes", _("yes")))


@dataclass(frozen=True)
class Question:
    """One question. `reads` is its label over the answer; `kind` names the field; `words` is the most that the answer may
    have; `when` says (key, value): it is asked for only where another answer is that. `is_column`: the answer is a field of
    Project itself.
    """

    key: str
    label: str | Promise
    kind: str = "text"
    help: str | Promise = ""
    choices: tuple = ()
    words: int = 400
    required: bool = True
    when: tuple[str, str] | None = None
    is_column: bool = False
    reads: str | Promise = ""

    @property
    def read_label(self) -> str:
        """Its label over the answer."""
        return str(self.reads or self.label)


@dataclass(frozen=True)
class Section:
    key: str
    title: str | Promise
    questions: tuple[Question, ...]
    lead: str | Promise = ""
    keys: frozenset = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "keys", frozenset(question.key for question in self.questions))


SECTIONS = (
    Section(
        "summary",
        _("Your project in plain words"),
        (
            Question(
                "lay_summary",
                _("What do you want to find out?"),
                help=_("Write it for a neighbour. The public reads this first."),
                words=300,
                is_column=True,
                reads=_("What it wants to find out"),
            ),
            Question("title", _("Title"), "line", is_column=True),
            Question("code", _("A short code, such as ASTHMA-24"), "code", is_column=True, reads=_("Short code")),
            Question(
                "organisation",
                _("Which organisation is it for?"),
                "organisation",
                is_column=True,
                reads=_("Organisation"),
            ),
        ),
    ),
    Section(
        "benefit",
        _("Why it is worth it"),
        (
            Question(
                "benefit",
                _("What good does it do for the public?"),
                is_column=True,
                reads=_("What good it does for the public"),
            ),
            Question("who_benefits", _("Who benefits, and how soon?"), reads=_("Who benefits, and how soon")),
            Question(
                "purpose",
                _("What is the data used for, step by step?"),
                reads=_("What the data is used for, step by step"),
            ),
        ),
    ),
    Section(
        "money",
        _("Who pays, and who earns"),
        (
            Question(
                "commercial",
                _("Does a company pay for this, or earn from it?"),
                "yes_no",
                is_column=True,
                reads=_("Does a company pay for it, or earn from it?"),
            ),
            Question(
                "commercial_who",
                _("Which company?"),
                "line",
                required=False,
                when=("commercial", "yes"),
                reads=_("Company"),
            ),
            Question(
                "commercial_what",
                _("What does it earn or learn?"),
                required=False,
                when=("commercial", "yes"),
                reads=_("What the company earns or learns"),
            ),
            Question(
                "sponsors",
                _("Who is the sponsor?"),
                words=150,
                help=_("Who answers for the research."),
                reads=_("Sponsor"),
            ),
            Question("funders", _("Who pays?"), words=150, reads=_("Who pays")),
            Question(
                "third_parties",
                _("Who else takes part?"),
                words=150,
                required=False,
                help=_("Leave empty if nobody."),
                reads=_("Who else takes part"),
            ),
        ),
    ),
    Section(
        "law",
        _("What the law asks"),
        (
            Question("article_6", _("Legal basis: UK GDPR, Article 6"), "choice", choices=ARTICLE_6),
            Question("article_9", _("And for health data: Article 9"), "choice", choices=ARTICLE_9),
            Question(
                "confidentiality",
                _("How is the duty of confidence met?"),
                "choice",
                choices=CONFIDENTIALITY,
                reads=_("How the duty of confidence is met"),
            ),
            Question(
                "confidentiality_how",
                _("Say how, with any reference number"),
                words=200,
                reads=_("How it is met, with any reference number"),
            ),
        ),
    ),
    Section(
        "data",
        _("The data"),
        (
            Question(
                "dataset_versions",
                _("Which datasets?"),
                "datasets",
                help=_("Save, and we ask for the columns of each."),
                is_column=True,
                reads=_("Datasets"),
            ),
        ),
    ),
    Section(
        "populations",
        _("People who need more care"),
        (
            Question(
                "special_populations",
                _("Are any of these people in the data?"),
                "choices",
                help=_("Leave all empty if none of them are."),
                choices=POPULATIONS,
                required=False,
                is_column=True,
                reads=_("People in the data who need more care"),
            ),
            Question(
                "special_care",
                _("What more do you do for them?"),
                required=False,
                when=("special_populations", ""),
                reads=_("What more is done for them"),
            ),
        ),
    ),
    Section(
        "outputs",
        _("What comes out"),
        (
            Question(
                "outputs",
                _("What do you want to take out?"),
                help=_("Tables, charts, models: name each kind."),
                reads=_("What is to come out"),
            ),
            Question(
                "protection",
                _("How do you make sure that nobody can be told from it?"),
                reads=_("How nobody can be told from it"),
            ),
        ),
    ),
    Section(
        "approvals",
        _("Ethics and other approvals"),
        (
            Question("ethics", _("Ethics approval"), "choice", choices=ETHICS),
            Question(
                "ethics_reference",
                _("Its number, or why it is not needed"),
                "line",
                reads=_("Number of the ethics approval, or why none is needed"),
            ),
            Question("other_approvals", _("Other approvals"), words=150, required=False),
        ),
        _("Add the letters as files below."),
    ),
    Section(
        "dates",
        _("When"),
        (
            Question("start", _("First day"), "date"),
            Question("until", _("Last day"), "date", is_column=True),
            Question(
                "retention",
                _("What is kept after that, where, and for how long?"),
                words=150,
                reads=_("What is kept after the last day, where, and for how long"),
            ),
        ),
    ),
    Section(
        "team",
        _("Your team"),
        (
            Question(
                "team",
                _("Who does what, and what have they done before?"),
                reads=_("Who does what, and what they have done before"),
            ),
        ),
        _("You name each person on the page of the project. Nobody else may take part."),
    ),
    Section(
        "embargo",
        _("Keep it from the public for a time"),
        (
            Question(
                "embargo_until",
                _("Until which day?"),
                "date",
                required=False,
                is_column=True,
                reads=_("Kept from the public until"),
            ),
            Question(
                "embargo_reason",
                _("Why?"),
                "line",
                required=False,
                is_column=True,
                reads=_("Why it is kept from the public"),
            ),
        ),
        _("Leave both empty and it may be read at once."),
    ),
)
BY_KEY = {section.key: section for section in SECTIONS}
QUESTIONS = {question.key: question for section in SECTIONS for question in section.questions}
VARIABLES = "variables_"
MANY = ("choices", "datasets")


def is_variables(key: str) -> bool:
    """True for the question which columns of one dataset are needed: `variables_` and the version's UUID."""
    return key.startswith(VARIABLES)


def columns_named(text: str) -> list[str]:
    """The columns that an answer to such a question names, each once: a line is a name, a colon, why it is needed."""
    names = (line.partition(":")[0].strip() for line in text.splitlines())
    return list(dict.fromkeys(filter(None, names)))


def has_column(key: str) -> bool:
    """True where the answer is a field of Project itself."""
    return key in QUESTIONS and QUESTIONS[key].is_column


def is_question(key: str) -> bool:
    """True for a question of the application, that on its files and its lead among them."""
    return is_variables(key) or key in QUESTIONS or key in ("papers", "lead")


def section_of(key: str) -> Section:
    """The section in which a question stands. Raises StopIteration for what is no question."""
    return BY_KEY["data"] if is_variables(key) else next(section for section in SECTIONS if key in section.keys)
