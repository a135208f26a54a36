"""Readable documents: a YAML file becomes a checked value, or a message with its line.

Every document people write for Arrears (rules, card terms, ladders, mappings,
situations) is read here, so all are refused in the same words: file, line, column, the
value that stood there, and the nearest key that would have been right.

Days stay days (`2026-01-30`), and money should be written as text (`'10.00'`): a bare
10.10 is a binary fraction to YAML and is refused by the models that want money.
"""

import difflib
from collections.abc import Collection, Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from arrears.kernel.trouble import Place, WrongConfiguration

Model = TypeVar("Model")
Path_ = tuple[str | int, ...]
MERGED = "tag:yaml.org,2002:merge"


class Document(BaseModel):
    """Base of every document model: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# libyaml reads the hundred files of the law in a tenth of the time; not every build has it.
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc]
    """SafeLoader that refuses a key written twice instead of keeping the last."""


def _mapping_without_doubles(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        if key_node.tag == MERGED:  # `<<: *other` may repeat what this mapping says itself
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(
                None, None, "a list or a mapping stands where a key should", key_node.start_mark
            )
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is written twice", key_node.start_mark
            )
        seen.add(key)
    found: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_doubles)
# 22:00 is a time of day to everyone but YAML 1.1, which reads sixty-based numbers.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if not tag.endswith((":int", ":float", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_document(path: Path, kind: type[Model] | Any, *, tags: Collection[str] = ()) -> Model:
    """The file at `path` as a `kind` (a Document, or list[Document] and the like).

    tags: names `kind` tells its members apart by; they are no keys of the file.

    Scalars arrive as text and are turned into numbers, days and times by the model.
    Raises WrongConfiguration naming file, line, column and value.
    """
    text = _text_of(path)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        content = loader.construct_document(node) if node else None
    except (yaml.YAMLError, RecursionError) as problem:
        raise _not_yaml(path, problem) from problem
    try:
        checked: Model = TypeAdapter(kind).validate_python(content)
    except ValidationError as problem:
        raise _refusal(path, node, problem, kind, tags) from problem
    return checked


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as problem:
        raise WrongConfiguration(
            f"cannot be read: {problem.strerror}",
            do="Look at the path and who may read it.",
            at=Place(str(path)),
        ) from problem
    except UnicodeDecodeError as problem:
        raise WrongConfiguration(
            f"cannot be read: {problem}", do="Save it as UTF-8 text.", at=Place(str(path))
        ) from problem


def _not_yaml(path: Path, problem: Exception) -> WrongConfiguration:
    mark = getattr(problem, "problem_mark", None)
    place = Place(str(path), mark.line + 1, mark.column + 1) if mark else Place(str(path))
    why = getattr(problem, "problem", None) or str(problem)
    return WrongConfiguration(
        f"is not a readable document: {why}", do="Mend the YAML at that place.", at=place
    )


def _refusal(
    path: Path, node: yaml.Node | None, problem: ValidationError, kind: object, tags: Collection[str]
) -> WrongConfiguration:
    errors = problem.errors(include_url=False)
    # A misspelt key is also a missing one: name the misspelling.
    first = next((error for error in errors if error["type"] == "extra_forbidden"), errors[0])
    # A tag stands behind the number of an entry, where the file has nothing.
    location = tuple(part for place, part in enumerate(first["loc"]) if place != 1 or part not in tags)
    found = _node_at(node, location)
    shown = "" if isinstance(first["input"], dict | list | tuple | None) else str(first["input"])
    at = Place(
        str(path),
        found.start_mark.line + 1 if found else None,
        found.start_mark.column + 1 if found else None,
        shown or None,
    )
    what = f"{'.'.join(str(part) for part in location) or 'document'}: {_in_words(first)}"
    # What holds a mistaken entry is counted as short of one entry: the same mistake once more.
    others_found = [error for error in errors if error["loc"] != first["loc"][: len(error["loc"])]]
    others = f"{len(others_found)} more of this kind follow in the same file. " if others_found else ""
    return WrongConfiguration(what, do=others + _advice(first, problem, kind), at=at)


# What stands there is of another shape than was asked for.
_SHAPES = {
    "list_type": "a list is expected",
    "tuple_type": "a list is expected",
    "dict_type": "keys with values are expected",
    "model_type": "keys with values are expected",
}


def _in_words(error: Any) -> str:
    if error["type"] in _SHAPES:
        return _SHAPES[error["type"]] + ("; nothing is written there" if error["input"] is None else "")
    if error["type"] == "extra_forbidden":
        return f"unknown key {error['loc'][-1]!r}"
    if error["type"] == "missing":
        return f"the key {error['loc'][-1]!r} is missing"
    return str(error["msg"]).removeprefix("Value error, ")


def _advice(error: Any, problem: ValidationError, kind: object) -> str:
    if error["type"] != "extra_forbidden":
        return ""
    near = difflib.get_close_matches(str(error["loc"][-1]), sorted(_known_keys(kind)), n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}?" if near else "Remove it, or look up the keys in the docs."


def _known_keys(kind: Any) -> set[str]:
    """Every key any model reachable from `kind` knows: enough to suggest the nearest."""
    schema = TypeAdapter(kind).json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}


def _node_at(node: yaml.Node | None, location: Path_) -> yaml.Node | None:
    """The node a pydantic location points to, or the deepest one on the way there."""
    for part in location:
        step = None
        if isinstance(node, yaml.MappingNode):
            step = next((pair for pair in node.value if pair[0].value == str(part)), None)
            step = step and (step[0] if part == location[-1] else step[1])
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            step = node.value[part] if part < len(node.value) else None
        node = step or node
    return node


def place_of(path: Path, *location: str | int) -> Place:
    """Where in the file at `path` the value at `location` stands: for checks across files."""
    found = _node_at(yaml.compose(_text_of(path), Loader=_Loader), location)
    if found is None:
        return Place(str(path))
    return Place(str(path), found.start_mark.line + 1, found.start_mark.column + 1)
