"""The steps of a CWL workflow (v1.0 to v1.2, https://www.commonwl.org/v1.2/Workflow.html), for people to read.

Nothing is run and nothing is fetched. YAML is read by PyYAML's base loader: every scalar stays the text that it is and no
tag is resolved. Aliases are refused, and bytes, depth and nodes are counted before a value is built. Whatever the file
holds, the answer is a Workflow; one that cannot be read says why in `problem`.
"""

import json
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import IO, Any

import yaml

from apps.core.crates.findings import Unreadable
from apps.core.crates.graph import DESCRIPTOR, Graph, check_shape, first_text, ids, many, parse, texts
from apps.core.crates.limits import Limits
from apps.core.crates.package import intact, is_safe_path
from apps.core.crates.plain import plain

MOST_BYTES = 256 * 1024
MOST_NODES = 20_000
MOST_DEPTH = 40
SHAPE = Limits(json_depth=MOST_DEPTH, json_values=MOST_BYTES)
MOST_FILES = 50
MOST_CHARACTERS = 300
VERSIONS = ("v1.0", "v1.1", "v1.2")
LANGUAGE = "https://w3id.org/workflowhub/workflow-ro-crate#"
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
Find = Callable[[str, int], bytes]


@dataclass(frozen=True)
class Port:
    """An input or an output. `sources` are as CWL names them: "input" or "step/output"."""

    name: str
    label: str = ""
    type: str = ""
    sources: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.label or self.name


@dataclass(frozen=True)
class Step:
    """One step: what it runs (a file of the crate, or an address that nobody opens), and what that does, in words."""

    name: str
    label: str = ""
    runs: str = ""
    does: str = ""
    inputs: tuple[Port, ...] = ()
    outputs: tuple[str, ...] = ()
    scatter: tuple[str, ...] = ()
    when: str = ""

    @property
    def title(self) -> str:
        return self.label or self.name


@dataclass(frozen=True)
class Workflow:
    """A workflow in the order that its file has. `problem`: why it cannot be shown; `notes`: what is not shown."""

    title: str = ""
    about: str = ""
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""


class _Unclear(Exception):
    """The workflow cannot be read; the sentence says why."""


def in_zip(archive: zipfile.ZipFile, folder: str = "") -> Find:
    """Look files up in a ZIP, below a folder. The function that it gives raises Unreadable."""

    def find(path: str, most: int) -> bytes:
        with intact(path), archive.open(folder + path) as stream:
            return stream.read(most + 1)

    return find


def read_crate_file(stream: IO[bytes]) -> Workflow:
    """The workflow of a Workflow RO-Crate, given as a ZIP."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return read_crate(in_zip(archive))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return Workflow(problem="The workflow crate is not a ZIP file that can be read.")


def read_crate(find: Find) -> Workflow:
    """The workflow that a Workflow RO-Crate names as its mainEntity. `find` gives a file's bytes or raises Unreadable."""
    try:
        graph = Graph(parse(find(DESCRIPTOR, Limits().metadata_bytes), Limits()))
        workflow = graph.workflow
        path = str(workflow.get("@id", ""))
        language = language_of(graph, workflow, path)
        if language != "cwl":
            named = "Nextflow" if language == "nextflow" else "in a language that we do not read"
            return Workflow(
                problem=f"This workflow is {named}. We can only draw workflows in CWL, so we cannot show its steps."
            )
        if not is_safe_path(path):
            return Workflow(problem="The workflow crate does not name its workflow.")
        return read(find(path, MOST_BYTES), path=path, find=find)
    except Unreadable:
        return Workflow(problem="The workflow crate does not hold what it names, or cannot be read.")


def language_of(graph: Graph, workflow: dict[str, Any], path: str) -> str:
    """ "cwl", "nextflow" or "": as the crate says, else by the file's name."""
    named = ids(workflow.get("programmingLanguage"))
    told = " ".join(
        named + texts(workflow.get("programmingLanguage")) + [first_text(each, "name") for each in graph.all(named)]
    )
    if "nextflow" in told.lower() or path.endswith(".nf"):
        return "nextflow"
    is_cwl = "#cwl" in told.lower() or "common workflow language" in told.lower() or path.endswith(".cwl")
    return "cwl" if is_cwl else ""


def read(content: bytes, *, path: str = "workflow.cwl", find: Find | None = None) -> Workflow:
    """The workflow in a file's bytes. `find` gives the crate's other files: those that steps run are read, too."""
    try:
        return _Reader(content, path, find).workflow()
    except _Unclear as problem:
        return Workflow(problem=str(problem))


