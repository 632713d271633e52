"""What sort of thing an asset is."""

from __future__ import annotations

from enum import Enum


class AssetKind(str, Enum):
    """The standard kinds of data. Any other word of 1 to 128 characters is a kind as well."""

    TEXT = "text"
    JSON = "json"
    BBOX = "bbox"
    CLASSIFICATION = "classification"
    VECTOR = "vector"
    IMAGE = "image"
    TABLE = "table"
    METADATA = "metadata"
    BLOB = "blob"


class AssetTechnologyKind(str, Enum):
    """The usual technology tags, for ``kinds``. Any other word of 1 to 128 characters is a tag as well."""

    PYTHON = "python"
    SQL = "sql"
    DBT = "dbt"
    SNOWFLAKE = "snowflake"
    POSTGRES = "postgres"
    S3 = "s3"
    API = "api"
    ML_MODEL = "ml_model"
    LLM = "llm"
    PANDAS = "pandas"
    NUMPY = "numpy"
    TORCH = "torch"
    ONNX = "onnx"
    CRAFT_OCR = "craft_ocr"
    TESSERACT = "tesseract"
    HUGGINGFACE = "huggingface"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"


def infer_kind(key: str) -> AssetKind:
    """The kind that the server gives an asset of which nobody has stated one; the first rule that holds decides."""
    if key.endswith("text"):
        return AssetKind.TEXT
    if "bbox" in key or "/boxes" in key:
        return AssetKind.BBOX
    if key.startswith("classify/"):
        return AssetKind.CLASSIFICATION
    if key.startswith("index/") or "embedding" in key:
        return AssetKind.VECTOR
    if "table" in key:
        return AssetKind.TABLE
    return AssetKind.JSON
