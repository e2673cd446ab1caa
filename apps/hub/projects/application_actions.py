"""Writing an application: begin it, save a section, add a paper; then the panel's comments, and the answers to them."""

from datetime import timedelta

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, record
from apps.core.errors import BadInput, WrongState
from apps.core.notices.service import notify
from apps.core.panels.models import Panel
from apps.core.web.papers import keep_paper
from apps.core.workflow import steps
from apps.core.workflow.steps import NothingForm, step
from apps.hub.projects import permissions
from apps.hub.projects.application_forms import AnswerForm, SectionForm, as_answers, as_data, form_of, forms_of
from apps.hub.projects.application_models import Comment, Paper, SectionAnswers
from apps.hub.projects.application_permissions import check_can_answer, check_can_comment, check_can_settle
from apps.hub.projects.models import Membership, Project
from apps.hub.projects.questions import Section, is_question
from apps.hub.researchers.models import Organisation

MOST_PAPERS = 30
# A section saves itself while it is written; the log tells of it once in this time.
TOLD_AGAIN = timedelta(minutes=10)


class ChangedMeanwhile(WrongState):
    """A section was saved elsewhere since this one was opened (409). `kept`: what is there now."""

    def __init__(self, kept: SectionAnswers):
        super().__init__(_("This section was saved in another window meanwhile. Nothing of yours was saved yet."))
        self.kept = kept


def begin(*, by, panel: Panel | None, title: str, code: str, organisation: Organisation) -> Project:
    """Begin an application; whoever begins it leads the project and is proposed as its first member. Raises WrongState."""
    permissions.check_can_apply(by)
    if panel is None:
        raise WrongState(_("There is no panel yet that can decide on an application. Try again later."))
    with act():
        try:
            with transaction.atomic():
                project = Project.objects.create(
                    lead=by, panel=panel, title=title, code=code, organisation=organisation
                )
        except IntegrityError:
            raise WrongState(_("Another project has this code. Choose another."))
        record("project.drafted", by=by, subject=project)
        membership = Membership.objects.create(project=project, user=by, is_lead=True)
        record("membership.proposed", by=by, subject=membership)
    return project


def save_section(*, project: Project, by, section: Section, data, revision: int | None = None) -> SectionForm:
    """Keep a section as it was written, right or wrong; the form says what is wrong with it.

    `data`: a QueryDict. `revision`: the saving that the writer had before her; None where she knows of none. Raises
    NotAllowed, WrongState; ChangedMeanwhile where another window saved since.
    """
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        permissions.check_is_lead(by, project)
        steps.check_state(project, "submit")
        answers = as_answers(section, data)
        kept = project.sections.filter(key=section.key).first()
        if kept and kept.answers != answers and revision is not None and revision != kept.revision:
            raise ChangedMeanwhile(kept)
        form = form_of(section, answers, project=project)
        if kept is None or kept.answers != answers:
            kept = kept or SectionAnswers(project=project, key=section.key)
            if kept.saved_at is None or timezone.now() - kept.saved_at > TOLD_AGAIN:
                record("project.amended", by=by, subject=project, section=section.key)
            _keep(kept, answers, by)
        # What came back stays as it was handed in, its title too, until it is handed in again.
        if form.is_valid() and project.state == Project.State.DRAFT:
            write_columns(project, form)
    form.kept = kept
    return form


def _keep(kept: SectionAnswers, answers: dict, by) -> None:
    kept.answers, kept.saved_by, kept.saved_at = answers, by, timezone.now()
    kept.revision += 1
    kept.save()


def write_columns(project: Project, form: SectionForm) -> None:
    """The answers of a right section that are fields of the project. Raises WrongState."""
    cleaned = dict(form.cleaned_data)
    if "commercial" in cleaned:
        cleaned["commercial"] = cleaned["commercial"] == "yes"
    versions = cleaned.pop("dataset_versions", None)
    for question in form.section.questions:
        if question.is_column and question.key in cleaned:
            setattr(project, question.key, cleaned[question.key])
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError:
        raise WrongState(_("Another project has this code. Choose another."))
    if versions is not None:
        project.dataset_versions.set(versions)
        project.tres.set({version.dataset.held_by_id for version in versions})


