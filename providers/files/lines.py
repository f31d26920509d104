"""Opens a file of times that anyone may have sent: what it is, and its lines as cells. Nothing is trusted."""

import codecs
import csv
import io
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import IO, Any, NamedTuple

from openpyxl import load_workbook

from providers.files.faults import (
    FileDamaged,
    FileEmpty,
    FileEncoding,
    FileEncrypted,
    FileHasLinks,
    FileHasMacros,
    FileHasNul,
    FileLineTooLong,
    FileNoTable,
    FileOldExcel,
    FileTooLarge,
    FileTooManyColumns,
    FileUnpacksTooLarge,
)

Cell = str | int | float | bool | datetime | date | time | timedelta | None
SHEET = "Tider"
"""The sheet that is read where there are several; the first one where none is called so."""
ZIP, OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
OTHER_KINDS = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"BM", b"RIFF", b"II*\0", b"MM\0*",
    b"7z\xbc\xaf", b"Rar!", b"\x7fELF", b"MZ", b"{\\rtf", b"PK\x05\x06", b"BZh", b"\xfd7zXZ", b"SQLite",
)  # fmt: skip
UTF_16_OR_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")
MACROS = ("vbaproject", "xl/macrosheets/", "xl/activex/", "xl/ctrlprops/")
LINKS = (
    "xl/externallinks/",
    "xl/connections.xml",
    "xl/querytables/",
    "xl/embeddings/",
    "xl/model/",
)
SHEETS = "xl/worksheets/"
SEPARATORS = {";": "semicolon", ",": "comma", "\t": "tab"}
CHUNK = 1 << 16
ROWS_OF_EXCEL = 1 << 20
"""No sheet has more; a row that says that it stands further down lies."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How large a file may be: bytes as sent, bytes unpacked, bytes a line, columns and parts."""

    bytes_sent: int
    bytes_unpacked: int
    bytes_a_line: int = 10_000
    columns: int = 20
    parts: int = 200


class Line(NamedTuple):
    """One line of the table: its number in the file as the sender sees it, from 1, and its cells."""

    number: int
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    """An opened file: how it was understood, and its lines (a stream, once)."""

    encoding: str
    """utf-8, windows-1252 or excel."""
    separator: str
    """semicolon, comma, tab; empty for Excel."""
    lines: Iterator[Line]


def opened(file: IO[bytes], limits: Limits) -> Table:
    """Find out what the file is and open it.

    Raises an UnusableFile; its lines may raise one too while they are read.
    """
    size = file.seek(0, io.SEEK_END)
    if size > limits.bytes_sent:
        raise FileTooLarge(most=limits.bytes_sent // 1_000_000)
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    if not head.strip():
        raise FileEmpty
    if head.startswith(ZIP):
        return _excel(file, limits)
    if head.startswith(OLE):
        raise FileEncrypted if ENCRYPTED_PART in file.read() else FileOldExcel
    if head.startswith(OTHER_KINDS) or head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"<"):
        raise FileNoTable
    return _text(file, limits)


def _text(file: IO[bytes], limits: Limits) -> Table:
    encoding = _encoding(file, limits)
    file.seek(0)
    wrapped = io.TextIOWrapper(
        file, encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline=""
    )
    first = wrapped.readline()
    skipped = 0
    if first.lower().startswith("sep="):
        first, skipped = wrapped.readline(), 1
    separator = max(SEPARATORS, key=first.count)
    lines = _text_lines(wrapped, first, separator, skipped)
    return Table(encoding, SEPARATORS[separator], _within(lines, limits))


def _encoding(file: IO[bytes], limits: Limits) -> str:
    """How the letters are written. The whole file is looked through, so that no line surprises later."""
    if file.read(4).startswith(UTF_16_OR_32):
        raise FileEncoding
    file.seek(0)
    found = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "windows-1252")}
    unbroken = 0
    while chunk := file.read(CHUNK):
        if b"\0" in chunk:
            raise FileHasNul
        unbroken = _unbroken(chunk, unbroken, limits.bytes_a_line)
        for name in list(found):
            try:
                found[name].decode(chunk)
            except UnicodeDecodeError:
                del found[name]
    if "utf-8" in found and _is_whole(found["utf-8"]):
        return "utf-8"
    if "windows-1252" in found:
        return "windows-1252"
    raise FileEncoding


