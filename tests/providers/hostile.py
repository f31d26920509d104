"""Files that nobody should trust, made when a test needs them: bombs, disguises, wrong letters, formulas."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, time

from openpyxl import Workbook

HEAD = ["Vård", "Dag", "Start", "Slut", "Minuter"]
LINE = "besok-ogon;2027-01-11;09:30;;30\n"
CSV_HEAD = ";".join(HEAD) + "\n"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
BIG = 30_000_000


def book(*rows: list, sheet: str = "Tider") -> bytes:
    """An Excel file with the headings and these rows."""
    made = Workbook()
    made.active.title = sheet
    for row in (HEAD, *rows):
        made.active.append(row)
    into = io.BytesIO()
    made.save(into)
    return into.getvalue()


def good_row(**changes) -> list:
    """A row that can be published, with some cells changed."""
    row = {"care": "besok-ogon", "day": date(2027, 1, 11), "start": time(9, 30), "end": None}
    return list((row | {"minutes": 30} | changes).values())


def repacked(
    change: Callable[[str, bytes], bytes | None], more: dict[str, bytes] | None = None
) -> bytes:
    """A good Excel file with some of its parts changed, dropped (None) or added."""
    into = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book(good_row()))) as whole,
        zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in whole.namelist():
            content = change(name, whole.read(name))
            if content is not None:
                made.writestr(name, content)
        for name, content in (more or {}).items():
            made.writestr(name, content)
    return into.getvalue()


def as_it_is(_name: str, content: bytes) -> bytes:
    return content


def in_sheet(change: Callable[[bytes], bytes]) -> bytes:
    """A good Excel file whose sheet is something else."""
    return repacked(lambda name, content: change(content) if "sheet1" in name else content)


def with_book(content: bytes | None) -> bytes:
    """A good Excel file whose list of sheets is something else, or is not there."""
    return repacked(lambda name, c: content if name == "xl/workbook.xml" else c)


def lying_sizes() -> bytes:
    """A package that says that its sheet is small when it is not."""
    packed = bytearray(in_sheet(lambda _: b"<worksheet>" + b" " * BIG))
    at = packed.rindex(b"PK\x01\x02", 0, packed.rindex(b"xl/worksheets/sheet1.xml"))
    packed[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(packed)


def encrypted_zip() -> bytes:
    """A package whose parts say that they are encrypted."""
    packed = bytearray(book(good_row()))
    at = 0
    while (at := packed.find(b"PK\x01\x02", at)) >= 0:
        packed[at + 8] |= 1
        at += 4
    return bytes(packed)


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>
<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
FAR_DOWN = (
    SHEET
    + b"""<sheetData><row r="1999999999"><c r="A1999999999"><v>1</v></c></row></sheetData>
