"""The file to fill in: an Excel book with a sheet of times and a sheet that explains it, or plain CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from providers.files.cells import FIRST_OF_FORMULA
from providers.files.lines import SHEET
from providers.files.reading import EITHER, HEADINGS, NEEDED

ROWS_WITH_HELP = 2000
"""So many rows of the sheet offer the clinic's cares to choose from."""
WIDTHS = {
    "care": 40,
    "form": 14,
    "mode": 14,
    "day": 14,
    "starts": 10,
    "ends": 10,
    "minutes": 10,
    "clinic": 24,
}
HEAD, LETTERS = PatternFill("solid", fgColor="FF0B4F54"), Font(bold=True, color="FFFFFFFF")
OPEN_CARE, INPATIENT_CARE = "öppen vård", "sluten vård"
WAYS_TO_MEET = ["på plats", "video"]


@dataclass(frozen=True)
class Choice:
    """One care of the clinic as the template offers it: its name, code and form."""

    name: str
    code: str
    form: str


@dataclass(frozen=True)
class Guide:
    """The words of the sheet that explains: its name and title, a line for each column, and further lines."""

    sheet: str
    title: str
    columns: Sequence[tuple[str, str]]
    notes: Sequence[str]


def book(cares: Sequence[Choice], guide: Guide) -> bytes:
    """The template as .xlsx."""
    made = Workbook()
    times = made.active
    assert isinstance(times, Worksheet)
    times.title = SHEET
    _fill_times(times, cares)
    _explain(made.create_sheet(guide.sheet), cares, guide)
    into = io.BytesIO()
    made.save(into)
    return into.getvalue()


def text_file(cares: Sequence[Choice]) -> bytes:
    """The template as CSV that Swedish Excel opens: semicolons, UTF-8 with its mark."""
    into = io.StringIO(newline="")
    writer = csv.writer(into, delimiter=";")
    writer.writerow(headings())
    writer.writerows([harmless(cell) for cell in _row(care)] for care in cares)
    return into.getvalue().encode("utf-8-sig")


def headings() -> list[str]:
    """The headings of the template; those that are needed first come with a star in Excel."""
    return [names[0].capitalize() for names in HEADINGS.values()]


def harmless(words: str) -> str:
    """Text that no spreadsheet takes for a formula when the file is opened."""
    return f"'{words}" if words.startswith((*FIRST_OF_FORMULA, "+", "-")) else words


def _row(care: Choice) -> list[str]:
    form = {"open": OPEN_CARE, "inpatient": INPATIENT_CARE}.get(care.form, "")
    filled = {"care": care.name, "form": form}
    return [filled.get(name, "") for name in HEADINGS]


def _fill_times(sheet: Worksheet, cares: Sequence[Choice]) -> None:
    marked = [
        f"{word} *" if name in NEEDED else word
        for name, word in zip(HEADINGS, headings(), strict=True)
    ]
    sheet.append(marked)
    for cell in sheet[1]:
        cell.fill, cell.font = HEAD, LETTERS
    for care in cares:
        sheet.append([harmless(cell) for cell in _row(care)])
    for at, name in enumerate(HEADINGS, start=1):
        letter = sheet.cell(1, at).column_letter
        sheet.column_dimensions[letter].width = WIDTHS.get(name, 12)
    _offer(sheet, "care", [care.name for care in cares])
    _offer(sheet, "form", [OPEN_CARE, INPATIENT_CARE])
    _offer(sheet, "mode", WAYS_TO_MEET)
    sheet.freeze_panes = "A2"


def _offer(sheet: Worksheet, name: str, words: Sequence[str]) -> None:
    """A list to choose from in a column, where Excel has room for it: 255 characters, no commas in words."""
    listed = ",".join(words)
    if not words or len(listed) > 250 or any(set(word) & set(',"') for word in words):
        return
    letter = sheet.cell(1, list(HEADINGS).index(name) + 1).column_letter
    choice = DataValidation(
        type="list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=False
    )
    choice.add(f"{letter}2:{letter}{ROWS_WITH_HELP}")
    sheet.add_data_validation(choice)


def _explain(sheet: Worksheet, cares: Sequence[Choice], guide: Guide) -> None:
    sheet.append([guide.title])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    for heading, meaning in guide.columns:
        sheet.append([heading, meaning])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True)
    sheet.append([])
    for note in guide.notes:
        sheet.append([None, note])
    sheet.append([])
    for care in cares:
        form = f"{OPEN_CARE} / {INPATIENT_CARE}" if care.form == EITHER else _row(care)[1]
        sheet.append([harmless(care.code), harmless(f"{care.name} ({form})")])
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 90
    for row in sheet.iter_rows(min_col=2, max_col=2):
        row[0].alignment = Alignment(wrap_text=True, vertical="top")
