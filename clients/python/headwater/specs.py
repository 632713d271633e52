"""What the nodes of a pipeline are expected to produce."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .kinds import AssetKind, infer_kind


@dataclass
class AssetSpec:
    """An asset that a node is expected to produce. Nothing is refused for being unexpected or missing.

    ``is_primary`` marks the node's main output; ``is_required`` what a run is incomplete without; ``kinds`` are
    technology tags. Without a ``namespace`` it is in the namespace of the client that registers it.
    """

    key: str
    kind: AssetKind | str
    is_primary: bool = True
    is_required: bool = True
    description: str | None = None
    kinds: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    namespace: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As a dict that JSON can hold."""
        return {
            "key": self.key,
            "kind": plain_text(self.kind),
            "is_primary": self.is_primary,
            "is_required": self.is_required,
            "description": self.description,
            "kinds": [plain_text(each) for each in self.kinds],
            "metadata": self.metadata,
        }

    def add_kind(self, kind: str) -> AssetSpec:
        """Adds a technology tag, once, and answers with this spec."""
        if kind not in self.kinds:
            self.kinds.append(kind)
        return self

    def has_kind(self, kind: str) -> bool:
        """Whether this is its kind or one of its technology tags."""
        return kind in self.get_all_kinds()

    def get_all_kinds(self) -> list[str]:
        """Its kind, and then its technology tags."""
        return [plain_text(each) for each in (self.kind, *self.kinds)]


@dataclass
class NodeAssetSpec:
    """All that a node is expected to produce; ``upstream_nodes`` are the nodes whose outputs it reads."""

    node_task_id: str
    assets: list[AssetSpec]
    upstream_nodes: list[str] | None = None

    @property
    def primary_asset(self) -> AssetSpec | None:
        """The main output: the first that is marked so, else the first; None where there are none."""
        return next((each for each in self.assets if each.is_primary), self.assets[0] if self.assets else None)

    @property
    def required_assets(self) -> list[AssetSpec]:
        """What a run is incomplete without."""
        return [each for each in self.assets if each.is_required]

    def to_dict(self) -> dict[str, Any]:
        """As a dict that JSON can hold."""
        return {"node_task_id": self.node_task_id, "assets": [each.to_dict() for each in self.assets]}


def plain_text(value: str | AssetKind) -> str:
    """A kind or tag as the text that is sent: of a member of an enum, its value."""
    return value.value if isinstance(value, AssetKind) else str(getattr(value, "value", value))


def specs_from_config(asset_config: Mapping[str, Any]) -> list[NodeAssetSpec]:
    """Reads the ``asset_config`` of a YAML file, as any YAML reader gives it: node name → its assets.

    Short form, a list of keys: the first is primary, all are required, kinds are inferred. Long form, a mapping
    with ``assets`` of ``key``, ``kind``, ``kinds``, ``is_primary``, ``is_required``, ``description``,
    ``metadata``, and perhaps ``upstream_nodes``. Raises ValueError that names what is wrong and where.
    """
    return [_node_spec(name, entry) for name, entry in asset_config.items()]


_LONG_FORM_FIELDS = {
    "key",
    "namespace",
    "kind",
    "kinds",
    "is_primary",
    "is_required",
    "description",
    "metadata",
}


def _node_spec(name: str, entry: Any) -> NodeAssetSpec:
    if isinstance(entry, (list, tuple)):
        return NodeAssetSpec(name, [_short(f"{name}[{at}]", key, at == 0) for at, key in enumerate(entry)])
    if not isinstance(entry, Mapping) or not isinstance(entry.get("assets"), (list, tuple)):
        raise ValueError(f"{name}: expected a list of keys, or a mapping with assets, got {entry!r}")
    assets = [_long(f"{name}.assets[{at}]", each) for at, each in enumerate(entry["assets"])]
    upstream_nodes = entry.get("upstream_nodes")
    return NodeAssetSpec(name, assets, None if upstream_nodes is None else list(upstream_nodes))


def _short(where: str, key: Any, is_first: bool) -> AssetSpec:
    if not isinstance(key, str):
        raise ValueError(f"{where}: expected a key, got {key!r}")
    return AssetSpec(key, infer_kind(key), is_primary=is_first)


def _long(where: str, entry: Any) -> AssetSpec:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("key"), str):
        raise ValueError(f"{where}: expected a mapping with a key, got {entry!r}")
    unknown = sorted(set(entry) - _LONG_FORM_FIELDS)
    if unknown:
        raise ValueError(f"{where}: expected {', '.join(sorted(_LONG_FORM_FIELDS))}, got {', '.join(unknown)}")
    return AssetSpec(
        entry["key"],
        entry.get("kind") or infer_kind(entry["key"]),
        is_primary=entry.get("is_primary", False),
        is_required=entry.get("is_required", True),
        description=entry.get("description"),
        kinds=list(entry.get("kinds") or []),
        metadata=dict(entry.get("metadata") or {}),
        namespace=entry.get("namespace"),
    )


OCR_NODE_ASSETS = NodeAssetSpec(
    "ocr",
    [
        AssetSpec("ocr/text", AssetKind.TEXT, description="The text that was read"),
        AssetSpec("ocr/bboxes", AssetKind.BBOX, is_primary=False, description="Where on the page it stands"),
        AssetSpec(
            "ocr/confidence",
            AssetKind.METADATA,
            is_primary=False,
            is_required=False,
            description="How sure the reading is",
        ),
    ],
)

EXTRACT_NODE_ASSETS = NodeAssetSpec(
    "extract",
    [
        AssetSpec("extract/claims", AssetKind.JSON, description="The claims that were extracted"),
        AssetSpec("extract/headers", AssetKind.JSON, is_primary=False, description="The headers of the claims"),
        AssetSpec("extract/service_lines", AssetKind.TABLE, is_primary=False, description="The lines of the claims"),
        AssetSpec(
            "extract/metadata",
            AssetKind.METADATA,
            is_primary=False,
            is_required=False,
            description="Figures about the extraction",
        ),
    ],
)

CLASSIFY_NODE_ASSETS = NodeAssetSpec(
    "classify",
    [
        AssetSpec("classify/document_type", AssetKind.CLASSIFICATION, description="What the document is"),
        AssetSpec(
            "classify/confidence_scores",
            AssetKind.METADATA,
            is_primary=False,
            is_required=False,
            description="How sure the classification is",
        ),
    ],
)

LOCATE_NODE_ASSETS = NodeAssetSpec(
    "locate",
    [
        AssetSpec("locate/tables", AssetKind.BBOX, description="Where the tables are"),
        AssetSpec("locate/forms", AssetKind.BBOX, is_primary=False, description="Where the forms are"),
    ],
)

#: The specs of common nodes, by one of the words of the node's name.
PREDEFINED_ASSET_SPECS: dict[str, NodeAssetSpec] = {
    "ocr": OCR_NODE_ASSETS,
    "extract": EXTRACT_NODE_ASSETS,
    "classify": CLASSIFY_NODE_ASSETS,
    "locate": LOCATE_NODE_ASSETS,
}


def predefined_spec_of(name: str) -> NodeAssetSpec | None:
    """The first of them whose word is one of the words of a name: of ``ocr_extractor``, but not of ``mediocre``."""
    words = re.split(r"[\W_]+", name.lower())
    return next((spec for word, spec in PREDEFINED_ASSET_SPECS.items() if word in words), None)