def load(content: bytes) -> Any:
    """JSON or YAML as dicts, lists and texts, within bounds. Raises _Unclear."""
    if len(content) > MOST_BYTES:
        raise _Unclear(f"The workflow's file is larger than {MOST_BYTES // 1024} KB, so it is not shown.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Unclear("The workflow's file is not text (UTF-8).") from None
    try:
        check_shape(content, SHAPE)
        return json.loads(text)
    except Unreadable:
        raise _Unclear("The workflow's file is nested too deeply to be shown.") from None
    except ValueError:
        return _yaml(text)


def _yaml(text: str) -> Any:
    depth = 0
    try:
        for number, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise _Unclear("The workflow's file uses YAML anchors (& and *), which we do not read.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MOST_DEPTH or number > MOST_NODES:
                raise _Unclear("The workflow's file is too large or nested too deeply to be shown.")
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 - the base loader makes nothing but texts, lists and dicts
    except (yaml.YAMLError, ValueError):
        raise _Unclear("The workflow's file is neither YAML nor JSON.") from None


def shown(value: Any) -> str:
    """A scalar as one line that is safe to read."""
    if isinstance(value, bool | int | float):
        value = json.dumps(value)
    if not isinstance(value, str):
        return ""
    return plain(" ".join(value[: 4 * MOST_CHARACTERS].split()), MOST_CHARACTERS)


def last(identifier: Any) -> str:
    """The name in an identifier: "#main/count/dataset" is "dataset"."""
    return shown(identifier).rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def entries(value: Any, shorthand: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A CWL map or list as (name, fields); a bare value stands for its field `shorthand`."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield last(key), item if isinstance(item, dict) else {shorthand: item}
    else:
        for item in many(value):
            yield (last(item.get("id")), item) if isinstance(item, dict) else (last(item), {})


def type_words(value: Any) -> str:
    """A CWL type in words, in one line."""
    if isinstance(value, list):
        return " or ".join(filter(None, map(type_words, value[:10])))
    if isinstance(value, dict):
        if value.get("type") == "array":
            return f"list of {type_words(value.get('items'))}"
        if value.get("type") == "enum":
            return "one of " + ", ".join(map(last, many(value.get("symbols"))[:10]))
        return type_words(value.get("type"))
    word = shown(value).rsplit("#", 1)[-1]
    if word.endswith("?"):
        return f"{type_words(word[:-1])}, if there is one"
    if word.endswith("[]"):
        return f"list of {type_words(word[:-2])}"
    return "nothing" if word == "null" else word


def tool_words(tool: dict[str, Any]) -> str:
    """What a tool does, as far as its description says."""
    kind = tool.get("class")
    if kind == "Workflow":
        return f"a workflow of its own, with {len(list(entries(tool.get('steps'), 'run')))} steps"
    if kind == "ExpressionTool":
        return "works out a value with JavaScript"
    if kind == "Operation":
        return "only described: it cannot be run as it is"
    if kind != "CommandLineTool":
        return ""
    command = " ".join(filter(None, map(shown, many(tool.get("baseCommand"))[:20])))
    images = [
        shown(fields.get("dockerPull"))
        for part in ("requirements", "hints")
        for name, fields in requirements(tool.get(part))
        if name == "DockerRequirement"
    ]
    told = [f"runs the command {command}"] if command else ["runs a command"]
    return ", in the container ".join(told + [each for each in images[:1] if each])


def requirements(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """A tool's requirements or hints as (class, fields)."""
    if isinstance(value, dict):
        yield from ((str(key), item) for key, item in value.items() if isinstance(item, dict))
    else:
        yield from ((str(each.get("class")), each) for each in many(value) if isinstance(each, dict))


class _Reader:
    """One file, and the other files of its crate that its steps run."""

    def __init__(self, content: bytes, path: str, find: Find | None):
        self.content, self.path, self.find = content, path, find
        self.files: dict[str, dict[str, Any]] = {}
        self.packed: dict[str, dict[str, Any]] = {}

    def workflow(self) -> Workflow:
        document = load(self.content)
        main = self.main_of(document)
        version = shown(document.get("cwlVersion"))
        if version not in VERSIONS:
            raise _Unclear(f"The workflow says CWL version “{version or 'none'}”. We read v1.0, v1.1 and v1.2.")
        if main.get("class") == "Workflow":
            prefix = shown(main.get("id")).rsplit("#", 1)[-1]
            steps = tuple(self.step(name, fields, prefix) for name, fields in entries(main.get("steps"), "run"))
        else:
            prefix, steps = "", (self.only_step(main),)
        return Workflow(
            title=shown(main.get("label")),
            about=shown(" ".join(texts(main.get("doc")))),
            inputs=ports(main.get("inputs"), "type"),
            outputs=ports(main.get("outputs"), "outputSource", prefix),
            steps=steps,
            notes=self.notes(),
        )

    def main_of(self, document: Any) -> dict[str, Any]:
        """The workflow itself: the document, or the entry of a packed `$graph` that is called main. Raises _Unclear."""
        if not isinstance(document, dict):
            raise _Unclear("The workflow's file does not describe a workflow.")
        if "$graph" in document:
            listed = [each for each in many(document["$graph"]) if isinstance(each, dict)]
            self.packed = {shown(each.get("id")).lstrip("#"): each for each in listed}
            workflows = [each for each in listed if each.get("class") == "Workflow"]
            document = self.packed.get("main") or (workflows or listed or [{}])[0]
        if document.get("class") not in ("Workflow", "CommandLineTool", "ExpressionTool", "Operation"):
            raise _Unclear("The workflow's file does not describe a workflow.")
        return document

    def only_step(self, tool: dict[str, Any]) -> Step:
        """A single tool is a workflow of one step, which takes every input."""
        taken = tuple(replace(each, sources=(each.name,)) for each in ports(tool.get("inputs"), "type"))
        given = tuple(each.name for each in ports(tool.get("outputs"), "type"))
        name = shown(posixpath.basename(self.path))
        return Step(name, shown(tool.get("label")), shown(self.path), tool_words(tool), taken, given)

    def step(self, name: str, fields: dict[str, Any], prefix: str) -> Step:
        run = fields.get("run")
        if isinstance(run, dict) and "$import" in run:
            run = run["$import"]
        tool = run if isinstance(run, dict) else self.tool(shown(run))
        return Step(
            name=name,
            label=shown(fields.get("label")) or shown(tool.get("label")),
            runs="" if isinstance(run, dict) else shown(run).lstrip("#"),
            does=tool_words(tool),
            inputs=ports(fields.get("in"), "source", prefix),
            outputs=tuple(each for each, _fields in entries(fields.get("out"), "id")),
            scatter=tuple(map(last, many(fields.get("scatter")))),
            when=shown(fields.get("when")),
        )

    def tool(self, run: str) -> dict[str, Any]:
        """What a step runs: an entry of the packed file, or a file of this crate. Empty where it is neither."""
        if run.lstrip("#") in self.packed:
            return self.packed[run.lstrip("#")]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), run.split("#", 1)[0]))
        if path not in self.files:
            can_look = self.find and is_safe_path(path) and ":" not in path and len(self.files) < MOST_FILES
            self.files[path] = self.file(path) if can_look else {}
        return self.files[path]

    def file(self, path: str) -> dict[str, Any]:
        try:
            document = load(self.find(path, MOST_BYTES)) if self.find else {}
        except (Unreadable, _Unclear):
            return {}
        return document if isinstance(document, dict) else {}

    def notes(self) -> tuple[str, ...]:
        """What a reader would miss without being told."""
        if any(word in self.content for word in (b"$import", b"$include", b"$mixin")):
            return ("Parts of this workflow stand in other files ($import or $include), which are not shown here.",)
        return ()


def ports(value: Any, shorthand: str, prefix: str = "") -> tuple[Port, ...]:
    """The inputs or outputs in a CWL map or list; what feeds each stands in `source` or `outputSource`."""
    return tuple(
        Port(
            name,
            shown(fields.get("label")),
            type_words(fields["type"]) if "type" in fields else "",
            sources(fields.get("source", fields.get("outputSource")), prefix),
        )
        for name, fields in entries(value, shorthand)
    )


def sources(value: Any, prefix: str) -> tuple[str, ...]:
    """The sources of a link as "input" or "step/output", whichever of CWL's ways of naming them it uses."""
    found = []
    for each in many(value):
        name = shown(each).rsplit("#", 1)[-1]
        name = name.removeprefix(f"{prefix}/") if prefix else name
        found.append("/".join(re.split("/+", name.strip("/"))[-2:]))
    return tuple(filter(None, found))
