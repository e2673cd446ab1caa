"""What a trial makes of a request and a workflow crate, without running anything."""

import json
import signal
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest

from apps.core.crates.check import read
from apps.core.crates.graph import Graph
from apps.node.executors.contract import Collected, Fault, JobSpec, Limits, Output, Rejected, Snapshot, State
from apps.node.executors.local_cwl import LocalCwlExecutor
from apps.tools import reports, trial
from apps.tools.federation.workflow_crate import metadata, write_workflow_crate
from apps.tools.trial import CannotTry
from tests.unit.crates.bags import good, phase, write


def workflow(*inputs: tuple[str, str]) -> Graph:
    """A workflow crate's metadata with these (name, additionalType)."""
    document = metadata()
    main = next(each for each in document["@graph"] if each["@id"] == "counts.cwl")
    main["input"] = [{"@id": f"#{name}"} for name, _kind in inputs]
    document["@graph"] += [
        {"@id": f"#{name}", "@type": "FormalParameter", "name": name, "additionalType": kind} for name, kind in inputs
    ]
    return Graph(document)


def test_a_file_that_the_request_does_not_fill_is_a_dataset():
    takes = workflow(("cohort", "File"), ("regions", "http://schema.org/File"), ("least", "Integer"), ("word", "Text"))
    found = {each["name"]: each["type"] for each in trial.parameters_of(takes, {"regions"})}
    assert found == {"cohort": "dataset", "regions": "file", "least": "integer", "word": "string"}
    assert trial.outputs_of(takes) == ["counts", "chart"]


def test_a_parameter_has_the_usual_value_that_its_metadata_say_and_none_is_needed_where_they_say_so():
    takes = workflow(("least", "Integer"), ("word", "Text"), ("share", "Float"))
    takes.get("#least")["defaultValue"] = 10
    takes.get("#word")["valueRequired"] = False
    found = {each["name"]: each["default"] for each in trial.parameters_of(takes, set())}
    assert found == {"least": "10", "word": "none", "share": ""}


def test_each_dataset_has_its_sample_and_each_sample_its_dataset():
    takes = [{"name": "cohort", "type": "dataset"}, {"name": "least", "type": "integer"}]
    trial.check_samples(takes, {"cohort"})
    with pytest.raises(CannotTry, match=r"no sample: cohort\. .* in the catalogue and add: --sample cohort=FILE.csv"):
        trial.check_samples(takes, set())
    with pytest.raises(CannotTry, match="no dataset called least. It reads: cohort"):
        trial.check_samples(takes, {"cohort", "least"})
    with pytest.raises(CannotTry, match="It reads none"):
        trial.check_samples([], {"cohort"})


def test_the_workflow_is_the_one_that_is_given_or_the_one_inside(tmp_path):
    document = phase("1-request")
    root = next(each for each in document["@graph"] if each["@id"] == "./")
    text = json.dumps(document).replace(json.dumps(root["mainEntity"]["@id"]), '"analysis/"')
    path = write(tmp_path / "r.zip", good(json.loads(text), {"analysis/a/b.cwl": b"x", "analysis/c": b"y", "d": b"z"}))
    trial.lay_workflow(path, read(path), None, tmp_path / "inside")
    assert (tmp_path / "inside" / "a" / "b.cwl").read_bytes() == b"x"
    assert sorted(each.name for each in (tmp_path / "inside").iterdir()) == ["a", "c"]
    write_workflow_crate(tmp_path / "w.zip")
    trial.lay_workflow(path, read(path), tmp_path / "w.zip", tmp_path / "given")
    assert (tmp_path / "given" / "counts.cwl").is_file()
    about = {"id": "https://w.example.org/1/", "distribution": "https://w.example.org/1/crate.zip"}
    elsewhere = replace(read(path), workflow=about)
    with pytest.raises(CannotTry, match=r"Download it from https://w.example.org/1/crate.zip .* --workflow FILE.zip"):
        trial.lay_workflow(path, elsewhere, None, tmp_path / "nowhere")


def test_what_came_out_is_told_inert_and_only_what_is_declared_is_kept(tmp_path):
    (tmp_path / "0").write_text("a,b\n")
    outputs = [
        Output("counts", tmp_path / "0", "", 4, "tables/counts.csv"),
        Output("", tmp_path / "0", "", 4, "spy"),
    ]
    collected = Collected(outputs, [("results/\x1b]0;x\x07", "not a regular file")])
    told = "\n".join(trial.what_came_out(collected, ["counts", "chart"]))
    assert "  counts: tables/counts.csv, 4 bytes" in told
    assert "because it is not declared: spy" in told
    assert "refused, not a regular file: results/" in told
    assert "it did not come out: chart" in told
    assert "\x1b" not in told
    trial.keep(collected, ["counts"], tmp_path / "kept")
    assert [path.name for path in (tmp_path / "kept").rglob("*") if path.is_file()] == ["counts.csv"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault.WORKFLOW, "it, or what it was given, is at fault"),
        (Fault.LIMITS, "600 s, 1024 MB of memory, 256 MB of files, 128 processes"),
        (Fault.OURS, "Neither you nor the workflow is at fault"),
    ],
)
def test_a_failure_says_whose_fault_it_was_and_ends_with_the_log(fault, sentence):
    log = "".join(f"line {number}\x1b[31m\n" for number in range(100))
    told = trial.why_failed(Snapshot(State.FAILED, "exit 1", fault, detail=log), Limits())
    assert sentence in told[0]
    assert told[-1].startswith("line 99")
    assert "line 69" not in "".join(told)
    assert "\x1b" not in "".join(told)
    assert len(trial.why_failed(Snapshot(State.FAILED, "lost", fault), Limits())) == 1


def test_a_run_of_more_than_a_second_says_so_by_and_by_less_often(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(trial.time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(trial.time, "sleep", lambda seconds: setattr(clock, "now", clock.now + seconds))
    at = datetime.now(UTC)

    def poll(reference):
        return Snapshot(State.RUNNING if clock.now < 10 else State.COMPLETE, "", started=at, ended=at)

    said: list[str] = []
    assert trial.wait(SimpleNamespace(poll=poll), "x", said.append).state == State.COMPLETE
    assert [line.split()[-2] for line in said] == ["1", "2", "4", "8"]


def test_an_attempt_that_the_sandbox_does_not_take_leaves_nothing(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "link").symlink_to("/etc/passwd")
    executor = LocalCwlExecutor(tmp_path / "attempts", tmp_path / "runtime")
    job = JobSpec(uuid4(), tmp_path / "w", "a.cwl", {})
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Rejected, match="link"), trial.attempt(executor, job):
        raise AssertionError("it was taken")
    assert not executor.folder(job.attempt_id).exists()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_strangers_text_is_told_without_what_a_terminal_would_act_on():
    assert reports.inert("a\x1b[2Jb\tc\n") == "a�[2Jb\tc�"
