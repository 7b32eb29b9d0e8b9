"""XML without surprises: no document type, hence no entities and nothing external, and one element at a time.

Names come without their namespace. An element is handed out when it ends, whole, and forgotten afterwards, so that a
file of any length is read in little memory. A document type can stand only before the first element: a parser that
does nothing else looks there first.
"""

from collections.abc import Iterable, Iterator, Set
from functools import lru_cache
from itertools import chain
from typing import Final, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers import expat

from gis.intake.readers.channel import N_, Refused

_DEEPEST: Final = 200

Found = tuple[tuple[str, ...], Element]
"""An element and the names around it."""


def elements(
    chunks: Iterable[bytes], wanted: Set[str], *, loose: list[tuple[str, str]] | None = None
) -> Iterator[Found]:
    """Each wanted element as it ends; text outside them goes to `loose` as (name, text).

    Raises Refused for a document type and for what is not well formed.
    """
    try:
        parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
        walk = _Walk(wanted, loose)
        for chunk in _checked(chunks):
            parser.feed(chunk)
            yield from walk.take(parser)
        parser.close()
        yield from walk.take(parser)
    except ParseError as error:
        raise Refused(
            N_("{file}, line {line}: the XML is broken. Save the file again."), line=error.position[0]
        ) from error
    except (LookupError, ValueError) as error:
        raise Refused(N_("{file}: the XML states an encoding that cannot be read. Save it as UTF-8.")) from error


class _Walk:
    """Follows the parser through the document and lets go of what is done."""

    def __init__(self, wanted: Set[str], loose: list[tuple[str, str]] | None) -> None:
        self._wanted = wanted
        self._loose = loose
        self._open: list[Element] = []
        self._within = 0
        """Depth of the wanted element that is open; 0 for none."""

    def take(self, parser: "XMLPullParser[Element]") -> Iterator[Found]:
        """What has ended since the last time."""
        for event, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
            if event == "start":
                self._open.append(element)
                if not self._within and _local(element.tag) in self._wanted:
                    self._within = len(self._open)
                if len(self._open) > _DEEPEST:
                    raise Refused(
                        N_("{file} is nested more than {levels} levels deep and was not read."), levels=_DEEPEST
                    )
                continue
            depth = len(self._open)
            self._open.pop()
            if self._within == depth:
                self._within = 0
                yield tuple(_local(e.tag) for e in self._open), _without_namespaces(element)
            elif not self._within and self._loose is not None:
                self._loose.extend((_local(element.tag), text) for text in _texts(element))
            if not self._within and self._open:
                self._open[-1].remove(element)


def _texts(element: Element) -> Iterator[str]:
    if element.text and not element.text.isspace():
        yield element.text


@lru_cache(maxsize=4096)
def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _without_namespaces(element: Element) -> Element:
    for part in element.iter():
        part.tag = _local(part.tag)
        for key in [key for key in part.attrib if key[0] == "{"]:
            part.set(_local(key), part.attrib.pop(key))
    return element


class _FirstElement(Exception):
    """The document proper begins: no document type can follow."""


def _stop(*_element: object) -> None:
    raise _FirstElement


def _refuse(*_declaration: object) -> None:
    raise Refused(
        N_("{file} declares a document type or entities, which may hide an attack. Save it without <!DOCTYPE>.")
    )


def _checked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same chunks, none handed on before what comes ahead of the first element was looked at."""
    chunks = iter(chunks)
    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = guard.EntityDeclHandler = _refuse
    guard.StartElementHandler = _stop
    seen: list[bytes] = []
    try:
        for chunk in chunks:
            seen.append(chunk)
            guard.Parse(chunk, False)
    except (_FirstElement, expat.ExpatError):
        # What is broken is broken for the other parser too, which tells the line.
        pass
    return chain(seen, chunks)


def all_text(chunks: Iterable[bytes]) -> list[tuple[str, str]]:
    """Every piece of text of a document, as (name of its element, text)."""
    found: list[tuple[str, str]] = []
    for _element in elements(chunks, frozenset(), loose=found):
        pass
    return found
