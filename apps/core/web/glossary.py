"""The words of the field, each in plain words. {% term %} links to one from wherever it stands."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe


@dataclass(frozen=True)
class Term:
    """A word of the field: its anchor, the word as a sentence has it, its meaning, and the terms to see also.

    `forms` are its other spellings; `is_jargon` says that a public page must link it where it stands.
    """

    key: str
    word: str | Promise
    meaning: str | Promise
    see: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    is_jargon: bool = True


_terms = (
    Term(
        "accreditation",
        _("accreditation"),
        _("A check that a person or a secure data centre is fit to take part. It ends on a set day, or sooner."),
        ("researcher", "tre"),
        ("accredited",),
    ),
    Term(
        "agreement-policy",
        _("agreement policy"),
        _("The rules that a secure data centre sets for everyone who uses it. Each run is held to them."),
        ("tre", "sign-off"),
    ),
    Term(
        "analysis",
        _("analysis"),
        _("The steps that a computer takes to answer a question with data. The field calls it a workflow."),
        ("workflow", "run"),
        is_jargon=False,
    ),
    Term(
        "auditor",
        _("auditor"),
        _("A person who may read every decision and changes none. She checks the people who check."),
        ("public-log",),
    ),
    Term(
        "bag",
        _("bag"),
        _("The way in which a crate is packed: its files, with a list that has a checksum for each one (BagIt)."),
        ("crate", "manifest", "checksum"),
        ("BagIt",),
    ),
    Term(
        "chair",
        _("chair"),
        _("The person who leads a panel and writes down what its votes decided."),
        ("panel",),
        is_jargon=False,
    ),
    Term(
        "checkpoint",
        _("checkpoint"),
        _("A short signed note that sums up the whole public log at one time. With it, a later change would be seen."),
        ("public-log", "checksum"),
    ),
    Term(
        "checksum",
        _("checksum"),
        _("A short code worked out from a file. If one letter of the file changes, the code changes too."),
        ("manifest", "signature"),
        ("SHA-256", "SHA-512"),
    ),
    Term(
        "controller",
        _("controller"),
        _("The organisation that decides why and how personal data are used. It must answer for it in law."),
        ("data-protection-officer",),
    ),
    Term(
        "coordinator",
        _("panel coordinator"),
        _("The person who gathers the papers for a panel and sets its dates. She decides nothing."),
        ("panel",),
    ),
    Term(
        "crate",
        _("crate"),
        _(
            "One ZIP file that carries a request to the data, or results back. It also tells who asked and who said yes."
        ),
        ("bag", "ro-crate", "metadata"),
    ),
    Term(
        "custodian",
        _("custodian"),
        _("The person at a secure data centre who looks after a dataset. She decides which projects may use it."),
        ("dataset", "data-grant"),
    ),
    Term(
        "data-grant",
        _("data grant"),
        _("A custodian's yes to one project for one dataset. It ends on a set day."),
        ("custodian", "dataset"),
    ),
    Term(
        "data-protection-officer",
        _("data protection officer"),
        _("The person who checks that an organisation keeps the law on personal data. You can write to her."),
        ("controller",),
    ),
    Term(
        "dataset",
        _("dataset"),
        _("Facts of one kind that are kept together, such as visits to clinics in one county."),
        ("tre", "custodian"),
        is_jargon=False,
    ),
    Term(
        "disclosure",
        _("disclosure check"),
        _(
            "The check of each result before it leaves: could anyone tell from it who a person is? We also say results check."
        ),
        ("output-checker", "egress", "small-counts"),
        ("results check",),
    ),
    Term(
        "egress",
        _("egress"),
        _("The way out of a secure data centre. Nothing takes it before people have checked it."),
        ("disclosure", "quarantine", "release"),
    ),
    Term(
        "embargo",
        _("embargo"),
        _("A promise to keep something back until a set day. After that day anyone can read it."),
        ("public-log",),
    ),
    Term(
        "federation",
        _("federation"),
        _("Secure data centres that work together under the same rules. Each still decides for itself."),
        ("tre", "hub"),
    ),
    Term(
        "five-safes",
        _("Five Safes"),
        _("Five questions that must all be answered with yes: about the project, people, data, place and results."),
        ("sign-off",),
        ("five safes",),
    ),
    Term(
        "hold",
        _("hold"),
        _("A stop for now. Nothing goes on until the reason is mended."),
        ("run", "sign-off"),
        is_jargon=False,
    ),
    Term(
        "hub",
        _("hub"),
        _(
            "The shared front door of all the data centres. It takes requests and keeps the public log. It holds no health data."
        ),
        ("node", "federation"),
    ),
    Term(
        "lay-member",
        _("lay member"),
        _("A member of a panel who speaks for patients and the public. Her vote counts as much as any other."),
        ("panel",),
    ),
    Term(
        "manifest",
        _("manifest"),
        _("The packing list of a bag: each file and its checksum."),
        ("bag", "checksum"),
    ),
    Term(
        "metadata",
        _("metadata"),
        _("Facts about a file, not what is in it: who made it, when, and what for."),
        ("crate", "ro-crate"),
        ("JSON-LD",),
    ),
    Term(
        "node",
        _("node"),
        _("The part of the portal that runs inside one secure data centre. It takes no calls from outside."),
        ("hub", "tre"),
    ),
    Term(
        "operator",
        _("operator"),
        _("The person who keeps the machines of a secure data centre going. She decides nothing about requests."),
        ("tre",),
    ),
    Term(
        "opt-out",
        _("opt out"),
        _("To say that your data may not be used in this way. Each secure data centre says how."),
        ("tre", "controller"),
        ("opting out",),
    ),
    Term(
        "orcid",
        _("ORCID"),
        _("A number that stands for one researcher all over the world, like the number on a passport."),
        ("researcher",),
    ),
    Term(
        "output-checker",
        _("output checker"),
        _("A person who looks at results before they leave. Two must agree, and neither may be part of the project."),
        ("disclosure", "release"),
    ),
    Term(
        "panel",
        _("panel"),
        _("The people who decide if a project is right and of use to the public. Some are lay members."),
        ("lay-member", "chair", "project"),
        is_jargon=False,
    ),
    Term(
        "parameter",
        _("parameter"),
        _("A choice that an analysis leaves open, such as a year or an age."),
        ("workflow",),
    ),
    Term(
        "profile",
        _("profile"),
        _("The rules for what must be in a crate, and how it must be written."),
        ("crate", "ro-crate"),
        is_jargon=False,
    ),
    Term(
        "project",
        _("project"),
        _("A plan to use data for one purpose, by named people, until a set day."),
        ("panel", "researcher"),
        is_jargon=False,
    ),
    Term(
        "public-log",
        _("public log"),
        _("The list of what happened, in order, that anyone can read. Lines are added and never changed."),
        ("checkpoint", "embargo"),
    ),
    Term(
        "quarantine",
        _("quarantine"),
        _("A locked place inside a secure data centre. Results wait there until people have checked them."),
        ("egress", "disclosure"),
    ),
    Term(
        "release",
        _("release"),
        _("To let results out of a secure data centre, once both checkers have said yes."),
        ("output-checker", "withheld"),
        is_jargon=False,
    ),
    Term(
        "request",
        _("request"),
        _("A question to one secure data centre: will you run this analysis for this project?"),
        ("submission", "run"),
        is_jargon=False,
    ),
    Term(
        "researcher",
        _("researcher"),
        _("A person who asks questions of the data. She has a name, an employer, training and a signed agreement."),
        ("accreditation", "orcid"),
        is_jargon=False,
    ),
    Term(
        "ro-crate",
        _("RO-Crate"),
        _("The open standard that our crates follow. RO stands for research object. Other systems can read them too."),
        ("crate", "metadata"),
    ),
    Term(
        "run",
        _("run"),
        _("One go of an analysis at one secure data centre."),
        ("analysis", "run-approver"),
        is_jargon=False,
    ),
    Term(
        "run-approver",
        _("run approver"),
        _("The person at a secure data centre who looks at each run and says yes or no."),
        ("run", "sign-off"),
    ),
    Term(
        "sandbox",
        _("sandbox"),
        _("A closed box inside a computer. What runs in it cannot reach the internet or other files."),
        ("run",),
    ),
    Term(
        "tre",
        _("secure data centre"),
        _(
            "A safe place where health data stay and are looked after. The field calls it a TRE: trusted research environment."
        ),
        ("node", "federation"),
        ("TRE", "trusted research environment"),
    ),
    Term(
        "sign-off",
        _("sign-off"),
        _("A person's yes, written down with her reason, the day, and exactly what she said yes to."),
        ("five-safes", "run-approver"),
        ("signs off", "signed off"),
    ),
    Term(
        "signature",
        _("signature"),
        _("A code that only one sender can make and anyone can check. It shows who sent a file, and that it is whole."),
        ("checksum",),
        is_jargon=False,
    ),
    Term(
        "small-counts",
        _("small counts"),
        _("A number that stands for very few people. It could point to one of them, so it is hidden or made rough."),
        ("disclosure",),
    ),
    Term(
        "submission",
        _("submission"),
        _("One crate that a researcher sent in. It can become a request to more than one secure data centre."),
        ("crate", "request"),
    ),
    Term(
        "withheld",
        _("held back"),
        _("Results that were not let out, because they might point to a person. The public log says that it happened."),
        ("release", "disclosure"),
        ("withheld",),
        is_jargon=False,
    ),
    Term(
        "workflow",
        _("workflow"),
        _(
            "The exact steps of an analysis, written so that a computer can follow them. On public pages we say analysis."
        ),
        ("analysis", "workflow-crate"),
    ),
    Term(
        "workflow-crate",
        _("workflow crate"),
        _("A crate that holds a workflow. Its checksum shows that not one letter of it has changed."),
        ("workflow", "checksum"),
    ),
)
TERMS = {term.key: term for term in _terms}


@login_not_required
@require_safe
def index(request):
    """Every word, in the order of the alphabet, for anyone."""
    terms = sorted(TERMS.values(), key=lambda term: str(term.word).lower())
    rows = [{"term": term, "see": [TERMS[key] for key in term.see]} for term in terms]
    return render(request, "web/glossary.html", {"rows": rows})