def _is_whole(decoder: codecs.IncrementalDecoder) -> bool:
    """Whether the last letter is not cut off."""
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _unbroken(chunk: bytes, before: int, most: int) -> int:
    """How long the line is that the chunk ends in; raises FileLineTooLong for any line of it."""
    first, *others = chunk.replace(b"\r", b"\n").split(b"\n")
    lengths = [before + len(first), *map(len, others)]
    if max(lengths) > most:
        raise FileLineTooLong
    return lengths[-1]


def _text_lines(
    wrapped: io.TextIOWrapper, first: str, separator: str, skipped: int
) -> Iterator[Line]:
    def texts() -> Generator[str, None, None]:
        yield first
        yield from wrapped

    source = texts()
    reader = csv.reader(source, delimiter=separator, strict=True)
    try:
        begins = 1
        for cells in reader:
            yield Line(begins + skipped, list(cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise FileDamaged(line=reader.line_num + skipped) from error
    finally:
        source.close()
        if not wrapped.closed:
            wrapped.detach()


def _excel(file: IO[bytes], limits: Limits) -> Table:
    _look_inside(file, limits)
    file.seek(0)
    return Table("excel", "", _within(_excel_lines(file, limits), limits))


def _look_inside(file: IO[bytes], limits: Limits) -> None:
    """Refuse by the package's list of contents; no part is unpacked beyond the size that it names there."""
    with _carefully(lambda: zipfile.ZipFile(file)) as package:
        parts = package.infolist()
        _check_sizes(parts, limits)
        _check_parts([part.filename.lower() for part in parts])
        kinds = _carefully(lambda: package.read("[Content_Types].xml"))
    if b"macroenabled" in kinds.lower():
        raise FileHasMacros


def _check_sizes(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    if any(part.flag_bits & 1 for part in parts):
        raise FileEncrypted
    beside = sum(part.file_size for part in parts if not part.filename.startswith(SHEETS))
    whole = sum(part.file_size for part in parts)
    if len(parts) > limits.parts or whole > limits.bytes_unpacked:
        raise FileUnpacksTooLarge
    if beside > limits.bytes_unpacked // 2:
        raise FileUnpacksTooLarge


def _check_parts(names: list[str]) -> None:
    if "xl/workbook.xml" not in names or "[content_types].xml" not in names:
        raise FileNoTable
    if any(kind in name for name in names for kind in MACROS):
        raise FileHasMacros
    if any(name.startswith(LINKS) for name in names):
        raise FileHasLinks


def _excel_lines(file: IO[bytes], limits: Limits) -> Iterator[Line]:
    book = _carefully(lambda: load_workbook(file, read_only=True, keep_links=False))
    try:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if not sheets:
            raise FileEmpty
        sheet = sheets.get(SHEET) or next(iter(sheets.values()))
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_col=limits.columns + 1)
        number = 0
        while (cells := _carefully(lambda: next(rows, None))) is not None:
            number += 1
            if number > ROWS_OF_EXCEL:
                raise FileDamaged
            yield Line(number, list(cells))
    finally:
        book.close()


def _carefully(step: Any) -> Any:
    """One step of a reader that trusts its files: whatever it trips over is a damaged one."""
    try:
        return step()
    except Exception as error:
        raise FileDamaged from error


def _within(lines: Iterator[Line], limits: Limits) -> Iterator[Line]:
    """The lines that hold anything, without empty cells at their end; raises FileTooManyColumns."""
    for number, cells in lines:
        while cells and (cells[-1] is None or cells[-1] == ""):
            cells.pop()
        if len(cells) > limits.columns:
            raise FileTooManyColumns(most=limits.columns)
        if cells:
            yield Line(number, cells)
