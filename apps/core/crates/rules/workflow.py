"""Workflow reference (spec section 1.3)."""

import re

from apps.core.crates.graph import WORKFLOW_PROFILE, ids, is_relative, path_of, types
from apps.core.crates.rules import Subject
from apps.core.crates.table import finding


def named(subject: Subject):
    main = ids(subject.graph.root.get("mainEntity"))
    workflow = subject.graph.workflow
    conforms = any(each.startswith(WORKFLOW_PROFILE) for each in ids(workflow.get("conformsTo")))
    if len(main) != 1 or "Dataset" not in types(workflow) or not conforms:
        yield finding("5S-WF-01", main[0] if main else "./")


def reachable(subject: Subject):
    workflow = subject.graph.workflow
    identifier = workflow.get("@id", "")
    if not identifier:
        return
    if is_relative(identifier):
        inside = identifier.endswith("/") and subject.bag.has(path_of(identifier) + "ro-crate-metadata.json")
        if not inside:
            yield finding("5S-WF-02", identifier)
        return
    if not re.match(r"https?://", identifier):
        yield finding("5S-WF-02", identifier)
    distribution = ids(workflow.get("distribution"))
    described = [each for each in subject.graph.all(distribution) if re.match(r"https?://", each["@id"])]
    if len(distribution) != 1 or not described:
        yield finding("5S-WF-04", identifier)


RULES = (named, reachable)
