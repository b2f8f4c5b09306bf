"""Take values out of JSON replies by JSONPath (RFC 9535), and say where in a reply something stands."""

from collections.abc import Callable, Iterator, Mapping

from jsonpath import JSONPathError, finditer


def found_at(path: str, reply: object) -> list[object]:
    """Return every value that `path` selects, in the order of the reply."""
    if not isinstance(reply, dict | list):
        return []
    return [node.value for node in finditer(path, reply)]


def positions(path: str, reply: object) -> list[tuple[int | str, ...]]:
    """Return the keys that lead to every value that `path` selects."""
    if not isinstance(reply, dict | list):
        return []
    return [node.parts for node in finditer(path, reply)]


def is_path(path: str) -> bool:
    """Tell whether `path` can be read as JSONPath."""
    try:
        finditer(path, {})
    except JSONPathError:
        return False
    return True


def where(reply: object, holds: Callable[[str], bool]) -> str:
    """Return the JSONPath of the first text (a key or a value) for which `holds`; empty if there is none."""
    return next((path for path, text in _texts(reply, "$") if holds(text)), "")


def _texts(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for name, value in node.items():
            here = f"{path}.{name}" if str(name).isidentifier() else f"{path}[{name!r}]"
            yield here, str(name)
            yield from _texts(value, here)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, f"{path}[{index}]")
    elif node is not None:
        yield path, str(node)
