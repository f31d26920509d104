"""What can be wrong with a file of times: with the whole of it (refusals), or with one row (codes)."""

from enum import StrEnum

from accounts.errors import Refusal


class UnusableFile(Refusal):
    """The file cannot be used."""

    code = "file_unusable"
    status = 422


class FileEmpty(UnusableFile):
    """There are no times in the file."""

    code = "file_empty"


class FileTooLarge(UnusableFile):
    """The file is too large; divide it."""

    code = "file_too_large"


class FileUnpacksTooLarge(UnusableFile):
    """The file is far larger when unpacked than a list of times can be."""

    code = "file_unpacks_too_large"


class FileNoTable(UnusableFile):
    """This is neither CSV nor Excel (.xlsx)."""

    code = "file_no_table"


class FileOldExcel(UnusableFile):
    """This is Excel's old format (.xls); save it as .xlsx."""

    code = "file_old_excel"


class FileEncrypted(UnusableFile):
    """The file has a password; save it without one."""

    code = "file_encrypted"


class FileHasMacros(UnusableFile):
    """The file has macros; save it as .xlsx without them."""

    code = "file_has_macros"


class FileHasLinks(UnusableFile):
    """The file fetches values from elsewhere or carries other files; save the values alone."""

    code = "file_has_links"


class FileDamaged(UnusableFile):
    """The file is damaged and cannot be read to its end."""

    code = "file_damaged"


class FileEncoding(UnusableFile):
    """The letters of the file cannot be read; save it as CSV UTF-8."""

    code = "file_encoding"


class FileHasNul(UnusableFile):
    """The file has characters that no text has (NUL)."""

    code = "file_has_nul"


class FileLineTooLong(UnusableFile):
    """A line of the file is longer than any row of times can be."""

    code = "file_line_too_long"


class FileTooManyColumns(UnusableFile):
    """The file has more columns than the template."""

    code = "file_too_many_columns"


class FileColumnsMissing(UnusableFile):
    """The first row of the file lacks a heading that is needed."""

    code = "file_columns_missing"


class FileColumnsUnknown(UnusableFile):
    """The first row of the file has a heading that is not known, or one twice."""

    code = "file_columns_unknown"


class RowFault(StrEnum):
    """Why one row could not be read; such a row is refused by itself."""

    FORMULA = "formula"
    CARE_MISSING = "care_missing"
    CARE_UNKNOWN = "care_unknown"
    FORM_UNKNOWN = "form_unknown"
    MODE_UNKNOWN = "mode_unknown"
    CLINIC_UNKNOWN = "clinic_unknown"
    DAY_MISSING = "day_missing"
    DAY_UNREADABLE = "day_unreadable"
    TIME_MISSING = "time_missing"
    TIME_UNREADABLE = "time_unreadable"
    TIME_SKIPPED = "time_skipped"
    TIME_TWICE = "time_twice"
    LENGTH_MISSING = "length_missing"
    LENGTH_UNREADABLE = "length_unreadable"
    LENGTHS_DISAGREE = "lengths_disagree"
    PLACES_UNREADABLE = "places_unreadable"
    KEY_UNREADABLE = "key_unreadable"


class Unreadable(Exception):
    """A row that cannot be read, with the reason."""

    def __init__(self, fault: RowFault) -> None:
        self.fault = fault
        super().__init__(fault.value)
