"""Names that nobody takes for real: common first names, surnames that say what they are."""

FIRST_NAMES = {
    "K": (
        "Aino", "Alva", "Amira", "Astrid", "Berit", "Dalia", "Ebba", "Elsa", "Fatima", "Freja",
        "Gunilla", "Hanna", "Ingrid", "Karin", "Leila", "Lovisa", "Maja", "Märta", "Nora", "Olga",
        "Petra", "Rut", "Saga", "Sara", "Signe", "Siv", "Tuva", "Ulla", "Vera", "Zahra",
    ),
    "M": (
        "Adam", "Ali", "Anders", "Arvid", "Axel", "Bengt", "Björn", "David", "Elias", "Emil",
        "Erik", "Gustav", "Hassan", "Hugo", "Ivan", "Johan", "Karl", "Lars", "Leo", "Matti",
        "Mohammed", "Nils", "Olle", "Oskar", "Per", "Rolf", "Sixten", "Sven", "Ture", "Yusuf",
    ),
}  # fmt: skip
SURNAMES = (
    "Demosson", "Exempelberg", "Exempelström", "Fingerad", "Fiktivsson", "Hittepå", "Låtsasdotter",
    "Låtsaslund", "Mallqvist", "Modellgren", "Mönsterberg", "Provberg", "Provdahl", "Påhittsson",
    "Påhittslund", "Sagosson", "Skenbergh", "Syntetsson", "Testdotter", "Testfors", "Testlund",
    "Testman", "Testqvist", "Uppdiktad", "Utkastberg", "Övningsson",
)  # fmt: skip
