"""What pages show of a crate: its entities, and the steps of a workflow as a picture and in words."""

from urllib.parse import urlencode

from django.core.files.storage import storages
from django.http import Http404
from django.utils.translation import gettext as _

from apps.core.crates import cwl
from apps.core.crates.diagram import draw
from apps.core.crates.story import Entities
from apps.core.web.paging import Page

ROWS = 50


def stored_workflow(storage: str, name: str) -> dict:
    """The steps of a stored Workflow RO-Crate, as `components/workflow_steps.html` shows them."""
    try:
        with storages[storage].open(name) as stream:
            return workflow_steps(cwl.read_crate_file(stream))
    except FileNotFoundError:
        return workflow_steps(cwl.Workflow(problem="The workflow's file is not here, so we cannot show its steps."))


def workflow_steps(workflow: cwl.Workflow) -> dict:
    """A workflow, its picture where it can be drawn, and each step with where its inputs come from, in words."""
    titles = {port.name: port.title for port in workflow.inputs}
    titles |= {f"{step.name}/": str(number) for number, step in enumerate(workflow.steps, start=1)}
    steps = [
        {"step": step, "takes": [(port.name, from_where(port, titles)) for port in step.inputs]}
        for step in workflow.steps
    ]
    gives = [{"title": port.title, "from": from_where(port, titles)} for port in workflow.outputs]
    return {"workflow": workflow, "picture": draw(workflow), "steps": steps, "gives": gives}


def from_where(port: cwl.Port, titles: dict[str, str]) -> str:
    """What feeds a port, in words. `titles`: of an input by its name, of a step (its number) by its name and a slash."""
    told = []
    for source in port.sources:
        step, slash, output = source.partition("/")
        if slash:
            told.append(_("%(output)s of step %(step)s") % {"output": output, "step": titles.get(f"{step}/", step)})
        else:
            told.append(titles.get(source, source))
    return ", ".join(told) or _("a value that the workflow sets itself")


def entities_page(request, document: dict) -> dict:
    """One entity (`?entity=<@id>`), or a page of them (`?from=<number>`). Raises Http404."""
    entities = Entities(document)
    if "entity" in request.GET:
        told = entities.one(request.GET["entity"])
        if told is None:
            raise Http404
        return {"told": told}
    asked = request.GET.get("from", "")
    start = int(asked) if asked.isdecimal() and len(asked) < 9 else 0
    rows = entities.rows(start, ROWS)
    following = start + len(rows)
    next_url = f"{request.path}?{urlencode({'from': following})}" if following < len(entities) else ""
    page = Page(rows, next_url, request.path if start else "")
    return {"page": page, "first": start + 1, "last": following, "number": len(entities)}
