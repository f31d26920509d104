"""How large a synthetic Sweden is."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scale:
    """`waiting` None means everyone of the published tables (about 429,000). `all_reached`: not only who can
    log in has said how to be reached."""

    name: str
    waiting: int | None
    clinics: int
    slots: int
    all_reached: bool = False


SCALES = {
    scale.name: scale
    for scale in (
        Scale(name="demo", waiting=3_500, clinics=240, slots=18_000, all_reached=True),
        Scale(name="region", waiting=40_000, clinics=700, slots=200_000),
        Scale(name="national", waiting=None, clinics=3_000, slots=2_000_000),
    )
}
