"""What an executor is given: a workflow crate and a request are unpacked, whatever is in them, into one folder only."""

import io
import zipfile
from uuid import uuid4

import pytest

from apps.node.executors.contract import Limits, Rejected
from apps.node.executors.job import limits_of, main_workflow, make_job, unpack_inputs, unpack_workflow
from tests.unit.crates.bags import good, write

DESCRIPTOR = '{"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}}'


def zipped(*files: tuple[str, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return stream


def metadata(main: str) -> tuple[str, bytes]:
    root = f'{{"@id": "./", "@type": "Dataset", "mainEntity": {{"@id": "{main}"}}}}'
    return "ro-crate-metadata.json", f'{{"@context": "c", "@graph": [{DESCRIPTOR}, {root}]}}'.encode()


def test_a_workflow_crate_is_unpacked_with_its_folders_and_nothing_else(tmp_path):
    good = zipped(metadata("steps/w.cwl"), ("steps/", b""), ("steps/w.cwl", b"cwlVersion: v1.2"))
    unpack_workflow(good, tmp_path / "good")
    assert main_workflow(tmp_path / "good") == "steps/w.cwl"
    with pytest.raises(Rejected, match="not allowed"):
        unpack_workflow(zipped(("../escape", b"x")), tmp_path / "bad")
    assert not (tmp_path / "escape").exists()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([metadata("gone.cwl")], "does not name its workflow"),
        ([("other", b"x")], "has no ro-crate-metadata.json"),
        ([("ro-crate-metadata.json", b"{")], "cannot be read: The metadata"),
    ],
    ids=["workflow gone", "no metadata", "no JSON"],
)
def test_a_crate_that_does_not_name_its_workflow_is_rejected_with_a_sentence(files, sentence, tmp_path):
    unpack_workflow(zipped(*files), tmp_path)
    with pytest.raises(Rejected, match=sentence):
        main_workflow(tmp_path)


def test_a_workflow_crate_that_is_damaged_is_rejected_and_not_tried_again(tmp_path):
    with pytest.raises(Rejected, match="not a ZIP"):
        unpack_workflow(io.BytesIO(b"no zip"), tmp_path)
    content = zipped(("a", b"abc" * 50)).getvalue()
    with pytest.raises(Rejected, match="not a ZIP"):
        unpack_workflow(io.BytesIO(content.replace(b"abcabc", b"abcxyz", 1)), tmp_path)


def test_a_job_names_the_requests_own_files_and_its_datasets_where_they_lie(tmp_path):
    unpack_workflow(zipped(metadata("w.cwl"), ("w.cwl", b"")), tmp_path / "w")
    crate = write(tmp_path / "r.zip", good(payload={"inputs/regions.csv": b"North\n"}))
    job = make_job(
        attempt_id=uuid4(),
        workflow_dir=tmp_path / "w",
        crate=crate,
        inputs_dir=tmp_path / "inputs",
        values={"least": 10},
        files={"regions": "inputs/regions.csv"},
        datasets={"cohort": tmp_path / "there.csv"},
        limits=Limits(),
    )
    assert job.inputs == {"least": 10, "regions": {"file": "0.csv"}, "cohort": {"file": "cohort.csv"}}
    assert job.files["0.csv"].read_bytes() == b"North\n"
    assert job.datasets == {"cohort.csv": tmp_path / "there.csv"}
    assert job.workflow == "w.cwl"
    with pytest.raises(Rejected, match="holds no file 'inputs/gone.csv'"):
        unpack_inputs(crate, {"regions": "inputs/gone.csv"}, tmp_path / "none")


def test_the_limits_of_an_attempt_are_the_settings_of_the_node():
    given = {"wall_seconds": 60, "memory_mb": 2, "disk_mb": 3, "processes": 4}
    assert limits_of(given) == Limits(60, 60, 2 * 1024**2, 3 * 1024**2, 4)
