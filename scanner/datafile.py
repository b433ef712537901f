"""How is a data file read? Strictly: an unknown, duplicate or ambiguous entry is refused with its line.

The one reader of YAML and TOML. Codes are text and always quoted: PyYAML reads ``03000000`` as 786432 and ``no``
as False, so a bare number or boolean where text is expected is refused, never converted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

#: A configuration is read whole: what is larger is another file.
MOST_BYTES = 1_000_000


class DataFileError(ValueError):
    """A data file that cannot be trusted; the message is a French sentence that names file, key and repair."""


class _StrictLoader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    pass


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Hashable, Any]:
    result: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in result:
            raise DataFileError(
                f"{node.start_mark.name}, ligne {key_node.start_mark.line + 1} : la clé « {key} » figure deux fois, "
                "gardez-en une."
            )
        result[key] = loader.construct_object(value_node, deep=True)
    return result


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file. Raises DataFileError on a syntax error or a duplicate key."""
    try:
        with path.open(encoding="utf-8") as stream:
            return yaml.load(stream, _StrictLoader)  # a SafeLoader subclass
    except OSError as error:
        raise DataFileError(f"{path} : fichier illisible ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise DataFileError(f"{path} : YAML invalide, corrigez-le ({str(error).splitlines()[0]}).") from error


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file. Raises DataFileError on a syntax error."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise DataFileError(f"{path} : fichier illisible ({error.strerror}).") from error
    if len(content) > MOST_BYTES:
        raise DataFileError(f"{path} : plus de {MOST_BYTES // 1000} ko, ce n'est pas un fichier de configuration.")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataFileError(f"{path} : ce n'est pas de l'UTF-8, enregistrez-le en UTF-8 ({error.reason}).") from error
    except RecursionError as error:
        raise DataFileError(f"{path} : TOML trop imbriqué, corrigez-le.") from error
    except ValueError as error:  # TOMLDecodeError, and numbers of thousands of digits
        raise DataFileError(f"{path} : TOML invalide, corrigez-le ({error}).") from error


def only(
    entry: Any, where: str, required: Mapping[str, type], optional: Mapping[str, type] | None = None
) -> dict[str, Any]:
    """``entry`` as a mapping whose keys and types are exactly those announced.

    Raises DataFileError naming the key that is missing, unknown or of another type.
    """
    if not isinstance(entry, dict):
        raise DataFileError(f"{where} : un bloc « clé : valeur » est attendu.")
    known = {**required, **(optional or {})}
    for key, value in entry.items():
        if key not in known:
            raise DataFileError(f"{where} : clé « {key} » inconnue ; clés admises : {', '.join(sorted(known))}.")
        expected = known[key]
        if expected is float and isinstance(value, int) and not isinstance(value, bool):
            continue
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            raise DataFileError(
                f"{where} : « {key} » vaut {value!r}, {_FRENCH.get(expected, expected.__name__)} est attendu."
            )
    for key in required:
        if key not in entry:
            raise DataFileError(f"{where} : clé « {key} » manquante, ajoutez-la.")
    return entry


def texts(values: Any, where: str) -> tuple[str, ...]:
    """A list of texts. Raises DataFileError on a bare number: codes are quoted."""
    if not isinstance(values, list):
        raise DataFileError(f"{where} : une liste est attendue.")
    for value in values:
        if not isinstance(value, str):
            raise DataFileError(f"{where} : « {value!r} » doit être un texte, mettez-le entre guillemets.")
    return tuple(values)


_FRENCH: dict[type, str] = {
    str: "un texte entre guillemets", int: "un nombre entier", float: "un nombre", bool: "true ou false",
    list: "une liste", dict: "un bloc",
}  # fmt: skip
