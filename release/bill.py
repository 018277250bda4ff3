"""The list of parts (SBOM), in the form of CycloneDX: what is in the program, in which version, under which terms.

Made of the lock file, so it names what was tested and where its checksums come from, and no address of an index.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from release.errors import ReleaseError

_ENTRY = re.compile(r"^([a-z0-9._-]+)==([^\s;]+)[^\n]*((?:\n +--hash=sha256:[0-9a-f]{64}[^\n]*)+)", re.MULTILINE)
_ADDRESS = re.compile(r"https?://(?!cyclonedx\.org/|json-schema\.org/)")


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of the lock file."""

    name: str
    version: str
    hashes: tuple[str, ...]


def parts(lock: str) -> list[Part]:
    """Everything that the text of a lock file names."""
    return [Part(one[1], one[2], tuple(re.findall(r"sha256:(\w+)", one[3]))) for one in _ENTRY.finditer(lock)]


def bill(version: str, locked: list[Part], licences: Mapping[str, str], epoch: int) -> str:
    """The document; the same for the same arguments. Raises ReleaseError where it is not a valid one."""
    made = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"triage {version} {epoch}"))
    made.metadata.timestamp = datetime.fromtimestamp(epoch, UTC)
    made.metadata.component = root = _component("triage", version, "MIT", ComponentType.APPLICATION)
    for part in locked:
        component = _component(part.name, part.version, licences[part.name], ComponentType.LIBRARY)
        # One checksum for each file that the lock allows, of which an installation takes one.
        component.hashes.update(HashType(alg=HashAlgorithm.SHA_256, content=value) for value in part.hashes)
        made.components.add(component)
    made.register_dependency(root, list(made.components))
    text = str(JsonV1Dot6(made).output_as_string(indent=2)) + "\n"
    _check(text)
    return text


def _component(name: str, version: str, licence: str, kind: ComponentType) -> Component:
    return Component(
        name=name,
        version=version,
        type=kind,
        bom_ref=f"{name}@{version}",
        purl=PackageURL("pypi", name=name, version=version),
        licenses=[LicenseFactory().make_from_string(licence)],
    )


def _check(text: str) -> None:
    faults = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if faults:
        raise ReleaseError(f"The list of parts is not valid CycloneDX: {faults}")
    if _ADDRESS.search(text):
        raise ReleaseError("The list of parts names an address.")
