"""Make bags for tests: a good request, and anything that is wrong with one."""

import hashlib
import json
import zipfile
from pathlib import Path

PHASES = Path(__file__).parent / "phases"
BAGIT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
INFO = "External-Identifier: urn:uuid:5b7f3a52-6d2b-4c53-9f0e-0f6a4a4f7d99\n"


def phase(name: str) -> dict:
    return json.loads((PHASES / f"{name}.json").read_text())


def files_of(document: dict) -> dict[str, bytes]:
    """The payload that a phase's metadata describes."""
    found = {}
    for entity in document["@graph"]:
        identifier = entity.get("@id", "")
        if "File" in str(entity.get("@type")):
            found[identifier] = b"region,people\nNorth,12\n"
        elif identifier.endswith("/") and identifier not in ("./",) and ":" not in identifier:
            found[f"{identifier}ro-crate-metadata.json"] = b"{}"
    return found


def good(document: dict | None = None, payload: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """Bag files by path, with manifests that fit."""
    document = phase("1-request") if document is None else document
    payload = files_of(document) if payload is None else payload
    files = {"bagit.txt": BAGIT.encode(), "bag-info.txt": INFO.encode()}
    files["data/ro-crate-metadata.json"] = json.dumps(document).encode()
    files |= {f"data/{path}": content for path, content in payload.items()}
    return with_manifests(files)


def with_manifests(files: dict[str, bytes]) -> dict[str, bytes]:
    kept = {path: content for path, content in files.items() if "manifest-" not in path}
    for name, payload in (("manifest-sha512.txt", True), ("tagmanifest-sha512.txt", False)):
        kept[name] = "".join(
            f"{hashlib.sha512(content).hexdigest()}  {path.replace('%', '%25')}\n"
            for path, content in kept.items()
            if path.startswith("data/") == payload
        ).encode()
    return kept


def write(path: Path, files: dict[str, bytes], top: str = "bag") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{top}/{name}" if top else name, content)
    return path