def unfinished(project: Project) -> list[Section]:
    """The sections that keep an application from being handed in. Nothing has to be said where nothing is asked for."""
    return [form.section for form in forms_of(project) if not _is_right(form, project)]


def _is_right(form: SectionForm, project: Project) -> bool:
    if form.is_bound:
        return form.is_valid()
    return form_of(form.section, as_answers(form.section, as_data({})), project=project).is_valid()


def write_answers(project: Project) -> None:
    """The answers of every right section that are fields of the project, as it is handed in. Raises WrongState."""
    for form in forms_of(project):
        if form.is_bound and form.is_valid():
            write_columns(project, form)


def check_complete(project: Project) -> None:
    """Raises WrongState with the names of the sections that are not right."""
    missing = unfinished(project)
    if missing:
        names = "; ".join(f"“{section.title}”" for section in missing)
        raise WrongState(_("Not all is answered yet. Look at: %(names)s.") % {"names": names})


def add_paper(*, project: Project, by, file: File, is_closed: bool = False) -> Paper:
    """Add a file to an application that is being written. Raises NotAllowed, WrongState."""
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        permissions.check_is_lead(by, project)
        steps.check_state(project, "submit")
        if project.papers.filter(removed_at=None).count() >= MOST_PAPERS:
            raise WrongState(_("There are thirty files already. Remove one first."))
        kept = keep_paper(file)
        paper = Paper.objects.create(project=project, added_by=by, is_closed=is_closed, **kept)
        record("project.amended", by=by, subject=project, section="approvals", paper=paper.sha256, is_closed=is_closed)
    return paper


def remove_paper(*, paper: Paper, by) -> None:
    """Take a file out of an application that is being written. Versions that had it keep it. Raises NotAllowed, WrongState."""
    with act():
        project = Project.objects.select_for_update().get(pk=paper.project_id)
        permissions.check_is_lead(by, project)
        steps.check_state(project, "submit")
        paper = Paper.objects.select_for_update().get(pk=paper.pk)
        if paper.removed_at is None:
            paper.removed_at = timezone.now()
            paper.save()
            record("project.amended", by=by, subject=project, section="approvals", paper=paper.sha256)


def comment(*, project: Project, by, question: str, text: str) -> Comment:
    """Ask about one question of an application in review. Raises NotAllowed, WrongState, BadInput."""
    if not is_question(question):
        raise BadInput(_("There is no such question."))
    with act():
        project = Project.objects.select_for_update().get(pk=project.pk)
        check_can_comment(by, project)
        steps.check_state(project, "send_back")
        made = Comment.objects.create(
            project=project, version=project.latest_version, question=question, text=text, by=by
        )
        record("comment.made", by=by, subject=made, question=question)
    return made


def _move_comment(comment: Comment, by, transition: str, *, check, verb: str, **arguments) -> None:
    """The five lines of every step of a comment; the project is locked first."""
    with act():
        Project.objects.select_for_update().get(pk=comment.project_id)
        comment = Comment.objects.select_for_update().get(pk=comment.pk)
        check(by, comment)
        steps.check_state(comment, transition)
        getattr(comment, transition)(**arguments)
        comment.save()
        record(verb, by=by, subject=comment)


@step(Comment, label=gettext_lazy("Answer"), check=check_can_answer, form=AnswerForm)
def answer_it(*, comment, by, answer: str):
    """The applicant's answer; a later one takes its place, the log keeps both."""
    told = {"note": answer, "answerer": by, "at": timezone.now()}
    with act():
        _move_comment(comment, by, "answer_it", check=check_can_answer, verb="comment.answered", **told)
        notify("comment.answered", to=comment.by, about=comment, project=comment.project.title)


@step(Comment, label=gettext_lazy("This is settled"), check=check_can_settle, form=NothingForm)
def resolve(*, comment, by):
    _move_comment(comment, by, "resolve", check=check_can_settle, verb="comment.resolved")


@step(Comment, label=gettext_lazy("Ask again"), check=check_can_settle, form=NothingForm)
def reopen(*, comment, by):
    _move_comment(comment, by, "reopen", check=check_can_settle, verb="comment.reopened")