</worksheet>"""
)

FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty.csv": ("file_empty", lambda: b""),
    "blank.csv": ("file_empty", lambda: b" \n \n"),
    "only-headings.csv": ("file_empty", CSV_HEAD.encode),
    "only-headings.xlsx": ("file_empty", book),
    "page.csv": ("file_no_table", lambda: b"<!doctype html><title>Tider</title>"),
    "page-with-mark.csv": ("file_no_table", lambda: b"\xef\xbb\xbf \n<html></html>"),
    "picture.csv": ("file_no_table", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100)),
    "photo.xlsx": ("file_no_table", lambda: b"\xff\xd8\xff\xe0" + bytes(100)),
    "paper.csv": ("file_no_table", lambda: b"%PDF-1.7 ..."),
    "packed.csv": ("file_no_table", lambda: b"\x1f\x8b\x08" + bytes(50)),
    "archive.xlsx": ("file_no_table", lambda: zipped({"a.txt": b"a"})),
    "old.xls": ("file_old_excel", lambda: OLE + bytes(600)),
    "password.xlsx": (
        "file_encrypted",
        lambda: OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
    ),
    "locked.xlsx": ("file_encrypted", encrypted_zip),
    "macros.xlsm": ("file_has_macros", lambda: repacked(as_it_is, {"xl/vbaProject.bin": b"x"})),
    "macro-kind.xlsx": (
        "file_has_macros",
        lambda: repacked(
            lambda name, c: c.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
        ),
    ),
    "links.xlsx": (
        "file_has_links",
        lambda: repacked(as_it_is, {"xl/externalLinks/externalLink1.xml": b"<x/>"}),
    ),
    "carries.xlsx": ("file_has_links", lambda: repacked(as_it_is, {"xl/embeddings/a.bin": b"MZ"})),
    "bomb.xlsx": ("file_unpacks_too_large", lambda: in_sheet(lambda _: b" " * (BIG + 1))),
    "bomb-of-words.xlsx": (
        "file_unpacks_too_large",
        lambda: repacked(as_it_is, {"xl/sharedStrings.xml": b" " * (BIG // 2 + 1)}),
    ),
    "many-parts.xlsx": (
        "file_unpacks_too_large",
        lambda: repacked(as_it_is, {f"xl/media/{n}": b"" for n in range(300)}),
    ),
    "lying-bomb.xlsx": ("file_damaged", lying_sizes),
    "entities.xlsx": ("file_damaged", lambda: in_sheet(lambda _: ENTITIES)),
    "far-down.xlsx": ("file_damaged", lambda: in_sheet(lambda _: FAR_DOWN)),
    "half.xlsx": ("file_damaged", lambda: book(good_row())[:2000]),
    "half-sheet.xlsx": ("file_damaged", lambda: in_sheet(lambda c: c[: len(c) // 2])),
    "no-book.xlsx": (
        "file_no_table",
        lambda: repacked(lambda n, c: None if n == "xl/workbook.xml" else c),
    ),
    "broken-book.xlsx": (
        "file_damaged",
        lambda: repacked(lambda n, c: b"<" if n == "xl/workbook.xml" else c),
    ),
    "utf-16.csv": ("file_encoding", lambda: (CSV_HEAD + LINE).encode("utf-16")),
    "no-letters.csv": ("file_encoding", lambda: CSV_HEAD.encode("cp1252") + b"\x81\x8d\x8f;;;;\n"),
    "cut-letter.csv": ("file_columns_missing", lambda: (CSV_HEAD + "\u0101").encode()[:-1]),
    "nul.csv": ("file_has_nul", lambda: (CSV_HEAD + LINE).encode() + b"a\0b;;;;\n"),
    "utf-16-without-mark.csv": ("file_has_nul", lambda: (CSV_HEAD + LINE).encode("utf-16-le")),
    "one-line.csv": ("file_line_too_long", lambda: b"a" * 5_000_000),
    "long-line.csv": ("file_line_too_long", lambda: CSV_HEAD.encode() + b"besok" * 5000),
    "open-quote.csv": ("file_damaged", lambda: (CSV_HEAD + '"' + LINE * 9000).encode()),
    "stray-quote.csv": ("file_damaged", lambda: (CSV_HEAD + '"a"b;;;;\n').encode()),
    "too-large.csv": ("file_too_large", lambda: (CSV_HEAD + LINE * 400_000).encode()),
    "too-many-rows.csv": ("too_many", lambda: (CSV_HEAD + LINE * 2001).encode()),
    "too-many-columns.csv": (
        "file_too_many_columns",
        lambda: (CSV_HEAD + ";" * 40 + "x\n").encode(),
    ),
    "no-headings.csv": ("file_columns_missing", LINE.encode),
    "strange-heading.csv": ("file_columns_unknown", lambda: b"care;day;start;minutes;=cmd()\n"),
    "heading-twice.csv": ("file_columns_unknown", lambda: b"care;day;start;minutes;datum\n"),
}
"""Files that are refused whole: what is told, and how the file is made."""


def zipped(parts: dict[str, bytes]) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return into.getvalue()
